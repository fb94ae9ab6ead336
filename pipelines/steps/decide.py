"""What the columns of a file mean, once the whole file was seen: decided with the evidence, or the run stops."""

from schemas.errors import RunError
from schemas.fields import AMOUNTS
from schemas.reading import Judgement, Readers, Ways, told, told_by_signs

OPTIONS = {
    "dates": "--dates dmy or --dates mdy",
    "decimal": "--decimal . or --decimal ,",
    "probability": "--probability percent or --probability fraction",
}
"""How each kind of question is settled on the command line."""


class ReconsideredError(Exception):
    """Raised when columns mean something else than they were read by; `ways` is how to read the file from its start."""

    def __init__(self, ways: Ways) -> None:
        """Keep the ways."""
        super().__init__()
        self.ways = ways


def require_same_ways(readers: Readers) -> None:
    """Begin anew where columns read so far speak for another way than they are read by, or say currencies by signs."""
    known = readers.ways
    found = {(name, kind): way for name, kind, _, way in readers.judgements() if way}
    for name, kind, evidence, way in readers.judgements():
        verdict = evidence.verdict()
        # a column that was reconsidered once waits for the end of the file, so that it is not read for ever
        if way and verdict and verdict != way and (name, kind) not in known.found:
            raise ReconsideredError(_ways(known, found | {(name, kind): verdict}))
    unsaid = {amount for amount in readers.signed() if AMOUNTS[amount] not in readers.mapping.positions}
    if unsaid - known.signed and readers.mapping.layout.signs == "currency":
        raise ReconsideredError(_ways(known, found, known.signed | unsaid))


def require_decided(readers: Readers) -> None:
    """Refuse a file in which nothing decides how a column is to be read, with the evidence; read it anew if need be."""
    for judgement in readers.judgements():
        if judgement.way and judgement.evidence.verdict() is None:
            raise _undecided(judgement, readers)
    found = {(name, kind): way for name, kind, _, way in readers.judgements() if way}
    final = found | {
        (name, kind): verdict for name, kind, evidence, _ in readers.judgements() if (verdict := evidence.verdict())
    }
    if any(found.get(key) not in {None, way} for key, way in final.items()):
        raise ReconsideredError(_ways(readers.ways, final))


def decisions(readers: Readers) -> list[str]:
    """What was decided about columns that could be read in several ways, each as a sentence with its evidence."""
    spelled = readers.mapping.spelled
    judged = (one for one in readers.judgements() if one.way and one.evidence.worth_telling(one.way))
    signed = (told_by_signs(+counts, spelled(amount)) for amount, counts in readers.by_signs.items() if +counts)
    return [*(told(judgement, spelled(judgement.field)) for judgement in judged), *signed]


def unlike_the_layout(readers: Readers) -> dict[str, str]:
    """The way of each kind of evidence that held against or without the layout's word, where all columns agree."""
    found: dict[str, set[str]] = {}
    for _, kind, evidence, way in readers.judgements():
        if way and way != evidence.stated and (evidence.several or (evidence.stated and evidence.only)):
            found.setdefault(kind, set()).add(way)
    return {kind: next(iter(ways)) for kind, ways in found.items() if len(ways) == 1}


def _ways(known: Ways, found: dict[tuple[str, str], str], signed: frozenset[str] | None = None) -> Ways:
    return Ways(known.dates, known.decimal, known.probability, found, known.signed if signed is None else signed)


def _undecided(judgement: Judgement, readers: Readers) -> RunError:
    header = readers.mapping.spelled(judgement.field)
    why = f"'{header}': {judgement.evidence.open_question()}."
    return RunError(why, f"Say which holds with {OPTIONS[judgement.kind]}, or write the column without doubt.")
