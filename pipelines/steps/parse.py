"""Raw cells to our fields and values, by a mapping; blank is null, and what cannot be read is a problem."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import did_you_mean
from schemas.fields import FIELD
from schemas.mapping import Mapping
from schemas.problems import Problem, problem
from schemas.raw import RawBatch
from schemas.settings import Settings
from schemas.values import (
    FRACTION,
    MOMENT,
    Faulty,
    Read,
    blank_to_null,
    read_amounts,
    read_choice,
    read_day,
    read_each,
    read_fraction,
    read_moment,
    read_percent,
    read_tags,
)

Reader = Callable[[pa.Array], Read]
FORMS = {
    "mdy": (("%m/%d/%Y", "%Y-%m-%d"), "12/31/2026 or 2026-12-31"),
    "dmy": (("%d/%m/%Y", "%Y-%m-%d"), "31/12/2026 or 2026-12-31"),
    "ymd": (("%Y-%m-%d",), "2026-12-31"),
    "": (("%Y-%m-%d",), "2026-12-31"),
}


def readers(mapping: Mapping, settings: Settings) -> dict[str, Reader]:
    """The reader of each kind of field, made once for all batches of a file."""
    layout = mapping.layout
    statuses = {s.id: s.id for s in settings.statuses} | {s.label.casefold(): s.id for s in settings.statuses}
    statuses |= {f"opportunity_status.{s.id}": s.id for s in settings.statuses}
    reasons = {reason.casefold(): reason for reason in settings.close_reasons}
    currencies = {code.casefold(): code for code in settings.currencies}
    labels = [s.id for s in settings.statuses] + [s.label for s in settings.statuses]
    each: dict[str, tuple[pa.DataType, Callable[[str], Any]]] = {
        "percent": (FRACTION, read_percent if layout.probability == "percent" else read_fraction),
        "date": (pa.date32(), read_day(*FORMS[layout.dates])),
        "moment": (MOMENT, read_moment),
        "tags": (pa.string(), read_tags),
        "status": (
            pa.string(),
            read_choice(statuses, "unknown_status", lambda text: did_you_mean(text, labels)),
        ),
        "close_reason": (pa.string(), _reason(reasons, settings)),
        "currency": (
            pa.string(),
            read_choice(currencies, "unknown_currency", lambda text: did_you_mean(text, settings.currencies)),
        ),
    }
    found: dict[str, Reader] = {kind: _each(*how) for kind, how in each.items()}
    return found | {"amount": read_amounts, "name": _text(trim=True), "text": _text(trim=False)}


def _each(type_: pa.DataType, read: Callable[[str], Any]) -> Reader:
    return lambda texts: read_each(texts, type_, read)


def _text(*, trim: bool) -> Reader:
    return lambda texts: Read(blank_to_null(texts, trim=trim), [])


def _reason(reasons: dict[str, str], settings: Settings) -> Callable[[str], str]:
    if "unknown_close_reason" in settings.rules_off:
        return lambda text: reasons.get(text.casefold(), text)
    return read_choice(reasons, "unknown_close_reason", lambda text: did_you_mean(text, settings.close_reasons))


def parse(raw: RawBatch, mapping: Mapping, reader_of: dict[str, Reader]) -> tuple[pa.Table, list[Problem]]:
    """The rows of a batch: `row` and one typed column a field (n rows); and the cells that cannot be read."""
    columns: dict[str, pa.Array] = {"row": raw.row}
    problems: list[Problem] = []
    rows = np.asarray(raw.row)
    for field, position in mapping.positions.items():
        texts = unguarded(raw.cells.column(position))
        values, faults = reader_of[FIELD[field].kind](texts)
        columns[field] = values
        for fault in (*faults, *_nul_characters(texts)):
            problems += _problems(field, rows, texts, fault)
    return pa.table(columns), problems


def unguarded(texts: pa.Array) -> pa.Array:
    """Texts without the apostrophe that guards a formula-like cell (see steps/render.py)."""
    if not pc.any(pc.starts_with(texts, "'")).as_py():
        return texts
    return pc.replace_substring_regex(texts, r"^'('*[=+\-@\t\r])", r"\1")


def _nul_characters(texts: pa.Array) -> list[Faulty]:
    characters = texts.buffers()[2]
    if characters is None or b"\0" not in memoryview(characters).tobytes():
        return []
    return [Faulty(np.flatnonzero(pc.match_substring(texts, "\0")), "nul_character")]


def _problems(field: str, rows: np.ndarray, texts: pa.Array, fault: Faulty) -> list[Problem]:
    values = texts.take(pa.array(fault.indices)).to_pylist()
    told = zip(rows[fault.indices].tolist(), values, strict=True)
    return [problem(row, field, fault.code, value, fault.detail) for row, value in told]
