"""Opportunities, files and stored rows as tests write and read them."""

import csv
import gc
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Table, insert, select
from sqlalchemy.engine import make_url

from connectors.databases import bring_up_to_date, reading, transaction
from pipelines.imported import Imported, Options
from pipelines.importing import import_file
from pipelines.questions.answer import Answer, Answers, Behind
from pipelines.reporting import written
from pipelines.undoing import Undone, undo_run
from schemas.entities import ENTITIES
from schemas.settings import Settings
from schemas.tables import (
    HISTORY,
    account,
    contact,
    customer,
    exchange_rate,
    metadata,
    opportunity,
    opportunity_history,
    owner,
)

Rows = list[dict[str, str]]

TODAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
IN_DOLLARS = Settings()
"""OroCRM's defaults: US dollars only."""
IN_EUROS_TOO = Settings(currencies=("USD", "EUR", "GBP"))
"""US dollars is the base currency, euros and pounds are enabled."""

HEADERS = {
    "source_id": "Id",
    "name": "Opportunity name",
    "close_date": "Expected close date",
    "probability": "Probability",
    "budget_amount": "Budget Amount",
    "budget_currency": "Budget Amount Currency",
    "customer_need": "Customer need",
    "close_revenue": "Close revenue",
    "close_revenue_currency": "Close revenue Currency",
    "proposed_solution": "Proposed solution",
    "notes": "Additional comments",
    "status": "Status Id",
    "close_reason": "Close reason Name",
    "contact_first_name": "Contact First name",
    "contact_last_name": "Contact Last name",
    "lead": "Lead Lead name",
    "owner": "Owner Username",
    "account": "Customer Account Account name",
    "customer": "Customer Business Customer Customer name",
    "tags": "Tags",
}
"""OroCRM's header of each field."""


def an_opportunity(**changed: str | None) -> dict[str, str]:
    """A row for an OroCRM file: an open deal with the account Acme; None leaves the column out."""
    fields: dict[str, str | None] = {
        "name": "Website",
        "account": "Acme",
        "status": "in_progress",
        "budget_amount": "1000",
        "budget_currency": "USD",
    }
    told = (fields | changed).items()
    return {HEADERS[field]: cell for field, cell in told if cell is not None}


def write_csv(path: Path, rows: Sequence[dict[str, str]], headers: Iterable[str] = ()) -> Path:
    """Write rows under all of their headers, in the order in which they first come; gives the path."""
    every = list(dict.fromkeys([*headers, *(header for row in rows for header in row)]))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, every, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_csv(path: Path) -> Rows:
    """The rows of a file by their headers."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def at(minute: int) -> datetime:
    """A minute after noon."""
    return NOON + timedelta(minutes=minute)


def options(**changed: Any) -> Options:
    """How to import: OroCRM's layout, at noon."""
    return replace(Options(layout="orocrm", clock=lambda: NOON), **changed)


def import_rows(
    database: str,
    *rows: dict[str, str],
    settings: Settings = IN_DOLLARS,
    at: datetime = NOON,
    **changed: Any,
) -> Imported:
    """Import the rows as one OroCRM file that is gone afterwards, its reject file too."""
    with tempfile.TemporaryDirectory(prefix="dealport-") as folder:
        path = write_csv(Path(folder) / "deals.csv", rows)
        return import_file(path, database, settings, options(clock=lambda: at, **changed))


def undo(database: str, number: int, minute: int = 60, **how: bool) -> Undone:
    """Undo a run at a minute after noon."""
    return undo_run(database, number, clock=lambda: at(minute), **how)


def store_rates(database: str, day: date = TODAY, **rates: str) -> None:
    """Store what one unit of each currency is in US dollars: EUR="1.10"."""
    bring_up_to_date(database)
    lines = [
        {"day": day, "from_currency": code, "to_currency": "USD", "rate": Decimal(rate)} for code, rate in rates.items()
    ]
    known = {"source": "test", "valid_from": datetime(1970, 1, 1, tzinfo=UTC)}
    with transaction(database) as connection:
        connection.execute(insert(exchange_rate), [line | known for line in lines])


def stored(database: str, *columns: str) -> list[dict[str, Any]]:
    """The stored opportunities by id, with the names of what they belong to: all columns or some."""
    return _images(database, opportunity, columns)


def history(database: str, *columns: str) -> list[dict[str, Any]]:
    """The replaced images of opportunities by id and run, like `stored`."""
    return _images(database, opportunity_history, columns)


def _images(database: str, table: Table, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    named = account.c.name, customer.c.name, owner.c.name, contact.c.first_name, contact.c.last_name
    labels = "account", "customer", "owner", "contact_first_name", "contact_last_name"
    query = select(table, *(name.label(label) for name, label in zip(named, labels, strict=True)))
    for link in (account, customer, owner, contact):
        query = query.outerjoin(link, link.c.id == table.c[f"{link.name}_id"])
    with reading(database) as connection:
        found = connection.execute(query.order_by(table.c.id, table.c.run_id)).mappings()
        return [{name: row[name] for name in columns or row} for row in found]


def kept(database: str, entity: str, *columns: str) -> list[dict[str, Any]]:
    """The stored rows of an entity by id, with the names of what they refer to: all columns or some."""
    of = ENTITIES[entity]
    named = {field: link.found.c[part] for link in of.links.values() for field, part in link.parts.items()}
    query = select(of.table, *(column.label(field) for field, column in named.items()))
    for column, link in of.links.items():
        query = query.outerjoin(link.found, link.found.c.id == of.table.c[column])
    with reading(database) as connection:
        found = connection.execute(query.order_by(of.table.c.id)).mappings()
        return [{name: row[name] for name in columns or row} for row in found]


def present(database: str) -> dict[str, list[dict[str, Any]]]:
    """Every present row of every kept table, without since when it is as it is."""
    with reading(database) as connection:
        return {
            table.name: [
                {name: value for name, value in row.items() if name != "valid_from"}
                for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
            ]
            for table in HISTORY
        }


def names(database: str, table: str) -> list[str]:
    """The names in a table such as account, in the order of their ids."""
    found = metadata.tables[table].c
    with reading(database) as connection:
        return list(connection.scalars(select(found.name).order_by(found.id)))


def counts(imported: Imported) -> dict[str, int]:
    """What became of the rows, without what became of none."""
    parts = "added", "updated", "unchanged", "duplicate", "rejected"
    return {part: number for part in parts if (number := getattr(imported, part))}


def money(imported: Imported) -> dict[str, dict[str, Any]]:
    """The money of each currency, without what is nothing."""
    return {
        code: {part: amount for part, amount in vars(sums).items() if amount} for code, sums in imported.money.items()
    }


def told(imported: Imported) -> list[tuple[int, str, str]]:
    """Row, header and code of each problem."""
    return [(problem.row, problem.header, problem.code) for problem in imported.problems]


def as_text(answer: Answer, as_format: str) -> str:
    """An answer in a format of text."""
    return "".join(map(str, written(answers_of(answer), as_format)))


def answers_of(*answers: Answer) -> Answers:
    """Answers that rest on nothing."""
    return Answers([*answers], Behind((), {}, 0, ()))


def keep_what_is_there() -> None:
    """Collect the garbage, and look through what is left no more."""
    gc.collect()
    gc.freeze()


_number = count(1)


def new_postgresql(server: str) -> str:
    """The URL of a fresh database on a PostgreSQL server."""
    name = f"deals_{next(_number)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    return make_url(server).set(database=name).render_as_string(hide_password=False)
