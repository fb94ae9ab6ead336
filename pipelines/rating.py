"""Exchange rates: imported from files, and listed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, select

from connectors.databases import bring_up_to_date, lock, reading, transaction
from connectors.files import fingerprint
from connectors.rate_files import read_rates
from pipelines.kept_history import require_kept
from pipelines.merge.recording import close_run, next_moment, open_run
from schemas.clock import utc_now
from schemas.known import PRESENT, AsOf
from schemas.past import as_of, images, into_history
from schemas.rates import Rate, RateFault
from schemas.settings import Settings
from schemas.tables import exchange_rate

KEY = ("day", "from_currency", "to_currency")


@dataclass(frozen=True)
class RatesImported:
    """How many rates of a file are new, replaced another rate, or were stored already; and what could not be read."""

    file: Path
    read: int
    added: int
    updated: int
    unchanged: int
    faults: Sequence[RateFault]


def import_rates(
    source: Path, database: str, settings: Settings, *, clock: Callable[[], datetime] = utc_now
) -> RatesImported:
    """Store the good rates of a file, as a run; a rate of the same day and currencies is replaced."""
    begun = clock()
    rates, faults = read_rates(source, settings.base_currency)
    digest = fingerprint(source)
    of_key = {(rate.day, rate.from_currency, rate.to_currency): rate for rate in rates}
    bring_up_to_date(database)
    with transaction(database) as connection:
        lock(connection)
        stored = {tuple(row[:3]): row.rate for row in connection.execute(select(exchange_rate))}
        new = [rate for key, rate in of_key.items() if key not in stored]
        changed = [rate for key, rate in of_key.items() if key in stored and stored[key] != rate.rate]
        unchanged = len(of_key) - len(new) - len(changed)
        done = RatesImported(source, len(rates) + len(faults), len(new), len(changed), unchanged, faults)
        recorded = next_moment(connection, begun)
        number = open_run(connection, begun, recorded, _facts(source, digest, settings, done))
        _replace(connection, changed, recorded, number)
        _add(connection, [*new, *changed], recorded, number)
        close_run(connection, number, {"finished_at": max(clock(), begun)}, {}, [])
    return done


def _facts(source: Path, digest: tuple[str, int], settings: Settings, done: RatesImported) -> dict[str, Any]:
    counts = {part: getattr(done, part) for part in ("read", "added", "updated", "unchanged")}
    file = {"file": str(source), "sha256": digest[0], "size": digest[1]}
    return {
        "kind": "rates",
        "settings": settings.fingerprint(),
        **file,
        **counts,
        "duplicate": 0,
        "rejected": len(done.faults),
    }


def _replace(connection: Connection, rates: Sequence[Rate], now: datetime, run_id: int) -> None:
    """Move the stored rates of the same days and currencies to the history."""
    for rate in rates:
        same = and_(*(exchange_rate.c[part] == getattr(rate, part) for part in KEY))
        connection.execute(into_history(exchange_rate, images(exchange_rate, now, run_id).where(same)))
        connection.execute(delete(exchange_rate).where(same))


def _add(connection: Connection, rates: Sequence[Rate], now: datetime, run_id: int) -> None:
    if rates:
        known = {"valid_from": now, "run_id": run_id}
        lines = [{part: getattr(rate, part) for part in (*KEY, "rate", "source")} | known for rate in rates]
        connection.execute(insert(exchange_rate), lines)


def list_rates(database: str, when: AsOf = PRESENT) -> list[Rate]:
    """Every rate that is stored, or was known at a past moment, newest day first."""
    rates = as_of(exchange_rate, when.moment)
    with reading(database) as connection:
        require_kept(connection, when.moment, "That moment")
        rows = connection.execute(
            select(rates).order_by(rates.c.day.desc(), rates.c.from_currency, rates.c.to_currency)
        )
        return [Rate(row.day, row.from_currency, row.to_currency, row.rate, row.source) for row in rows]
