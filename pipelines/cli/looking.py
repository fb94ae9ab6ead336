"""How tables look on standard output: as wide as the terminal, in colours there only, with bars that it can show."""

import os
import shutil
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from schemas.errors import UsageError

if TYPE_CHECKING:
    from pipelines.text_tables import Look

NARROWEST, WIDEST = 60, 120


def limit_word(command: ArgumentParser) -> None:
    """Add the option that says how many rows of a table are shown."""
    help_ = "show the first rows of a table only; the total stays that of all"
    command.add_argument("--limit", type=_number, metavar="N", help=help_)


def look_asked(words: Namespace) -> "Look":
    """How tables look: those for a file, or for another program, are plain."""
    from pipelines.text_tables import Look

    if words.output:
        return Look(limit=words.limit)
    is_terminal = sys.stdout.isatty()
    columns = shutil.get_terminal_size().columns
    width = {"width": min(max(columns, NARROWEST), WIDEST)} if is_terminal else {}
    return Look(colours=_in_colours(is_terminal=is_terminal), blocks=_can_show("█▏…"), limit=words.limit, **width)


def _number(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise UsageError(f"--limit: '{text}' is not a number of rows.", "Write a whole number above 0, such as 20.")
    return int(text)


def _in_colours(*, is_terminal: bool) -> bool:
    """Whether to write in colours: NO_COLOR says no, FORCE_COLOR yes, else on a terminal only."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return is_terminal and os.environ.get("TERM") != "dumb"


def _can_show(text: str) -> bool:
    """Whether standard output can show a text; where it cannot, what else it cannot show becomes a question mark."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        if reconfigure := getattr(sys.stdout, "reconfigure", None):
            reconfigure(errors="replace")
        return False
    return True
