"""dealport explain: words and function."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from pipelines.cli import STORED, answers
from pipelines.cli.looking import limit_word, look_asked
from pipelines.cli.moments import TODAY, moment_words, today_word, when_asked
from schemas.features import is_on
from schemas.settings import Settings

FORMATS = ("table", "csv", "json")
KINDS = ("owner", "account", "customer", "status")
"""What a line can be named by for short."""


def words(add: Callable[..., ArgumentParser], database: Callable[[ArgumentParser], None], settings: Settings) -> None:
    """Add the command with its options; `database` adds those that name the database."""
    if not is_on("opportunity", settings):
        return
    command = add(
        "explain", explain_number, "show the opportunities, rates and rounding that make a number of a report"
    )
    command.add_argument("report", metavar="REPORT", help="a report that adds amounts up")
    which = command.add_mutually_exclusive_group()
    which.add_argument("--line", metavar="TEXT", help="its line, by what stands first in it; default: the total")
    for kind in KINDS:
        which.add_argument(f"--{kind}", dest=f"line_of_{kind}", metavar="NAME", help=f"the line of this {kind}")
    command.add_argument("--column", metavar="KEY", help="key of the amount; default: what the report is drawn by")
    command.add_argument("--format", choices=FORMATS, default="table", help="default: table")
    command.add_argument("--output", metavar="PATH", help="write to a file instead of the terminal")
    limit_word(command)
    answers.question_words(command)
    moment_words(command)
    database(command)
    today_word(command, TODAY)


def explain_number(words: Namespace) -> int:
    """dealport explain."""
    from pipelines.cli import showing
    from pipelines.cli.given import settings_of, url_of
    from pipelines.explaining import Wanted, explain

    named = [(kind, name) for kind in KINDS if (name := getattr(words, f"line_of_{kind}")) is not None]
    kind, line = named[0] if named else (None, words.line)
    when = when_asked(words)
    asked, today = answers.asked_of(words, when), when.today(words.today)
    wanted = Wanted(line, kind, words.column)
    found = explain(words.report, url_of(words), settings_of(words), asked, today, wanted)
    pieces = answers.pieces_of(found, words.format, look_asked(words))
    showing.show_or_write(pieces, words.output, f"{words.report} explained, {len(found.answers[0].rows)} rows")
    return STORED
