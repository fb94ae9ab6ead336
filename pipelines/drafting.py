"""Drafts: a layout proposed for a file that no layout fits, to be corrected by a person and named with --layout."""

import json
import shlex
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc

from connectors.files import read_table
from pipelines.steps.propose import (
    Evidence,
    Proposed,
    decimal_mark,
    order_of_days,
    propose_fields,
    propose_status,
    scale_of_probabilities,
)
from schemas.errors import RunError, UsageError
from schemas.fields import FIELD, KIND_OF
from schemas.folding import folded, folded_word
from schemas.raw import ReadAs
from schemas.recognition import known_headers
from schemas.settings import Settings
from schemas.synonyms import WEIGHTED

READ_ROWS = 100_000
SHOWN_STEPS = 60
TELLING = ("status", "date", "moment", "amount", "percent")
WIDTH = 80
CHOICES = {"dates": ("dmy", "mdy", "ymd"), "decimal": (".", ",")}


@dataclass(frozen=True)
class Sample:
    """The first rows of a file: the proposed fields, and how often each text stands in columns that tell something."""

    headers: tuple[str, ...]
    rows: int
    whole: bool
    fields: list[Proposed]
    cells: dict[str, Counter[str]]

    def of(self, *kinds: str) -> list[str]:
        """The different texts of the columns whose fields are of some kinds."""
        return [text for one in self.fields if KIND_OF[one.field] in kinds for text in self.cells[one.header]]


def draft_layout(source: Path, settings: Settings, how: ReadAs | None = None) -> str:
    """A layout in TOML for a file: proposed fields and statuses, what is undecided as comments; it loads as it is."""
    how = how or ReadAs()
    sample = _sample(source, how)
    lines = [
        *_heading(source, sample, how),
        f"title = {_quoted(source.stem)}",
        *_required(sample),
        *_forms(sample),
        *_ignored(sample),
        *_fields(sample),
        *_outcomes(sample, settings),
        *_steps(sample, settings),
    ]
    return "\n".join(lines) + "\n"


def write_draft(target: Path, draft: str) -> None:
    """Write a draft to a new file: one that is there may have been worked on."""
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(draft)
    except FileExistsError as fault:
        raise UsageError(f"{target} is there already.", "Name another file, or remove it first.") from fault
    except OSError as fault:
        raise RunError(f"{target}: cannot be written ({fault.strerror}).", "Name another file.") from fault


def _sample(source: Path, how: ReadAs) -> Sample:
    raw = read_table(source, how, known_headers)
    fields = _with_stage(propose_fields(raw.headers))
    telling = [one.header for one in fields if one.field == "stage" or KIND_OF[one.field] in TELLING]
    cells: dict[str, Counter[str]] = {header: Counter() for header in telling}
    rows, whole = 0, True
    for batch in raw.batches:
        for header in telling:
            column = batch.cells.column(raw.headers.index(header))
            for counted in pc.value_counts(pc.utf8_trim_whitespace(column)).to_pylist():
                cells[header][counted["values"]] += counted["counts"]
        rows += len(batch.row)
        if rows >= READ_ROWS:
            whole = False
            break
    for counts in cells.values():
        counts.pop("", None)
    return Sample(raw.headers, rows, whole, fields, cells)


def _with_stage(fields: list[Proposed]) -> list[Proposed]:
    """A status without a stage tells where the deal stands, in the words of the source: that is the stage."""
    if any(one.field == "stage" for one in fields):
        return fields
    return [Proposed(one.header, "stage", one.like) if one.field == "status" else one for one in fields]


def check_command(source: str, layout: str, how: ReadAs) -> str:
    """The command that shows what an import by a draft would say, reading the file as the draft read it."""
    told = {"--sheet": how.sheet, "--encoding": how.encoding, "--delimiter": how.delimiter}
    told["--header-row"] = None if how.header_row is None else f"{how.header_row}"
    options = [f"{option} {shlex.quote(value)}" for option, value in told.items() if value is not None]
    return " ".join(["dealport check", shlex.quote(source), "--layout", shlex.quote(layout), *options])


def _heading(source: Path, sample: Sample, how: ReadAs) -> Iterator[str]:
    looked_at = f"{sample.rows:,} rows" if sample.whole else f"its first {sample.rows:,} rows"
    yield _comment(f"A draft of a layout for {source.name}, from its {len(sample.headers)} headers and {looked_at}.")
    yield "# GUESS marks what only resembles something known, CHOOSE what is left to you."
    yield _comment(f"Then see what an import would say: {check_command(source.name, 'THIS-FILE', how)}")
    yield ""


def _required(sample: Sample) -> Iterator[str]:
    required = [_quoted(f) for f in ("name", "status") if f == "name" or any(p.field == "stage" for p in sample.fields)]
    yield "# what may not be blank, of name, status and account"
    yield f"required = [{', '.join(required)}]"


def _forms(sample: Sample) -> Iterator[str]:
    """How days, numbers and probabilities are written, as far as the cells tell."""
    days = order_of_days(sample.of("date", "moment"))
    marks = decimal_mark(sample.of("amount"))
    for key, evidence in (("dates", days), ("decimal", marks)):
        if evidence.decides or evidence.both:
            told = [
                f"{count} tell {_quoted(way)} ({evidence.examples[way]})" for way, count in evidence.decides.items()
            ]
            told += [f"{evidence.both} fit more than one ({evidence.examples['both']})"] if evidence.both else []
            yield _comment(f"of the different values {', '.join(told)}")
            yield from _form(key, evidence)
    scale = scale_of_probabilities(sample.of("percent"))
    if scale.both and not scale.decides:
        yield f"# no probability is above 1, such as {scale.examples['both']}: CHOOSE this line if 0.4 is 40 %"
        yield '# probability = "fraction"'


def _form(key: str, evidence: Evidence) -> Iterator[str]:
    if evidence.decided:
        yield f"{key} = {_quoted(evidence.decided)}"
    else:
        others = " or ".join(_quoted(choice) for choice in CHOICES[key])
        yield f"# CHOOSE {others}; else an import stops and shows the evidence"
        yield f'# {key} = "…"'


def _ignored(sample: Sample) -> Iterator[str]:
    assigned = {one.header for one in sample.fields}
    left = list(dict.fromkeys(header for header in sample.headers if header.strip() and header not in assigned))
    if not left:
        return
    yield "# headers without a field: remove the # where one is not wanted,"
    yield "# or give it a field under [headers]"
    yield "ignored = ["
    for header in left:
        weighted = "    # in most systems weighted with the probability" if folded(header) in WEIGHTED else ""
        yield f"    # {_quoted(header)},{weighted}"
    yield "]"


def _fields(sample: Sample) -> Iterator[str]:
    yield ""
    yield "[headers]"
    header_of = {one.field: one for one in sample.fields if one.field != "status"}
    if "name" not in header_of:
        known = ", ".join(_quoted(header) for header in sample.headers if header.strip())
        yield _comment(
            f"CHOOSE: no header looks like a name, and the layout cannot be used without one. It has {known}"
        )
        yield '# name = ["…"]'
    for field in FIELD:
        if one := header_of.get(field):
            guess = f"    # GUESS: like '{one.like}'" if one.like else ""
            yield f"{field} = [{_quoted(one.header)}]{guess}"
    missing = [field for field in FIELD if field not in header_of and field not in {"name", "status"}]
    yield _comment(f"fields without a header: {', '.join(missing)}")


def _outcomes(sample: Sample, settings: Settings) -> Iterator[str]:
    """The rule for a status beside a stage: it tells what is won and lost, the stage where an open deal stands."""
    closed = settings.ids("won", "lost")
    for one in (one for one in sample.fields if one.field == "status"):
        yield ""
        yield "# what tells won from lost; of an open deal the stage tells more"
        yield _comment(f"CHOOSE from open, {', '.join(closed)}")
        yield "[[outcome]]"
        yield f"header = {_quoted(one.header)}" + (f"    # GUESS: like '{one.like}'" if one.like else "")
        yield "[outcome.values]"
        for word, count in _words(sample.cells[one.header]):
            status = propose_status(word)
            told = status if status in closed else "open"
            yield _line(word, count, told if status else None)


def _steps(sample: Sample, settings: Settings) -> Iterator[str]:
    """A status for each word of the stage."""
    for one in (one for one in sample.fields if one.field == "stage"):
        yield ""
        statuses = settings.ids("open", "won", "lost")
        yield f"# the status that each word of '{one.header}' means"
        yield _comment(f"CHOOSE from {', '.join(statuses)}")
        yield "[stages]"
        for word, count in _words(sample.cells[one.header]):
            status = propose_status(word)
            yield _line(word, count, status if status in statuses else None)
        more = len({folded_word(word) for word in sample.cells[one.header]}) - SHOWN_STEPS
        if more > 0:
            yield f"# and {more} words more: perhaps '{one.header}' is not a stage"


def _line(word: str, count: int, status: str | None) -> str:
    """A word and what it means, or what has to be chosen."""
    rows = f"{count} {'row' if count == 1 else 'rows'}"
    if status is None:
        return f'# {_quoted(word)} = "…"    # {rows}; CHOOSE'
    return f"{_quoted(word)} = {_quoted(status)}    # {rows}"


def _words(counts: Counter[str]) -> list[tuple[str, int]]:
    """The different words, however they are spelled, the most frequent first."""
    spelled: dict[str, str] = {}
    total: Counter[str] = Counter()
    for word, count in counts.items():
        spelled.setdefault(folded_word(word), word)
        total[folded_word(word)] += count
    return [(spelled[name], count) for name, count in total.most_common(SHOWN_STEPS)]


def _comment(text: str) -> str:
    return "\n".join(textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="#   ", break_on_hyphens=False))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
