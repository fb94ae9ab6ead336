"""Judges a file batch by batch: good rows with their keys and money, and the problems of all others."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from connectors.files import read_table
from pipelines.steps.check import check
from pipelines.steps.decide import (
    ReconsideredError,
    decisions,
    require_decided,
    require_same_ways,
    unlike_the_layout,
)
from pipelines.steps.footers import Footers
from pipelines.steps.left_over import left_over, still_short
from pipelines.steps.locate import describe_ragged, first_per_cell, locate
from pipelines.steps.parse import parse
from pipelines.steps.reject import told_row, told_ways
from pipelines.steps.total import Money, add_money, no_money, total
from schemas.fields import AMOUNTS
from schemas.layout import folded, load_layout
from schemas.mapping import Mapping, match_headers, require_headers
from schemas.opportunity import schema_of
from schemas.problems import Problem, problem
from schemas.raw import RawBatch, RawTable, ReadAs
from schemas.reading import Readers, Ways
from schemas.recognition import Recognised, known_headers, peeked, recognise
from schemas.settings import Settings


@dataclass
class Judged:
    """What is known of a file so far; rows are those of the file, shown_rows those a reject file came from."""

    raw: RawTable
    mapping: Mapping
    because: str = ""
    read: int = 0
    decisions: list[str] = field(default_factory=list)
    ways_told: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    money: Money = field(default_factory=no_money)
    rejected_money: Money = field(default_factory=no_money)
    shown_rows: dict[int, int] = field(default_factory=dict)
    footers: Footers = field(default_factory=Footers)

    def rejected_rows(self) -> list[int]:
        """The rows with a problem, in their order."""
        return sorted({problem.row for problem in self.problems})


def open_file(source: Path, layout: str | None, how: ReadAs) -> tuple[RawTable, Recognised]:
    """The raw table of a file and the mapping of its headers, by the named or the recognised layout."""
    if layout:
        named = load_layout(layout)
        spelled = {folded(header) for spellings in named.headers.values() for header in spellings}
        raw = read_table(source, how, lambda cells: len({folded(cell) for cell in cells} & spelled))
        recognised = Recognised(match_headers(named, raw.headers), "")
    else:
        raw = read_table(source, how, known_headers)
        cells, raw = peeked(raw)
        recognised = recognise(raw.headers, source.name, cells)
    require_headers(recognised.mapping)
    return raw, recognised


def judge(judged: Judged, settings: Settings, ways: Ways) -> Iterator[pa.Table]:
    """The good rows of a file, a typed table (n rows × row and fields) for each batch; `judged` grows on the way.

    A ReconsideredError ends it as soon as the columns turn out to mean something else than `ways` says.
    """
    mapping, raw = judged.mapping, judged.raw
    readers = Readers(mapping, settings, ways, epoch_1904=raw.epoch_1904)
    present = [*mapping.fields(), *(AMOUNTS[amount] for amount in ways.signed)]
    entity = mapping.layout.entity
    schema = schema_of(entity, present, mapping.layout.required, settings)
    for whole in raw.batches:
        batch = judged.footers.left_out(whole, mapping)
        _require_ways_told(batch, mapping, ways)
        rows, unread = parse(batch, readers)
        require_same_ways(readers)
        found = locate(first_per_cell([*unread, *check(rows, schema, settings, entity)], mapping), batch, mapping)
        found += [*left_over(batch, mapping.headers), *still_short(batch, mapping)]
        bad = np.isin(np.asarray(batch.row), [problem.row for problem in found])
        _count(judged, batch, rows, bad, settings)
        judged.problems += found
        if mapping.problem_position is not None:
            ends = ((ragged.row, told_row(ragged.cells[-1])) for ragged in batch.ragged if ragged.cells)
            judged.shown_rows |= {row: shown for row, shown in ends if shown is not None}
        judged.problems += [
            problem(ragged.row, "", "ragged_row", detail=describe_ragged(ragged, mapping.headers))
            for ragged in batch.ragged
        ]
        good = _with_shown_rows(judged, batch, rows)
        yield good.filter(pa.array(~bad)) if bad.any() else good
    require_decided(readers)
    judged.decisions += decisions(readers)
    judged.ways_told = unlike_the_layout(readers)


def _require_ways_told(batch: RawBatch, mapping: Mapping, ways: Ways) -> None:
    """Begin anew where a reject file tells how the columns of its first file were read, unless something is ordered."""
    position = mapping.problem_position
    if position is None or ways.ordered():
        return
    for cell in batch.cells.column(position).unique().to_pylist():
        if told := told_ways(cell):
            raise ReconsideredError(Ways(told.get("dates", ""), told.get("decimal", ""), told.get("probability", "")))


def _count(judged: Judged, batch: RawBatch, rows: pa.Table, bad: np.ndarray, settings: Settings) -> None:
    judged.read += len(rows) + len(batch.ragged)
    add_money(judged.money, total(rows, batch, judged.mapping, settings.base_currency))
    if bad.any():
        mask = pa.array(bad)
        rejected = RawBatch(batch.row.filter(mask), batch.cells.filter(mask))
        money = total(rows.filter(mask), rejected, judged.mapping, settings.base_currency)
        add_money(judged.rejected_money, money)


def _with_shown_rows(judged: Judged, batch: RawBatch, rows: pa.Table) -> pa.Table:
    position = judged.mapping.problem_position
    if position is None:
        return rows
    told = [told_row(cell) for cell in batch.cells.column(position).to_pylist()]
    numbers = batch.row.to_pylist()
    judged.shown_rows |= {row: shown for row, shown in zip(numbers, told, strict=True) if shown is not None}
    shown = [judged.shown_rows.get(row, row) for row in numbers]
    return rows.append_column("shown_row", pa.array(shown, pa.int64()))
