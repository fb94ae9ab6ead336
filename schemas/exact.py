"""Exact numbers in SQL: amounts, fractions and rates as column types, and sums and conversions that never round twice.

PostgreSQL keeps them as numeric; SQLite, whose numeric is a float, as integers scaled by a power of ten, and rates as
text. The functions named dealport_… are made known to SQLite by connectors/dialects/sqlite.py.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, DateTime, Dialect, Float, Numeric, Text, TypeDecorator, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from schemas.settings import Rounding

MONEY_DIGITS = 19


class Scaled(TypeDecorator[Decimal]):
    """A decimal with a fixed number of decimals; on SQLite an integer of its smallest unit."""

    impl = Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        """Take the number of digits, and how many of them are decimals."""
        super().__init__(precision, scale)
        self.precision, self.scale = precision, scale

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """numeric(precision, scale); on SQLite bigint, or text for sums that may need more than 64 bits."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text() if self.precision > MONEY_DIGITS else BigInteger())
        return dialect.type_descriptor(Numeric(self.precision, self.scale))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """The decimal as the database keeps it."""
        if value is None or dialect.name != "sqlite":
            return value
        units = int(Decimal(value).scaleb(self.scale))
        return str(units) if self.precision > MONEY_DIGITS else units

    def process_literal_param(self, value: Decimal | None, dialect: Dialect) -> str:
        """The decimal as a literal in SQL text."""
        return str(self.process_bind_param(value, dialect))

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """The exact decimal, from numeric, from a scaled integer, or from the text of one."""
        if value is None:
            return None
        return Decimal(int(value)).scaleb(-self.scale) if dialect.name == "sqlite" else Decimal(value)


class ExactText(TypeDecorator[Decimal]):
    """A decimal with up to 18 decimals, such as a rate; on SQLite a text."""

    impl = Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """numeric(38, 18), or text on SQLite."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else Numeric(38, 18))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """The decimal as the database keeps it."""
        return f"{value:f}" if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """The exact decimal without surplus zeros."""
        return None if value is None else plain(Decimal(value))


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps it without zone."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """timestamp with time zone, or SQLite's text."""
        return dialect.type_descriptor(DateTime(timezone=dialect.name != "sqlite"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC."""
        if value is None:
            return None
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment with its zone, UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def plain(number: Decimal) -> Decimal:
    """The number without surplus zeros after its dot."""
    number = number.normalize()
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number


class exact_sum(FunctionElement[Decimal]):  # noqa: N801  # reads as the SQL function it is
    """The sum of an amount column, exact and without limit; null values are left out, no value sums to null."""

    inherit_cache = True
    type = Scaled(38, 4)


class weighted_sum(FunctionElement[Decimal]):  # noqa: N801
    """The sum of amount × fraction, exact with 10 decimals; a row in which either is null is left out."""

    inherit_cache = True
    type = Scaled(38, 10)


class weighted(FunctionElement[Decimal]):  # noqa: N801
    """amount × fraction, exact with 10 decimals; null where either is null."""

    inherit_cache = True
    type = Scaled(38, 10)


class variance_sum(FunctionElement[float]):  # noqa: N801
    """The variance of the sum of amounts that each come with a fraction: a float, for likelihoods and never for money.

    Σ amount² × fraction × (1 - fraction); a row in which either is null is left out.
    """

    inherit_cache = True
    type = Float()


class skewness_sum(FunctionElement[float]):  # noqa: N801
    """The sizes of their third cumulants added up: Σ |amount|³ × fraction × (1 - fraction) × |1 - 2 × fraction|."""

    inherit_cache = True
    type = Float()


class converted(FunctionElement[Decimal]):  # noqa: N801
    """amount × rate rounded to 4 decimals, half-up (away from zero) or half-even; null where either is null."""

    inherit_cache = True
    type = Scaled(19, 4)

    def __init__(self, amount: ColumnElement[Any], rate: ColumnElement[Any], rounding: Rounding) -> None:
        """Take the amount, the rate and how halves are rounded."""
        super().__init__(amount, rate, literal_column(f"'{rounding}'"))


@compiles(exact_sum)
def _exact_sum(element: exact_sum, compiler: SQLCompiler, **kw: Any) -> str:
    return f"sum({compiler.process(element.clauses, **kw)})"


@compiles(exact_sum, "sqlite")
def _exact_sum_sqlite(element: exact_sum, compiler: SQLCompiler, **kw: Any) -> str:
    amount = compiler.process(element.clauses, **kw)
    return f"dealport_joined(32, sum(({amount}) >> 32), sum(({amount}) & 4294967295))"


@compiles(weighted)
def _weighted(element: weighted, compiler: SQLCompiler, **kw: Any) -> str:
    amount, fraction = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(({amount}) * ({fraction}))"


@compiles(weighted, "sqlite")
def _weighted_sqlite(element: weighted, compiler: SQLCompiler, **kw: Any) -> str:
    return f"dealport_joined(16, {', '.join(_products(element, compiler, **kw))})"


def _products(element: FunctionElement[Decimal], compiler: SQLCompiler, **kw: Any) -> list[str]:
    """The product of a 64-bit integer and a fraction as those of its parts of 16 bits, none of which can run over."""
    amount, fraction = (compiler.process(clause, **kw) for clause in element.clauses)
    parts = [f"(({amount}) >> 48)", *(f"((({amount}) >> {shift}) & 65535)" for shift in (32, 16, 0))]
    return [f"{part} * ({fraction})" for part in parts]


@compiles(weighted_sum)
def _weighted_sum(element: weighted_sum, compiler: SQLCompiler, **kw: Any) -> str:
    amount, fraction = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"sum(({amount}) * ({fraction}))"


@compiles(weighted_sum, "sqlite")
def _weighted_sum_sqlite(element: weighted_sum, compiler: SQLCompiler, **kw: Any) -> str:
    sums = (f"sum({product})" for product in _products(element, compiler, **kw))
    return f"dealport_joined(16, {', '.join(sums)})"


@compiles(converted)
def _converted(element: converted, compiler: SQLCompiler, **kw: Any) -> str:
    amount, rate, rounding = (compiler.process(clause, **kw) for clause in element.clauses)
    if rounding == "'half-up'":
        return f"round(({amount}) * ({rate}), 4)"
    units = f"(({amount}) * ({rate}) * 10000)"
    even = f"case when abs({units} - trunc({units})) = 0.5 then 2 * round({units} / 2) else round({units}) end"
    return f"round(({even}) / 10000, 4)"


@compiles(converted, "sqlite")
def _converted_sqlite(element: converted, compiler: SQLCompiler, **kw: Any) -> str:
    return f"dealport_convert({compiler.process(element.clauses, **kw)})"


@compiles(variance_sum)
def _variance_sum(element: variance_sum, compiler: SQLCompiler, **kw: Any) -> str:
    amount, fraction = _floats(element, compiler, **kw)
    return f"sum({amount} * {amount} * {fraction} * (1 - {fraction}))"


@compiles(skewness_sum)
def _skewness_sum(element: skewness_sum, compiler: SQLCompiler, **kw: Any) -> str:
    amount, fraction = _floats(element, compiler, **kw)
    return f"sum(abs({amount} * {amount} * {amount} * {fraction} * (1 - {fraction}) * (1 - 2 * {fraction})))"


def _floats(element: FunctionElement[float], compiler: SQLCompiler, **kw: Any) -> Iterator[str]:
    """An amount and a fraction as floats."""
    units = {"sqlite": (" / 10000.0", " / 1000000.0")}.get(compiler.dialect.name, ("", ""))
    for clause, unit in zip(element.clauses, units, strict=True):
        yield f"(cast({compiler.process(clause, **kw)} as double precision){unit})"
