"""Exports: what is stored to files in a layout, so that importing them again changes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from types import ModuleType

import pyarrow as pa
from sqlalchemy import Connection, func, select

from connectors.databases import reading, texts
from connectors.files import format_of, write_batches
from connectors.finished import part_of, writing_parts, writing_whole
from connectors.typed import Typed, TypedColumn
from pipelines.exports.holding import fields_left_out, require_told_currencies
from pipelines.exports.query import ID, RUN, Asked
from pipelines.exports.splitting import in_parts
from pipelines.exports.statuses import with_status_cells
from pipelines.exports.typing import Typing, with_sums
from pipelines.exports.wanted import Exported, Plan, Wanted, planned
from pipelines.kept_history import require_kept
from pipelines.merge.staleness import installation_key
from pipelines.questions.question import Question
from pipelines.questions.rates_in_use import with_rates
from pipelines.steps.fingerprint import fingerprint
from pipelines.steps.render import headings, render
from schemas.blocks import from_text
from schemas.known import PRESENT, AsOf, Known
from schemas.mapping import FINGERPRINT_HEADER
from schemas.settings import Settings
from schemas.tables import run

__all__ = ["Exported", "Wanted", "export", "export_file"]


def _unheard(_rows: int) -> None:
    """Nobody listens to how far an export is."""


def export_file(  # noqa: PLR0913 -- each is a word of the command line
    target: Path,
    database: str,
    settings: Settings,
    *,
    layout: str,
    view: str,
    today: date,
    when: AsOf = PRESENT,
    for_editing: bool = False,
) -> int:
    """Write a view in a layout to a file at once or not at all; gives the number of its rows."""
    wanted = Wanted(layout, today, view, when, for_editing)
    return export(target, database, settings, wanted).rows


def export(
    target: Path, database: str, settings: Settings, wanted: Wanted, on_rows: Callable[[int], None] = _unheard
) -> Exported:
    """Write the rows that are wanted to a file, or to several, all of them at once or not at all.

    One for editing has a last column with the fingerprint of each opportunity, so that a row edited while what is
    stored moved on is told when the file comes back.
    """
    plan, format_module = planned(wanted, settings), format_of(target.name, to_write=True)
    with reading(database) as connection:
        require_kept(connection, wanted.when.moment, f"An export as of {wanted.when.told(wanted.today)}")
        written = _begin(connection, plan, format_module, on_rows)
        with texts(connection, written.asked.query(versions=written.key is not None)) as batches:
            if wanted.split_rows is None:
                with writing_whole(target) as path:
                    written.write(path, batches)
                return Exported((target,), written.rows, written.left_out)
            numbers = []
            with writing_parts(target) as part:
                for number, piece in enumerate(in_parts(batches, wanted.split_rows), start=1):
                    written.write(part(number), piece)
                    numbers.append(number)
            files = tuple(part_of(target, number) for number in numbers)
            return Exported(files, written.rows, written.left_out)


def _begin(connection: Connection, plan: Plan, format_module: ModuleType, on_rows: Callable[[int], None]) -> "_Export":
    """Ask all that has to be known before the rows are asked for: nothing else can be asked while they come."""
    wanted, settings = plan.wanted, plan.settings
    known = Known(wanted.when, settings)
    asked = Asked(plan, known, None)
    if wanted.currency is not None:
        question = Question(settings, wanted.currency, wanted.today, when=wanted.when)
        asked = Asked(plan, known, with_rates(connection, question, asked.chosen()))
    require_told_currencies(connection, asked)
    numbers, left_out = _numbers_of_blocks(connection, asked), fields_left_out(connection, asked)
    key = installation_key(connection) if wanted.for_editing else None
    recorded = run.c.recorded_at <= wanted.when.moment if wanted.when.moment else run.c.id > 0
    newest = connection.scalar(select(func.max(run.c.id)).where(recorded, run.c.state == "done"))
    return _Export(plan, asked, format_module, numbers, key, newest, on_rows, left_out)


def _numbers_of_blocks(connection: Connection, asked: Asked) -> dict[str, int]:
    """How many blocks of each collection the row has that has most of them: as many are written of every row."""
    most: dict[str, int] = {}
    for collection in asked.plan.layout.blocks:
        column = asked.rows.c[collection]
        found = connection.scalars(select(column).where(asked.where(), column.is_not(None)).distinct())
        most[collection] = max((len(from_text(text)) for text in found), default=0)
    return most


@dataclass
class _Export:
    """An export that is being written."""

    plan: Plan
    asked: Asked
    format_module: ModuleType
    numbers: dict[str, int]
    key: str | None
    newest_run: int | None
    on_rows: Callable[[int], None]
    left_out: tuple[str, ...]
    rows: int = 0

    @cached_property
    def typing(self) -> Typing:
        """How texts become values of the format."""
        return Typing(self.plan, self.numbers, getattr(self.format_module, "RUNS_FORMULAS", True))

    def write(self, path: Path, batches: Iterator[pa.Table]) -> None:
        """Write a file of batches, typed where the format knows types."""
        counted = self._counted(batches)
        if not hasattr(self.format_module, "write_typed"):
            headers = headings(self.plan.layout, self.numbers) + ([FINGERPRINT_HEADER] if self.key else [])
            write_batches(path, headers, (self._with_versions(batch, self._rendered) for batch in counted))
            return
        columns, sums, before = self.typing.columns(), dict[str, Decimal](), self.rows
        values = (self._with_versions(batch, self.typing.batch) for batch in counted)
        columns += [TypedColumn(FINGERPRINT_HEADER, "text")] if self.key else []
        about: dict[str, str] = {}

        def told() -> Iterator[pa.Table]:
            yield from with_sums(values, columns, sums)
            about.update(_summary(self.plan, self.rows - before, sums, self.newest_run))

        name = self.plan.entity.noun.several.capitalize()
        self.format_module.write_typed(path, Typed(name, columns, told(), about))

    def _rendered(self, stored: pa.Table) -> pa.Table:
        return render(stored, self.plan.layout, self.numbers)

    def _with_versions(self, batch: pa.Table, written: Callable[[pa.Table], pa.Table]) -> pa.Table:
        """A batch as it is written, and the fingerprints of its rows."""
        batch = with_status_cells(batch, self.plan)
        if self.key is None:
            return written(batch)
        versions = zip(batch.column(ID).to_pylist(), batch.column(RUN).to_pylist(), strict=True)
        prints = [fingerprint(self.key, int(number), int(run_id)) for number, run_id in versions]
        cells = written(batch.drop_columns([ID, RUN]))
        return cells.append_column(FINGERPRINT_HEADER, pa.array(prints, pa.string()))

    def _counted(self, batches: Iterator[pa.Table]) -> Iterator[pa.Table]:
        for batch in batches:
            self.rows += len(batch)
            self.on_rows(self.rows)
            yield batch


def _summary(plan: Plan, rows: int, sums: dict[str, Decimal], newest_run: int | None) -> dict[str, str]:
    """What a file tells of itself: what was asked, how many rows and how much money answer it, and of when it is."""
    wanted = plan.wanted
    limits = f", at most {wanted.limit:,}" if wanted.limit else ""
    told = {
        "Rows": f"{rows:,}{limits}",
        "View": wanted.view,
        "Condition": " and ".join(f"({one.text})" for one in plan.conditions),
        "Sorted by": ", ".join(f"{one.field}{' desc' if one.falling else ''}" for one in plan.order),
        "As of": wanted.when.told(wanted.today),
        "Currency": wanted.currency and f"{wanted.currency}, converted as of {wanted.today}",
        "Layout": plan.layout.name,
        "Newest run": newest_run and str(newest_run),
    }
    shown = {label: str(text) for label, text in told.items() if text}
    return shown | {label: f"{amount:,.2f}" for label, amount in sorted(sums.items())}
