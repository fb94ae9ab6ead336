"""Ids that layouts of one system gave as their own become those of the system, as its layouts read them now."""

from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from schemas.exact import Moment
from schemas.ids import full_salesforce_ids

SYSTEMS = {
    "orocrm": ("orocrm-2", "orocrm-3"),
    "salesforce": ("salesforce-api", "salesforce-export", "salesforce-report"),
}
"""Each system, and the layouts whose names were the source of its ids."""
AT_ONCE = 10_000


def _table(name: str) -> sa.TableClause:
    return sa.table(
        name, sa.column("id"), sa.column("source"), sa.column("source_id"), sa.column("valid_from", Moment())
    )


OPPORTUNITY, HISTORY = _table("opportunity"), _table("opportunity_history")


def share_sources(connection: sa.Connection) -> None:
    """Give every opportunity the source and the id under which its next file looks for it.

    Where two were stored for one id of the system, by two of its layouts, the one that changed last gets it; the other
    stays what it is, under the name of its layout: which of them is right is for people to say.
    """
    for system, layouts in SYSTEMS.items():
        _share(connection, system, layouts)
        left = sa.select(OPPORTUNITY.c.id).where(OPPORTUNITY.c.source.in_(layouts))
        images = HISTORY.c.source.in_(layouts), HISTORY.c.id.not_in(left)
        if system == "salesforce":
            _lengthen(connection, sa.select(HISTORY.c.id, HISTORY.c.source_id).where(*images).distinct())
        connection.execute(sa.update(HISTORY).where(*images).values(source=system))


def _share(connection: sa.Connection, system: str, layouts: tuple[str, ...]) -> None:
    stored = OPPORTUNITY.c
    found = sa.select(stored.id, stored.source, stored.source_id).where(stored.source.in_((system, *layouts)))
    order = sa.case((stored.source == system, 0), else_=1), stored.valid_from.desc(), stored.id.desc()
    rows = connection.execute(found.order_by(*order)).all()
    told = [row.source_id for row in rows]
    taken: set[str] = set()
    changes = []
    for row, whole in zip(rows, _whole(told) if system == "salesforce" else told, strict=True):
        if whole not in taken and (row.source, row.source_id) != (system, whole):
            changes.append({"of": row.id, "whole": whole})
        taken.add(whole)
    change = sa.update(OPPORTUNITY).where(stored.id == sa.bindparam("of"))
    _execute(connection, change.values(source=system, source_id=sa.bindparam("whole")), changes)


def _lengthen(connection: sa.Connection, images: sa.Select[tuple[int, str]]) -> None:
    rows = connection.execute(images).all()
    whole = _whole([row.source_id for row in rows])
    told = [
        {"of": row.id, "short": row.source_id, "whole": full}
        for row, full in zip(rows, whole, strict=True)
        if full != row.source_id
    ]
    of_image = HISTORY.c.id == sa.bindparam("of"), HISTORY.c.source_id == sa.bindparam("short")
    _execute(connection, sa.update(HISTORY).where(*of_image).values(source_id=sa.bindparam("whole")), told)


def _whole(ids: list[str]) -> list[str]:
    whole: list[str] = full_salesforce_ids(pa.array(ids, pa.string())).to_pylist()
    return whole


def _execute(connection: sa.Connection, statement: sa.Update, told: list[dict[str, Any]]) -> None:
    for start in range(0, len(told), AT_ONCE):
        connection.execute(statement, told[start : start + AT_ONCE])
