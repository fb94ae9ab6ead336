"""The commands that answer from what is stored: exports and reports, of the present or as of a past moment."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.cli import STORED, exports
from schemas.choices import choices, choose
from schemas.errors import UsageError
from schemas.features import is_on
from schemas.settings import Settings

if TYPE_CHECKING:
    from schemas.known import AsOf

BY = ("owner", "account", "customer", "status", "lead-source", "system", "currency", "size", "month")
PERIODS = ("month", "quarter", "year")
BUNDLES = ("pipeline",)
MOMENT = "DATE|TIMESTAMP"
AS_OF = """as known at a past moment: until the end of a day such as 2026-11-20 in UTC, or at a moment such as
 2026-11-20T08:00+01:00, in UTC where it names no zone"""
EFFECTIVE = "with --as-of: as it was then by what is known today"


def words(add: Callable[..., ArgumentParser], database: Callable[[ArgumentParser], None], settings: Settings) -> None:
    """Add export and report with their options; `database` adds those that name the database."""
    commands = [add("export", exports.export_view, "write what is stored to a CSV, XLSX, JSON Lines or Parquet file")]
    exports.words(commands[0], settings)
    if is_on("opportunity", settings):
        commands.append(add("report", show_report, "answer a question about what is stored"))
        _reporting(commands[1])
    for command in commands:
        as_of_word(command)
        command.add_argument("--effective", action="store_true", help=EFFECTIVE)
        database(command)
        today_word(command, "; default: that of --as-of, else today")


def _reporting(report: ArgumentParser) -> None:
    names = [*(name.replace("_", "-") for name in choices("pipelines.reports")), *BUNDLES]
    report.add_argument("report", nargs="+", choices=names, metavar="REPORT", help=", ".join(names))
    formats = choices("pipelines.report_formats")
    report.add_argument("--format", choices=formats, default="table", help="default: table")
    report.add_argument("--output", metavar="PATH", help="write to a file instead of the terminal")
    report.add_argument("--currency", metavar="CODE", help="default: the base currency")
    exports.where_word(report)
    report.add_argument("--by", choices=BY, help="what to group by, of reports that can be grouped")
    report.add_argument("--since", metavar=MOMENT, help="the past moment to compare with, of reports that compare")
    report.add_argument("--from", dest="start", type=day, metavar="DATE", help="first close date")
    report.add_argument("--to", dest="end", type=day, metavar="DATE", help="last close date")
    report.add_argument("--account", metavar="NAME", help="of customer-history: one account or customer")
    report.add_argument("--period", choices=PERIODS, help="of won-by-period; default: month")
    report.add_argument("--target", type=amount, metavar="AMOUNT", help="of range: the amount to reach")


def amount(text: str) -> Decimal:
    """An amount such as 250000 or 1234.50."""
    try:
        found = Decimal(text)
    except InvalidOperation as fault:
        raise ArgumentTypeError(f"'{text}' is not an amount written like 250000 or 1234.50") from fault
    if not found.is_finite():
        raise ArgumentTypeError(f"'{text}' is not an amount written like 250000 or 1234.50")
    return found


def day(text: str) -> date:
    """A day such as 2026-11-24."""
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise ArgumentTypeError(f"'{text}' is not a day written like 2026-12-31") from fault


def today_word(command: ArgumentParser, default: str = "") -> None:
    """Add the option that says which day is today."""
    help_ = f"the day to take for today, such as 2026-12-31{default}"
    command.add_argument("--today", type=day, metavar="DATE", help=help_)


def as_of_word(command: ArgumentParser) -> None:
    """Add the option that says of which past moment an answer is."""
    command.add_argument("--as-of", metavar=MOMENT, help=AS_OF.replace("\n", ""))


def when_asked(words: Namespace) -> "AsOf":
    """The past moment that the words ask for, or the present."""
    from schemas.clock import utc_now
    from schemas.known import read_as_of

    return read_as_of(words.as_of, utc_now(), effective=getattr(words, "effective", False))


def today_asked(words: Namespace, when: "AsOf") -> date:
    """The day to take for today: the one named, that of the past moment, or today in UTC."""
    from schemas.clock import utc_now

    return words.today or when.day() or utc_now().date()


def show_report(words: Namespace) -> int:
    """dealport report."""
    from connectors.files import write_pieces
    from pipelines.cli import showing
    from pipelines.cli.given import settings_of, url_of
    from pipelines.reporting import Asked, build_reports, written
    from schemas.clock import utc_now
    from schemas.known import read_as_of

    if not words.output and getattr(choose("pipelines.report_formats", "format", words.format), "BINARY", False):
        raise UsageError(f"The format {words.format} is no text for a terminal.", "Name a file for it with --output.")
    when, since = when_asked(words), read_as_of(words.since, utc_now())
    period = words.start, words.end, words.period
    asked = Asked(words.currency, *period, when, words.account, words.by, since, words.target, words.where)
    today = today_asked(words, when)
    found = build_reports(words.report, url_of(words), settings_of(words), asked, today, words.format)
    if found.uncompared:
        showing.warn(f"without a comparison: {found.uncompared}")
    pieces = written(found, words.format)
    if words.output:
        write_pieces(Path(words.output), pieces)
        rows = sum(len(answer.rows) for answer in found.answers)
        showing.say(f"{words.output}: {', '.join(words.report)}, {rows} rows")
    else:
        for piece in pieces:
            showing.write(piece)
    return STORED
