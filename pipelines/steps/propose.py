"""Proposals for an unknown file: which header holds which field, how days and numbers are written, what steps mean."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from schemas.folding import folded, folded_word
from schemas.synonyms import FIELD_OF, STATUS_OF, WEIGHTED

NEAR = 0.8
_DAY = re.compile(r"^(\d{1,4})[./-](\d{1,2})[./-](\d{2,4})\b")
_MARKS = re.compile(r"[.,]")
_TRIPLES = re.compile(r"\d{1,3}([.,]\d{3})+")


@dataclass(frozen=True)
class Proposed:
    """The field proposed for a header; `like` is the known header that it only resembles, which makes it a guess."""

    header: str
    field: str
    like: str = ""


@dataclass(frozen=True)
class Evidence:
    """How many values of some columns can be read in one way only, by that way, and in how many both are possible."""

    decides: dict[str, int]
    both: int
    examples: dict[str, str]

    @property
    def decided(self) -> str:
        """The one way that values tell, else nothing."""
        return next(iter(self.decides)) if len(self.decides) == 1 else ""


def propose_fields(headers: Sequence[str]) -> list[Proposed]:
    """A field for each header that is known or resembles a known one; a field is proposed once."""
    names = {folded(header): header for header in reversed(headers) if header.strip()}
    found: dict[str, Proposed] = {}
    for known, field in FIELD_OF.items():
        if known in names and field not in found:
            found[field] = Proposed(names[known], field)
    taken = {folded(proposed.header) for proposed in found.values()}
    for name, header in reversed(names.items()):
        if name in taken or name in FIELD_OF or name in WEIGHTED:
            continue
        like = next(iter(get_close_matches(name, FIELD_OF, n=1, cutoff=NEAR)), "") or _part(name)
        if like and FIELD_OF[like] not in found:
            found[FIELD_OF[like]] = Proposed(header, FIELD_OF[like], like)
    return list(found.values())


def _part(name: str) -> str:
    """The longest known header that a header begins or ends with: 'net deal value', 'owner (crm)'."""
    parts = [k for k in FIELD_OF if len(k) > 4 and (name.endswith(f" {k}") or name.startswith(f"{k} "))]
    return max(parts, key=len, default="")


def propose_status(word: str) -> str:
    """The status that a step of a pipeline usually means, or nothing; numbers before a step are passed over."""
    name = folded_word(word)
    return STATUS_OF.get(name) or STATUS_OF.get(re.sub(r"^\d+\s*[-.):]\s*", "", name), "")


def order_of_days(values: Iterable[str]) -> Evidence:
    """What tells whether days are written day first, month first or year first."""

    def ways(value: str) -> str:
        found = _DAY.match(value)
        if found is None:
            return ""
        first, second = int(found[1]), int(found[2])
        if len(found[1]) == 4:
            return "ymd"
        if first > 12 >= second:
            return "dmy"
        if second > 12 >= first:
            return "mdy"
        return "both" if first != second else ""

    return _evidence((ways(value), value) for value in values)


def decimal_mark(values: Iterable[str]) -> Evidence:
    """What tells whether a dot or a comma stands before the decimals."""

    def ways(value: str) -> str:
        number = re.sub(r"[^\d.,]", "", value).strip(".,")
        marks = _MARKS.findall(number)
        if not marks:
            return ""
        last: str = marks[-1]
        if len(set(marks)) == 2:
            return last
        if len(marks) > 1:
            return "," if last == "." else "."
        return "both" if _TRIPLES.fullmatch(number) and number[0] != "0" else last

    return _evidence((ways(value), value) for value in values)


def scale_of_probabilities(values: Iterable[str]) -> Evidence:
    """What tells whether probabilities are percent: a value above 1; those between 0 and 1 could be fractions."""

    def ways(value: str) -> str:
        try:
            number = float(value.rstrip("% ").replace(",", "."))
        except ValueError:
            return ""
        if value.endswith("%") or number > 1:
            return "percent"
        return "both" if 0 < number < 1 else ""

    return _evidence((ways(value), value) for value in values)


def _evidence(told: Iterable[tuple[str, str]]) -> Evidence:
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for way, value in told:
        counts[way] += 1
        examples.setdefault(way, value)
    both = counts.pop("both", 0)
    counts.pop("", None)
    return Evidence(dict(counts), both, examples)
