"""Days in SQL: the day of a moment in UTC, and how many days lie between two; whole numbers on every database."""

from datetime import date
from typing import Any

from sqlalchemy import Date, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class utc_day(FunctionElement[date]):  # noqa: N801  # reads as the SQL function it is
    """The day of a moment, in UTC; null without one."""

    inherit_cache = True
    type = Date()


class days_between(FunctionElement[int]):  # noqa: N801
    """How many days the first day is after the second; null where either is."""

    inherit_cache = True
    type = Integer()


@compiles(utc_day)
def _utc_day(element: utc_day, compiler: SQLCompiler, **kw: Any) -> str:
    return f"cast(({compiler.process(element.clauses, **kw)}) at time zone 'UTC' as date)"


@compiles(utc_day, "sqlite")
def _utc_day_sqlite(element: utc_day, compiler: SQLCompiler, **kw: Any) -> str:
    return f"date({compiler.process(element.clauses, **kw)})"


@compiles(days_between)
def _days_between(element: days_between, compiler: SQLCompiler, **kw: Any) -> str:
    later, earlier = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(({later}) - ({earlier}))"


@compiles(days_between, "sqlite")
def _days_between_sqlite(element: days_between, compiler: SQLCompiler, **kw: Any) -> str:
    # the Julian numbers of days all end in .5, so that their difference is whole
    later, earlier = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"cast(julianday({later}) - julianday({earlier}) as integer)"
