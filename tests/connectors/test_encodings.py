import codecs
from pathlib import Path

import pytest

from connectors.texts.encodings import HEAD_BYTES
from connectors.texts.recoding import recode
from schemas.errors import UnreadableFileError, UsageError
from schemas.raw import ReadAs
from tests.raw import Seen, see

SOFIA = "Име;Етап\nСофия Строй;Спечелена\n"
ZURICH = "Name;Betrag\nZürcher Straße;1200 €\nCafé Müller;300 €\n"


def seen_as(folder: Path, text: str, encoding: str, how: ReadAs | None = None) -> Seen:
    path = folder / "deals.csv"
    path.write_bytes(text.encode(encoding))
    return see(path, how or ReadAs())


def lines(text: str) -> list[tuple[str, ...]]:
    return [tuple(line.split(";")) for line in text.splitlines()]


def test_utf8_is_the_usual_with_or_without_a_mark(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-8-sig"):
        seen = seen_as(tmp_path, ZURICH.replace(";", ","), encoding)
        assert (seen.rows[0], seen.how.encoding, seen.found) == ((2, ("Zürcher Straße", "1200 €")), "utf-8", {})


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b""])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [ZURICH, SOFIA])
def test_utf16_is_found_by_its_mark_or_its_zeros(tmp_path: Path, text: str, encoding: str, mark: bytes) -> None:
    if mark and mark != "\ufeff".encode(encoding):
        return
    (tmp_path / "deals.csv").write_bytes(mark + text.encode(encoding))
    seen = see(tmp_path / "deals.csv")
    assert [seen.headers, *(cells for _, cells in seen.rows)] == lines(text)
    assert seen.how.encoding == encoding
    assert see(tmp_path / "deals.csv", seen.how) == seen


LEGACY = {
    "windows-1252": [
        ZURICH,
        "Nom;Ville\nSociété Générale;Genève\nBoulangerie Père;Neuchâtel\n",
        "Name;Stadt\nAcme;Genève\n",
        "Nombre;Etapa\nCompañía Española;Negociación\n",
        "Nome;Fase\nSocietà Elettrica;Perché no\nCaffè Nero;Più\n",
        "Navn;Steg\nBjørn Færøy AS;Tilbud\nÅkesson;Åpen\n",
        "Nome;Etapa\nConstruções São João;Negociação\n",
        "Name;Amount\nAcme – Boston;£ 1200\nO’Neill “Cold” Stores;1½\n",
        "Name;Amount\nAcme;1200 €\n",
    ],
    "windows-1250": [
        "Název;Fáze\nČeské dráhy;Uzavřeno\nŠkoda Plzeň;Jednání\n",
        "Nazwa;Etap\nŁódź Słodowa;Zamknięte\nGdańsk Żegluga;Ok\n",
        "Név;Szakasz\nGyőr Műszaki;Lezárt\n",
        "Naziv;Grad\nKovačević d.o.o.;Šibenik\nĐuro Đaković;Osijek\n",
        "Nume;Oraş\nBucureşti Sud;Iaşi\n",
    ],
    "windows-1251": [SOFIA, "Name;Stage\nООО Ромашка;Open\n"],
    "iso-8859-15": ["Name;Betrag\nMüller;1200 €\nŒuvre;1\n"],
}


@pytest.mark.parametrize(("encoding", "text"), [(name, text) for name, texts in LEGACY.items() for text in texts])
def test_other_encodings_are_told_by_their_words(tmp_path: Path, encoding: str, text: str) -> None:
    seen = seen_as(tmp_path, text, encoding)
    assert [seen.headers, *(cells for _, cells in seen.rows)] == lines(text)
    assert seen.found == {"encoding": encoding, "delimiter": ";"}
    assert see(tmp_path / "deals.csv", seen.how) == seen


def test_latin1_is_read_as_windows_1252_which_has_all_of_it(tmp_path: Path) -> None:
    seen = seen_as(tmp_path, "Name;Stadt\nMüller;Genève\n", "latin-1")
    assert (seen.rows, seen.how.encoding) == ([(2, ("Müller", "Genève"))], "windows-1252")


@pytest.mark.parametrize(
    ("text", "encoding", "evidence", "fix"),
    [
        (
            "Name;Stage\nДа;Open\n",
            "windows-1251",
            "is not UTF-8 text, and its words are possible in windows-1252 or windows-1250 or windows-1251: "
            "'Äà' or 'Äŕ' or 'Да'.",
            "Say which it is: --encoding windows-1252 or --encoding windows-1250 or --encoding windows-1251.",
        ),
        (
            "Ad;Şehir\nYılmaz;Işık\n",
            "windows-1254",
            "its words are possible in windows-1252 or windows-1250: 'Iþýk' or 'Iţýk', 'Þehir' or 'Ţehir'.",
            "Say which it is: --encoding windows-1252 or --encoding windows-1250.",
        ),
    ],
)
def test_what_words_leave_open_is_a_question_with_the_evidence(
    tmp_path: Path, text: str, encoding: str, evidence: str, fix: str
) -> None:
    with pytest.raises(UnreadableFileError) as asked:
        seen_as(tmp_path, text, encoding)
    assert asked.value.why.endswith(evidence)
    assert asked.value.fix == fix
    seen = seen_as(tmp_path, text, encoding, ReadAs(encoding=encoding))
    assert [seen.headers, *(cells for _, cells in seen.rows)] == lines(text)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Name;Ort\nMüller;Zürich\n", "mac-roman"),
        ("Name;Ort\nMüller;Zürich\n", "cp850"),
        ("名前;段階\n株式会社 山田;提案\n", "shift-jis"),
        ("名称;阶段\n北京公司;赢\n", "gb18030"),
        ("Όνομα;Στάδιο\nΕταιρεία Αθήνα;Ανοιχτό\n", "windows-1253"),
        ("שם;שלב\nחברה;פתוח\n", "windows-1255"),
    ],
)
def test_an_encoding_that_is_not_looked_for_is_asked_and_may_be_named(tmp_path: Path, text: str, encoding: str) -> None:
    with pytest.raises(UnreadableFileError, match=r"(?s)is not UTF-8 text \(byte \d+.*--encoding"):
        seen_as(tmp_path, text, encoding)
    seen = seen_as(tmp_path, text, encoding, ReadAs(encoding=encoding))
    assert [seen.headers, *(cells for _, cells in seen.rows)] == lines(text)


@pytest.mark.parametrize("encoding", ["cp850", "mac-roman"])
def test_advice_shows_a_word_as_it_would_be_read(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(UnreadableFileError) as asked:
        seen_as(tmp_path, "Name;Ort\nMüller;Zürich\n", encoding)
    assert f"{encoding} ('Müller')" in asked.value.fix


def test_the_first_byte_beyond_ascii_may_stand_megabytes_into_the_file(tmp_path: Path) -> None:
    plain = "a;b\n" + "1;2\n" * 300_000
    for encoding, text in (("windows-1252", "Müller;Genève\n"), ("utf-8", "Müller;Genève\n"), ("cp1250", "Łódź;x\n")):
        seen = seen_as(tmp_path, plain + text, encoding)
        assert seen.rows[-1] == (300_002, tuple(text.strip().split(";")))


def test_a_letter_across_the_border_of_the_sample_is_whole(tmp_path: Path) -> None:
    for shift in range(3):
        head = "a\né" + "x" * (HEAD_BYTES - 5 - shift)
        assert seen_as(tmp_path, f"{head}€uro\n", "utf-8").how.encoding == "utf-8"


def test_bytes_that_come_later_are_judged_too(tmp_path: Path) -> None:
    begin = "Name;x\n" + "Müller;1\n" * 400_000
    assert seen_as(tmp_path, begin + "Genève;2\n", "windows-1252").rows[-1] == (400_002, ("Genève", "2"))
    with pytest.raises(UnreadableFileError) as asked:
        seen_as(tmp_path, begin + "Plzeň;2\n", "windows-1250")
    place = len(begin) + len("Plze") + 1
    assert f"begins like windows-1252, but goes on like windows-1250 (byte {place:,}, after " in asked.value.why
    assert asked.value.fix == "Say which it is: --encoding windows-1252 or --encoding windows-1250."
    with pytest.raises(UnreadableFileError, match="'Äà' or 'Äŕ'"):
        seen_as(tmp_path, begin + "Äà;2\n", "windows-1252")


def test_a_byte_that_the_encoding_lacks_stops_the_run_at_its_place(tmp_path: Path) -> None:
    begin = "Name;x\n" + "Müller;1\n" * 400_000 + "Z"
    (tmp_path / "deals.csv").write_bytes(begin.encode("cp1252") + b"\x81rich;1\n")
    for how in (ReadAs(encoding="windows-1252"), ReadAs()):
        with pytest.raises(UnreadableFileError, match=f"byte {len(begin) + 1:,}, after "):
            see(tmp_path / "deals.csv", how)


def test_utf8_with_damaged_bytes_is_not_read_as_something_else(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_bytes("Name,Ort\nMüller,Zürich\nGenève,".encode() + b"Gen\xe8ve\n")
    with pytest.raises(UnreadableFileError, match=r"is not UTF-8 text \(byte 37, after "):
        see(tmp_path / "deals.csv")


def test_half_a_utf16_character_at_the_end_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_bytes(ZURICH.encode("utf-16") + b"x")
    with pytest.raises(UnreadableFileError, match="is not UTF-16-LE text"):
        see(tmp_path / "deals.csv")


@pytest.mark.parametrize("name", ["klingon", "", "hex", "rot13", "undefined", "\0"])
def test_what_is_no_encoding_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="There is no encoding"):
        seen_as(tmp_path, ZURICH, "utf-8", ReadAs(encoding=name))


@pytest.mark.parametrize(("name", "shown"), [("cp1252", "windows-1252"), ("UTF8", "utf-8"), ("utf-16", "utf-16-le")])
def test_an_encoding_goes_by_any_of_its_names(tmp_path: Path, name: str, shown: str) -> None:
    assert seen_as(tmp_path, ZURICH, name, ReadAs(encoding=name)).how.encoding == shown


@pytest.mark.parametrize(
    ("encoding", "named"), [("utf-8-sig", "windows-1252"), ("utf-16", "utf-8"), ("utf-16", "cp1250")]
)
def test_a_named_encoding_that_the_mark_of_the_file_contradicts_is_refused(
    tmp_path: Path, encoding: str, named: str
) -> None:
    path = tmp_path / "deals.csv"
    path.write_text("Name\nMüller\n", encoding=encoding)
    with pytest.raises(UsageError) as caught:
        see(path, ReadAs(encoding=named))
    mark = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}[encoding]
    assert str(caught.value) == (
        f"{path}: begins with the mark of {mark}, and is not read as {named}.\n"
        "Leave the encoding out, or name that of the mark."
    )


@pytest.mark.parametrize(
    ("text", "encoding", "kept"),
    [
        ("Name;Firma\nFörderband;Müller\n", "windows-1252", "windows-1252"),
        ("Name;Firma\nFörderband;Łódź\n", "windows-1252", "utf-8-sig"),  # not in it
        ("Name;Firma\nTor;Ľubica\n", "windows-1250", "utf-8-sig"),  # would be read as Œubica
        ("Name;Firma\nTor;Ćwik\n", "windows-1250", "utf-8-sig"),  # would be a question
        ("Name;Firma\nTor;Acme\n", "windows-1250", "ascii"),
    ],
)
def test_a_text_is_put_into_an_encoding_only_where_it_is_read_again_as_it_was(
    tmp_path: Path, text: str, encoding: str, kept: str
) -> None:
    path = tmp_path / "deals.csv"
    path.write_bytes(text.encode("utf-8-sig"))
    recode(path, encoding, marked=False)
    assert path.read_bytes() == text.encode(kept)
    assert list(tmp_path.iterdir()) == [path]
