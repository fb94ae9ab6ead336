import gzip
import zipfile
from pathlib import Path

import pytest

from connectors import packed
from connectors.files import fingerprint, read_rows, split_name, write_table, written_suffix
from schemas.errors import UnknownNameError, UnreadableFileError, UsageError
from tests.raw import see

CONTENT = "Name;Betrag\nMüller;1,50\n".encode("cp1252")


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["deals.csv.gz", "deals.csv", "DEALS.CSV.GZ"])
def test_gzip_is_unpacked_whatever_the_name_says(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(CONTENT))
    assert see(tmp_path / name).rows == [(2, ("Müller", "1,50"))]
    assert list(read_rows(tmp_path / name, [2])) == [(2, ("Müller", "1,50"))]


def test_a_zip_file_with_one_file_is_that_file(tmp_path: Path) -> None:
    path = zipped(tmp_path / "deals.zip", {"export/": b"", "export/deals.txt": CONTENT, "__MACOSX/._deals.txt": b"x"})
    assert see(path).rows == [(2, ("Müller", "1,50"))]


@pytest.mark.parametrize("packing", ["gz", "zip"])
def test_a_packed_workbook_is_a_workbook(tmp_path: Path, packing: str) -> None:
    write_table(tmp_path / "deals.xlsx", ["a", "b"], [["1", "x"]])
    content = (tmp_path / "deals.xlsx").read_bytes()
    if packing == "zip":
        path = zipped(tmp_path / "deals.zip", {"deals.xlsx": content})
    else:
        path = tmp_path / "deals.xlsx.gz"
        path.write_bytes(gzip.compress(content))
    assert see(path).rows == [(2, ("1", "x"))]


def test_a_zip_file_with_several_files_is_refused_by_their_names(tmp_path: Path) -> None:
    path = zipped(tmp_path / "deals.zip", {"a.csv": CONTENT, "b.csv": CONTENT})
    with pytest.raises(UnreadableFileError) as refused:
        see(path)
    assert refused.value.why.endswith("deals.zip: holds 2 files, a.csv, b.csv.")
    assert refused.value.fix == "Unpack it, and name the file to read."


def test_a_zip_file_without_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="is a ZIP file without a file in it"):
        see(zipped(tmp_path / "deals.zip", {"empty/": b""}))


def test_an_encrypted_zip_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = zipped(tmp_path / "deals.zip", {"deals.csv": CONTENT})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError) as refused:
        see(path)
    assert str(refused.value).endswith("deals.zip: is protected by a password.\nSave it without a password.")


def test_what_a_zip_file_holds_must_have_a_known_suffix(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="no file format 'pdf'"):
        see(zipped(tmp_path / "deals.zip", {"deals.pdf": CONTENT}))
    with pytest.raises(UnknownNameError, match="no file format 'zip'"):
        see(zipped(tmp_path / "deals.zip", {"deals.zip": CONTENT}))


def test_a_zip_file_that_holds_a_file_without_a_name_is_refused(tmp_path: Path) -> None:
    content = zipped(tmp_path / "deals.zip", {"x": CONTENT}).read_bytes()
    (tmp_path / "deals.zip").write_bytes(content.replace(b"x", b"\0"))
    with pytest.raises(UsageError, match="The name '' has no suffix"):
        see(tmp_path / "deals.zip")


def test_a_damaged_packed_file_is_a_sentence(tmp_path: Path) -> None:
    whole = gzip.compress(CONTENT)
    for content in (whole[:-9], whole[:12], whole[:20] + b"\xff\xff" + whole[22:]):
        (tmp_path / "deals.csv.gz").write_bytes(content)
        with pytest.raises(UnreadableFileError, match="is a damaged packed file"):
            see(tmp_path / "deals.csv.gz")
    (tmp_path / "deals.zip").write_bytes(zipped(tmp_path / "good.zip", {"deals.csv": CONTENT}).read_bytes()[:60])
    with pytest.raises(UnreadableFileError, match="is a damaged packed file"):
        see(tmp_path / "deals.zip")
    (tmp_path / "plain.csv.gz").write_bytes(CONTENT)
    with pytest.raises(UnreadableFileError, match="is not packed with gzip"):
        see(tmp_path / "plain.csv.gz")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "bomb.csv.gz", "wb") as file:
        file.write(b"a,b\n")
        for _ in range(packed.RATIO_COUNTS_FROM // 2**20 + 2):
            file.write(b"1,2\n" * 2**18)
    with pytest.raises(UnreadableFileError, match="unpacks to more than 200 times its size"):
        see(tmp_path / "bomb.csv.gz")


def test_a_packed_file_is_told_from_others_by_its_packed_bytes(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv.gz"
    path.write_bytes(gzip.compress(CONTENT))
    assert fingerprint(path)[1] == len(path.read_bytes())


def test_a_name_is_split_before_all_of_its_suffixes(tmp_path: Path) -> None:
    assert split_name(Path("a.b.csv.gz")) == ("a.b", ".csv.gz")
    assert split_name(Path("deals.xlsx")) == ("deals", ".xlsx")
    assert written_suffix(Path("missing.csv")) == ".csv"
    assert written_suffix(zipped(tmp_path / "deals.zip", {"of/all.TXT": CONTENT})) == ".TXT"
