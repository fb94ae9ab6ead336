"""The lifetime value of business customers."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, select

from schemas.exact import exact_sum
from schemas.known import Known


def lifetime_value(customers: FromClause, known: Known) -> ColumnElement[Any]:
    """What a customer's won opportunities brought, in the base currency; null without any."""
    deals = known.deals
    won = and_(deals.c.customer_id == customers.c.id, deals.c.status.in_(known.settings.ids("won")))
    return select(exact_sum(deals.c.close_revenue_base)).where(won).correlate(customers).scalar_subquery()
