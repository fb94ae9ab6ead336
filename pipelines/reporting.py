"""Reports: named questions to exact answers, in the base currency or any other with a rate."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from connectors.databases import reading
from pipelines.answering import Asked, answer_of
from pipelines.kept_history import require_kept
from pipelines.questions.answer import Answer, Answers, Behind
from pipelines.questions.question import Question
from pipelines.questions.rates_in_use import with_rates
from pipelines.report_modules import BUNDLES, entity_of, groups_of, needs, require_reports_on
from pipelines.report_page.asking import UNGROUPED, unknown_then, with_deals
from schemas.choices import choices, choose
from schemas.errors import RunError, UnknownNameError, UsageError
from schemas.known import PRESENT, AsOf
from schemas.settings import Settings, require_currency
from schemas.where import read_condition

FORMATS = "pipelines.report_formats"


def build_report(name: str, database: str, settings: Settings, asked: Asked, today: date) -> Answer:
    """The answer of one report, as of the moment asked for."""
    with asking(database, settings, asked, today, [name]) as (connection, question):
        return answer_of(name, connection, question, asked)


def build_reports(
    names: Sequence[str], database: str, settings: Settings, asked: Asked, today: date, as_format: str = "table"
) -> Answers:
    """The answers of several reports from one picture of what is stored; a word is for those that take it.

    Those of the pipeline as html have the key figures and the deals of its page beside them.
    """
    single, uncompared = [one for name in names for one in BUNDLES.get(name, (name,))], ""
    with asking(database, settings, asked, today, single) as (connection, as_asked):
        question = as_asked
        if question.before is None and single != list(names):
            question, uncompared = _with_usual_comparison(connection, question)
            asked = replace(asked, since=question.before.when if question.before else PRESENT)
            single = [name for name in single if question.before or "since" not in needs(name)]
        on_page = as_format == "html" and list(names) == ["pipeline"]
        ungrouped = _ungrouped(question.by, single) if single != list(names) else frozenset()
        ungrouped |= UNGROUPED if on_page else frozenset()
        whole = replace(question, by=None)
        answers = [
            answer_of(name, connection, whole if name in ungrouped else question, asked, strictly=len(single) == 1)
            for name in single
        ]
        told = Answers(answers, behind(connection, question, asked, answers), uncompared)
        return with_deals(connection, question, told) if on_page else told


@contextmanager
def asking(
    database: str, settings: Settings, asked: Asked, today: date, names: Sequence[str] = ()
) -> Iterator[tuple[Connection, Question]]:
    """A picture of what is stored, and the question that reports are to answer from it, still without rates."""
    require_reports_on(names, settings)
    where = None if asked.where is None else read_condition(asked.where, entity_of(names), settings)
    currency = require_currency(settings, asked.currency or settings.base_currency)
    if asked.start and asked.end and asked.start > asked.end:
        raise UsageError(
            f"The first day, {asked.start}, is after the last, {asked.end}.", "Turn --from and --to round."
        )
    with reading(database) as connection:
        require_kept(connection, asked.when.moment, f"A report as of {asked.when.told(today)}")
        words = asked.start, asked.end, asked.period or "month", asked.when
        more: dict[str, Any] = {"account": asked.account, "by": asked.by, "target": asked.target, "where": where}
        question = Question(settings, currency, today, *words, **more)
        if asked.since.moment:
            question = _compared(connection, question, asked.since)
        _require_stored(connection, question)
        yield connection, question


def _compared(connection: Connection, question: Question, since: AsOf) -> Question:
    """The question with the same one of an earlier moment before it."""
    moment, when = since.moment, question.when.moment
    assert moment is not None
    require_kept(connection, moment, f"A comparison with {since.told(question.today)}")
    if moment > (when or moment):
        raise UsageError("The moment to compare with is after the one asked for.", "Name an earlier --since.")
    return replace(question, before=replace(question, when=since, today=moment.date()))


def _ungrouped(by: str | None, names: Sequence[str]) -> frozenset[str]:
    """The reports of a bundle that cannot be grouped by something by which others can; if none can, it is refused."""
    able = {name for name in names if by in groups_of(name)}
    return frozenset(names) - able if able else frozenset()


def _with_usual_comparison(connection: Connection, question: Question) -> tuple[Question, str]:
    """The question compared with the end of the month before, or as it is and why it cannot be compared with that."""
    last_day = question.today.replace(day=1) - timedelta(days=1)
    since = AsOf(datetime.combine(last_day, time.max, UTC))
    try:
        compared = _compared(connection, question, since)
        with_rates(connection, compared.earlier)
    except RunError as error:
        return question, error.why
    return (question, unknown) if (unknown := unknown_then(connection, compared.earlier)) else (compared, "")


def behind(connection: Connection, question: Question, asked: Asked, answers: Sequence[Answer]) -> Behind:
    """What answers rest on: filters, the rates that they used, deals, and runs."""
    deals = question.deals
    count, runs = 0, []
    for run_id, number in connection.execute(select(deals.c.run_id, func.count()).group_by(deals.c.run_id)):
        runs.append(run_id)
        count += number
    given = asked.given() | ({} if asked.where is None else {"where": asked.where})
    # the moment to compare with is told by each answer
    filters = tuple(f"--{word} {value}" for word, value in given.items() if word != "since")
    used = {code: rate for answer in answers for code, rate in answer.rates.items()}
    return Behind(filters, dict(sorted(used.items())), count, tuple(sorted(runs)))


def _require_stored(connection: Connection, question: Question) -> None:
    """Refuse the name of an account or customer that nobody has."""
    if question.account is None:
        return
    accounts, customers = question.known.accounts, question.known.customers
    names = sorted(connection.scalars(select(accounts.c.name).union(select(customers.c.name))))
    if question.account not in names:
        raise UnknownNameError("account or business customer", question.account, names)


def require_text(as_format: str, fix: str) -> None:
    """Refuse a format that is for a file only."""
    if getattr(choose(FORMATS, "format", as_format), "BINARY", False):
        raise UsageError(f"The format {as_format} is no text to be shown.", fix)


def format_names() -> list[str]:
    """The names of the formats of answers."""
    return choices(FORMATS)


def written(answers: Answers, as_format: str) -> Iterator[str | bytes]:
    """The answers in a format, piece by piece."""
    pieces: Iterator[str | bytes] = choose(FORMATS, "format", as_format).pieces(answers)
    return pieces
