"""A hundred thousand problems of one file: how long each format takes, and how much memory."""

import csv
import sys
from pathlib import Path

import pytest

from benchmarks.measured import measure

ROWS = 100_000
MAX_SECONDS, MAX_BYTES = 10, 500_000_000


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("size") / "deals.csv"
    faults = (("wonn", "1", "USD"), ("won", "12,5oo", "USD"), ("won", "1", "EURO"), ("won", "-1", "USD"))
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(
            [
                "Opportunity name",
                "Status Id",
                "Budget Amount",
                "Budget Amount Currency",
                "Customer Account Account name",
            ]
        )
        writer.writerows([f"Deal {row}", *faults[row % 4], f"Account {row % 5000}"] for row in range(ROWS))
    return path


@pytest.mark.slow
@pytest.mark.parametrize("name", ["text", "json", "xlsx"])
def test_100_000_problems_are_written_in_10_seconds_and_500_mb(file: Path, name: str) -> None:
    run = "from pipelines.cli import run; run()"
    words = ["check", str(file), "--format", name, "--output", str(file.with_suffix(f".{name}"))]
    said = file.parent / "said.txt"
    taken = measure([sys.executable, "-c", run, *words], said, file.parent / "complained.txt")
    assert taken.exit_code == 1
    assert said.read_text(encoding="utf-8").startswith(f"{file}: 100,000 problems in 100,000 of 100,000 rows\n")
    assert taken.processor_seconds < MAX_SECONDS  # a busy machine makes it wait, not work
    assert taken.peak_bytes < MAX_BYTES
