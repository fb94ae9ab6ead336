"""What a person sees of how a file was read, and says about it."""

import gzip
from pathlib import Path

import pytest

from pipelines.cli import main
from pipelines.imported import Options
from pipelines.importing import import_file
from pipelines.inbox import new_files, open_inbox, take_in
from schemas.settings import Settings

ZURICH = (
    "Pipeline Q4;;;\r\nOpportunity name;Status Id;Customer Account Account name;\r\n"
    "Förderband;won;Zürcher Kühlhäuser;x\r\nRampe;wonn;Müller;\r\n"
).encode("cp1252")


def test_a_summary_tells_what_is_unusual_about_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("deals.csv").write_bytes(ZURICH)
    assert main(["check", "deals.csv"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[:5] == [
        "deals.csv: layout orocrm, checked",
        "  this layout because it has 'Opportunity name' and 'Status Id'",
        "  read as windows-1252, semicolon, headers in row 2",
        "  row 1 stands above the headers and was left out",
        "  column D has cells but no header",
    ]


def test_lines_about_reading_fit_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("deals.csv").write_bytes(b"sep=;\r\n" + ZURICH)
    main(["check", "deals.csv"])
    said = capsys.readouterr().out.splitlines()
    assert "  row 1 (sep=;) names the delimiter; Excel hides it and counts one row less" in said
    assert max(map(len, said)) <= 80


def test_the_words_of_the_command_decide_how_a_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("deals.csv").write_bytes(
        "Opportunity name|Status Id\nŁódź|open\nOpportunity name|Status Id\nČ|won\n".encode("cp1250")
    )
    words = ["--encoding", "cp1250", "--delimiter", "pipe", "--header-row", "3"]
    main(["check", "deals.csv", *words])
    said = capsys.readouterr()
    assert "  read as windows-1250, pipe, headers in row 3" in said.out.splitlines()
    assert "row 2" not in said.err
    assert main(["check", "deals.csv", "--delimiter", "colon"]) == 2
    assert "'colon' is no delimiter.\nName one character, or comma, semicolon, tab, pipe." in capsys.readouterr().err


def test_rejected_rows_of_a_packed_file_come_back_unpacked_and_import_again(tmp_path: Path, sqlite: str) -> None:
    packed = tmp_path / "deals.csv.gz"
    packed.write_bytes(gzip.compress(ZURICH))
    imported = import_file(packed, sqlite, Settings(), Options())
    assert (imported.added, imported.rejected, imported.rejects) == (1, 1, tmp_path / "deals.rejects.csv")
    text = (tmp_path / "deals.rejects.csv").read_bytes()
    assert "Rampe;wonn;Müller;".encode("windows-1252") in text
    (tmp_path / "deals.rejects.csv").write_bytes(text.replace(b"Rampe;wonn", b"Rampe;won"))
    assert import_file(tmp_path / "deals.rejects.csv", sqlite, Settings(), Options()).added == 1


def test_packed_files_in_an_inbox_keep_their_suffixes(tmp_path: Path, sqlite: str) -> None:
    inbox = open_inbox(tmp_path, None, None)
    for content in (ZURICH, ZURICH.replace(b"Rampe", b"Tor")):
        (tmp_path / "deals.csv.gz").write_bytes(gzip.compress(content))
        (source,) = new_files(inbox, 0)
        take_in(inbox, source, lambda file, rejects: import_file(file, sqlite, Settings(), Options(rejects=rejects)))
    assert sorted(path.name for path in inbox.rejected.iterdir()) == [
        "deals-2.csv.gz", "deals-2.rejects.csv", "deals.csv.gz", "deals.rejects.csv",
    ]  # fmt: skip
