"""Answers a question by a report: fits the words, fetches the rates, asks the database, works out, adds up, rounds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from functools import partial
from types import ModuleType
from typing import Any

from sqlalchemy import Connection

from connectors.databases import join_whole, texts
from pipelines.questions.answer import DIGITS, GRAND_TOTAL, Answer, Cell, Column, Notes
from pipelines.questions.listed import Listed
from pipelines.questions.question import Period, Question
from pipelines.questions.rates_in_use import with_past, with_rates, with_rates_learnt
from pipelines.report_modules import report_module
from schemas.errors import UsageError
from schemas.known import PRESENT, AsOf
from schemas.settings import Settings

PRECISION = 60
"""Enough digits for the sums of any amounts."""
WORDS = {"start": "from", "end": "to"}


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


def answer_of(name: str, connection: Connection, question: Question, asked: Asked, *, strictly: bool = True) -> Answer:
    """The answer of a report.

    A report is a module whose docstring begins with its question, with `columns` and `ask`, and where it needs them:

    - `TAKES`: the words that it takes beside those that all take: from, to, period, account, by, since, target;
      `NEEDS`: those it does not go without; `BY`: what it can be grouped by, first what it is without that word, or
      None; `COMPARES`: False where it needs no rates of the moment that --since names;
    - `past`: the past days at whose ends it asks too, as `question.past`;
    - `lists`: whether there is a row for each opportunity, however many: the rows of `ask` are the answer as they are,
      their columns in its order;
    - `work_out`: of other answers, from the rows of `ask`, each a dictionary by the keys of the columns, to those of
      the answer;
    - `in_total`: what is in the total beside the sums; `TOTAL` or `total_name`: the name of the total's line;
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
    if question.by == "size" or any(column.kind == "money" for column in module.columns(question)):
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
    exact, total = (_listed if _lists(module, question) else _worked_out)(module, connection, question)
    total |= module.in_total(exact, question) if hasattr(module, "in_total") else {}
    rows = exact if isinstance(exact, Listed) else _rounded(exact, columns, question.settings)
    remarks = module.remark(exact, question) if hasattr(module, "remark") else []
    if hasattr(module, "beside"):
        facts = dict(connection.execute(module.beside(question)).mappings().one())
        remarks = [*module.left_out(facts, question), *remarks]
    notes = Notes(rows, partial(module.note, settings=question.settings)) if hasattr(module, "note") else []
    return Answer(
        name,
        (module.__doc__ or "").partition("\n")[0],
        question.currency,
        question.today,
        columns,
        rows,
        _rounded([total], [column for column in columns if column.key in total], question.settings)[0],
        question.when,
        question.before.when if question.before else PRESENT,
        notes if any(notes) else [],
        remarks,
        module.total_name(question) if hasattr(module, "total_name") else getattr(module, "TOTAL", GRAND_TOTAL),
        module.chart(question) if hasattr(module, "chart") else getattr(module, "CHART", None),
        question.open_rates,
    )


def _lists(module: ModuleType, question: Question) -> bool:
    return hasattr(module, "lists") and bool(module.lists(question))


def _listed(module: ModuleType, connection: Connection, question: Question) -> tuple[Listed, dict[str, Any]]:
    """The rows of a report that lists opportunities, rounded, and the exact sums."""
    with texts(connection, module.ask(question)) as batches:
        rows = Listed(module.columns(question), batches, question.settings.rounding)
    return rows, dict(rows.sums)


def _worked_out(
    module: ModuleType, connection: Connection, question: Question
) -> tuple[Sequence[dict[str, Any]], dict[str, Any]]:
    """The rows of any other report, exact, and the sums."""
    columns: list[Column] = module.columns(question)
    found = connection.execute(module.ask(question))
    keys = list(found.keys()) if hasattr(module, "work_out") else [column.key for column in columns]
    exact = [dict(zip(keys, row, strict=True)) for row in found.all()]
    if hasattr(module, "work_out"):
        exact = module.work_out(exact, question)
    added = [column for column in columns if column.is_added]
    nothing = {column.key: Decimal(0) if column.kind == "money" else 0 for column in added}
    return exact, {key: sum((row[key] or 0 for row in exact), none) for key, none in nothing.items()}


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


def _rounded(lines: Iterable[dict[str, Any]], columns: list[Column], settings: Settings) -> list[dict[str, Cell]]:
    """Lines whose decimals are rounded once, at the end: amounts and fractions to 4 decimals, numbers to 2."""
    how = ROUND_HALF_UP if settings.rounding == "half-up" else ROUND_HALF_EVEN
    keys = [column.key for column in columns]
    decimal = [(column, DIGITS[column.kind]) for column in columns if column.kind in DIGITS]
    told: list[dict[str, Cell]] = []
    for line in lines:
        row = {key: line[key] for key in keys}
        for column, unit in decimal:
            value = row[column.key]
            # a sum of nothing is 0; what is no sum, such as an average, is unknown
            if value is not None or (column.kind == "money" and column.is_added):
                exact = Decimal(value or 0)
                rounded = exact.quantize(unit, rounding=how)
                row[column.key] = exact if column.exact and exact != rounded else rounded
        told.append(row)
    return told
