"""What a layout can hold of the rows of an export: currencies that it would mix up are refused, other lacks told."""

from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, and_, select

from pipelines.exports.columns import both_currencies
from pipelines.exports.query import Asked
from schemas.errors import UsageError
from schemas.fields import AMOUNTS

_AMOUNT_OF = {currency: amount for amount, currency in AMOUNTS.items()}
_WAYS = "Convert them with --currency, leave such rows out with --where, or name the columns with --columns."


def require_told_currencies(connection: Connection, asked: Asked) -> None:
    """Refuse a row with an amount whose currency the layout cannot tell: it has no header, or one for two amounts."""
    layout = asked.plan.layout
    if asked.plan.entity.name != "opportunity" or asked.question is not None:
        return
    shared = both_currencies(layout)
    for currency, others in shared.items():
        for other in [one for one in others if {currency, _AMOUNT_OF[one]} <= layout.headers.keys()]:
            name = _first(connection, asked, asked.rows.c[currency] != asked.rows.c[other])
            if name is not None:
                why = f"'{name}' has amounts in two currencies, and layout '{layout.name}' has one header for both."
                raise UsageError(why, _WAYS)
    told = {*layout.headers, *(other for several in shared.values() for other in several)}
    for amount, currency in AMOUNTS.items() if asked.plan.is_whole else ():
        if amount in layout.headers and currency not in told:
            base, said = asked.plan.settings.base_currency, asked.rows.c[currency]
            name = _first(connection, asked, and_(asked.rows.c[amount].is_not(None), said != base))
            if name is not None:
                header = f"layout '{layout.name}' has no header for a currency"
                raise UsageError(f"'{name}' has an amount that is not in {base}, and {header}.", _WAYS)


def _first(connection: Connection, asked: Asked, holds: ColumnElement[bool]) -> str | None:
    rows = asked.rows.c
    query = select(rows.name).select_from(asked.source).where(asked.where(), holds).order_by(rows.id).limit(1)
    return connection.scalar(query)


def fields_left_out(connection: Connection, asked: Asked) -> tuple[str, ...]:
    """The fields that the rows have and the layout of another system has not; none where the columns are named."""
    plan, layout = asked.plan, asked.plan.layout
    if not plan.cells.columns or not plan.is_whole:
        return ()
    told = {"status", *layout.headers, *(other for several in both_currencies(layout).values() for other in several)}
    fields = tuple(name for name in layout.fields if name not in told)
    lacking = Asked(replace(plan, layout=replace(layout, order=fields)), asked.known, None)
    counts = connection.execute(lacking.filled()).mappings().one()
    return tuple(field for field in fields if counts[field])
