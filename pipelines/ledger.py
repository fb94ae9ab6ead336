"""The ledger: every run with its counts, its money and its problems, and what undid or approved it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from connectors.databases import reading
from schemas.errors import UnknownNameError
from schemas.problems import Problem
from schemas.tables import problem, run, run_money


@dataclass(frozen=True)
class LedgerRun:
    """One run as the ledger knows it; money holds file, stored, duplicate and rejected of each currency.

    `undone_by` are the undos of it that were not undone themselves, `about` the run that it undoes or approves.
    """

    facts: dict[str, Any]
    money: dict[str, dict[str, Any]]
    problems: list[Problem]
    undone_by: Sequence[dict[str, Any]] = ()
    approved_by: int | None = None
    about: dict[str, Any] | None = None


def list_runs(database: str) -> list[dict[str, Any]]:
    """The facts of every run, newest first; `undone_by` names the last undo that stands, `approved_by` its approval."""
    with reading(database) as connection:
        runs = [dict(row._mapping) for row in connection.execute(select(run).order_by(run.c.id.desc()))]
    undos = {one["id"]: one["undoes_run_id"] for one in runs if one["kind"] == "undo"}
    approved = {one["held_run_id"]: one["id"] for one in runs if one["held_run_id"] is not None}
    for one in runs:
        one["undone_by"] = next(iter(standing(one["id"], undos)), None)
        one["approved_by"] = approved.get(one["id"])
    return runs


def standing(number: int, undos: dict[int, int]) -> list[int]:
    """The undos of a run that were not undone themselves, newest first."""
    return sorted((undo for undo, of in undos.items() if of == number and not standing(undo, undos)), reverse=True)


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
        undone_by, approved_by = _taken_back(connection, number)
        other = facts["undoes_run_id"] or facts["held_run_id"]
        about = connection.execute(select(run).where(run.c.id == other)).mappings().one_or_none()
        return LedgerRun(dict(facts), money, problems, undone_by, approved_by, None if about is None else dict(about))


def _taken_back(connection: Connection, number: int) -> tuple[list[dict[str, Any]], int | None]:
    undos = dict(connection.execute(select(run.c.id, run.c.undoes_run_id).where(run.c.kind == "undo")).tuples().all())
    last = standing(number, undos)
    found = connection.execute(select(run).where(run.c.id.in_(last)).order_by(run.c.id.desc())).mappings()
    approved = connection.scalar(select(run.c.id).where(run.c.held_run_id == number))
    return [dict(undo) for undo in found], approved
