"""Reports: a named question to an exact answer, in the base currency or any other with a rate."""

import csv
import json
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from io import StringIO
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from connectors.databases import join_whole, reading
from connectors.files import writing_whole
from pipelines.kept_history import require_kept
from pipelines.question import Cell, Column, Period, Question
from pipelines.rates_in_use import with_rates, with_rates_learnt
from schemas.choices import choices, choose
from schemas.errors import UnknownNameError
from schemas.features import require_on
from schemas.known import PRESENT, AsOf
from schemas.settings import Settings, require_currency

FOLDER = "pipelines.reports"
GRAND_TOTAL = "Grand Total"


def report_names() -> list[str]:
    """The names of the reports, as they are typed."""
    return [name.replace("_", "-") for name in choices(FOLDER)]


@dataclass(frozen=True)
class Answer:
    """The answer to a question: its columns, its rows, and the total of what is added up.

    `as_of` is the day taken for today, `when` the past moment that was asked for; `notes` are told below the rows.
    """

    report: str
    currency: str
    as_of: date
    columns: list[Column]
    rows: list[dict[str, Cell]]
    total: dict[str, Cell]
    when: AsOf = PRESENT
    notes: list[str] = field(default_factory=list)
    total_name: str = GRAND_TOTAL


@dataclass(frozen=True)
class Asked:
    """What a report is asked for; None stands for the base currency, and no limit."""

    currency: str | None = None
    start: date | None = None
    end: date | None = None
    period: Period = "month"
    when: AsOf = PRESENT
    account: str | None = None


def build_report(name: str, database: str, settings: Settings, asked: Asked, today: date) -> Answer:
    """The answer of a report, as of the moment asked for.

    A report is a module with `columns` and `ask`. One that also has `note`, what is told below a row, and `TOTAL`, the
    name of its last line, explains what was learnt since that moment: it gets the rates of then and of today.
    """
    require_on("opportunity", settings)
    module = choose(FOLDER, "report", name.replace("-", "_"))
    currency = require_currency(settings, asked.currency or settings.base_currency)
    explains = hasattr(module, "note")
    when = replace(asked.when, effective=False) if explains else asked.when
    with reading(database) as connection:
        require_kept(connection, when.moment, f"A report as of {when.told(today)}")
        if explains:
            join_whole(connection)
        asks = asked.start, asked.end, asked.period, when
        question = Question(settings, currency, today, *asks, account=asked.account)
        _require_stored(connection, question)
        if any(column.money for column in module.columns(question)):
            question = (with_rates_learnt if explains else with_rates)(connection, question)
        columns = module.columns(question)
        exact = [
            dict(zip([c.key for c in columns], row, strict=True)) for row in connection.execute(module.ask(question))
        ]
    added = [column for column in columns if column.added]
    total = {c.key: sum((line[c.key] or 0 for line in exact), Decimal(0) if c.money else 0) for c in added}
    rows = [_rounded(line, columns, settings) for line in exact]
    notes = [module.note(row, settings) for row in rows] if explains else []
    total_name = getattr(module, "TOTAL", GRAND_TOTAL)
    total = _rounded(total, added, settings)
    return Answer(name, currency, today, columns, rows, total, when, notes, total_name)


def _require_stored(connection: Connection, question: Question) -> None:
    """Refuse the name of an account or customer that nobody has."""
    if question.account is None:
        return
    accounts, customers = question.known.accounts, question.known.customers
    names = sorted(connection.scalars(select(accounts.c.name).union(select(customers.c.name))))
    if question.account not in names:
        raise UnknownNameError("account or business customer", question.account, names)


def _rounded(line: dict[str, Any], columns: list[Column], settings: Settings) -> dict[str, Cell]:
    """A line whose amounts are rounded once, at the end, to 4 decimals."""
    how = ROUND_HALF_UP if settings.rounding == "half-up" else ROUND_HALF_EVEN
    unit = Decimal("0.0001")

    def cell(column: Column) -> Cell:
        told: Cell = line[column.key]
        if not column.money:
            return told
        amount = Decimal(line[column.key] or 0)
        rounded = amount.quantize(unit, rounding=how)
        return amount if column.exact and amount != rounded else rounded

    return {column.key: cell(column) for column in columns}


def as_json(answer: Answer) -> str:
    """The answer as one JSON object, amounts as decimal text."""
    told = {"report": answer.report, "currency": answer.currency, "as_of": answer.as_of.isoformat()}
    told |= answer.when.marks()
    return json.dumps(told | {"rows": answer.rows, "total": answer.total}, default=str, ensure_ascii=False, indent=2)


def as_csv(answer: Answer) -> str:
    """The answer as CSV: a header, the rows, and the total in the last row; of a past moment each row tells it."""
    text, marks = StringIO(), answer.when.marks()
    writer = csv.DictWriter(text, [*(column.key for column in answer.columns), *marks], lineterminator="\n")
    writer.writeheader()
    for row in (*answer.rows, {answer.columns[0].key: answer.total_name, **answer.total}):
        writer.writerow(row | marks)
    return text.getvalue()


def write_text(target: Path, text: str) -> None:
    """Write a text to a file, whole or not at all."""
    with writing_whole(target) as part:
        part.write_text(f"{text}\n", encoding="utf-8")
