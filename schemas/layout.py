"""A layout says how a source system writes opportunities: which header holds which field, and in which form."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from json import dumps

from schemas.fields import FIELDS_OF, NOUNS, Field, Noun


@dataclass(frozen=True)
class Outcome:
    """A rule that tells a status from a cell: folded cell to status; '' means the next rule, or the stage, tells.

    'open' means that the stage tells, and where the file has none, the first open status. `spelled` gives the words,
    which are folded, as the layout's file writes them.
    """

    headers: tuple[str, ...]
    values: dict[str, str]
    spelled: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Signature:
    """One way to tell a layout from others: headers of which all, any or none are there, what cells look like.

    Headers are folded, and patterns: 'deal - *' is any header that begins so. `cells` are regular expressions that a
    cell of the first rows has to match, `file` is a pattern for the name of the file. `only` asks that every header of
    the file is one of the layout's, spelled as the layout spells it.
    """

    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    cells: dict[str, str] = field(default_factory=dict)
    file: str = ""
    only: bool = False


@dataclass(frozen=True)
class Layout:
    """How one source system writes opportunities, or rows of another entity; the first spelling is the one written.

    Ids of layouts with the same `source` are ids of one system; `ids` names the form in which that system writes them.
    `blocks` holds the spellings of numbered columns by field and part, `order` the fields as they are written.
    `dates` (day, month, year in their order) and `decimal` are what holds where the column itself does not tell.
    `spelled` gives the words of stages and currencies, which are folded, as the layout's file writes them.
    """

    name: str
    title: str
    headers: dict[str, tuple[str, ...]]
    required: tuple[str, ...]
    source: str = ""
    ids: str = ""
    dates: str = ""
    decimal: str = ""
    probability: str = ""
    amounts: str = "units"
    signs: str = "currency"
    nulls: tuple[str, ...] = ()
    footers: tuple[str, ...] = ()
    skip: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    instead: dict[str, tuple[str, ...]] = field(default_factory=dict)
    same: dict[str, str] = field(default_factory=dict)
    currencies: dict[str, str] = field(default_factory=dict)
    stages: dict[str, str] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()
    recognise: tuple[Signature, ...] = ()
    spelled: dict[str, str] = field(default_factory=dict)
    entity: str = "opportunity"
    blocks: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    order: tuple[str, ...] = ()

    @property
    def noun(self) -> Noun:
        """What its rows are called, and told by."""
        return NOUNS[self.entity]

    @property
    def fields(self) -> dict[str, Field]:
        """The fields that its rows can have."""
        return FIELDS_OF[self.entity]

    def spellings(self) -> Iterator[str]:
        """Every header that holds a field, those of blocks with # for their number."""
        for several in (*self.headers.values(), *self.instead.values()):
            yield from several
        for parts in self.blocks.values():
            for several in parts.values():
                yield from several

    def header(self, field: str) -> str:
        """The header under which a field is written."""
        told_by = field if field in self.headers else self.same.get(field, "stage")
        return self.headers[told_by][0] if told_by in self.headers else field

    def fingerprint(self) -> str:
        """The first 16 hex digits of the SHA-256 of the whole definition, for the ledger."""
        return sha256(dumps(asdict(self), default=str).encode()).hexdigest()[:16]
