"""The values that a staged row gives what is stored, as SQL: fields, links, probability, closing and base amounts.

Each function takes the stored row `stored`, or None for a new one. Sources: OroCRM's add-or-replace import
(missing column = untouched, blank cell = cleared), its probability rule and its closing of base amounts, with one
difference: the rate of a closing is frozen, not the base value, so a corrected amount is converted with the old rate.
"""

from typing import Any

from sqlalchemy import Alias, ColumnElement, FromClause, Table, and_, case, cast, false, func, literal, null, or_

from pipelines.merge.effects import with_default_probability, with_effects
from pipelines.merge.staging import Merge
from schemas.exact import Moment, converted
from schemas.fields import AMOUNTS
from schemas.tables import account

Value = ColumnElement[Any]
Stored = Table | Alias | None

KEPT_WHEN_BLANK = ("source_id", "tags")


def linked(merge: Merge, source: FromClause, *, besides: tuple[Table, ...] = ()) -> FromClause:
    """The staged rows joined with what they name: account, customer, contact, owner (null where they name none).

    `besides` are joined already.
    """
    stage = merge.stage.c
    for column, link in merge.entity.links.items():
        found = link.found
        if found in besides or not names_link(merge, column):
            continue
        named: dict[str, Value] = {p: stage[f] if f in stage else literal(None) for f, p in link.parts.items()}
        if len(named) > 1:
            named = {part: func.coalesce(name, "") for part, name in named.items()}
        source = source.outerjoin(found, and_(*(found.c[part] == name for part, name in named.items())))
    if merge.entity.table is account and "name" in stage:
        source = source.outerjoin(merge.account_name, merge.account_name.c.name == stage.name)
    return source


def names_link(merge: Merge, column: str) -> bool:
    """Whether the file names accounts, customers, contacts or owners; a customer names its account too."""
    told_by_customer = column == "account_id" and "account" in merge.stage.c
    return merge.has(*merge.entity.links[column].parts) or told_by_customer


def with_rates(merge: Merge, source: FromClause, stored: Stored) -> tuple[FromClause, dict[str, FromClause]]:
    """The source joined with the rate that a closing on the row's closing day has, once for each amount."""
    rates: dict[str, FromClause] = {}
    if merge.entity.name != "opportunity":
        return source, rates
    day = func.coalesce(merge.stage.c.closing_day, merge.today)
    for amount in AMOUNTS:
        rate = merge.closing_rate.alias(f"{amount}_closing")
        rates[amount] = rate
        source = source.outerjoin(rate, and_(rate.c.currency == currency(merge, amount, stored), rate.c.day == day))
    return source, rates


def field(merge: Merge, name: str, stored: Stored) -> Value:
    """A field as the row leaves it: given, kept because the file lacks it, or null; or what its transition sets."""
    kept: Value = stored.c[name] if stored is not None else null()
    left: Value = merge.stage.c[name] if name in merge.given else kept
    if name in merge.entity.named_parts:
        left = func.coalesce(left, "")
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


def _closed_at(merge: Merge, stored: Stored) -> Value:
    """When it was closed: the file's moment or the run's, kept while the status stays, none while open."""
    status = field(merge, "status", stored)
    now = literal(merge.closed_now, Moment)
    given = merge.stage.c.closed_at if merge.has("closed_at") else None
    moment = now if given is None else func.coalesce(given, now)
    if stored is None:
        return case((is_closed(merge, status), moment))
    kept = stored.c.closed_at if given is None else func.coalesce(given, stored.c.closed_at)
    return case((~is_closed(merge, status), None), (status == stored.c.status, kept), else_=moment)


def _amount_values(merge: Merge, amount: str, rate: FromClause, stored: Stored) -> dict[str, Value]:
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


def _link(merge: Merge, column: str, stored: Stored) -> Value:
    """The id of the account, customer, contact or owner that the row names."""
    told = merge.entity.links[column]
    if merge.has(*told.parts):
        return told.found.c.id
    if column == "account_id" and "account" in merge.stage.c:
        # told by the customer alone: a blank customer leaves the stored account
        return told.found.c.id if stored is None else func.coalesce(told.found.c.id, stored.c.account_id)
    return null() if stored is None else stored.c[column]


def _own_id(merge: Merge, stored: Stored) -> dict[str, Value]:
    """The source of a row and its id there; what never shares a name keeps the id of the system that gave it first."""
    given = field(merge, "source_id", stored)
    if stored is None:
        return {"source_id": given, "source": case((given.is_not(None), merge.source))}
    said: Value = merge.stage.c.source_id.is_not(None) if merge.has("source_id") else false()
    if merge.entity.unique:
        said = and_(said, or_(stored.c.source.is_(None), stored.c.source == merge.source))
        given = case((said, given), else_=stored.c.source_id)
    return {"source_id": given, "source": case((said, merge.source), else_=stored.c.source)}


def new_values(merge: Merge, rates: dict[str, FromClause], stored: Stored) -> dict[str, Value]:
    """Every column of the stored row that the staged one leaves behind, but its id."""
    entity = merge.entity
    values = {name: field(merge, name, stored) for name in entity.plain} | _own_id(merge, stored)
    values |= {column: _link(merge, column, stored) for column in entity.links}
    if entity.name == "opportunity":
        values["probability"], values["stated_probability"] = probability(merge, stored)
        for amount, rate in rates.items():
            values |= _amount_values(merge, amount, rate, stored)
        values["closed_at"] = _closed_at(merge, stored)
        values["missing_since"] = literal(merge.missing_since, Moment)
    if entity.table is account:
        key = merge.account_name.c.match_key if merge.has("name") else null()
        values["match_key"] = key if stored is None else func.coalesce(key, stored.c.match_key)
    values["created_at"] = literal(merge.now, Moment) if stored is None else stored.c.created_at
    values["valid_from"] = literal(merge.now, Moment)
    values["run_id"] = literal(merge.run_id)
    values["row"] = func.coalesce(merge.stage.c.shown_row, merge.stage.c.row)
    return values


def differs(merge: Merge) -> Value:
    """Whether a staged row says anything that its stored one does not."""
    entity, stored = merge.entity, merge.entity.table
    said = {name: field(merge, name, stored) for name in entity.plain if name in merge.given}
    if entity.unique and "source_id" in said:
        said["source_id"] = _own_id(merge, stored)["source_id"]
    told = [value.is_distinct_from(stored.c[name]) for name, value in said.items()]
    told += [link_differs(merge, column) for column in entity.links if names_link(merge, column)]
    if entity.name != "opportunity":
        return or_(*told)
    for amount, code in AMOUNTS.items():
        if merge.has(amount):
            told.append(field(merge, amount, stored).is_distinct_from(stored.c[amount]))
        if merge.has(amount, code):
            told.append(currency(merge, amount, stored).is_distinct_from(stored.c[code]))
    if merge.has("probability"):
        told.append(~restated(merge, stored))
    if merge.has("closed_at"):
        told.append(_closed_at(merge, stored).is_distinct_from(stored.c.closed_at))
    return or_(stored.c.missing_since.is_not(None), *told)


def link_differs(merge: Merge, column: str) -> Value:
    """Whether a staged row names another account, customer, contact or owner than its stored one has."""
    stage, stored, told = merge.stage.c, merge.entity.table, merge.entity.links[column]
    named = or_(*(stage[field].is_not(None) for field in told.parts if field in stage))
    not_stored_yet = and_(named, told.found.c.id.is_(None))
    return or_(not_stored_yet, _link(merge, column, stored).is_distinct_from(stored.c[column]))
