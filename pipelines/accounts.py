"""Accounts by other names: which names of imports are undecided, and what people decide about them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from sqlalchemy import Connection, delete, func, insert, select

from connectors.databases import reading, writing
from pipelines.merge.deciding import Candidate, decide, known_accounts
from pipelines.merge.recording import user_name
from pipelines.steps.parse import unguarded
from pipelines.steps.resemble import nearest
from schemas.clock import utc_now
from schemas.errors import UnknownNameError, UsageError
from schemas.names import name_key
from schemas.tables import account, account_alias, problem

CODE = "uncertain_account"


@dataclass(frozen=True)
class Undecided:
    """A name that imports refused, in how many rows of which last run, and the accounts that it may mean."""

    name: str
    rows: int
    run: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Alias:
    """What a name means from now on: the account, of its own name where it is an account of its own."""

    name: str
    account: str
    decided_at: datetime
    decided_by: str

    @property
    def own(self) -> bool:
        """Whether the name is an account of its own."""
        return self.account == self.name


def undecided(database: str) -> list[Undecided]:
    """The names that runs refused and that are still uncertain, those of the last run first."""
    with reading(database) as connection:
        told = select(problem.c.value, problem.c.run_id, func.count()).where(problem.c.code == CODE)
        last: dict[str, tuple[int, int]] = {}
        for cell, run, rows in connection.execute(told.group_by(problem.c.value, problem.c.run_id)):
            name = _name(cell)
            last[name] = max((run, rows), last.get(name, (0, 0)))
        stored = _stored(connection, list(last))
        keys = {name: name_key(name) for name in sorted(last, key=lambda name: (-last[name][0], name))}
        asked = {name: key for name, key in keys.items() if name not in stored}
        decisions = decide(asked, known_accounts(connection), "fuzzy") if asked else {}
    return [
        Undecided(name, last[name][1], last[name][0], decision.candidates)
        for name, decision in decisions.items()
        if decision.account is None
    ]


def list_aliases(database: str) -> list[Alias]:
    """Every decision, by name."""
    with reading(database) as connection:
        return _aliases(connection)


def decide_alias(name: str, target: str | None, database: str, *, clock: Callable[[], datetime] = utc_now) -> Alias:
    """Decide that a name means the account `target`, or without one that it is an account of its own."""
    name = _name(name)
    if not name:
        raise UsageError("The name is blank.", "Write the name as the file has it, in quotes.")
    with writing(database) as connection:
        if _stored(connection, [name]):
            raise UsageError(f"'{name}' is the name of a stored account already.", "Imports take it for that one.")
        number = None if target is None else _account(connection, target)
        connection.execute(delete(account_alias).where(account_alias.c.name == name))
        decided = {"decided_at": clock(), "decided_by": user_name()}
        connection.execute(insert(account_alias).values(name=name, account_id=number, **decided))
        return next(alias for alias in _aliases(connection) if alias.name == name)


def forget_alias(name: str, database: str) -> Alias:
    """Take a decision back; accounts and opportunities stay as they are."""
    with writing(database) as connection:
        found = {alias.name: alias for alias in _aliases(connection)}
        if name not in found:
            raise UnknownNameError("alias", name, found)
        connection.execute(delete(account_alias).where(account_alias.c.name == name))
    return found[name]


def _name(cell: str) -> str:
    """The name that a cell of a file gives."""
    told: str = unguarded(pa.array([cell]))[0].as_py()
    return told.strip()


def _stored(connection: Connection, names: list[str]) -> set[str]:
    stored: set[str] = set()
    for start in range(0, len(names), 500):
        some = names[start : start + 500]
        stored |= set(connection.scalars(select(account.c.name).where(account.c.name.in_(some))))
    return stored


def _account(connection: Connection, name: str) -> int:
    number: int | None = connection.scalar(select(account.c.id).where(account.c.name == name))
    if number is None:
        stored = connection.scalars(select(account.c.name).order_by(account.c.name))
        raise UnknownNameError("account", name, nearest(name, stored))
    return number


def _aliases(connection: Connection) -> list[Alias]:
    meant = func.coalesce(account.c.name, account_alias.c.name)
    columns = account_alias.c.name, meant, account_alias.c.decided_at, account_alias.c.decided_by
    query = select(*columns).select_from(account_alias.outerjoin(account)).order_by(account_alias.c.name)
    return [Alias(*row) for row in connection.execute(query)]
