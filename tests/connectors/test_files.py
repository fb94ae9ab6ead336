import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import run

import pytest

from connectors.files import column_letters, fingerprint, read_rows, read_table, write_table
from schemas.errors import RunError, UnknownNameError, UnreadableFileError, UsageError


def test_an_unknown_suffix_names_the_formats_there_are(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError) as refused:
        read_table(tmp_path / "deals.cvs")
    assert (refused.value.why, refused.value.fix) == ("There is no file format 'cvs'.", "Did you mean 'csv'?")


def test_the_suffix_may_be_in_capitals(tmp_path: Path) -> None:
    (tmp_path / "DEALS.CSV").write_text("a\n1\n")
    assert read_table(tmp_path / "DEALS.CSV").headers == ("a",)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_missing_file_is_named(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(UnreadableFileError, match=rf"deals\.{suffix}: does not exist\.\nCheck the name"):
        read_table(tmp_path / f"deals.{suffix}")


def test_a_folder_is_not_a_table(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").mkdir()
    with pytest.raises(UnreadableFileError, match="is a folder"):
        read_table(tmp_path / "deals.csv")


def test_repeated_headers_are_named_with_their_columns(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_text("Amount,,amount ,Name,,NAME\n1,2,3,4,5,6\n")
    with pytest.raises(UnreadableFileError) as refused:
        read_table(path)
    assert "'Amount' in columns A, C; 'Name' in columns D, F" in refused.value.why


def test_several_blank_headers_are_allowed(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_text("a,, ,\n1,2,3,4\n")
    assert read_table(path).headers == ("a", "", " ", "")


def test_columns_have_the_letters_of_a_spreadsheet() -> None:
    assert [column_letters(position) for position in (0, 25, 26, 701, 702, 16383)] == [
        "A", "Z", "AA", "ZZ", "AAA", "XFD",
    ]  # fmt: skip


def test_wanted_rows_come_as_they_were_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_text('a,b\n1," x"\n\nonly one\n4,"y\nz"\n5,6\n1,2,3\n')
    assert list(read_rows(path, [7, 5, 4, 99])) == [
        (4, ("only one",)),
        (5, ("4", "y\nz")),
        (7, ("1", "2", "3")),
    ]


def test_no_wanted_rows_read_no_file(tmp_path: Path) -> None:
    assert list(read_rows(tmp_path / "missing.csv", [])) == []


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    def lines() -> Iterator[list[str]]:
        yield ["1"]
        raise ValueError("the database is gone")

    for path in (tmp_path / "deals.csv", tmp_path / "deals.xlsx"):
        path.write_text("before")
        with pytest.raises(ValueError, match="the database is gone"):
            write_table(path, ["a"], lines())
        assert path.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deals.csv", "deals.xlsx"]


def test_a_write_replaces_the_file_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_text("a much longer file than the one that takes its place\n")
    write_table(path, ["a"], [["1"]])
    assert path.read_bytes() == b"a\n1\n"


def test_a_missing_folder_is_named_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"there is no folder '.*nowhere'\.\nCreate it"):
        write_table(tmp_path / "nowhere" / "deals.csv", ["a"], [])


def test_a_file_that_cannot_be_replaced_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").mkdir()
    with pytest.raises(RunError, match=r"deals\.csv: cannot be written \(is a directory\)"):
        write_table(tmp_path / "deals.csv", ["a"], [])
    assert [path.name for path in tmp_path.iterdir()] == ["deals.csv"]


def test_a_fingerprint_is_the_sha256_and_the_size(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_bytes(b"a\n" * 1_000_000)
    assert fingerprint(path) == (hashlib.sha256(b"a\n" * 1_000_000).hexdigest(), 2_000_000)


def test_reading_a_csv_loads_neither_the_xlsx_libraries_nor_pandas(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text("a,b\n1,2\n,\n3,4\n")
    program = (
        "import sys; from pathlib import Path; from connectors.files import read_table\n"
        f"rows = [len(batch.row) for batch in read_table(Path({str(tmp_path / 'deals.csv')!r})).batches]\n"
        "print(rows, sorted({'openpyxl', 'python_calamine', 'pandas'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    shown = run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert shown.stdout == "[2] []\n"


def test_a_name_without_a_suffix_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"The name 'deals' has no suffix, which tells the format\.\nGive it one"):
        read_table(tmp_path / "deals")
