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
from pipelines.steps.fingerprint import read_fingerprints
from pipelines.steps.footers import Footers
from pipelines.steps.left_over import left_over, still_short
from pipelines.steps.locate import describe_ragged, first_per_cell, locate
from pipelines.steps.parse import parse
from pipelines.steps.reject import told_row, told_ways
from pipelines.steps.total import Money, add_money, no_money, total
from schemas.fields import AMOUNTS
from schemas.folding import folded
from schemas.layout_files import load_layout
from schemas.mapping import Mapping, match_headers, require_headers
from schemas.problems import Problem, problem
from schemas.raw import RawBatch, RawTable, ReadAs
from schemas.reading import Readers, Ways
from schemas.recognition import Recognised, known_headers
from schemas.rules import schema_of
from schemas.settings import Settings
from schemas.told_layouts import recognise_table, shows_layout


@dataclass
class Judged:
    """What is known of a file so far; rows are those of the file, shown_rows those a reject file came from.

    Of the rows refused while judging, `refused_ids` are the ids of the source; so many have none `without_id`.
    """

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
    fingerprint_key: str | None = None
    footers: Footers = field(default_factory=Footers)
    refused_ids: set[str] = field(default_factory=set)
    without_id: int = 0

    def rejected_rows(self) -> list[int]:
        """The rows with a problem that does more than warn, in their order."""
        return sorted({problem.row for problem in self.problems if not problem.warns})


def open_file(source: Path, layout: str | None, how: ReadAs) -> tuple[RawTable, Recognised]:
    """The raw table of a file and the mapping of its headers, by the named or the recognised layout."""
    if layout:
        named = load_layout(layout)
        spelled = {folded(header) for spellings in named.headers.values() for header in spellings}
        raw = read_table(source, how, lambda cells: len({folded(cell) for cell in cells} & spelled))
        recognised = Recognised(match_headers(named, raw.headers), "")
    else:
        raw = read_table(source, how, known_headers)
        raw, recognised = recognise_table(raw, source.name, lambda cell: told_ways(cell).get("layout", ""))
    require_headers(recognised.mapping)
    return _with_signs(raw, recognised.mapping), recognised


def _with_signs(raw: RawTable, mapping: Mapping) -> RawTable:
    """The raw table of a workbook with the currencies that formats show beside amounts, unless they mean nothing."""
    if raw.how.sheet is None or mapping.layout.signs == "ignored":
        return raw
    return raw.signed({mapping.positions[amount] for amount in AMOUNTS if amount in mapping.positions})


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
        rows, unproven = _with_meant(judged, batch, rows)
        found = [*unread, *check(rows.select(["row", *present]), schema, settings, entity), *unproven]
        found = locate(first_per_cell(found, mapping), batch, mapping)
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
    judged.ways_told = ({} if shows_layout(mapping) else {"layout": mapping.layout.name}) | unlike_the_layout(readers)


def _require_ways_told(batch: RawBatch, mapping: Mapping, ways: Ways) -> None:
    """Begin anew where a reject file tells how the columns of its first file were read, unless something is ordered."""
    position = mapping.problem_position
    if position is None or ways.ordered():
        return
    for cell in batch.cells.column(position).unique().to_pylist():
        told = told_ways(cell)
        found = Ways(told.get("dates", ""), told.get("decimal", ""), told.get("probability", ""))
        if found.ordered():
            raise ReconsideredError(found)


def _count(judged: Judged, batch: RawBatch, rows: pa.Table, bad: np.ndarray, settings: Settings) -> None:
    judged.read += len(rows) + len(batch.ragged)
    judged.without_id += len(batch.ragged)
    add_money(judged.money, total(rows, batch, judged.mapping, settings.base_currency))
    if bad.any():
        mask = pa.array(bad)
        rejected = RawBatch(batch.row.filter(mask), batch.cells.filter(mask))
        money = total(rows.filter(mask), rejected, judged.mapping, settings.base_currency)
        add_money(judged.rejected_money, money)
        ids = rows["source_id"].filter(mask).to_pylist() if "source_id" in rows.column_names else [None] * len(mask)
        judged.refused_ids.update(known for known in ids if known)
        judged.without_id += ids.count(None)


def _with_meant(judged: Judged, batch: RawBatch, rows: pa.Table) -> tuple[pa.Table, list[Problem]]:
    """The rows with the opportunity and the run that their fingerprints mean, and the fingerprints that prove none."""
    if judged.mapping.fingerprint_position is None:
        return rows, []
    numbers, runs, problems = read_fingerprints(batch, judged.mapping, judged.fingerprint_key)
    return rows.append_column("meant_id", numbers).append_column("meant_run", runs), problems


def _with_shown_rows(judged: Judged, batch: RawBatch, rows: pa.Table) -> pa.Table:
    position = judged.mapping.problem_position
    if position is None:
        return rows
    told = [told_row(cell) for cell in batch.cells.column(position).to_pylist()]
    numbers = batch.row.to_pylist()
    judged.shown_rows |= {row: shown for row, shown in zip(numbers, told, strict=True) if shown is not None}
    shown = [judged.shown_rows.get(row, row) for row in numbers]
    return rows.append_column("shown_row", pa.array(shown, pa.int64()))
