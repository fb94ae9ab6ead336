"""Compares dealport with the floor, step by step, and prints a table: `make bench`."""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.databases import FreshDatabase, postgresql, sqlite
from benchmarks.floor import RATES, floor
from benchmarks.measured import Measured, measure
from benchmarks.opportunities import Delivery, Written, write_opportunities

DEALPORT = Path(sys.executable).with_name("dealport")
CONFIG = Path(__file__).with_name("dealport.toml")
TODAY = "2026-11-02"
AIMS = {"sqlite": "2.0", "postgresql": "1.5"}
AIM_MB, AIM_BAD, AIM_GROWTH = 700, "1.2", "1.3"
COUNTS = ("added", "updated", "unchanged", "duplicate", "rejected")
MB = 1_000_000


class WrongRunError(Exception):
    """A run that did something else than it should have done."""


@dataclass(frozen=True)
class File:
    """A file to import, and what is known of its rows."""

    path: Path
    rows: Written


def write_file(folder: Path, name: str, delivery: Delivery) -> File:
    """Write a delivery to a file of that name."""
    _progress(f"writing {delivery.rows:,} rows: {name}")
    path = folder / f"{name}.csv"
    return File(path, write_opportunities(path, delivery))


def dealport(folder: Path, *words: str) -> tuple[Measured, dict[str, Any]]:
    """Run the console script in a process of its own; what it took, and the JSON it answered."""
    said = folder / "said.json"
    took = measure([str(DEALPORT), *words, "--config", str(CONFIG), "--json"], said)
    try:
        told = json.loads(said.read_text(encoding="utf-8"))
    except ValueError as fault:
        complaint = Path(f"{said}.err").read_text(encoding="utf-8").strip()[-600:]
        raise WrongRunError(f"dealport {words[0]} ended with {took.exit_code}: {complaint}") from fault
    return took, told


def prepare(folder: Path, fresh: FreshDatabase, name: str) -> str:
    """The URL of a fresh database with exchange rates."""
    url = fresh(name)
    took, told = dealport(folder, "rates", "import", str(RATES), "--db", url)
    if took.exit_code or told["rejected"]:
        raise WrongRunError(f"The rates were not all stored: {told}.")
    return url


def imported(folder: Path, url: str, file: File, step: str, **expected: int) -> Measured:
    """Import a file and prove that each row became what it had to become."""
    _progress(f"{step}: dealport")
    reject_file = folder / "rejects.csv"
    words = ("--db", url, "--today", TODAY, "--rejects", str(reject_file))
    took, told = dealport(folder, "import", str(file.path), *words)
    counted = {count: told[count] for count in COUNTS}
    wanted = dict.fromkeys(COUNTS, 0) | expected
    if counted != wanted or told["read"] != file.rows.rows or took.exit_code != bool(expected.get("rejected")):
        raise WrongRunError(f"{step}: read {told['read']}, {counted}, exit code {took.exit_code}; not {wanted}.")
    for currency, sums in told["money"].items():
        if Decimal(sums["file"]) != sum(Decimal(sums[part]) for part in ("stored", "duplicate", "rejected")):
            raise WrongRunError(f"{step}: {currency} does not balance: {sums}.")
    if told["balanced"] is not True or not told["money"]:
        raise WrongRunError(f"{step}: the run does not say that it balances.")
    return took


def compare(kind: str, fresh: FreshDatabase, folder: Path, files: Sequence[File]) -> Iterator[str]:
    """The lines of the table for one database, each as soon as it is known; floor and dealport take turns."""
    clean, changed, bad = files
    rows = clean.rows.rows
    url = prepare(folder, fresh, "dealport")
    steps = (
        (clean, {"added": rows}),
        (clean, {"unchanged": rows}),
        (changed, {"updated": changed.rows.changed, "unchanged": rows - changed.rows.changed}),
    )
    first: tuple[float, Measured] | None = None
    for (step, seconds), (file, expected) in zip(floor(fresh("floor"), clean.path, changed.path), steps, strict=True):
        _progress(f"{kind}, {step}: floor took {seconds:.1f} s")
        took = imported(folder, url, file, f"{kind}, {step}", **expected)
        yield _line(kind, step, seconds, took, AIMS[kind])
        first = first or (seconds, took)
    assert first is not None
    url = prepare(folder, fresh, "bad")
    took = imported(folder, url, bad, f"{kind}, new, 1 % bad", added=rows - bad.rows.bad, rejected=bad.rows.bad)
    yield _line(kind, "new, 1 % bad", first[0], took, "")
    yield f"{kind}: 1 % bad takes {took.seconds / first[1].seconds:.2f} × clean (aim {AIM_BAD})"


def compare_memory(kind: str, fresh: FreshDatabase, folder: Path, files: Sequence[File]) -> str:
    """How the peak memory of an import into an empty database grows with the rows of the file."""
    peaks = []
    for file in files:
        rows = file.rows.rows
        url = prepare(folder, fresh, f"rows_{rows}")
        peaks.append(imported(folder, url, file, f"{kind}, {rows:,} rows", added=rows).peak_bytes)
    few, many = (f"{file.rows.rows:,}" for file in files)
    shown = f"{peaks[1] / MB:.0f} MB with {many} rows, {peaks[1] / peaks[0]:.2f} × that with {few}"
    return f"{kind}: peak {shown} (aim {AIM_GROWTH})"


HEADING = (
    f"{'':<25} {'floor':>9} {'dealport':>9} {'ratio':>7} {'aim':>5} {'peak':>8}\n"
    f"{'database and step':<25} {'s':>9} {'s':>9} {'':>7} {'':>5} {'MB':>8}"
)


def _line(kind: str, step: str, seconds: float, took: Measured, aim: str) -> str:
    ratio = took.seconds / seconds
    peak = took.peak_bytes / MB
    return f"{kind + ', ' + step:<25} {seconds:>9.1f} {took.seconds:>9.1f} {ratio:>7.2f} {aim:>5} {peak:>8.0f}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _progress(text: str) -> None:
    sys.stderr.write(f"… {text}\n")
