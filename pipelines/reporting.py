"""Reports: a named question to an exact answer, in the base currency or any other with a rate."""

import csv
import json
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from io import StringIO
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, union

from connectors.databases import reading
from connectors.files import writing_whole
from pipelines.merging import stored_rates
from pipelines.question import Cell, Column, Period, Question
from schemas.choices import choices, choose
from schemas.errors import RunError, UnknownNameError
from schemas.features import require_on
from schemas.fields import AMOUNTS
from schemas.settings import Settings, require_currency
from schemas.tables import account, customer, opportunity

FOLDER = "pipelines.reports"


def report_names() -> list[str]:
    """The names of the reports, as they are typed."""
    return [name.replace("_", "-") for name in choices(FOLDER)]


@dataclass(frozen=True)
class Answer:
    """The answer to a question: its columns, its rows, and the grand total of what is added up."""

    report: str
    currency: str
    as_of: date
    columns: list[Column]
    rows: list[dict[str, Cell]]
    total: dict[str, Cell]


@dataclass(frozen=True)
class Asked:
    """What a report is asked for; None stands for the base currency, today, and no limit."""

    currency: str | None = None
    start: date | None = None
    end: date | None = None
    period: Period = "month"
    account: str | None = None


def build_report(name: str, database: str, settings: Settings, asked: Asked, today: date) -> Answer:
    """The answer of a report; a rate that it needs and nobody stored is an error, never 1 or 0."""
    require_on("opportunity", settings)
    module = choose(FOLDER, "report", name.replace("-", "_"))
    currency = require_currency(settings, asked.currency or settings.base_currency)
    with reading(database) as connection:
        question = Question(settings, currency, today, asked.start, asked.end, asked.period, account=asked.account)
        _require_stored(connection, asked.account)
        if any(column.money for column in module.columns(question)):
            question = _with_rates(connection, question)
        columns = module.columns(question)
        exact = [
            dict(zip([c.key for c in columns], row, strict=True)) for row in connection.execute(module.ask(question))
        ]
    added = [column for column in columns if column.added]
    total = {c.key: sum((line[c.key] or 0 for line in exact), Decimal(0) if c.money else 0) for c in added}
    rows = [_rounded(line, columns, settings) for line in exact]
    return Answer(name, currency, today, columns, rows, _rounded(total, added, settings))


def _require_stored(connection: Connection, name: str | None) -> None:
    """Refuse the name of an account or customer that nobody has."""
    if name is None:
        return
    known = connection.scalars(select(account.c.name).union(select(customer.c.name)))
    if name not in (names := sorted(known)):
        raise UnknownNameError("account or business customer", name, names)


def _rounded(line: dict[str, Any], columns: list[Column], settings: Settings) -> dict[str, Cell]:
    """A line whose amounts are rounded once, at the end, to 4 decimals."""
    how = ROUND_HALF_UP if settings.rounding == "half-up" else ROUND_HALF_EVEN
    unit = Decimal("0.0001")
    return {c.key: Decimal(line[c.key] or 0).quantize(unit, rounding=how) if c.money else line[c.key] for c in columns}


def _with_rates(connection: Connection, question: Question) -> Question:
    """The question with the rates of the day for open opportunities, and of the closing's day for closed ones."""
    book, settings = stored_rates(connection), question.settings
    missing: list[str] = []

    def rate(code: str, currency: str, day: date) -> Decimal:
        quote = book.quote(code, currency, day, settings.max_rate_age_days)
        if quote is None:
            missing.append(f"{code} to {currency} on {day}")
        return quote.rate if quote else Decimal(0)

    foreign = _used_currencies(connection, question)
    open_rates = {code: rate(code, question.currency, question.as_of) for code in foreign}
    closing_rates: dict[date, Decimal] = {}
    if question.currency != settings.base_currency:
        days = _closing_days(connection, question)
        closing_rates = {day: rate(settings.base_currency, question.currency, day) for day in days}
    if missing:
        shown = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
        fix = (
            f"Import rates of that day or up to {settings.max_rate_age_days} days before with `dealport rates import`."
        )
        raise RunError(f"There is no exchange rate from {shown}.", fix)
    words = vars(question) | {"open_rates": open_rates, "closing_rates": closing_rates}
    return Question(**words)


def _used_currencies(connection: Connection, question: Question) -> list[str]:
    used = [
        select(opportunity.c[code].label("code")).where(question.is_open(), opportunity.c[amount].is_not(None))
        for amount, code in AMOUNTS.items()
    ]
    found = connection.scalars(union(*used))
    return sorted(code for code in found if code != question.currency)


def _closing_days(connection: Connection, question: Question) -> list[date]:
    days = [
        select(func.coalesce(opportunity.c[f"{amount}_rate_day"], question.as_of).label("day")).where(
            ~question.is_open(), opportunity.c[amount].is_not(None), opportunity.c[code] != question.currency
        )
        for amount, code in AMOUNTS.items()
    ]
    return sorted(connection.scalars(union(*days)))


def as_json(answer: Answer) -> str:
    """The answer as one JSON object, amounts as decimal text."""
    told = {"report": answer.report, "currency": answer.currency, "as_of": answer.as_of.isoformat()}
    return json.dumps(told | {"rows": answer.rows, "total": answer.total}, default=str, ensure_ascii=False, indent=2)


def as_csv(answer: Answer) -> str:
    """The answer as CSV: a header, the rows, and the grand total in the last row."""
    text = StringIO()
    writer = csv.DictWriter(text, [column.key for column in answer.columns], lineterminator="\n")
    writer.writeheader()
    writer.writerows(answer.rows)
    writer.writerow({answer.columns[0].key: "Grand Total", **answer.total})
    return text.getvalue()


def write_text(target: Path, text: str) -> None:
    """Write a text to a file, whole or not at all."""
    with writing_whole(target) as part:
        part.write_text(f"{text}\n", encoding="utf-8")
