"""Snapshots: what becomes of the stored deals of a source that its file of all deals lacks. Nothing is ever deleted."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import pyarrow as pa
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Select,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    select,
)

from connectors import databases, making
from pipelines.merge.refusing import without_rate
from pipelines.merge.staging import Merge
from pipelines.merge.writing import replace_changed
from schemas.problems import Problem
from schemas.tables import Id, opportunity

DONE = {"keep": "left as they are", "close-lost": "closed as lost", "mark-missing": "marked as missing"}
SEEN = making.temporary("seen", Column("row", BigInteger), Column("source_id", opportunity.c.source_id.type))
STAGE = making.temporary(
    "missing_stage",
    Column("row", Id),
    Column("status", opportunity.c.status.type),
    Column("shown_row", BigInteger),
    Column("closing_day", Date),
)
MATCH = making.temporary("missing_match", Column("row", Id), Column("stored_id", Id), Column("differs", Boolean))


class Missing(NamedTuple):
    """How many stored deals a snapshot lacks, of them how many were changed, and a sentence about it."""

    deals: int
    changed: int
    note: str


class Seen:
    """The ids that a file holds, also those of rows that are refused; taken before any row leaves the stage."""

    def __init__(self, connection: Connection, merge: Merge, refused: Collection[str]) -> None:
        """Keep the ids of the staged rows, and those of the rows that were refused before."""
        making.create(connection, SEEN.metadata)
        staged = select(merge.stage.c.row, merge.stage.c.source_id)
        connection.execute(insert(SEEN).from_select(["row", "source_id"], staged))
        ids = sorted(refused)
        rows = pa.table({"row": pa.array([0] * len(ids), pa.int64()), "source_id": pa.array(ids, pa.string())})
        databases.stage(connection, SEEN.name, ["row", "source_id"], [rows])

    def nameless(self, connection: Connection, problems: Sequence[Problem]) -> int:
        """How many of the refused rows have no id: they may be any stored deal."""
        rows, found = sorted({problem.row for problem in problems}), 0
        for start in range(0, len(rows), 500):
            named = SEEN.c.row.in_(rows[start : start + 500]), SEEN.c.source_id.is_(None)
            found += connection.scalar(select(func.count()).where(*named)) or 0
        return found


def settle_missing(connection: Connection, merge: Merge, seen: Seen, policy: str, unknown: int) -> Missing:
    """Count the stored deals that a snapshot lacks, and close or mark them as the policy says.

    A refused row without a readable id may be any of them: then all stay as they are. A deal whose closing has no
    exchange rate stays as it is too.
    """
    absent = _absent(merge, seen)
    count = connection.scalar(select(func.count()).select_from(absent.subquery())) or 0
    told = f"snapshot: {count:,} stored deals are not in the file"
    if not count or policy == "keep":
        return Missing(count, 0, f"{told}, {DONE['keep']}" if count else "")
    if unknown:
        rows = f"{unknown:,} rejected row{'s have' if unknown > 1 else ' has'} no readable id and may be one of them"
        return Missing(count, 0, f"{told}, {DONE['keep']}: {rows}")
    wanted = _wanted(merge, absent, policy)
    changed, without = _change(connection, merge, wanted, policy)
    left = f", {without:,} lack an exchange rate and stay open" if without else ""
    return Missing(count, changed, f"{told}; {changed:,} {DONE[policy]}{left}")


def _absent(merge: Merge, seen: Seen) -> Select[Any]:
    deal, match = opportunity.c, merge.match.c
    return select(deal.id, deal.status, deal.missing_since).where(
        deal.source == merge.source,
        deal.source_id.is_not(None),
        deal.run_id != merge.run_id,
        ~exists().where(match.stored_id == deal.id),
        ~exists().where(SEEN.c.source_id == deal.source_id),
    )


def _wanted(merge: Merge, absent: Select[Any], policy: str) -> Select[Any]:
    found = absent.subquery("absent").c
    if policy == "mark-missing":
        return select(found.id).where(found.missing_since.is_(None))
    return select(found.id).where(found.status.in_(merge.settings.ids("open")))


def _change(connection: Connection, merge: Merge, wanted: Select[Any], policy: str) -> tuple[int, int]:
    """Stage a row for each missing deal that says only what becomes of it, and merge these like those of a file."""
    for table in (STAGE, MATCH):
        making.create(connection, table.metadata)
    deal = wanted.subquery("wanted").c
    number = func.row_number().over(order_by=deal.id)
    lost = merge.settings.ids("lost")[0]
    connection.execute(
        insert(MATCH).from_select(["row", "stored_id", "differs"], select(number, deal.id, literal(value=True)))
    )
    rows = select(MATCH.c.row, literal(lost), literal(0), null())
    connection.execute(insert(STAGE).from_select(["row", "status", "shown_row", "closing_day"], rows))
    connection.execute(delete(merge.change))
    given = frozenset({"status"} if policy == "close-lost" else ())
    part = replace(merge, given=given, stage=STAGE, match=MATCH, missing_since=merge.now)
    lacking = [problem.row for problem in without_rate(connection, part)]
    for start in range(0, len(lacking), 500):
        some = lacking[start : start + 500]
        connection.execute(delete(MATCH).where(MATCH.c.row.in_(some)))
    return replace_changed(connection, part), len(set(lacking))
