"""Telling: the problems of a file, just judged or kept in the ledger, written in one of many formats."""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from connectors.files import fingerprint, read_table, write_pieces
from connectors.texts.places import cell_places
from connectors.workbooks.values import with_values
from pipelines.findings import Findings, Place, Rows, Source, Wanted
from pipelines.imported import Imported
from pipelines.ledger import LedgerRun
from pipelines.steps.reject import told_row
from schemas.choices import choose
from schemas.errors import RunError, UsageError
from schemas.folding import folded
from schemas.layout_files import load_layout
from schemas.mapping import PROBLEM_HEADER, match_headers
from schemas.raw import ReadAs
from schemas.settings import Settings
from schemas.words import LEAD_STATUSES

FOLDER = "pipelines.problem_reports"
KIND = "format of problems"


def findings_of(imported: Imported, settings: Settings | None = None, layout: str | None = None) -> Findings:
    """What was found in a file that was just imported or checked; with settings, the file itself goes with it."""
    reading, how = imported.reading, imported.reading.how
    return Findings(
        str(imported.file),
        imported.layout,
        reading.headers,
        imported.read,
        imported.rejected,
        imported.problems,
        (*reading.decisions, *reading.notes),
        how.sheet,
        how.header_row or 1,
        imported.run,
        str(imported.rejects) if imported.rejects else None,
        _source(imported.file, how, reading.headers, layout or imported.layout, settings) if settings else None,
        ways=reading.ways,
    )


def findings_of_refused(file: Path, fault: RunError) -> Findings:
    """Why a file could not be judged at all; the others of the same report are told beside it."""
    return Findings(str(file), "", (), 0, 0, (), absent=(fault.why, fault.fix), refused=True)


def findings_of_run(run: LedgerRun, settings: Settings | None = None) -> Findings:
    """What a run of the ledger found; with settings, its file goes with it where it is still as the run read it."""
    facts: dict[str, Any] = run.facts
    reading: dict[str, Any] = json.loads(facts["reading"] or "{}")
    how = ReadAs(**reading.get("how", {"sheet": facts["sheet"]}))
    headers = tuple(reading.get("headers", ()))
    absent = _absent(facts) if settings else None
    return Findings(
        facts["file"],
        facts["layout"],
        headers,
        facts["read"] or 0,
        facts["rejected"] or 0,
        run.problems,
        (*reading.get("decisions", ()), *reading.get("notes", ())),
        facts["sheet"],
        how.header_row or 1,
        facts["id"],
        facts["rejects"],
        _source(Path(facts["file"]), how, headers, facts["layout"], settings) if settings and not absent else None,
        absent or ("", ""),
        ways=reading.get("ways", {}),
    )


def _absent(facts: dict[str, Any]) -> tuple[str, str] | None:
    """Why the file of a run cannot be shown with its problems, and what to do; None where it can."""
    number, file = facts["id"], Path(facts["file"])
    again = "Check the file that you have now: `dealport check FILE --format …`."
    if facts["reading"] is None:
        return f"Run {number} does not tell how it read {file}.", again
    try:
        found = fingerprint(file)
    except RunError as fault:
        return f"The file of run {number} is not there any more: {fault.why}", again
    if found != (facts["sha256"], facts["size"]):
        return f"{file} was changed since run {number} read it.", again
    return None


def _source(file: Path, how: ReadAs, headers: Sequence[str], layout: str, settings: Settings) -> Source:
    named = [position for position, header in enumerate(headers) if folded(header) == folded(PROBLEM_HEADER)]
    return Source(
        partial(_rows, file, how),
        partial(_places, file, how),
        _shown_rows(file, how, named[-1]) if named else {},
        _choices(headers, layout, settings),
        is_text=how.sheet is None,
    )


def _rows(file: Path, how: ReadAs) -> Rows:
    """Every row of a file: the values of a workbook, the texts of any other."""
    texts = _texts(file, how)
    return texts if how.sheet is None else with_values(file, how.sheet, texts)


def _texts(file: Path, how: ReadAs) -> Iterator[tuple[int, tuple[str, ...]]]:
    for batch in read_table(file, how).batches:
        cells = zip(*(column.to_pylist() for column in batch.cells.columns), strict=True)
        whole = zip(batch.row.to_pylist(), cells, strict=True)
        ragged = [(one.row, one.cells) for one in batch.ragged]
        yield from sorted([*whole, *ragged]) if ragged else whole


def _places(file: Path, how: ReadAs, wanted: Wanted) -> dict[tuple[int, int], Place]:
    return {cell: Place(*place) for cell, place in cell_places(file, how, wanted).items()}


def _shown_rows(file: Path, how: ReadAs, position: int) -> dict[int, int]:
    """The rows that the column Problem tells, where they are not those of this file."""
    shown = {}
    for row, cells in _texts(file, how):
        ends = (cells[position] if position < len(cells) else "", cells[-1])
        told = next((number for number in map(told_row, ends) if number is not None), row)
        if told != row:
            shown[row] = told
    return shown


def _choices(headers: Sequence[str], layout: str, settings: Settings) -> dict[int, tuple[str, ...]]:
    """The words of the settings by the position of the column that takes them; none for a layout that is not here."""
    words = {
        "status": tuple(status.id for status in settings.statuses),
        "close_reason": settings.close_reasons,
        "currency": settings.currencies,
    }
    try:
        mapping = match_headers(load_layout(layout), headers)
    except RunError:
        return {}
    if mapping.layout.entity == "lead":
        words["status"] = tuple(LEAD_STATUSES)
    fields = {position: mapping.layout.fields[field] for field, position in mapping.positions.items()}
    known = {position: words.get(field.kind) or tuple(dict(field.words)) for position, field in fields.items()}
    return {position: listed for position, listed in known.items() if listed}


def needs_places(name: str) -> bool:
    """Whether a format tells the line of a problem, for which it needs the file."""
    return getattr(choose(FOLDER, KIND, name), "PLACES", False)


def is_binary(name: str) -> bool:
    """Whether a format is no text: a workbook, which gives the sheet of one file back."""
    return getattr(choose(FOLDER, KIND, name), "BINARY", False)


def require_target(name: str, files: int, target: Path | None) -> None:
    """Refuse, before any file is read, what cannot be written: a workbook on a terminal, or one of several files."""
    if not is_binary(name):
        return
    if target is None:
        raise UsageError(f"The format {name} is no text for a terminal.", "Name a file for it with --output.")
    if files > 1:
        why = f"The format {name} gives the sheet of one file back, and there are {files}."
        raise UsageError(why, "Name one file, or take another format.")


def write_report(name: str, files: Sequence[Findings], target: Path | None, say: Callable[[str], object]) -> None:
    """Write the problems of files in the named format to a file, whole or not at all, or else say them."""
    require_target(name, len(files), target)
    pieces: Iterator[str | bytes] = choose(FOLDER, KIND, name).pieces(files)
    if target is None:
        for piece in pieces:
            say(str(piece))
        return
    for findings in files:
        if Path(findings.file).resolve() == target.resolve():
            raise UsageError(f"--output {target} is the file that was judged.", "Name another one.")
    write_pieces(target, pieces)
