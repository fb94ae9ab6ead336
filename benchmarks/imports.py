"""Measured imports and undos by the installed command, each proven to have done what it had to do."""

import json
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.floor import RATES
from benchmarks.measured import Measured, measure
from benchmarks.opportunities import Written
from pipelines.plan.file import read_plan

DEALPORT = Path(sys.executable).with_name("dealport")
CONFIG = Path(__file__).with_name("dealport.toml")
TODAY = "2026-11-02"
COUNTS = ("added", "updated", "unchanged", "duplicate", "rejected")
PARTS = ("stored", "duplicate", "rejected")


class WrongRunError(Exception):
    """A run did something else than it had to do."""


@dataclass(frozen=True)
class File:
    """A file to import, and how many of its rows are what."""

    path: Path
    written: Written


def import_rates(url: str, folder: Path, path: Path = RATES) -> None:
    """Create the tables of an empty database and store the exchange rates."""
    took, told = _dealport(folder, "rates", "import", str(path), "--db", url)
    if took.exit_code or told["rejected"]:
        raise WrongRunError(f"The rates were not all stored: {told}.")


def import_file(url: str, file: File, folder: Path, **expected: int) -> Measured:
    """Import a file whose rows have to become what is expected; what it took."""
    words = ("--db", url, "--today", TODAY, "--rejects", str(folder / "rejects.csv"))
    took, told = _dealport(folder, "import", str(file.path), *words)
    counts = {count: told[count] for count in COUNTS}
    if counts != dict.fromkeys(COUNTS, 0) | expected:
        raise WrongRunError(f"The rows of {file.path.name} became {counts}, but {expected} was expected.")
    if told["read"] != file.written.rows or told["read"] != sum(counts.values()):
        raise WrongRunError(f"Of {file.written.rows} rows in {file.path.name}, {told['read']} were read.")
    if took.exit_code != (1 if counts["rejected"] else 0):
        raise WrongRunError(f"The import of {file.path.name} ended with exit code {took.exit_code}.")
    for currency, sums in told["money"].items():
        if Decimal(sums["file"]) != sum(Decimal(sums[part]) for part in PARTS):
            raise WrongRunError(f"The {currency} of {file.path.name} do not balance: {sums}.")
    if told["balanced"] is not True or not told["money"]:
        raise WrongRunError(f"The import of {file.path.name} does not say that it balances.")
    return took


def plan_file(url: str, file: File, folder: Path, **expected: int) -> Measured:
    """Plan the import of a file whose rows would have to become what is expected; what it took."""
    plan = folder / "plan"
    words = ["plan", str(file.path), "-o", str(plan), "--db", url, "--today", TODAY, "--config", str(CONFIG)]
    took = measure([str(DEALPORT), *words], folder / "said.txt", folder / "complained.txt")
    counts = read_plan(plan).head["counts"]
    if took.exit_code or {count: counts[count] for count in expected} != expected:
        raise WrongRunError(f"The plan of {file.path.name} says {counts}, but {expected} was expected.")
    return took


def undo_run(url: str, number: int, folder: Path, **expected: int) -> Measured:
    """Undo a run whose rows have to become what is expected; what it took."""
    took, told = _dealport(folder, "runs", "undo", str(number), "--db", url)
    counts = {count: told["tables"]["opportunity"][count] for count in ("restored", "removed", "kept")}
    if took.exit_code or counts != {"restored": 0, "removed": 0, "kept": 0} | expected:
        raise WrongRunError(f"The undo of run {number} did {counts}, but {expected} was expected.")
    return took


def _dealport(folder: Path, *words: str) -> tuple[Measured, dict[str, Any]]:
    said, complained = folder / "said.json", folder / "complained.txt"
    took = measure([str(DEALPORT), *words, "--config", str(CONFIG), "--json"], said, complained)
    try:
        told: dict[str, Any] = json.loads(said.read_text(encoding="utf-8"))
    except ValueError as fault:
        complaint = complained.read_text(encoding="utf-8").strip().splitlines()[-1:]
        raise WrongRunError(
            f"`dealport {words[0]}` ended with exit code {took.exit_code}. {''.join(complaint)}"
        ) from fault
    return took, told
