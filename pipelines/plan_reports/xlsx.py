"""XLSX: a workbook with the plan's money, every change in a row of its own, every new row, and every problem."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from tempfile import TemporaryFile
from typing import Any

from connectors.workbooks.marked import write_workbook
from connectors.workbooks.parts import MAX_CELL_CHARACTERS, MAX_ROWS
from connectors.workbooks.sheets import Line, MarkedSheet
from pipelines.plan.changes import Change
from pipelines.plan.file import Plan
from pipelines.plan.words import balance, changed_fields, headline, moved, news, pipeline, spaced, warned, warnings

BINARY = True
PIECE_BYTES = 1 << 20
CHANGES = ("Table", "Row", "Name", "Account", "Field", "Before", "After")
ADDED = ("Table", "Row", "Name", "Account", "Field", "Value")
PROBLEMS = ("Row", "Column", "Value", "Code", "What is wrong", "What to do")
NUMBERS = ("amount", "revenue", "base", "rate", "probability")


def pieces(plan: Plan) -> Iterator[bytes]:
    """The workbook."""
    every = plan.counted.values()
    sheets = [_summary(plan)]
    if any("changed" in counted for counted in every):
        sheets.append(_sheet("Changes", CHANGES, _changed(plan), (14, 8, 30, 24, 22, 30, 30)))
    if any("added" in counted for counted in every):
        sheets.append(_sheet("New", ADDED, _added(plan), (14, 8, 30, 24, 22, 40)))
    if plan.head["counts"]["rejected"]:
        sheets.append(_sheet("Problems", PROBLEMS, _problems(plan), (8, 24, 24, 24, 50, 60)))
    with TemporaryFile() as file:
        write_workbook(file, sheets)
        file.seek(0)
        yield from iter(lambda: file.read(PIECE_BYTES), b"")


def _sheet(name: str, headers: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[int]) -> MarkedSheet:
    """A sheet of rows; what an XLSX sheet has no room for is left to the plan itself."""
    lines = (Line(row, list(map(_cut, cells))) for row, cells in enumerate(islice(rows, MAX_ROWS - 1), start=2))
    return MarkedSheet(name, headers, lines, widths=widths)


def _cut(value: Any) -> Any:
    return value[:MAX_CELL_CHARACTERS] if isinstance(value, str) else value


def _summary(plan: Plan) -> MarkedSheet:
    told = [headline(plan), balance(plan), *warnings(plan)]
    told += [*plan.head["reading"]["decisions"], *plan.head["reading"]["notes"], *news(plan)]
    for what, fields in changed_fields(plan):
        told.append(f"{what}: {', '.join(f'{field} {number:,}' for field, number in fields.items())}")
    rows: list[Sequence[Any]] = [[text] for text in told]
    rows += [[], ["Status", "Currency", "Deals before", "Deals after", "Before", "After", "Moves"]]
    for line in (*pipeline(plan), *moved(plan)):
        before, after = line.amounts
        rows.append([line.label, line.currency, *line.deals, before, after, after - before])
    lines = [Line(row, cells) for row, cells in enumerate(rows, start=1)]
    return MarkedSheet("Plan", (), lines, header_row=0, widths=(40, 10, 12, 12, 18, 18, 18))


def _changed(plan: Plan) -> Iterator[Sequence[Any]]:
    for change in plan.changes():
        if not change.added:
            for field, (old, new) in change.fields.items():
                yield [*_key(change), spaced(field), _typed(field, old), _typed(field, new)]


def _added(plan: Plan) -> Iterator[Sequence[Any]]:
    for change in plan.changes():
        if change.added:
            for field, (_, new) in change.fields.items():
                yield [*_key(change), spaced(field), _typed(field, new)]


def _key(change: Change) -> Sequence[Any]:
    return change.table, change.row or None, change.name, change.account


def _typed(field: str, value: str | None) -> Any:
    """Amounts, rates and probabilities as numbers, everything else as it is."""
    return Decimal(value) if value and field.endswith(NUMBERS) else value


def _problems(plan: Plan) -> Iterator[Sequence[Any]]:
    for problem in plan.problems():
        yield problem.row, problem.header, problem.value, problem.code, warned(problem) + problem.why, problem.fix
