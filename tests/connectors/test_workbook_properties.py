"""What workbooks say of themselves: read where it is ours, left alone where it is not."""

import zipfile
from pathlib import Path

import pytest

from connectors.files import read_table
from schemas.errors import UnreadableFileError
from tests.workbooks import header, ods, ods_row, xlsx

CUSTOM = (
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
    'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">{}</Properties>'
)
ONE = (
    '<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{}" name="{}"><vt:lpwstr>{}</vt:lpwstr></property>'
)


def told_by(path: Path) -> dict[str, str]:
    table = read_table(path)
    list(table.batches)
    return table.properties


def with_part(path: Path, part: str, content: str) -> Path:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(part, content)
    return path


def test_properties_of_ours_are_told_and_no_others(tmp_path: Path) -> None:
    both = ONE.format(2, "dealport layout", "zoho") + ONE.format(3, "Client", "Acme &amp; Sons")
    path = with_part(xlsx(tmp_path / "a.xlsx", header("a")), "docProps/custom.xml", CUSTOM.format(both))
    assert told_by(path) == {"dealport layout": "zoho"}
    assert told_by(xlsx(tmp_path / "b.xlsx", header("a"))) == {}


def test_a_workbook_saved_as_opendocument_keeps_them(tmp_path: Path) -> None:
    meta = (
        '<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"><office:meta>'
        '<meta:user-defined meta:name="dealport layout">zoho</meta:user-defined>'
        "</office:meta></office:document-meta>"
    )
    table = f'<table:table table:name="Deals">{ods_row("a")}{ods_row("x")}</table:table>'
    assert told_by(with_part(ods(tmp_path / "a.ods", table), "meta.xml", meta)) == {"dealport layout": "zoho"}


@pytest.mark.parametrize(
    "content", ["", "no XML", "<Properties>", CUSTOM.format(ONE.format(2, "dealport x", "y" * 256))]
)
def test_properties_that_cannot_be_read_are_none(tmp_path: Path, content: str) -> None:
    assert told_by(with_part(xlsx(tmp_path / "a.xlsx", header("a")), "docProps/custom.xml", content)) == {}


def test_a_bomb_among_the_properties_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><Properties>&a;</Properties>'
    path = with_part(xlsx(tmp_path / "a.xlsx", header("a")), "docProps/custom.xml", bomb)
    with pytest.raises(UnreadableFileError, match="a document type"):
        read_table(path)
