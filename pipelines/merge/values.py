"""The values that a staged row gives its opportunity, as SQL: fields, probability, closing and base amounts.

Each function takes the stored opportunity `stored`, or None for a new one. Sources: OroCRM's add-or-replace import
(missing column = untouched, blank cell = cleared), its probability rule and its closing of base amounts, with one
difference: the rate of a closing is frozen, not the base value, so a corrected amount is converted with the old rate.
"""

from typing import Any

from sqlalchemy import (
    Alias,
    ColumnElement,
    FromClause,
    Table,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
)

from pipelines.merge.effects import with_default_probability, with_effects
from pipelines.merge.staging import Merge
from schemas.exact import Moment, converted
from schemas.fields import AMOUNTS
from schemas.tables import account, contact, customer, opportunity, owner

Value = ColumnElement[Any]
Stored = Table | Alias | None

PLAIN = (
    "source_id",
    "name",
    "lead",
    "status",
    "stage",
    "close_reason",
    "close_date",
    "customer_need",
    "proposed_solution",
    "notes",
    "tags",
)
KEPT_WHEN_BLANK = ("source_id", "tags")
LINKS = {"account_id": account, "customer_id": customer, "contact_id": contact, "owner_id": owner}
LINK_FIELDS = {
    "account_id": ("account",),
    "customer_id": ("customer",),
    "contact_id": ("contact_first_name", "contact_last_name"),
    "owner_id": ("owner",),
}


def linked(merge: Merge, source: FromClause, *, besides: tuple[Table, ...] = ()) -> FromClause:
    """The staged rows joined with the account, customer, contact and owner they name (null where they name none).

    `besides` are joined already.
    """
    stage = merge.stage.c
    for column, table in LINKS.items():
        if table in besides or not names_link(merge, column):
            continue
        if table is contact:
            first, last = (stage[f] if f in stage else literal(None) for f in LINK_FIELDS[column])
            same = and_(
                contact.c.first_name == func.coalesce(first, ""),
                contact.c.last_name == func.coalesce(last, ""),
            )
            source = source.outerjoin(contact, same)
        else:
            source = source.outerjoin(table, table.c.name == stage[LINK_FIELDS[column][0]])
    return source


def names_link(merge: Merge, column: str) -> bool:
    """Whether the file names accounts, customers, contacts or owners; a customer names its account too."""
    return merge.has(*LINK_FIELDS[column]) or (column == "account_id" and "account" in merge.stage.c)


def with_rates(merge: Merge, source: FromClause, stored: Stored) -> tuple[FromClause, dict[str, FromClause]]:
    """The source joined with the rate that a closing on the row's closing day has, once for each amount."""
    rates: dict[str, FromClause] = {}
    day = func.coalesce(merge.stage.c.closing_day, merge.today)
    for amount in AMOUNTS:
        rate = merge.closing_rate.alias(f"{amount}_closing")
        rates[amount] = rate
        source = source.outerjoin(rate, and_(rate.c.currency == currency(merge, amount, stored), rate.c.day == day))
    return source, rates


def field(merge: Merge, name: str, stored: Stored) -> Value:
    """A field as the row leaves it: given, kept because the file lacks it, or null; or what its transition sets."""
    kept = stored.c[name] if stored is not None else null()
    left: Value = merge.stage.c[name] if name in merge.given else kept
    if name in KEPT_WHEN_BLANK and name in merge.given and stored is not None:
        left = func.coalesce(left, kept)
    return with_effects(merge, name, stored, left)


def currency(merge: Merge, amount: str, stored: Stored) -> Value:
    """The currency of an amount: none without an amount, the base currency where none is said."""
    said = field(merge, AMOUNTS[amount], stored)
    known = func.coalesce(said, merge.settings.base_currency)
    return case((field(merge, amount, stored).is_not(None), known))


def is_closed(merge: Merge, status: Value) -> Value:
    """Whether a status is won or lost."""
    return status.in_(merge.settings.ids("won", "lost"))


def probability(merge: Merge, stored: Stored) -> tuple[Value, Value]:
    """The probability and the one last stated by a file.

    On a change of status a probability equal to the old status's default becomes the new one's default; what a file
    states again is no new statement, so that the same file twice changes nothing.
    """
    given = merge.stage.c.probability if merge.has("probability") else null()
    if stored is None:
        return with_default_probability(merge, None, given.is_not(None), given), given
    if not merge.has("probability"):
        followed = _following(merge, stored, stored.c.probability)
        return with_default_probability(merge, stored, false(), followed), stored.c.stated_probability
    again = restated(merge, stored)
    followed = _following(merge, stored, case((again, stored.c.probability), else_=given))
    return with_default_probability(merge, stored, and_(given.is_not(None), ~again), followed), given


def restated(merge: Merge, stored: Table | Alias) -> Value:
    """Whether the file states the probability that it stated before, or that is stored."""
    given = merge.stage.c.probability
    return or_(
        given.is_not_distinct_from(stored.c.stated_probability),
        given.is_not_distinct_from(stored.c.probability),
    )


def _following(merge: Merge, stored: Table | Alias, current: Value) -> Value:
    if not merge.has("status"):
        return current
    kind = stored.c.probability.type
    default = {status.id: cast(literal(status.probability, kind), kind) for status in merge.settings.statuses}
    new = merge.stage.c.status
    follows = and_(new != stored.c.status, current == case(default, value=stored.c.status))
    return case((follows, case(default, value=new)), else_=current)


def closed_at(merge: Merge, stored: Stored) -> Value:
    """When it was closed: the file's moment or the run's, kept while the status stays, none while open."""
    status = field(merge, "status", stored)
    now = literal(merge.closed_now, Moment)
    given = merge.stage.c.closed_at if merge.has("closed_at") else None
    moment = now if given is None else func.coalesce(given, now)
    if stored is None:
        return case((is_closed(merge, status), moment))
    kept = stored.c.closed_at if given is None else func.coalesce(given, stored.c.closed_at)
    return case((~is_closed(merge, status), None), (status == stored.c.status, kept), else_=moment)


def amount_values(merge: Merge, amount: str, rate: FromClause, stored: Stored) -> dict[str, Value]:
    """The columns of one amount: value, currency, and while closed base value, rate and the rate's day."""
    value, code = field(merge, amount, stored), currency(merge, amount, stored)
    closed = and_(is_closed(merge, field(merge, "status", stored)), value.is_not(None))
    new_rate: Value = rate.c.rate
    new_day: Value = rate.c.rate_day
    base: Value = converted(value, new_rate, merge.settings.rounding)
    if stored is not None:
        frozen = is_frozen(merge, amount, stored)
        new_rate = case((frozen, stored.c[f"{amount}_rate"]), else_=new_rate)
        new_day = case((frozen, stored.c[f"{amount}_rate_day"]), else_=new_day)
        same = and_(frozen, value == stored.c[amount])
        base = case((same, stored.c[f"{amount}_base"]), else_=converted(value, new_rate, merge.settings.rounding))
    return {
        amount: value,
        AMOUNTS[amount]: code,
        f"{amount}_base": case((closed, base)),
        f"{amount}_rate": case((closed, new_rate)),
        f"{amount}_rate_day": case((closed, new_day)),
    }


def is_frozen(merge: Merge, amount: str, stored: Table | Alias) -> Value:
    """Whether the rate of a stored closing holds on: it was closed already, and in the same currency."""
    same_currency = stored.c[AMOUNTS[amount]] == currency(merge, amount, stored)
    return and_(is_closed(merge, stored.c.status), same_currency, stored.c[f"{amount}_rate"].is_not(None))


def link(merge: Merge, column: str, stored: Stored) -> Value:
    """The id of the account, customer, contact or owner that the row names."""
    if merge.has(*LINK_FIELDS[column]):
        return LINKS[column].c.id
    if column == "account_id" and "account" in merge.stage.c:
        # told by the customer alone: a blank customer leaves the stored account
        return LINKS[column].c.id if stored is None else func.coalesce(LINKS[column].c.id, stored.c.account_id)
    return null() if stored is None else stored.c[column]


def new_values(merge: Merge, rates: dict[str, FromClause], stored: Stored) -> dict[str, Value]:
    """Every column of the opportunity that the row leaves behind, but its id."""
    values = {name: field(merge, name, stored) for name in PLAIN}
    source_id = values["source_id"]
    values["source"] = case((source_id.is_not(None), merge.source))
    if stored is not None:
        said = merge.stage.c.source_id.is_not(None) if merge.has("source_id") else false()
        values["source"] = case((said, merge.source), else_=stored.c.source)
    values |= {column: link(merge, column, stored) for column in LINKS}
    values["probability"], values["stated_probability"] = probability(merge, stored)
    for amount, rate in rates.items():
        values |= amount_values(merge, amount, rate, stored)
    values["closed_at"] = closed_at(merge, stored)
    values["missing_since"] = literal(merge.missing_since, Moment)
    values["created_at"] = literal(merge.now, Moment) if stored is None else stored.c.created_at
    values["valid_from"] = literal(merge.now, Moment)
    values["run_id"] = literal(merge.run_id)
    values["row"] = func.coalesce(merge.stage.c.shown_row, merge.stage.c.row)
    return values


def differs(merge: Merge) -> Value:
    """Whether a staged row says anything that its stored opportunity does not."""
    stored = opportunity
    told = [field(merge, name, stored).is_distinct_from(stored.c[name]) for name in PLAIN if name in merge.given]
    told += [link_differs(merge, column) for column in LINKS if names_link(merge, column)]
    for amount, code in AMOUNTS.items():
        if merge.has(amount):
            told.append(field(merge, amount, stored).is_distinct_from(stored.c[amount]))
        if merge.has(amount, code):
            told.append(currency(merge, amount, stored).is_distinct_from(stored.c[code]))
    if merge.has("probability"):
        told.append(~restated(merge, stored))
    if merge.has("closed_at"):
        told.append(closed_at(merge, stored).is_distinct_from(stored.c.closed_at))
    return or_(stored.c.missing_since.is_not(None), *told)


def link_differs(merge: Merge, column: str) -> Value:
    """Whether a staged row names another account, customer, contact or owner than its stored opportunity has."""
    stage = merge.stage.c
    named = or_(*(stage[field].is_not(None) for field in LINK_FIELDS[column] if field in stage))
    not_stored_yet = and_(named, LINKS[column].c.id.is_(None))
    return or_(not_stored_yet, link(merge, column, opportunity).is_distinct_from(opportunity.c[column]))
