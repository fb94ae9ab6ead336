"""The reader of workbooks runs in a child process, under limits, and leaves nothing behind."""

import gzip
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # publishes no types
import pytest

from connectors.confined import Child, Limits, RefusedError
from connectors.files import column_letters, read_table, write_table
from schemas.errors import UnreadableFileError
from tests.workbooks import header, label, number, read, xls, xlsx

PLAY = "tests.plays_up"


@pytest.fixture
def deals(tmp_path: Path) -> Path:
    """A workbook of 100,000 rows."""
    rows = (
        f'<row r="{row}"><c r="A{row}"><v>{row}</v></c><c r="B{row}"><v>7</v></c></row>' for row in range(2, 100_001)
    )
    return xlsx(tmp_path / "deals.xlsx", header("a", "b") + "".join(rows))


def children() -> list[int]:
    return [child.pid for child in psutil.Process().children()]


def test_a_reader_whose_rows_nobody_wants_any_more_is_ended(deals: Path) -> None:
    before = children()
    table = read_table(deals)
    assert len(children()) == len(before) + 1
    assert next(table.batches).row[0].as_py() == 2
    del table
    assert children() == before


def test_a_reader_that_was_asked_for_headers_only_is_ended(deals: Path) -> None:
    before = children()
    assert read_table(deals).headers == ("a", "b")
    assert children() == before


def test_a_reader_has_ended_when_its_rows_have(deals: Path) -> None:
    table = read_table(deals)
    assert sum(len(batch.row) for batch in table.batches) == 99_999
    assert children() == []
    assert list(table.batches) == []


@pytest.mark.parametrize(
    ("play", "limits", "why"),
    [
        ("abort", Limits(), r"makes its reader crash or need more than 2 GB of memory \(SIGABRT\)"),
        ("exit", Limits(), r"makes its reader crash or need more than 2 GB of memory \(exit code 7\)"),
        ("eat", Limits(memory_bytes=512 * 1024**2), "needs more than 0.5 GB of memory to read"),
        ("loop", Limits(cpu_seconds=1), "needs more than 1 seconds to read"),
        ("sleep", Limits(silent_seconds=1), "kept its reader busy for more than 1 seconds"),
        ("fail", Limits(), r"cannot be read \(KeyError: 'x'\)"),
        ("refuse", Limits(), "is not to our taste"),
    ],
)
def test_whatever_befalls_a_child_is_a_sentence(tmp_path: Path, play: str, limits: Limits, why: str) -> None:
    (tmp_path / "play").write_text(play)
    before = children()
    with (tmp_path / "play").open("rb") as file:
        child = Child(PLAY, file, limits)
        with pytest.raises(RefusedError, match=why):
            child.receive()
    assert children() == before


def test_a_cell_that_makes_the_library_abort_is_a_sentence(tmp_path: Path) -> None:
    far = [label(0, 0, "a"), *(number(65_535, 16_383, 1) for _ in range(2)), number(65_535, 65_535, 1)]
    path = xls(tmp_path / "deals.xls", {"Deals": far})
    with pytest.raises(UnreadableFileError, match=r"deals\.xls: "):
        read(path, limits=Limits(memory_bytes=768 * 1024**2))


def test_a_long_text_in_every_row_comes_in_small_batches(tmp_path: Path) -> None:
    long = "x" * 32_000
    rows = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(2, 3_000))
    path = xlsx(
        tmp_path / "deals.xlsx",
        header("a") + rows,
        sharedStrings=f'<sst xmlns="http://x"><si><t>{long}</t></si></sst>',
    )
    sizes = [batch.cells.nbytes for batch in read_table(path).batches]
    assert len(sizes) == 6
    assert max(sizes) < 20_000_000


def test_a_row_of_a_text_repeated_without_end_is_refused(tmp_path: Path) -> None:
    cells = "".join(f'<c r="{column_letters(place)}1" t="s"><v>0</v></c>' for place in range(2_000))
    path = xlsx(
        tmp_path / "deals.xlsx",
        f'<row r="1">{cells}</row>',
        sharedStrings=f'<sst xmlns="http://x"><si><t>{"x" * 32_000}</t></si></sst>',
    )
    with pytest.raises(UnreadableFileError, match="has more than 32,000,000 characters in row 1"):
        read_table(path)


def test_a_workbook_may_be_packed(tmp_path: Path) -> None:
    write_table(tmp_path / "deals.xlsx", ["a"], [["1"], ["2"]])
    whole = (tmp_path / "deals.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("deals.xlsx", whole)
    (tmp_path / "deals.xlsx.gz").write_bytes(gzip.compress(whole))
    for name in ("packed.zip", "deals.xlsx.gz"):
        assert [batch.row.to_pylist() for batch in read_table(tmp_path / name).batches] == [[2, 3]]


def test_no_code_of_the_program_that_reads_runs_twice(tmp_path: Path) -> None:
    write_table(tmp_path / "deals.xlsx", ["a"], [["1"]])
    program = (
        "from pathlib import Path\nfrom connectors.files import read_table\nprint('once')\n"
        f"print([len(b.row) for b in read_table(Path({str(tmp_path / 'deals.xlsx')!r})).batches])\n"
    )
    (tmp_path / "program.py").write_text(program)
    (tmp_path / "json.py").write_text("raise SystemExit('the folder of the program is not to be searched first')\n")
    root = str(Path(__file__).parents[2])
    shown = subprocess.run(
        [sys.executable, "-X", "dev", "-P", "program.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (shown.stdout, shown.stderr) == ("once\n[1]\n", "")


def test_a_killed_reader_leaves_no_child(deals: Path) -> None:
    program = (
        "import os, time\nfrom pathlib import Path\nfrom connectors.files import read_table\nimport psutil\n"
        f"table = read_table(Path({str(deals)!r}))\nnext(table.batches)\n"
        "print(psutil.Process().children()[0].pid, flush=True)\nos.kill(os.getpid(), 9)\n"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    child = int(shown.stdout)
    deadline = time.monotonic() + 10
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_a_child_says_is_whole_or_an_error(tmp_path: Path) -> None:
    (tmp_path / "play").write_text("half")
    with (tmp_path / "play").open("rb") as file, pytest.raises(RefusedError, match="exit code 0"):
        Child(PLAY, file, Limits()).receive()
