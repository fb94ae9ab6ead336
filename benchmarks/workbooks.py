"""Typed workbooks: written by dealport and by openpyxl's write-only mode, each in a process of its own."""

import json
import sys
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from benchmarks.measured import measure
from benchmarks.opportunities import HEADERS, account_names, good_rows
from connectors.typed import Kind, Typed, TypedColumn

BLOCK_ROWS = 5000
KINDS: dict[str, Kind] = {
    "Expected close date": "date",
    "Probability": "percent",
    "Budget Amount": "amount",
    "Budget Amount Currency": "choice",
    "Close revenue": "amount",
    "Close revenue Currency": "choice",
    "Status Id": "choice",
}
COLUMNS = [
    TypedColumn(header, KINDS.get(header, "text"), f"{header} Currency" if KINDS.get(header) == "amount" else None)
    for header in HEADERS
]
FORMATS = {"date": "yyyy-mm-dd", "percent": "0%", "amount": "#,##0.00"}


class Took(NamedTuple):
    """What writing a workbook took, without the time to make up its rows."""

    seconds: float
    peak_bytes: int


def write_in_a_process(writer: str, rows: int, folder: Path) -> Took:
    """Write so many opportunities with `dealport`, `openpyxl` or `openpyxl-formats`."""
    said, complained = folder / f"{writer}.json", folder / f"{writer}.txt"
    target = folder / f"{writer}.xlsx"
    command = [sys.executable, "-m", "benchmarks.workbooks", writer, str(rows), str(target)]
    took = measure(["/usr/bin/env", f"PYTHONPATH={Path(__file__).parent.parent}", *command], said, complained)
    if took.exit_code:
        raise ChildProcessError(complained.read_text(encoding="utf-8"))
    return Took(json.loads(said.read_text(encoding="utf-8")), took.peak_bytes)


class _Batches(Iterator[pa.Table]):
    """Made-up opportunities in batches, and the time that it took to make them up."""

    def __init__(self, rows: int) -> None:
        self.rows, self.made, self.seconds = rows, 0, 0.0
        self.accounts = account_names(max(1, rows // 20))

    def __next__(self) -> pa.Table:
        if self.made >= self.rows:
            raise StopIteration
        begun = time.perf_counter()
        count = min(BLOCK_ROWS, self.rows - self.made)
        random = np.random.default_rng([11, self.made])
        cells = good_rows(random, self.made + 1, self.accounts[random.integers(0, len(self.accounts), count)])
        arrays = [
            pa.array([_value(column, text) for text in texts], column.arrow)
            for column, texts in zip(COLUMNS, cells, strict=True)
        ]
        self.made += count
        self.seconds += time.perf_counter() - begun
        return pa.table(arrays, names=list(HEADERS))


def _value(column: TypedColumn, text: str) -> Any:
    if not text:
        return None
    if column.kind == "date":
        return date.fromisoformat(text)
    if column.kind in ("amount", "percent"):
        return Decimal(text) / (100 if column.kind == "percent" else 1)
    return text


def _by_dealport(target: Path, batches: _Batches) -> None:
    from connectors.formats.xlsx import write_typed

    write_typed(target, Typed("Opportunities", COLUMNS, batches, {"Rows": str(batches.rows)}))


def _by_openpyxl(target: Path, batches: _Batches, *, formats: bool) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet("Opportunities")
    sheet.append(HEADERS)
    formatted = [(place, FORMATS[column.kind]) for place, column in enumerate(COLUMNS) if column.kind in FORMATS]
    for batch in batches:
        begun = time.perf_counter()
        rows = list(map(list, zip(*(column.to_pylist() for column in batch.columns), strict=True)))
        batches.seconds += time.perf_counter() - begun
        for row in rows:
            for place, number_format in formatted if formats else ():
                row[place] = WriteOnlyCell(sheet, row[place])
                row[place].number_format = number_format
            sheet.append(row)
    book.save(target)


def _main(writer: str, rows: str, target: str) -> None:
    batches = _Batches(int(rows))
    begun = time.perf_counter()
    if writer == "dealport":
        _by_dealport(Path(target), batches)
    else:
        _by_openpyxl(Path(target), batches, formats=writer == "openpyxl-formats")
    sys.stdout.write(json.dumps(time.perf_counter() - begun - batches.seconds))


if __name__ == "__main__":
    _main(*sys.argv[1:])
