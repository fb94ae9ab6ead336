"""The suffixes of workbooks that are read and not written."""

from pathlib import Path
from typing import NoReturn

from schemas.errors import RunError

READ_ONLY = (".ods", ".xls", ".xlsb", ".xlsm")


def refuse_to_write(path: Path) -> NoReturn:
    """Say which format to write instead."""
    raise RunError(f"dealport reads {path.suffix} files and does not write them.", "Name a .xlsx or a .csv file.")


def written_suffix(source: Path) -> str:
    """The suffix of a file that is written beside another: the same one, if that can be written."""
    return ".xlsx" if source.suffix.lower() in READ_ONLY else source.suffix
