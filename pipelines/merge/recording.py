"""Writes the ledger: a run when it begins, and its counts, money and problems when it ends."""

import getpass
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from schemas.problems import Problem
from schemas.tables import problem, run, run_money

COUNTS = ("read", "added", "updated", "unchanged", "duplicate", "rejected")
NO_FILE = {"file": "", "sha256": "", "size": 0, "layout": "", "mode": "", "duplicates": ""}
"""What the ledger says of the file of a run without one."""
TICK = timedelta(microseconds=1)
_TEXTS = ("header", "code", "value", "why", "fix")


def next_moment(connection: Connection, now: datetime) -> datetime:
    """The moment from which a run's writing is known: now, but after every other run, also where a clock went back.

    The caller holds the lock, so that moments follow one another as commits do.
    """
    latest = connection.execute(select(func.max(run.c.recorded_at))).scalar()
    return max(now, latest + TICK) if latest else now


def open_run(connection: Connection, begun: datetime, recorded: datetime | None, facts: Mapping[str, Any]) -> int:
    """Enter a run into the ledger and give its number; one without a moment of record stores nothing.

    The caller holds the lock.
    """
    # not by a sequence: what is rolled back, such as a plan, leaves no gap
    number: int = (connection.scalar(select(func.max(run.c.id))) or 0) + 1
    who = {"started_at": begun, "recorded_at": recorded, "done_by": user_name(), "version": version("dealport")}
    connection.execute(insert(run).values({"id": number, "state": "done", **NO_FILE, **who, **facts}))
    return number


def close_run(
    connection: Connection,
    number: int,
    facts: Mapping[str, Any],
    money: Mapping[str, Mapping[str, Any]],
    problems: Sequence[Problem],
) -> None:
    """Complete a run in the ledger: facts and counts, sums per currency, and every problem."""
    connection.execute(update(run).where(run.c.id == number).values(**facts, problems=len(problems)))
    if money:
        connection.execute(insert(run_money), [{"run_id": number, "currency": code, **money[code]} for code in money])
    if problems:
        connection.execute(insert(problem), [_line(number, place, told) for place, told in enumerate(problems, 1)])


def _line(run_id: int, number: int, told: Problem) -> dict[str, Any]:
    # a database text cannot hold NUL; the reject file has the cell as it came
    texts = {part: getattr(told, part).replace("\0", "\N{REPLACEMENT CHARACTER}") for part in _TEXTS}
    return {"run_id": run_id, "number": number, "row": told.row, "column": told.column, "warns": told.warns, **texts}


def user_name() -> str:
    """Who runs this, as the system names them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
