"""The suffixes of workbooks that are read and not written."""

from pathlib import Path
from typing import NoReturn

from schemas.errors import RunError

READ_ONLY = (".ods", ".xls", ".xlsb", ".xlsm")


def refuse_to_write(path: Path) -> NoReturn:
    """Say which format to write instead."""
    raise RunError(f"dealport reads {path.suffix} files and does not write them.", "Name a .xlsx or a .csv file.")
