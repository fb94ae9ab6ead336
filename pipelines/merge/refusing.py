"""The problems that only the database can tell: ambiguous matches, contradictions, missing rates."""

from collections.abc import Iterator

from sqlalchemy import Connection, and_, func, or_, select, true, union
from sqlalchemy.sql.selectable import Select

from pipelines.merge.deal_rules import judge_workflows
from pipelines.merge.matching import forget
from pipelines.merge.staging import Merge
from pipelines.merge.staleness import ids_of_others, stale_rows
from pipelines.merge.values import currency, field, is_closed, is_frozen, linked, with_rates
from pipelines.steps.total import Money, add_money, no_money
from schemas.fields import AMOUNTS
from schemas.problems import Problem, problem
from schemas.tables import account, customer, opportunity


def refuse(connection: Connection, merge: Merge) -> tuple[list[Problem], Money]:
    """Every such problem and the money of its rows; they leave the stage, unless they only warn."""
    problems: list[Problem] = []
    money = no_money()
    for judge in (
        stale_rows,
        ids_of_others,
        _ambiguous,
        _same_opportunity,
        _by_mode,
        _missing,
        _taken,
        _unknown,
        _customers,
        judge_workflows,
        without_rate,
    ):
        found = list(judge(connection, merge))
        add_money(money, forget(connection, merge, sorted({one.row for one in found if not one.warns})))
        problems += found
    return problems, money


def _problem(merge: Merge, row: int, field: str, code: str, detail: str = "") -> Problem:
    """A problem in the words of what the rows are."""
    return problem(row, field, code, detail=detail, entity=merge.entity.name)


def _numbers(numbers: list[int], what: str) -> str:
    shown = ", ".join(map(str, numbers[:5]))
    return f"{len(numbers)} {what} ({shown}{', …' if len(numbers) > 5 else ''})"


def _groups(connection: Connection, merge: Merge, by: str, member: str) -> dict[int, list[int]]:
    match = merge.match.c
    total, different = connection.execute(select(func.count(), func.count(match[by].distinct()))).one()
    if total == different:
        return {}
    several = select(match[by]).group_by(match[by]).having(func.count() > 1)
    query = select(match[by], match[member]).where(match[by].in_(several)).order_by(match[by], match[member])
    groups: dict[int, list[int]] = {}
    for key, value in connection.execute(query):
        groups.setdefault(key, []).append(value)
    return groups


def _ambiguous(connection: Connection, merge: Merge) -> Iterator[Problem]:
    for row, candidates in _groups(connection, merge, "row", "stored_id").items():
        stored = _numbers(candidates, f"stored {merge.entity.noun.several}")
        yield _problem(merge, row, merge.key_field(), "ambiguous_match", stored)


def _same_opportunity(connection: Connection, merge: Merge) -> Iterator[Problem]:
    if not (merge.has("source_id", "customer", "fingerprint") or merge.entity.unique):
        return  # rows that share account and name have been settled already
    groups = _groups(connection, merge, "stored_id", "row").values()
    shown = _shown(connection, merge, [row for rows in groups for row in rows])
    for rows in groups:
        told = ", ".join(str(shown[row]) for row in rows)
        for row in rows:
            yield _problem(merge, row, merge.key_field(), "same_opportunity", f"rows {told}")


def _shown(connection: Connection, merge: Merge, rows: list[int]) -> dict[int, int]:
    """The number that each row had in the file from which a reject file came, else its own."""
    stage = merge.stage.c
    shown: dict[int, int] = {}
    for start in range(0, len(rows), 500):
        query = select(stage.row, func.coalesce(stage.shown_row, stage.row))
        shown |= dict(connection.execute(query.where(stage.row.in_(rows[start : start + 500]))).tuples().all())
    return shown


def _unmatched(merge: Merge) -> Select[tuple[int]]:
    stage, match = merge.stage, merge.match
    source = stage.outerjoin(match, match.c.row == stage.c.row)
    return select(stage.c.row).select_from(source).where(match.c.row.is_(None)).order_by(stage.c.row)


def _by_mode(connection: Connection, merge: Merge) -> Iterator[Problem]:
    if merge.mode == "insert":
        for row in connection.scalars(select(merge.match.c.row).order_by(merge.match.c.row)):
            yield problem(row, merge.key_field(), "already_stored")
    if merge.mode == "update":
        for row in connection.scalars(_unmatched(merge)):
            yield problem(row, merge.key_field(), "not_stored")


def _missing(connection: Connection, merge: Merge) -> Iterator[Problem]:
    noun, stage = merge.entity.noun, merge.stage.c
    needed = [name for name in noun.requirable if name != "account" or merge.account_required]
    absent = [name for name in needed if name not in stage]
    if absent:
        for row in connection.scalars(_unmatched(merge)):
            yield from (_problem(merge, row, name, f"missing_{name}") for name in absent)
    elif not noun.all_of and not merge.has(*noun.identity):
        for row in connection.scalars(_unmatched(merge)):
            yield problem(row, "source_id", "missing_contact_name")
    elif merge.account_required and "account" not in merge.given:
        for row in connection.scalars(_unmatched(merge).where(merge.stage.c.account.is_(None))):
            yield _problem(merge, row, "account", "missing_account")


def _taken(connection: Connection, merge: Merge) -> Iterator[Problem]:
    """The rows of whose name another one is stored: that one has another id, or the row another one's."""
    names = merge.entity.noun.identity
    if not merge.entity.unique or not merge.has("source_id") or not merge.has(*names):
        return
    stage, match, stored = merge.stage, merge.match, merge.entity.table.alias("namesake")
    same = and_(*(stored.c[name] == field(merge, name, None) for name in names))
    source = stage.join(stored, same).outerjoin(match, match.c.row == stage.c.row)
    other = stored.c.id.is_distinct_from(match.c.stored_id)
    for row in connection.scalars(select(stage.c.row).select_from(source).where(other).order_by(stage.c.row)):
        yield problem(row, merge.key_field(), "name_taken", detail=merge.entity.noun.one)


def _unknown(connection: Connection, merge: Merge) -> Iterator[Problem]:
    """The rows that name what has to be there and is not, of those that say anything new."""
    stage, match = merge.stage, merge.match
    source = linked(merge, stage.outerjoin(match, match.c.row == stage.c.row))
    says_new = func.coalesce(match.c.differs, true())
    query = select(stage.c.row).order_by(stage.c.row)
    for link in merge.entity.links.values():
        if not link.creates and merge.has(*link.parts):
            given = [name for name in link.parts if name in stage.c]
            named = or_(*(stage.c[name].is_not(None) for name in given))
            for row in connection.scalars(query.select_from(source).where(named, link.found.c.id.is_(None), says_new)):
                yield problem(row, given[0], "unknown_contact")
    if merge.has("referred_by"):
        there = union(select(account.c.name), select(stage.c.name)) if merge.has("name") else select(account.c.name)
        absent = and_(stage.c.referred_by.is_not(None), stage.c.referred_by.not_in(there))
        for row in connection.scalars(query.select_from(source).where(absent, says_new)):
            yield problem(row, "referred_by", "unknown_referrer")


def _customers(connection: Connection, merge: Merge) -> Iterator[Problem]:
    if not merge.has("customer") or "customer_of_other_account" in merge.settings.rules_off:
        return
    stage = merge.stage.c
    first = select(stage.customer, func.min(stage.row).label("row")).group_by(stage.customer).subquery()
    leader = merge.stage.alias("leader")
    stored = select(customer.c.name, account.c.name.label("account")).join(account).subquery()
    source = merge.stage.join(first, first.c.customer == stage.customer).join(leader, leader.c.row == first.c.row)
    source = source.outerjoin(stored, stored.c.name == stage.customer)
    owner_account = func.coalesce(stored.c.account, leader.c.account)
    query = select(stage.row, owner_account).select_from(source).where(owner_account != stage.account)
    for row, name in connection.execute(query.order_by(stage.row)):
        yield problem(row, "customer", "customer_of_other_account", detail=f"'{name}'")


def without_rate(connection: Connection, merge: Merge) -> Iterator[Problem]:
    """The rows that close a deal for which no exchange rate is stored."""
    if not merge.needs_rates or merge.entity.table is not opportunity:
        return
    stage = merge.stage
    source, rates = with_rates(
        merge,
        stage.outerjoin(merge.match, merge.match.c.row == stage.c.row).outerjoin(
            opportunity, opportunity.c.id == merge.match.c.stored_id
        ),
        opportunity,
    )
    day = func.coalesce(stage.c.closing_day, merge.today)
    for amount, rate in rates.items():
        needs = and_(
            is_closed(merge, field(merge, "status", opportunity)),
            field(merge, amount, opportunity).is_not(None),
            rate.c.rate.is_(None),
            or_(opportunity.c.id.is_(None), ~func.coalesce(is_frozen(merge, amount, opportunity), False)),
        )
        code = currency(merge, amount, opportunity)
        query = select(stage.c.row, code, day).select_from(source).where(needs).order_by(stage.c.row)
        for row, missing, when in connection.execute(query):
            said = f"{merge.settings.base_currency} from {missing} on {when} or up to "
            said += f"{merge.settings.max_rate_age_days} days before"
            yield problem(row, AMOUNTS[amount], "no_rate", detail=said)
