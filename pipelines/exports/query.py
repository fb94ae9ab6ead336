"""The question that an export asks of the database: one select, its columns named by their fields."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, cast, func, literal, select, true, type_coerce

from pipelines.exports.columns import both_currencies
from pipelines.exports.statuses import SOURCE, STAGE, STATUS, told_by_cells
from pipelines.exports.wanted import Plan
from pipelines.questions.conditions import holds, own_column
from pipelines.questions.question import Question
from schemas.exact import Scaled
from schemas.fields import AMOUNTS, KIND_OF, kind_of
from schemas.known import Known
from schemas.tables import text

RECENT_DAYS = 30
ID, RUN = "stored_id", "stated_by_run"
"""The columns that tell the version of a row, beside its fields."""
_USUAL_ORDER = {"open": ("created_at", True), "overdue": ("close_date", False), "recently-closed": ("close_date", True)}
_AMOUNT_OF = {currency: amount for amount, currency in AMOUNTS.items()}
_OTHER_TEXTS = frozenset({"text", "tags", "close_reason", "choice"})


class Asked:
    """An export as SQL; amounts are converted where there is a question that has rates."""

    def __init__(self, plan: Plan, known: Known, question: Question | None) -> None:
        """Take what is planned, the tables of the moment, and the question with the currency asked for."""
        self.plan, self.known, self.question = plan, known, question
        self.rows = known.of(plan.entity.table)
        self.named: dict[str, ColumnElement[Any]] = {}
        self.source = self._joined()

    def query(self, *, versions: bool) -> Select[Any]:
        """The rows, a column for each field of the layout in its order; and the version of each, if it is wanted."""
        told = told_by_cells(self.plan)
        columns = [self._written(field).label(field) for field in self.plan.layout.order if field not in told]
        facts = ((STATUS, self.rows.c.status), (STAGE, self.rows.c.stage), (SOURCE, self.rows.c.source)) if told else ()
        columns += [column.label(name) for name, column in facts]
        columns += [self.rows.c.id.label(ID), self.rows.c.run_id.label(RUN)] if versions else []
        order = [*map(self._sorted, self.plan.order)] or [self._usual_order()]
        query = select(*columns).select_from(self.source).where(self.where()).order_by(*order, self.rows.c.id)
        return query.limit(self.plan.wanted.limit)

    def filled(self) -> Select[Any]:
        """How many of the rows have a value in each field of the layout."""
        rows = self.query(versions=False).subquery()
        counts = {
            name: func.count(func.nullif(column, "") if kind_of(name) == "name" else column)
            for name, column in rows.c.items()
        }
        return select(*(count.label(name) for name, count in counts.items()))

    def where(self) -> ColumnElement[bool]:
        """Which rows are in the view and meet the conditions."""
        today = self.plan.wanted.today
        asked = [holds(condition, self.rows, self.known, today) for condition in self.plan.conditions]
        return and_(self._in_view(today), *asked)

    def chosen(self) -> FromClause:
        """The rows themselves, with all that is stored of them."""
        return select(*self.rows.c).where(self.where()).subquery("chosen")

    def _joined(self) -> FromClause:
        """The rows with what they refer to, as far as it is written or sorted by."""
        source, rows = self.rows, self.rows
        needed = {*self.plan.layout.order, *(one.field for one in self.plan.order)}
        for column, link in self.plan.entity.links.items():
            if needed.isdisjoint(link.parts):
                continue
            found = self.known.of(link.table).alias(f"of_{column}")
            source = source.outerjoin(found, found.c.id == rows.c[column])
            self.named |= {field: found.c[part] for field, part in link.parts.items()}
        return source

    def _value(self, field: str) -> ColumnElement[Any]:
        if field in self.named:
            return self.named[field]
        if self.question and field in AMOUNTS:
            return type_coerce(self.question.amount(field, self.rows), Scaled(19, 4))
        if self.question and field in _AMOUNT_OF:
            amount = self.rows.c[_AMOUNT_OF[field]]
            return case((amount.is_not(None), cast(literal(self.question.currency), text())))
        return own_column(self.plan.entity, field, self.rows, self.known)

    def _written(self, field: str) -> ColumnElement[Any]:
        if field == "source_id":
            # another source's id would lead astray when the file comes back
            return case((self.rows.c.source == self.plan.layout.source, self.rows.c.source_id))
        others = both_currencies(self.plan.layout).get(field, [])
        return func.coalesce(self._value(field), *map(self._value, others)) if others else self._value(field)

    def _sorted(self, order: Any) -> ColumnElement[Any]:
        value, kind = self._value(order.field), KIND_OF[order.field]
        if kind == "status" and self.plan.entity.name == "opportunity":
            places = {status.id: place for place, status in enumerate(self.plan.settings.statuses)}
            value = case(places, value=value, else_=len(places))
        elif kind in _OTHER_TEXTS:
            value = cast(value, text())
        return (value.desc() if order.falling else value.asc()).nulls_last()

    def _in_view(self, today: date) -> ColumnElement[bool]:
        stored, settings, view = self.rows.c, self.plan.settings, self.plan.wanted.view
        if view == "overdue":
            return and_(stored.status.in_(settings.ids("open")), stored.close_date < today)
        if view == "recently-closed":
            oldest = date.fromordinal(max(1, today.toordinal() - RECENT_DAYS))
            return and_(stored.close_date.between(oldest, today), stored.status.in_(settings.ids("won")))
        return stored.status.in_(settings.ids("open")) if view == "open" else true()

    def _usual_order(self) -> ColumnElement[Any]:
        column, falls = _USUAL_ORDER.get(self.plan.wanted.view, ("id", False))
        return self.rows.c[column].desc() if falls else self.rows.c[column].asc()
