"""Reports: named questions to exact answers, in the base currency or any other with a rate."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, func, select

from connectors.databases import join_whole, reading
from pipelines.kept_history import require_kept
from pipelines.questions.answer import GRAND_TOTAL, Answer, Answers, Behind, Cell, Column
from pipelines.questions.dimensions import DIMENSIONS
from pipelines.questions.question import Period, Question
from pipelines.questions.rates_in_use import with_past, with_rates, with_rates_learnt
from pipelines.report_page.asking import unknown_then, with_deals
from schemas.choices import choices, choose
from schemas.errors import RunError, UnknownNameError, UsageError
from schemas.features import is_on, require_on
from schemas.fields import NOUNS
from schemas.known import PRESENT, AsOf
from schemas.settings import Settings, require_currency
from schemas.where import read_condition

FOLDER = "pipelines.reports"
FORMATS = "pipelines.report_formats"
PRECISION = 60
"""Enough digits for the sums of any amounts."""
DIGITS = {"money": Decimal("0.0001"), "percent": Decimal("0.0001"), "number": Decimal("0.01")}
WORDS = {"start": "from", "end": "to"}
BUNDLES = {"pipeline": ("by-status", "by-month", "waterfall", "range", "forecast")}
"""Several reports under one name; without --since they compare with the end of the month before, where they can."""


def report_names(settings: Settings | None = None) -> list[str]:
    """The names of the reports, as they are typed; with settings, of what these leave on."""
    names = [name.replace("_", "-") for name in choices(FOLDER)]
    if settings is None or not settings.features_off:
        return names
    return [name for name in names if all(is_on(entity, settings) for entity in _about(report_module(name)))]


def bundle_names(settings: Settings) -> list[str]:
    """The names under which several reports are asked for, where opportunities are on."""
    return list(BUNDLES) if is_on("opportunity", settings) else []


def report_module(name: str) -> ModuleType:
    """The module of a report, by the name that is typed."""
    if name not in report_names():
        raise UnknownNameError("report", name, report_names())
    return choose(FOLDER, "report", name.replace("-", "_"))


def explainable(settings: Settings | None = None) -> list[str]:
    """The names of the reports whose numbers can be explained."""
    return [name for name in report_names(settings) if hasattr(report_module(name), "parts")]


def takers(word: str, among: Sequence[str]) -> list[str]:
    """The reports that take a word such as since; those that can be grouped by some things only say by which."""
    told = []
    for name in among:
        module = report_module(name)
        by = getattr(module, "BY", ())
        if word == "by" and by:
            told.append(name if set(by) >= set(DIMENSIONS) else f"{name} ({', '.join(filter(None, by))})")
        elif word in {*getattr(module, "TAKES", ()), *getattr(module, "NEEDS", ())}:
            told.append(name)
    return told


def _about(module: ModuleType) -> tuple[str, ...]:
    about: tuple[str, ...] = getattr(module, "ABOUT", ("opportunity",))
    return about


def require_reports_on(names: Sequence[str], settings: Settings) -> None:
    """Refuse reports about what is switched off."""
    for name in names:
        for entity in _about(report_module(name)):
            require_on(entity, settings)


@dataclass(frozen=True)
class Asked:
    """What reports are asked for; None stands for the base currency, and no limit."""

    currency: str | None = None
    start: date | None = None
    end: date | None = None
    period: Period | None = None
    when: AsOf = PRESENT
    account: str | None = None
    by: str | None = None
    since: AsOf = PRESENT
    target: Decimal | None = None
    where: str | None = None

    def given(self) -> dict[str, Any]:
        """The words that not every report takes, where they are given."""
        words = {name: getattr(self, name) for name in ("start", "end", "period", "account", "by", "target")}
        words["since"] = self.since.moment
        return {WORDS.get(name, name): value for name, value in words.items() if value is not None}


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
            single = [name for name in single if question.before or "since" not in _needs(name)]
        answers = [answer_of(name, connection, question, asked, strictly=len(single) == 1) for name in single]
        is_money = any(column.kind == "money" for answer in answers for column in answer.columns)
        told = Answers(answers, behind(connection, question, asked, rates=is_money), uncompared)
        on_page = as_format == "html" and list(names) == ["pipeline"]
        return with_deals(connection, question, told) if on_page else told


@contextmanager
def asking(
    database: str, settings: Settings, asked: Asked, today: date, names: Sequence[str] = ()
) -> Iterator[tuple[Connection, Question]]:
    """A picture of what is stored, and the question that reports are to answer from it, still without rates."""
    require_reports_on(names, settings)
    where = None if asked.where is None else read_condition(asked.where, _entity_of(names), settings)
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


def _entity_of(names: Sequence[str]) -> str:
    """What a condition is on: the rows that all of the reports are of."""
    entities = {name: _about(report_module(name))[0] for name in names}
    if len(set(entities.values())) > 1:
        said = " and ".join(f"{name} of {NOUNS[entity].several}" for name, entity in entities.items())
        raise UsageError(f"A condition is on one kind of rows: {said}.", "Ask one report at a time.")
    return next(iter(entities.values()), "opportunity")


def _compared(connection: Connection, question: Question, since: AsOf) -> Question:
    """The question with the same one of an earlier moment before it."""
    moment, when = since.moment, question.when.moment
    assert moment is not None
    require_kept(connection, moment, f"A comparison with {since.told(question.today)}")
    if moment > (when or moment):
        raise UsageError("The moment to compare with is after the one asked for.", "Name an earlier --since.")
    return replace(question, before=replace(question, when=since, today=moment.date()))


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


def _needs(name: str) -> frozenset[str]:
    needs: frozenset[str] = getattr(report_module(name), "NEEDS", frozenset())
    return needs


def answer_of(name: str, connection: Connection, question: Question, asked: Asked, *, strictly: bool = True) -> Answer:
    """The answer of a report.

    A report is a module whose docstring begins with its question, with `columns` and `ask`, and where it needs them:

    - `TAKES`: the words that it takes beside those that all take: from, to, period, account, by, since, target;
      `NEEDS`: those it does not go without; `BY`: what it can be grouped by, first what it is without that word, or
      None; `COMPARES`: False where it needs no rates of the moment that --since names;
    - `past`: the past days at whose ends it asks too, as `question.past`;
    - `work_out`: from the rows of `ask`, each a dictionary by the keys of the columns, to those of the answer;
    - `in_total`: what is in the total beside the sums; `TOTAL`: the name of the total's line;
    - `beside`: a query of one row, of what the rows leave out, and `left_out`: sentences below the table from it;
    - `remark`: sentences below the table, from the rows; `CHART` or `chart`: how the answer is drawn;
    - `ABOUT`: the entities that it is about, which may be switched off, first the one of conditions; without it
      opportunities;
    - `parts`: the opportunities that it adds up, for `dealport explain`;
    - `note`: what is told below a row; such a report explains what was learnt since the moment asked for, and gets the
      rates of then and of today.
    """
    module, question = prepared(name, connection, question, asked, strictly=strictly)
    return told(name, module, connection, question)


def prepared(
    name: str, connection: Connection, question: Question, asked: Asked, *, strictly: bool = True
) -> tuple[ModuleType, Question]:
    """The module of a report, and the question with the words that it takes and the rates that it needs."""
    module = report_module(name)
    question = _fitted(name, module, question, asked, strictly=strictly)
    explains = hasattr(module, "note")
    if explains:
        join_whole(connection)
        question = replace(question, when=replace(question.when, effective=False))
    if any(column.kind == "money" for column in module.columns(question)):
        question = (with_rates_learnt if explains else with_rates)(connection, question)
        if question.before and getattr(module, "COMPARES", True):
            question = replace(question, before=with_rates(connection, question.before))
    if hasattr(module, "past"):
        question = with_past(connection, question, module.past(question))
    return module, question


def told(name: str, module: ModuleType, connection: Connection, question: Question) -> Answer:
    """The answer of a report to a question that has all it needs."""
    with localcontext(prec=PRECISION):
        return _told(name, module, connection, question)


def _told(name: str, module: ModuleType, connection: Connection, question: Question) -> Answer:
    columns: list[Column] = module.columns(question)
    keys = [column.key for column in columns]
    found = connection.execute(module.ask(question))
    asked_for = list(found.keys()) if hasattr(module, "work_out") else keys
    exact = [dict(zip(asked_for, row, strict=True)) for row in found.all()]
    if hasattr(module, "work_out"):
        exact = module.work_out(exact, question)
    total = {
        c.key: sum((row[c.key] or 0 for row in exact), Decimal(0) if c.kind == "money" else 0)
        for c in columns
        if c.is_added
    }
    total |= module.in_total(exact, question) if hasattr(module, "in_total") else {}
    rows = [_rounded(line, columns, question.settings) for line in exact]
    remarks = module.remark(exact, question) if hasattr(module, "remark") else []
    if hasattr(module, "beside"):
        facts = dict(connection.execute(module.beside(question)).mappings().one())
        remarks = [*module.left_out(facts, question), *remarks]
    return Answer(
        name,
        (module.__doc__ or "").partition("\n")[0],
        question.currency,
        question.today,
        columns,
        rows,
        _rounded(total, [column for column in columns if column.key in total], question.settings),
        question.when,
        question.before.when if question.before else PRESENT,
        [module.note(row, question.settings) for row in rows] if hasattr(module, "note") else [],
        remarks,
        getattr(module, "TOTAL", GRAND_TOTAL),
        module.chart(question) if hasattr(module, "chart") else getattr(module, "CHART", None),
    )


def _fitted(name: str, module: ModuleType, question: Question, asked: Asked, *, strictly: bool) -> Question:
    """The question with the words that a report takes; a word too many or too few is refused."""
    takes: frozenset[str] = getattr(module, "TAKES", frozenset())
    needs: frozenset[str] = getattr(module, "NEEDS", frozenset())
    by = getattr(module, "BY", ())
    given = asked.given()
    too_many = [word for word in given if word not in takes | needs | ({"by"} if by else set())]
    if strictly and too_many:
        raise UsageError(f"The report {name} takes no --{too_many[0]}.", "Leave it out.")
    if missing := sorted(needs - set(given)):
        raise UsageError(f"The report {name} needs --{missing[0]}.", "Name it.")
    if question.by and by and question.by not in by:
        some = ", ".join(filter(None, by))
        raise UsageError(f"The report {name} cannot be grouped by {question.by}.", f"Choose from {some}.")
    words = {**WORDS, "before": "since"}
    usual: dict[str, Any] = dict.fromkeys(("start", "end", "account", "target", "before")) | {"period": "month"}
    plain = {part: value for part, value in usual.items() if words.get(part, part) not in takes | needs}
    plain |= {"by": (question.by or by[0]) if by else None}
    before = plain.pop("before", question.before)
    return replace(question, **plain, before=replace(before, **plain) if before else None)


def behind(connection: Connection, question: Question, asked: Asked, *, rates: bool = True) -> Behind:
    """What answers rest on: filters, deals, runs, and rates where there is money in them."""
    deals = question.deals
    count, runs = 0, []
    for run_id, number in connection.execute(select(deals.c.run_id, func.count()).group_by(deals.c.run_id)):
        runs.append(run_id)
        count += number
    given = asked.given() | ({} if asked.where is None else {"where": asked.where})
    filters = tuple(f"--{word} {value}" for word, value in given.items())
    used = with_rates(connection, question).open_rates if rates else {}
    return Behind(filters, dict(sorted(used.items())), count, tuple(sorted(runs)))


def _require_stored(connection: Connection, question: Question) -> None:
    """Refuse the name of an account or customer that nobody has."""
    if question.account is None:
        return
    accounts, customers = question.known.accounts, question.known.customers
    names = sorted(connection.scalars(select(accounts.c.name).union(select(customers.c.name))))
    if question.account not in names:
        raise UnknownNameError("account or business customer", question.account, names)


def _rounded(line: dict[str, Any], columns: list[Column], settings: Settings) -> dict[str, Cell]:
    """A line whose decimals are rounded once, at the end: amounts and fractions to 4 decimals, numbers to 2."""
    how = ROUND_HALF_UP if settings.rounding == "half-up" else ROUND_HALF_EVEN

    told: dict[str, Cell] = {}
    for column in columns:
        value, unit = line[column.key], DIGITS.get(column.kind)
        # a sum of nothing is 0; what is no sum, such as an average, is unknown
        if unit is not None and (value is not None or (column.kind == "money" and column.is_added)):
            exact = Decimal(value or 0)
            rounded = exact.quantize(unit, rounding=how)
            value = exact if column.exact and exact != rounded else rounded
        told[column.key] = value
    return told


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
