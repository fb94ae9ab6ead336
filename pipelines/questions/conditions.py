"""Conditions as SQL: each test a comparison with bound values, names by the ids of whoever is called so, no joins.

Every test is false, never null, where its field is empty, so that `not` is the plain opposite. Texts are compared and
ordered by their characters; `contains` and `starts with` take capital and small letters for the same.
"""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from operator import eq, ge, gt, le, lt
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, cast, func, not_, or_, select

from pipelines.questions.lifetime import lifetime_value
from schemas.entities import ENTITIES, Entity, Link
from schemas.fields import Field
from schemas.known import Known
from schemas.tables import customer, text
from schemas.where import AllOf, AnyOf, Comparison, Condition, Not, Tree
from schemas.where.condition import day_of

STORED_AS = {"changed_at": "valid_from"}
TEXTS = frozenset({"name", "text", "tags", "close_reason"})
COMPARED = {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}
Meets = Callable[[ColumnElement[Any]], ColumnElement[bool]]


def holds(condition: Condition, rows: FromClause, known: Known, today: date) -> ColumnElement[bool]:
    """Whether rows of the condition's entity meet it, by the names that are known; true or false, never null."""
    return _Compiled(ENTITIES[condition.entity], rows, known, today).tree(condition.tree)


def _link_of(entity: Entity, field: str) -> tuple[str, Link] | None:
    """The column with the id of what a field names, and the link; None where the field is the row's own."""
    return next(((column, link) for column, link in entity.links.items() if field in link.parts), None)


def own_column(entity: Entity, field: str, rows: FromClause, known: Known) -> ColumnElement[Any]:
    """The column of a field that is the row's own, or what it is worked out from."""
    if entity.table is customer and field == "lifetime_value":
        return lifetime_value(rows, known)
    return rows.c[STORED_AS.get(field, field)]


class _Compiled:
    def __init__(self, entity: Entity, rows: FromClause, known: Known, today: date) -> None:
        self.entity, self.rows, self.known, self.today = entity, rows, known, today

    def tree(self, tree: Tree) -> ColumnElement[bool]:
        if isinstance(tree, Not):
            return not_(self.tree(tree.of))
        if isinstance(tree, AllOf):
            return and_(*map(self.tree, tree.of))
        if isinstance(tree, AnyOf):
            return or_(*map(self.tree, tree.of))
        return self.test(tree)

    def test(self, test: Comparison) -> ColumnElement[bool]:
        if test.sign == "empty":
            return not_(self.filled(test.field))
        found = _link_of(self.entity, test.field.name)
        if found is None:
            column = own_column(self.entity, test.field.name, self.rows, self.known)
            return and_(column.is_not(None), self.compared(test, column))
        return self.linked(*found, test.field, lambda name: self.compared(test, name))

    def filled(self, field: Field) -> ColumnElement[bool]:
        """Whether a field is not empty; a contact may have but one of its names, and the other is ''."""
        found = _link_of(self.entity, field.name)
        if found is not None:
            return self.linked(*found, field, lambda name: name != "")
        column = own_column(self.entity, field.name, self.rows, self.known)
        return and_(column.is_not(None), column != "") if field.kind in TEXTS else column.is_not(None)

    def linked(self, column: str, link: Link, field: Field, meets: Meets) -> ColumnElement[bool]:
        """Whether what a row refers to has a name that meets something."""
        named = self.known.of(link.table)
        name = named.c[link.parts[field.name]]
        own = self.rows.c[column]
        return and_(own.is_not(None), own.in_(select(named.c.id).where(meets(name))))

    def compared(self, test: Comparison, column: ColumnElement[Any]) -> ColumnElement[bool]:
        if test.sign in {"contains", "starts with"}:
            return _like(test, column)
        if test.field.kind == "moment":
            return self.moments(test, column)
        values: list[Any] = list(test.values)
        if test.field.kind == "date":
            values = [day_of(value, self.today) for value in values]
        if test.field.kind not in TEXTS or test.sign in {"=", "in"}:
            return _ordered(test.sign, column, values)
        return and_(column != "", _ordered(test.sign, cast(column, text()), values))

    def moments(self, test: Comparison, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """Moments against days in UTC, each from its beginning until the next one's."""
        begins = [_beginning(day_of(value, self.today)) for value in test.values]
        ends = [begin + timedelta(1) for begin in begins]
        within = [and_(column >= begin, column < end) for begin, end in zip(begins, ends, strict=True)]
        choices = {
            "<": lambda: column < begins[0],
            "<=": lambda: column < ends[0],
            ">": lambda: column >= ends[0],
            ">=": lambda: column >= begins[0],
            "between": lambda: and_(column >= begins[0], column < ends[-1]),
        }
        return choices[test.sign]() if test.sign in choices else or_(*within)


def _beginning(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _ordered(sign: str, column: ColumnElement[Any], values: list[Any]) -> ColumnElement[bool]:
    if sign == "between":
        return column.between(values[0], values[1])
    if sign == "in":
        return column.in_(values)
    compared: ColumnElement[bool] = COMPARED[sign](column, values[0])
    return compared


def _like(test: Comparison, column: ColumnElement[Any]) -> ColumnElement[bool]:
    part = str(test.values[0])
    searched: ColumnElement[Any] = column
    if test.field.parts:
        # stored as JSON: the names of the parts go, and what JSON escapes is escaped
        part = json.dumps(part, ensure_ascii=False)[1:-1]
        for name in test.field.parts:
            searched = func.replace(searched, f'"{name}":', "")
    wanted = "".join(map(_small, part))
    found = _folded(searched, wanted)
    if test.sign == "contains":
        return found.contains(wanted, autoescape=True)
    return found.startswith(wanted, autoescape=True)


def _folded(column: ColumnElement[Any], wanted: str) -> ColumnElement[Any]:
    """A text with small letters, as far as the wanted one has them: databases know only those of ASCII by themselves.

    On both databases the same: what the locale of a server takes for a capital letter does not matter.
    """
    folded: ColumnElement[Any] = func.lower(cast(column, text()), type_=text())
    for letter in sorted(set(wanted)):
        capital = letter.upper()
        if not letter.isascii() and len(capital) == 1 and capital != letter and _small(capital) == letter:
            folded = func.replace(folded, capital, letter, type_=text())
    return folded


def _small(letter: str) -> str:
    small = letter.lower()
    return small if len(small) == 1 else letter
