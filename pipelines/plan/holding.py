"""Imports that are too much: held, with their plan, until a person decides."""

import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from connectors.databases import lock, transaction
from pipelines.imported import Imported, Uncommitted
from pipelines.merge.recording import COUNTS, close_run, open_run
from pipelines.plan.breaker import exceeded, last_of_source
from pipelines.plan.changes import changes
from pipelines.plan.file import Plan, packed, write_plan
from pipelines.plan.heading import heading
from pipelines.plan.weighing import Weights, weigh
from schemas.errors import RunError
from schemas.tables import held_plan


@dataclass
class TooMuchError(Exception):
    """Rolls an import back that exceeds a limit of the circuit breaker; carries what is held."""

    done: Uncommitted
    reasons: list[str]
    plan: bytes


class HeldError(RunError):
    """An import that was held; `run` is its number, `imported` what it would have stored."""

    def __init__(self, run: int, imported: Imported, reasons: list[str]) -> None:
        """Name the reasons, and the commands that decide."""
        why = f"Run {run} is held, nothing was stored. {' '.join(reasons)}"
        fix = f"Look at it with `dealport runs plan {run}`, then `dealport runs approve {run}`, or `refuse`."
        super().__init__(why, fix)
        self.run, self.imported, self.reasons = run, imported, reasons


def require_calm(connection: Connection, done: Uncommitted) -> None:
    """Stop an import that exceeds a limit of the circuit breaker."""
    if done.options.judges_only or not done.merge.settings.breaker.limits():
        return
    weights, reasons = _weighed(connection, done)
    if reasons:
        with tempfile.TemporaryDirectory(prefix="dealport-plan-") as folder:
            plan = _written(connection, done, Path(folder) / "plan", weights, reasons)
            raise TooMuchError(done, reasons, packed(plan.path))


def plan_of(connection: Connection, done: Uncommitted, path: Path) -> Plan:
    """Write the plan of an import that is merged and not committed."""
    return _written(connection, done, path, *_weighed(connection, done))


def _weighed(connection: Connection, done: Uncommitted) -> tuple[Weights, list[str]]:
    """What an import moves, and the limits that it exceeds, each in a sentence."""
    weights = weigh(connection, done.merge.run_id, done.merge.settings, done.merge.today)
    last = last_of_source(connection, done.imported)
    return weights, exceeded(done.merge.settings.breaker, done.imported, weights, last, done.facts["written_at"])


def _written(connection: Connection, done: Uncommitted, path: Path, weights: Weights, reasons: list[str]) -> Plan:
    head = heading(connection, done, weights) | {"too_much": reasons}
    with changes(connection, done.merge.run_id) as changed:
        return write_plan(path, head, changed, done.imported.problems, weights.rates)


def hold(database: str, held: TooMuchError) -> HeldError:
    """Enter a held import and its plan into the ledger; gives the error to raise."""
    done = held.done
    with transaction(database) as connection:
        lock(connection)
        facts = {**done.facts, "state": "held", "reason": "\n".join(held.reasons)}
        number = open_run(connection, done.merge.now, None, facts)
        told = {**told_facts(done.imported), "finished_at": done.merge.now}
        close_run(connection, number, told, told_money(done.imported), done.imported.problems)
        connection.execute(insert(held_plan).values(run_id=number, plan=held.plan))
    return HeldError(number, done.imported, held.reasons)


def told_facts(imported: Imported) -> dict[str, Any]:
    """What the ledger keeps of an import in its own line."""
    return {
        **{part: getattr(imported, part) for part in (*COUNTS, "missing")},
        "rejects": str(imported.rejects) if imported.rejects else None,
        "reading": json.dumps(asdict(imported.reading), ensure_ascii=False),
    }


def told_money(imported: Imported) -> dict[str, dict[str, Any]]:
    """The sums of each currency as the ledger keeps them."""
    return {code: vars(sums) for code, sums in imported.money.items()}
