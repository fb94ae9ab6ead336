"""The commands that answer from what is stored: exports and reports, of the present or as of a past moment."""

from argparse import Action, ArgumentParser, HelpFormatter, Namespace
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from pipelines.cli import STORED, exports
from pipelines.cli.looking import limit_word, look_asked
from pipelines.cli.moments import MOMENT, TODAY, day_of, moment_words, today_word, when_asked
from schemas.choices import choices
from schemas.errors import UsageError
from schemas.features import is_on
from schemas.settings import Settings

if TYPE_CHECKING:
    from pipelines.answering import Asked
    from pipelines.questions.answer import Answers
    from pipelines.text_tables import Look
    from schemas.known import AsOf

PERIODS = ("month", "quarter", "year", "day")
BUNDLES = {
    "pipeline": "The pipeline as one: by status and month, what moved it, what it may bring; as html with every deal.",
}
"""Several reports under one name, and what they tell together."""


def words(add: Callable[..., ArgumentParser], database: Callable[[ArgumentParser], None], settings: Settings) -> None:
    """Add export and report with their options; `database` adds those that name the database."""
    commands = [add("export", exports.export_view, "write what is stored to a CSV, XLSX, JSON Lines or Parquet file")]
    exports.words(commands[0], settings)
    if names := _reports_on(settings):
        commands.append(add("report", show_report, "answer a question about what is stored"))
        _reporting(commands[1], names)
    for command in commands:
        moment_words(command)
        database(command)
        today_word(command, TODAY)


def _reports_on(settings: Settings) -> list[str]:
    if settings.features_off:
        from pipelines.report_modules import report_names

        names = report_names(settings)
        return [*names, *(BUNDLES if is_on("opportunity", settings) else ())]
    return [*(name.replace("_", "-") for name in choices("pipelines.reports")), *BUNDLES]


def _reporting(report: ArgumentParser, names: list[str]) -> None:
    report.add_argument("report", nargs="+", metavar="REPORT", help=", ".join(names))
    formats = choices("pipelines.report_formats")
    report.add_argument("--format", choices=formats, default="table", help="default: table")
    report.add_argument("--output", metavar="PATH", help="write to a file instead of the terminal")
    limit_word(report)
    question_words(report)
    report.add_argument("--since", metavar=MOMENT, help="the past moment to compare with")
    report.add_argument("--account", metavar="NAME", help="one account or customer")
    report.add_argument("--target", type=amount, metavar="AMOUNT", help="the amount to reach")


def question_words(command: ArgumentParser) -> None:
    """Add the options that say what a report is asked."""
    command.formatter_class = _Help
    command.add_argument("--currency", metavar="CODE", help="default: the base currency")
    exports.where_word(command)
    command.add_argument("--by", metavar="WORD", help="what to group by, such as owner")
    command.add_argument(
        "--from",
        dest="start",
        type=day_of("--from"),
        metavar="DATE",
        help="first day: of the close date, or of what the report tells",
    )
    command.add_argument("--to", dest="end", type=day_of("--to"), metavar="DATE", help="last day, which is included")
    command.add_argument("--period", choices=PERIODS, help="what a period is, a month unless named")


class _Help(HelpFormatter):
    """Help that says, where it is asked for, which reports take an option."""

    def _get_help_string(self, action: Action) -> str | None:
        from pipelines.report_modules import explainable, report_names, takers

        word = {"start": "from", "end": "to"}.get(action.dest, action.dest)
        among = explainable() if self._prog.endswith("explain") else report_names()
        names = takers(word, among) if action.option_strings else []
        return f"{action.help}; of {', '.join(names)}" if names and names != among else action.help


def amount(text: str) -> Decimal:
    """An amount such as 250000 or 1234.50."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise UsageError(f"--target: '{text}' is not an amount.", "Write it like 250000 or 1234.50.")
    return found


def asked_of(words: Namespace, when: "AsOf") -> "Asked":
    """What a report is asked."""
    from pipelines.answering import Asked
    from schemas.clock import utc_now
    from schemas.known import read_as_of

    since = read_as_of(getattr(words, "since", None), utc_now())
    period = words.start, words.end, words.period
    others = {name: getattr(words, name, None) for name in ("account", "target")}
    return Asked(words.currency, *period, when, by=words.by, since=since, where=words.where, **others)


def pieces_of(answers: "Answers", as_format: str, look: "Look") -> "Iterator[str | bytes]":
    """Answers in a format, those in tables as these are to look."""
    from pipelines.reporting import written

    if as_format == "table":
        from pipelines.report_formats.table import pieces

        return pieces(answers, look)
    if look.limit is not None:
        raise UsageError(f"--limit is for tables, not for {as_format}.", "Leave it out, or take --format table.")
    return written(answers, as_format)


def show_report(words: Namespace) -> int:
    """dealport report."""
    from pipelines.cli import showing
    from pipelines.cli.given import settings_of, url_of
    from pipelines.reporting import build_reports, require_text

    if not words.output:
        require_text(words.format, "Name a file for it with --output.")
    when = when_asked(words)
    asked, today = asked_of(words, when), when.today(words.today)
    found = build_reports(words.report, url_of(words), settings_of(words), asked, today, words.format)
    if found.uncompared:
        showing.warn(f"without a comparison: {found.uncompared}")
    pieces = pieces_of(found, words.format, look_asked(words))
    rows = sum(len(answer.rows) for answer in found.answers)
    showing.show_or_write(pieces, words.output, f"{', '.join(words.report)}, {rows} rows")
    return STORED
