"""Opportunities as they were at a past moment by what is known today.

What has a day on which it became true, apart from the run that recorded it, is the closing alone: `closed_at`, or by
the setting `closing_rate = "close_date"` the close date of one that no file stated (docs/decisions/0006). So today's
knowledge differs from that of the moment in three ways, and in no other:

- an opportunity that is won or lost today, and was closed by then, was closed then: it stands as it is stored today;
- what a run stated that was undone since was never true: the version that the undo left in force stands;
- an opportunity that is stored no more was never there.

Everything else (owner, amount, an open status) is true from when it was recorded; when it changed before, nothing says.
Of an opportunity that was reopened, or is known to have closed later than was thought, nothing can be told but what
was known: it stands as it was.
"""

from datetime import datetime, timedelta

from sqlalchemy import CTE, ColumnElement, FromClause, Table, and_, exists, func, literal, or_, select, union_all

from schemas.settings import Settings
from schemas.tables import HISTORY, Id, opportunity, run

recorded = func.coalesce(run.c.recorded_at, run.c.started_at)
"""From when it is known what a run wrote; runs of versions that kept no moment of record, when they started."""


def hindsight(moment: datetime, settings: Settings, present: Table | CTE = opportunity) -> FromClause:
    """The opportunities as they were at a moment by what is known today, with the columns of the table.

    All of them, or some of the `present` ones.
    """
    closed, stated = _closed_by(present, moment, settings), _stated_by(present, moment)
    # what no run wrote since was stated before: of most rows that alone is looked at
    standing = select(*present.c).where(or_(present.c.valid_from <= moment, closed, stated))
    past = HISTORY[opportunity]
    later = and_(present.c.valid_from > moment, ~stated, ~func.coalesce(closed, literal(False)))
    # the present versions that were stated later, from which the lineage of each leads back
    start = select(present.c.id, present.c.run_id, literal(0, Id).label("replaced_by_run_id")).where(later)
    lineage = start.cte(f"lineage_of_{present.name}", recursive=True)
    # what a run replaced: that run wrote a row once, so that a version leads to the one before it
    before = and_(past.c.id == lineage.c.id, past.c.replaced_by_run_id == lineage.c.run_id)
    step = select(past.c.id, past.c.run_id, past.c.replaced_by_run_id).select_from(lineage.join(past, before))
    lineage = lineage.union_all(step.where(~_stated_by(lineage, moment)))
    version = and_(past.c.id == lineage.c.id, past.c.replaced_by_run_id == lineage.c.replaced_by_run_id)
    earlier = select(*(past.c[column.name] for column in opportunity.c)).select_from(past.join(lineage, version))
    return union_all(standing, earlier.where(_stated_by(past, moment))).subquery("opportunity_in_hindsight")


def _stated_by(versions: FromClause, moment: datetime) -> ColumnElement[bool]:
    """Whether the run that stated a version was recorded at a moment or before."""
    return versions.c.run_id.in_(select(run.c.id).where(recorded <= moment))


def _closed_by(deals: FromClause, moment: datetime, settings: Settings) -> ColumnElement[bool]:
    """Whether an opportunity says of itself that it was won or lost at a moment or before."""
    closed_at, close_date = deals.c.closed_at, deals.c.close_date
    when: ColumnElement[bool] = closed_at <= moment
    if settings.closing_rate == "close_date":
        nobody_said = exists().where(closed_at == recorded)
        # a day counts from its end
        when = or_(when, and_(close_date < (moment + timedelta(microseconds=1)).date(), nobody_said))
    return and_(deals.c.status.in_(settings.ids("won", "lost")), when)
