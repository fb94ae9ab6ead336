"""Gives each staged row the account that its name means; rows of uncertain names are problems with the candidates."""

import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import pyarrow as pa
from sqlalchemy import BigInteger, Column, ColumnElement, Connection, and_, func, select, update

from connectors import databases, making
from pipelines.merge.deciding import Decision, Keys, decide, known_accounts
from pipelines.merge.matching import forget
from pipelines.merge.staging import Merge
from pipelines.steps.total import Money, no_money
from schemas.names import name_key
from schemas.problems import Problem, problem
from schemas.tables import account, customer

SHOWN_CANDIDATES = 3
NAMED = making.temporary("named_account", Column("place", BigInteger), Column("name", account.c.name.type))


class NamesInOrder:
    """Different names in the order in which they first came; few at a time are kept twice."""

    def __init__(self) -> None:
        self.names = pa.array([], pa.string())
        self._fresh: list[pa.Array] = []
        self._waiting = 0

    def add(self, names: pa.ChunkedArray) -> None:
        """Add the names of a batch, with blanks and repetitions as they are."""
        fresh = names.unique()
        self._fresh.append(fresh)
        self._waiting += len(fresh)
        if self._waiting > len(self.names):
            self.settle()

    def settle(self) -> pa.Array:
        """All names so far."""
        self.names = pa.concat_arrays([self.names, *self._fresh]).unique().drop_null()
        self._fresh, self._waiting = [], 0
        return self.names


class Resolved(NamedTuple):
    """The problems and the money of rows with uncertain accounts, and whether any row got another account's name."""

    problems: list[Problem]
    rejected: Money
    renamed: bool


def resolve_accounts(connection: Connection, merge: Merge, named: pa.Array) -> Resolved:
    """Settle what every account named in the file means; `named` are those of its account column."""
    unknown = _unknown(connection, merge, named) if merge.entity.account in merge.stage.c else []
    if not unknown:
        return Resolved([], no_money(), renamed=False)
    known = known_accounts(connection, besides=_own_ids(merge))
    keys = {name: name_key(name) for name in unknown}
    decisions = decide(keys, known, merge.settings.account_matching)
    if _own_ids(merge):
        # where the source tells its accounts apart, its new ones are as many as it says
        there = {name for name, _ in known.accounts} | set(known.aliases.values())
        decisions = {name: one for name, one in decisions.items() if one.account is None or one.account in there}
    keys |= {name: name_key(name) for name in known.aliases.values() if name not in keys}
    _keep(connection, merge, keys, decisions)
    uncertain = any(decision.account is None for decision in decisions.values())
    problems = list(_uncertain(connection, merge, decisions)) if uncertain else []
    rejected = forget(connection, merge, [told.row for told in problems])
    renamed = any(decision.account not in {None, name} for name, decision in decisions.items())
    if renamed:
        _rename(connection, merge)
    return Resolved(problems, rejected, renamed)


def _unknown(connection: Connection, merge: Merge, named: pa.Array) -> list[str]:
    """The names that no account has, in the order in which they first came."""
    names: list[str] = named.to_pylist()
    stage = merge.stage.c
    if merge.has("customer") or merge.entity.table is customer:
        told = select(stage.account).where(stage.told_account).group_by(stage.account)
        names = list(dict.fromkeys([*names, *connection.scalars(told.order_by(func.min(stage.row)))]))
    if connection.scalar(select(account.c.id).limit(1)) is None:
        return names
    making.create(connection, NAMED.metadata)
    rows = pa.table({"place": pa.array(range(len(names)), pa.int64()), "name": pa.array(names, pa.string())})
    databases.stage(connection, NAMED.name, ["place", "name"], [rows])
    place, name = NAMED.c.place, NAMED.c.name
    source = NAMED.outerjoin(account, account.c.name == name)
    unknown = list(connection.scalars(select(name).select_from(source).where(account.c.id.is_(None)).order_by(place)))
    NAMED.drop(connection)
    return unknown


def _keep(connection: Connection, merge: Merge, keys: Keys, decisions: dict[str, Decision]) -> None:
    """Put names, what they mean and their match keys where SQL finds them."""
    meant = [decisions[name].account if name in decisions else name for name in keys]
    columns = {"name": list(keys), "account": meant, "match_key": [key.words for key in keys.values()]}
    rows = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    databases.stage(connection, merge.account_name.name, list(columns), [rows])


def _rename(connection: Connection, merge: Merge) -> None:
    stage, named, field = merge.stage.c, merge.account_name.c, merge.entity.account
    other = and_(named.name == stage[field], named.account != named.name, *_not_told_by_id(merge))
    connection.execute(update(merge.stage).where(other).values({field: named.account, "told_account": True}))


def _not_told_by_id(merge: Merge) -> list[ColumnElement[bool]]:
    """Of accounts themselves: an id tells which one a row means, so that its name may be any other."""
    ids = [select(account.c.source_id).where(own) for own in _own_ids(merge)]
    return [func.coalesce(merge.stage.c.source_id, "").not_in(some) for some in ids]


def _own_ids(merge: Merge) -> list[ColumnElement[bool]]:
    """What is true of the accounts whose id the file may tell: where it holds accounts and their ids."""
    if merge.entity.table is not account or not merge.has("source_id"):
        return []
    return [and_(account.c.source == merge.source, account.c.source_id.is_not(None))]


def _uncertain(connection: Connection, merge: Merge, decisions: dict[str, Decision]) -> Iterator[Problem]:
    stage, named, field = merge.stage.c, merge.account_name.c, merge.entity.account
    source = merge.stage.join(merge.account_name, and_(named.name == stage[field], named.account.is_(None)))
    query = select(stage.row, stage[field], stage.told_account).select_from(source).where(*_not_told_by_id(merge))
    query = query.order_by(stage.row)
    for row, name, told in connection.execute(query):
        candidates = decisions[name].candidates
        shown = [f"'{account}' ({likeness} %)" for account, likeness in candidates[:SHOWN_CANDIDATES]]
        detail = ("account " if len(candidates) == 1 else "accounts ") + ", ".join(shown)
        detail += ", …" if len(candidates) > SHOWN_CANDIDATES else ""
        of_customer = "name" if merge.entity.table is customer else "customer"
        found = problem(row, of_customer if told else field, "uncertain_account", detail=detail)
        yield replace(found, fix=_how_to_decide(name, candidates[0].account))


def _how_to_decide(name: str, candidate: str) -> str:
    """The words of the command that settles what a name means."""
    command = f"dealport accounts alias {_quoted(name)} --to {_quoted(candidate)}"
    return f"Decide once: `{command}`, or --new instead of --to where it is an account of its own."


def _quoted(name: str) -> str:
    """A name as one word of a command."""
    return shlex.quote(name) if set(name) & set('"$`\\!') else f'"{name}"'
