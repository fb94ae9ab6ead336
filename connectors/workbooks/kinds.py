"""What kind of workbook a file is, told from its content whatever its name says."""

from typing import BinaryIO

from connectors.confined import RefusedError
from connectors.workbooks.ole import SIGNATURE
from connectors.workbooks.rows import Workbook

PASSWORD = "EncryptedPackage".encode("utf-16-le")
GET_AGAIN = "Export or download it again."
SAVE_AS_XLSX = "Open it in a spreadsheet and save it as 'Excel workbook (.xlsx)'."


def open_workbook(file: BinaryIO) -> Workbook:
    """The workbook in a file."""
    head = file.read(512)
    file.seek(0)
    if head.startswith(b"PK"):
        return _packed(file)
    if head.startswith(SIGNATURE):
        return _in_ole(file)
    if not head:
        raise RefusedError("is empty", GET_AGAIN)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<div")):
        raise RefusedError("is a web page, whatever its name says", SAVE_AS_XLSX)
    if text.startswith(b"<?xml"):
        raise RefusedError("is XML and no workbook, whatever its name says", SAVE_AS_XLSX)
    fix = "If it is text with commas, name it .csv; else export it again."
    raise RefusedError("is not a workbook, whatever its name says", fix)


def _packed(file: BinaryIO) -> Workbook:
    from connectors.workbooks.packages import Package

    package = Package(file)
    if "xl/workbook.xml" in package:
        from connectors.workbooks.ooxml import Xlsx

        return Xlsx(package)
    if "xl/workbook.bin" in package:
        from connectors.workbooks.binary import open_xlsb

        return open_xlsb(file, package)
    if "content.xml" in package:
        from connectors.workbooks.ods import Ods

        return Ods(package)
    raise RefusedError("is a ZIP file without a workbook", SAVE_AS_XLSX)


def _in_ole(file: BinaryIO) -> Workbook:
    from connectors.workbooks.binary import open_xls

    before = b""
    while chunk := file.read(1024 * 1024):
        if PASSWORD in before + chunk:
            raise RefusedError("is protected by a password", "Save it without a password.")
        before = chunk[-len(PASSWORD) :]
    file.seek(0)
    return open_xls(file)
