"""Reject files are written as the file was: the program that opened one opens the other, and both come back."""

import codecs
import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.imported import Imported
from pipelines.importing import import_file
from schemas.errors import UsageError
from schemas.raw import ReadAs
from schemas.settings import Settings
from tests.build import IN_DOLLARS, counts, options, stored

HEADERS = ("Opportunity name", "Status Id", "Customer Account Account name", "Budget Amount")
ZURICH = "Opportunity name;Status Id;Customer Account Account name;Budget Amount\r\n"


def imported(path: Path, database: str, settings: Settings = IN_DOLLARS, **how: str) -> Imported:
    return import_file(path, database, settings, options(layout=None, how=ReadAs(**how)))  # type: ignore[arg-type]


def handed_back(path: Path, content: bytes, database: str, settings: Settings = IN_DOLLARS, **how: str) -> bytes:
    """The bytes of the reject file of a file."""
    path.write_bytes(content)
    rejects = imported(path, database, settings, **how).rejects
    assert rejects is not None
    return rejects.read_bytes()


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", "utf-8-sig", "utf-16", "utf-16-be", "iso-8859-15"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_reject_file_is_written_as_the_file_was_and_comes_back(
    tmp_path: Path, sqlite: str, encoding: str, delimiter: str, end: str
) -> None:
    names = ["Förderbänder Zürich", "Genève, l'été; Ŝ" if "utf" in encoding else "Œuvre à Sète", "Größe"]
    lines = [
        HEADERS,
        *((name, status, "Müller AG", "100") for name, status in zip(names, ("wonn", "lostt", "won"), strict=True)),
    ]
    text = "".join(_line(line, delimiter, end) for line in lines)
    content = handed_back(tmp_path / "deals.csv", text.encode(encoding), sqlite)
    told = content.decode(encoding)
    rejected = text.split(end)
    problem = "row 2: 'Status Id': 'wonn' is not a known status. Did you mean 'won'?"
    assert told.split(end)[0] == f"{rejected[0]}{delimiter}Problem"
    assert told.split(end)[1].startswith(rejected[1] + delimiter)
    assert problem in told.split(end)[1]
    assert told.endswith(end)
    assert told.replace(end, "").count("\n") + told.replace(end, "").count("\r") == 0
    assert content.startswith(codecs.BOM_UTF8) == (encoding == "utf-8-sig")
    corrected = told.replace("wonn", "won", 1).replace("lostt", "lost", 1)
    (tmp_path / "deals.rejects.csv").write_bytes(corrected.encode(encoding))
    assert counts(imported(tmp_path / "deals.rejects.csv", sqlite)) == {"added": 2}
    assert {(row["name"], row["account"]) for row in stored(sqlite)} == {(name, "Müller AG") for name in names}


def _line(cells: tuple[str, ...], delimiter: str, end: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerow(cells)
    return text.getvalue()


def test_the_line_that_names_the_delimiter_comes_back_too(tmp_path: Path, sqlite: str) -> None:
    content = handed_back(tmp_path / "deals.csv", f"sep=;\r\n{ZURICH}Rampe;wonn;Acme;1\r\n".encode(), sqlite)
    assert content.startswith(b"sep=;\r\nOpportunity name;Status Id;")
    (tmp_path / "deals.rejects.csv").write_bytes(content.replace(b"wonn", b"won", 1))
    assert counts(imported(tmp_path / "deals.rejects.csv", sqlite)) == {"added": 1}


def test_what_the_encoding_of_the_file_has_not_makes_it_utf_8_with_a_mark(tmp_path: Path, sqlite: str) -> None:
    settings = Settings(owners=("Łukasz Żak",))
    text = ZURICH.replace("Budget Amount", "Owner Username") + "Rampe;won;Müller;Lukasz Zak\r\n"
    content = handed_back(tmp_path / "deals.csv", text.encode("windows-1252"), sqlite, settings)
    assert content.startswith(codecs.BOM_UTF8 + b"Opportunity name;Status Id;")
    told = content.decode("utf-8-sig")
    assert "Rampe;won;Müller;Lukasz Zak;row 2: 'Owner Username': 'Lukasz Zak' is not a known owner." in told
    assert "'Łukasz Żak'" in told
    assert told.endswith("\r\n")
    (tmp_path / "deals.rejects.csv").write_bytes(content.replace(b"Lukasz Zak", "Łukasz Żak".encode(), 1))
    assert counts(imported(tmp_path / "deals.rejects.csv", sqlite, settings)) == {"added": 1}
    assert stored(sqlite, "account", "owner") == [{"account": "Müller", "owner": "Łukasz Żak"}]


def test_few_rows_that_would_be_read_in_another_encoding_come_back_as_utf_8(tmp_path: Path, sqlite: str) -> None:
    # Łódź tells Windows-1250; of Ľubica alone ISO-8859-15 would make Œubica
    text = f"{ZURICH}Rampe;won;Łódź Śródmieście Żyrardów;1\r\nTor;wonn;Ľubica;1\r\n"
    content = handed_back(tmp_path / "deals.csv", text.encode("windows-1250"), sqlite, encoding="windows-1250")
    assert content.startswith(codecs.BOM_UTF8)
    (tmp_path / "deals.rejects.csv").write_bytes(content.replace(b"wonn", b"won", 1))
    with pytest.raises(UsageError) as caught:
        imported(tmp_path / "deals.rejects.csv", sqlite, encoding="windows-1250")
    assert caught.value.why == (
        f"{tmp_path / 'deals.rejects.csv'}: begins with the mark of utf-8, and is not read as windows-1250."
    )
    assert counts(imported(tmp_path / "deals.rejects.csv", sqlite)) == {"added": 1}
    assert [row["account"] for row in stored(sqlite, "account")] == ["Łódź Śródmieście Żyrardów", "Ľubica"]


def test_a_reject_file_of_another_format_is_written_as_that_format_is(tmp_path: Path, sqlite: str) -> None:
    path = tmp_path / "deals.csv"
    path.write_bytes(f"{ZURICH}Rampe;wonn;Müller;1\r\n".encode("windows-1252"))
    for name in ("rejects.xlsx", "rejects.tsv"):
        import_file(path, sqlite, IN_DOLLARS, options(layout=None, rejects=tmp_path / name))
    assert "Rampe\twonn\tMüller\t1\trow 2: " in (tmp_path / "rejects.tsv").read_text(encoding="windows-1252")
    assert imported(tmp_path / "rejects.xlsx", sqlite).reading.headers == (*HEADERS, "Problem")


CELLS = st.text(st.characters(codec="windows-1252", exclude_characters="\0"), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=4),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "windows-1252"]),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_rejected_rows_that_nobody_corrected_come_back_the_same_for_ever(
    tmp_path: Path, sqlite: str, rows: list[tuple[str, str]], encoding: str, delimiter: str, end: str
) -> None:
    quoted = [(name, "wonn", account, "1") for name, account in rows]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([HEADERS, *quoted])
    path = tmp_path / "deals.csv"
    first = handed_back(path, text.getvalue().encode(encoding), sqlite, encoding=encoding)
    again = import_file(tmp_path / "deals.rejects.csv", sqlite, IN_DOLLARS, options(layout=None))
    assert again.rejects is not None
    assert (again.rejected, again.rejects.read_bytes()) == (len(rows), first)


@pytest.mark.parametrize("how", [{}, {"layout": "orocrm-3"}])
def test_rejected_rows_that_do_not_show_their_layout_any_more_name_it(
    tmp_path: Path, sqlite: str, how: dict[str, str]
) -> None:
    # 4,000 tells that 50 is half a percent; the row that comes back has 50 only
    header = "Opportunity name,Status Id,Customer Account Account name,Probability\n"
    path = tmp_path / "deals.csv"
    path.write_text(f'{header}Ramp,negotiation,Acme,"4,000"\nGate,negotiatoin,Acme,50\n', encoding="utf-8")
    first = import_file(path, sqlite, IN_DOLLARS, options(**({"layout": None} | how)))
    assert (first.layout, counts(first)) == ("orocrm-3", {"added": 1, "rejected": 1})
    back = tmp_path / "deals.rejects.csv"
    assert "Gate,negotiatoin,Acme,50,row 3 (layout orocrm-3): 'Status Id': " in back.read_text(encoding="utf-8")
    back.write_text(back.read_text(encoding="utf-8").replace("negotiatoin", "negotiation", 1), encoding="utf-8")
    again = imported(back, sqlite)
    assert (again.layout, again.reading.because) == ("orocrm-3", "its Problem column names it")
    assert [f"{row['probability'] * 100:f}".rstrip("0") for row in stored(sqlite, "probability")] == ["40.", "0.5"]


def test_rows_of_two_layouts_in_one_file_are_recognised_by_their_headers(tmp_path: Path, sqlite: str) -> None:
    header = "Opportunity name,Status Id,Customer Account Account name,Problem\n"
    rows = ["Ramp,won,Acme,row 2 (layout orocrm-3): x\n", "Gate,won,Acme,row 3 (layout zoho): x\n"]
    path = tmp_path / "deals.csv"
    path.write_text(header + "".join(rows), encoding="utf-8")
    assert imported(path, sqlite).layout == "orocrm"
    path.write_text(header + rows[0] + "Gate,won,Acme,row 3 (layout nosuch): x\n", encoding="utf-8")
    assert imported(path, sqlite).layout == "orocrm-3"


def test_rows_that_show_their_layout_do_not_name_it(tmp_path: Path, sqlite: str) -> None:
    content = handed_back(tmp_path / "deals.csv", f"{ZURICH}Rampe;wonn;Acme;1\r\n".encode(), sqlite)
    assert b";row 2: " in content
