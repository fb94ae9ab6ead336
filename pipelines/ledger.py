"""The ledger: every run with its counts, its money and its problems."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from connectors.databases import reading
from schemas.errors import UnknownNameError
from schemas.problems import Problem
from schemas.tables import problem, run, run_money


@dataclass(frozen=True)
class LedgerRun:
    """One run as the ledger knows it; money holds file, stored, duplicate and rejected of each currency."""

    facts: dict[str, Any]
    money: dict[str, dict[str, Any]]
    problems: list[Problem]


def list_runs(database: str) -> list[dict[str, Any]]:
    """The facts of every run, newest first."""
    with reading(database) as connection:
        return [dict(row._mapping) for row in connection.execute(select(run).order_by(run.c.id.desc()))]


def show_run(database: str, number: int) -> LedgerRun:
    """One run with its money and its problems."""
    with reading(database) as connection:
        facts = connection.execute(select(run).where(run.c.id == number)).mappings().one_or_none()
        if facts is None:
            known = connection.scalars(select(run.c.id).order_by(run.c.id.desc()).limit(12))
            raise UnknownNameError("run", str(number), map(str, known))
        sums = connection.execute(
            select(run_money).where(run_money.c.run_id == number).order_by(run_money.c.currency)
        ).mappings()
        money = {line["currency"]: {k: line[k] for k in ("file", "stored", "duplicate", "rejected")} for line in sums}
        told = connection.execute(select(problem).where(problem.c.run_id == number).order_by(problem.c.number))
        problems = [
            Problem(p.row, p.header, p.code, p.value, p.why, p.fix, column=p.column, warns=p.warns) for p in told
        ]
        return LedgerRun(dict(facts), money, problems)
