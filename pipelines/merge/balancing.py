"""The proof that nothing was lost: rows and money of the file against what the database now holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, FromClause, func, select

from pipelines.merge.matching import staged_money
from pipelines.merge.staging import Merge
from pipelines.merge.writing import Written
from pipelines.steps.total import UNSAID, Money, add_money, no_money
from schemas.errors import RunError
from schemas.exact import exact_sum
from schemas.fields import AMOUNTS
from schemas.tables import opportunity


@dataclass(frozen=True)
class Sums:
    """The money of one currency: in the file = stored + duplicate + rejected."""

    file: Decimal
    stored: Decimal
    duplicate: Decimal
    rejected: Decimal

    def balanced(self) -> bool:
        """Whether nothing was lost and nothing made up."""
        return self.file == self.stored + self.duplicate + self.rejected


def stored_money(connection: Connection, merge: Merge, written: Written) -> Money:
    """What the opportunities of this run's rows hold now, in the amounts that the file has; or would, if written."""
    money = no_money()
    if merge.judges_only:
        add_money(money, staged_money(connection, merge))
        money[merge.settings.base_currency] += money.pop(UNSAID, Decimal(0))
        return money
    if written.added:
        _add(money, connection, merge, opportunity, opportunity.c.id >= written.first_id)
    if written.updated or written.unchanged:
        _add(
            money,
            connection,
            merge,
            opportunity.join(merge.match, merge.match.c.stored_id == opportunity.c.id),
        )
    return money


def _add(money: Money, connection: Connection, merge: Merge, source: FromClause, *where: object) -> None:
    given = [(amount, code) for amount, code in AMOUNTS.items() if merge.has(amount)]
    if not given:
        return
    codes = [opportunity.c[code] for _, code in given]
    sums = [exact_sum(opportunity.c[amount]) for amount, _ in given]
    query = select(*codes, *sums).select_from(source).where(*where).group_by(*codes)  # type: ignore[arg-type]
    for row in connection.execute(query):
        for code, amount in zip(row[: len(given)], row[len(given) :], strict=True):
            if amount is not None:
                money[code] += amount


def said_currencies(connection: Connection, merge: Merge, file: Money, rejected: Money, duplicate: Money) -> None:
    """Give amounts whose currency the file does not say the currency they were stored in.

    Only a file without a currency header has such amounts. What was stored of them is read from the stage, so that a
    difference still shows: it stays under the unsaid currency.
    """
    if UNSAID not in file:
        return
    match = merge.match
    source = merge.stage.outerjoin(match, match.c.row == merge.stage.c.row)
    source = source.outerjoin(opportunity, opportunity.c.id == match.c.stored_id)
    told = no_money()
    for amount, code in AMOUNTS.items():
        if merge.has(amount) and not merge.has(code):
            said = func.coalesce(opportunity.c[code], merge.settings.base_currency)
            query = select(said, exact_sum(merge.stage.c[amount])).select_from(source).group_by(said)
            add_money(told, {name: value for name, value in connection.execute(query) if value is not None})
    for money in (rejected, duplicate):
        add_money(told, {merge.settings.base_currency: money.get(UNSAID, Decimal(0))})
        add_money(money, {merge.settings.base_currency: money.pop(UNSAID, Decimal(0))})
    file[UNSAID] -= sum(told.values())
    add_money(file, told)
    if not file[UNSAID]:
        del file[UNSAID]


def sums(file: Money, stored: Money, duplicate: Money, rejected: Money) -> dict[str, Sums]:
    """The four sums of each currency, in alphabetical order."""
    currencies = sorted({*file, *stored, *duplicate, *rejected})
    none = Decimal(0)
    return {
        code: Sums(file.get(code, none), stored.get(code, none), duplicate.get(code, none), rejected.get(code, none))
        for code in currencies
    }


def require_balance(read: int, parts: Iterable[int], money: dict[str, Sums]) -> None:
    """Refuse a run in which a row or a cent was lost or made up; the transaction is rolled back."""
    counted = list(parts)
    if read != sum(counted):
        said = f"{read} rows were read, but {' + '.join(map(str, counted))} are accounted for."
        raise RunError(f"The run does not balance: {said}", "Nothing was stored. Please report this as a defect.")
    for code, amounts in money.items():
        if not amounts.balanced():
            raise RunError(
                f"The run does not balance in {code}: {amounts.file} in the file, {amounts.stored} stored, "
                f"{amounts.duplicate} duplicate, {amounts.rejected} rejected.",
                "Nothing was stored. Please report this as a defect.",
            )
