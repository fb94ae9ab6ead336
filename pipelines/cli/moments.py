"""The words that say of which day an answer is, and of which past moment."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from schemas.errors import UsageError

if TYPE_CHECKING:
    from schemas.known import AsOf

MOMENT = "DATE|TIMESTAMP"
AS_OF = """as known at a past moment: until the end of a day such as 2026-11-20 in UTC, or at a moment such as
 2026-11-20T08:00+01:00, in UTC where it names no zone"""
EFFECTIVE = "with --as-of: as it was then by what is known today"
TODAY = "; default: that of --as-of, else today"


def moment_words(command: ArgumentParser) -> None:
    """Add the options that say of which past moment an answer is, and by whose knowledge."""
    as_of_word(command)
    command.add_argument("--effective", action="store_true", help=EFFECTIVE)


def day_of(option: str) -> Callable[[str], date]:
    """Reads the day of an option, such as 2026-11-24."""

    def day(text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError as fault:
            why = f"{option}: '{text}' is not a day written like 2026-12-31."
            raise UsageError(why, "Write year, month and day of a day that exists.") from fault

    return day


def today_word(command: ArgumentParser, default: str = "") -> None:
    """Add the option that says which day is today."""
    help_ = f"the day to take for today, such as 2026-12-31{default}"
    command.add_argument("--today", type=day_of("--today"), metavar="DATE", help=help_)


def as_of_word(command: ArgumentParser) -> None:
    """Add the option that says of which past moment an answer is."""
    command.add_argument("--as-of", metavar=MOMENT, help=AS_OF.replace("\n", ""))


def when_asked(words: Namespace) -> "AsOf":
    """The past moment that the words ask for, or the present."""
    from schemas.clock import utc_now
    from schemas.known import read_as_of

    return read_as_of(words.as_of, utc_now(), effective=getattr(words, "effective", False))
