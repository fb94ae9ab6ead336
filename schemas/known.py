"""What an answer is built on: the tables as they are, as known at a past moment, or as today's knowledge tells it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import FromClause, Table

from schemas.clock import utc_now
from schemas.errors import UsageError
from schemas.hindsight import hindsight
from schemas.past import as_of
from schemas.settings import Settings
from schemas.tables import HISTORY, account, contact, customer, exchange_rate, lead, opportunity, owner, run

HOW = "Write a day such as 2026-11-20 (until its end, UTC) or a moment such as 2026-11-20T08:00+01:00 (else UTC)."


@dataclass(frozen=True)
class AsOf:
    """A past moment, and whether what is known today counts instead of what was known then; none is the present."""

    moment: datetime | None = None
    effective: bool = False

    def day(self) -> date | None:
        """The day of the moment, in UTC."""
        return self.moment.date() if self.moment else None

    def today(self, named: date | None) -> date:
        """The day to take for today: the one named, else that of the moment, else today in UTC."""
        return named or self.day() or utc_now().date()

    def told(self, today: date) -> str:
        """Of when an answer is, as its title says: 2026-11-20 (known then)."""
        if self.moment is None:
            return today.isoformat()
        whole_day = self.moment.timetz() == time.max.replace(tzinfo=UTC)
        when = f"{self.moment.date() if whole_day else self.moment.replace(tzinfo=None)}{'' if whole_day else ' UTC'}"
        known = "as known today" if self.effective else "known then"
        return f"{when} ({known}{'' if today == self.day() else f', taking {today} for today'})"

    def marks(self) -> dict[str, str]:
        """What an answer for programs says of its moment: nothing where it is of the present."""
        if self.moment is None:
            return {}
        return {"moment": self.moment.isoformat(), "known": "today" if self.effective else "then"}


PRESENT = AsOf()


def read_as_of(text: str | None, now: datetime, *, effective: bool = False) -> AsOf:
    """The moment that a text says: a day means its end in UTC, a moment without a zone is in UTC; it must be past."""
    if text is None:
        if effective:
            raise UsageError("--effective explains a past moment, and none is named.", "Name one with --as-of.")
        return PRESENT
    try:
        moment = datetime.combine(date.fromisoformat(text), time.max, UTC)
        later = moment.date() > now.date()
    except ValueError:
        moment = _moment(text)
        later = moment > now
    if later:
        raise UsageError(f"{text} is still to come: nothing is known of it yet.", "Name a moment that has passed.")
    return AsOf(moment, effective)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise UsageError(f"'{text}' is no day and no moment.", HOW) from fault


class Known:
    """The tables of an answer, each the same one however often it is asked for."""

    def __init__(self, when: AsOf, settings: Settings) -> None:
        """Take the moment, and the settings that say which statuses are closed."""
        self.when, self.settings = when, settings
        self._tables: dict[Table, FromClause] = {}

    def of(self, table: Table) -> FromClause:
        """A table at rest as it was then."""
        if table not in self._tables:
            moment = self.when.moment
            if self.when.effective and moment is not None:
                found = hindsight(moment, self.settings) if table is opportunity else table
            else:
                found = as_of(table, moment)
            self._tables[table] = found
        return self._tables[table]

    @property
    def deals(self) -> FromClause:
        """The opportunities."""
        return self.of(opportunity)

    @property
    def accounts(self) -> FromClause:
        """The accounts."""
        return self.of(account)

    @property
    def customers(self) -> FromClause:
        """The business customers."""
        return self.of(customer)

    @property
    def contacts(self) -> FromClause:
        """The contacts."""
        return self.of(contact)

    @property
    def leads(self) -> FromClause:
        """The leads."""
        return self.of(lead)

    @property
    def owners(self) -> FromClause:
        """The owners."""
        return self.of(owner)

    @property
    def rates(self) -> FromClause:
        """The exchange rates."""
        return self.of(exchange_rate)

    @property
    def runs(self) -> FromClause:
        """The ledger, which has no other past than itself."""
        return run

    @property
    def versions(self) -> tuple[FromClause, FromClause]:
        """Where every version of an opportunity is: the present ones, and the past ones with their end."""
        return opportunity, HISTORY[opportunity]
