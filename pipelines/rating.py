"""Exchange rates: imported from files, and listed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import and_, delete, insert, select, tuple_

from connectors.databases import bring_up_to_date, reading, transaction
from connectors.rate_files import read_rates
from schemas.rates import Rate, RateFault
from schemas.settings import Settings
from schemas.tables import exchange_rate


@dataclass(frozen=True)
class RatesImported:
    """How many rates of a file are new, replaced another rate, or were stored already; and what could not be read."""

    file: Path
    read: int
    added: int
    updated: int
    unchanged: int
    faults: Sequence[RateFault]


def import_rates(source: Path, database: str, settings: Settings) -> RatesImported:
    """Store the good rates of a file; a rate of the same day and currencies is replaced."""
    rates, faults = read_rates(source, settings.base_currency)
    bring_up_to_date(database)
    with transaction(database) as connection:
        key = tuple_(exchange_rate.c.day, exchange_rate.c.from_currency, exchange_rate.c.to_currency)
        stored = {tuple(row[:3]): row.rate for row in connection.execute(select(exchange_rate))}
        of_key = {(rate.day, rate.from_currency, rate.to_currency): rate for rate in rates}
        new = [rate for key_, rate in of_key.items() if key_ not in stored]
        changed = [rate for key_, rate in of_key.items() if key_ in stored and stored[key_] != rate.rate]
        for rate in changed:
            same = and_(key == (rate.day, rate.from_currency, rate.to_currency))
            connection.execute(delete(exchange_rate).where(same))
        if new or changed:
            parts = ("day", "from_currency", "to_currency", "rate", "source")
            lines = [{part: getattr(rate, part) for part in parts} for rate in (*new, *changed)]
            connection.execute(insert(exchange_rate), lines)
    unchanged = len(of_key) - len(new) - len(changed)
    return RatesImported(source, len(rates) + len(faults), len(new), len(changed), unchanged, faults)


def list_rates(database: str) -> list[Rate]:
    """Every stored rate, newest day first."""
    order = (exchange_rate.c.day.desc(), exchange_rate.c.from_currency, exchange_rate.c.to_currency)
    with reading(database) as connection:
        rows = connection.execute(select(exchange_rate).order_by(*order))
        return [Rate(row.day, row.from_currency, row.to_currency, row.rate, row.source) for row in rows]
