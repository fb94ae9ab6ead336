"""Explains a number of a report: the opportunities behind it, with their rates and probabilities, down to the rounding.

The last line is the report's own cell; what the lines lack of it is told as rounding in a line of its own, so that they
always add up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, localcontext
from types import ModuleType
from typing import Any

from sqlalchemy import CompoundSelect, Connection, Row, Select, literal, select, union_all

from pipelines.answering import PRECISION, Asked, prepared, told
from pipelines.questions.answer import GRAND_TOTAL, Answer, Answers, Cell, Column
from pipelines.questions.dimensions import DIMENSIONS
from pipelines.questions.parts import Part, Parts, opportunities
from pipelines.questions.question import Question
from pipelines.questions.rates_told import RatesTold, rates_told
from pipelines.report_modules import explainable, report_module
from pipelines.reporting import asking, behind
from schemas.errors import UnknownNameError, UsageError
from schemas.exact import plain
from schemas.fields import AMOUNTS
from schemas.settings import Settings

ROUNDING, ELSEWHERE = "rounding to 4 decimals", "in no line of the report"


@dataclass(frozen=True)
class Wanted:
    """Which number is to be explained: the line, what lines stand for, and the column.

    Without a line that is the total, without a column the one that the report is drawn by.
    """

    line: str | None = None
    kind: str | None = None
    column: str | None = None


def explain(name: str, database: str, settings: Settings, asked: Asked, today: date, wanted: Wanted) -> Answers:
    """The opportunities that make a number of a report, and the number as the last line."""
    if not hasattr(report_module(name), "parts"):
        raise UsageError(f"The report {name} adds no amounts up.", f"Choose from {', '.join(explainable(settings))}.")
    if wanted.kind and wanted.kind in getattr(report_module(name), "BY", ()):
        asked = replace(asked, by=wanted.kind)
    with asking(database, settings, asked, today, [name]) as (connection, unrated):
        module, question = prepared(name, connection, unrated, asked)
        parts: Parts = module.parts(question)
        if question.by in DIMENSIONS and question.by != parts.kind:
            why = f"A line of the report {name} by {question.by} is told by two words."
            raise UsageError(why, "Leave out --by, and choose the group with --where.")
        if wanted.kind not in (None, parts.kind):
            why = f"The lines of the report {name} are told by {parts.kind}, not by {wanted.kind}."
            raise UsageError(why, "Name it with --line.")
        key = _column(module, parts, question, wanted.column)
        answer = told(name, module, connection, question)
        with localcontext(prec=PRECISION):
            explained = _explained(connection, question, answer, parts, key, wanted.line)
        return Answers([explained], behind(connection, unrated, asked, [explained]))


def _column(module: ModuleType, parts: Parts, question: Question, column: str | None) -> str:
    """The key of the column to explain: the one named, else what the report is drawn by."""
    if column is not None and column not in parts.cells:
        raise UnknownNameError("column of amounts", column, parts.cells)
    chart = module.chart(question) if hasattr(module, "chart") else getattr(module, "CHART", None)
    drawn = [key for key in (chart.values if chart else ()) if key in parts.cells]
    return column or (drawn or list(parts.cells))[0]


def _explained(
    connection: Connection, question: Question, answer: Answer, parts: Parts, key: str, line: str | None
) -> Answer:
    cell = _cell(answer, key, line)
    found = connection.execute(_query(question, parts, parts.cells[key], line)).all()
    rates = rates_told(connection, question)
    weighted = parts.cells[key][0].weighted
    rows = [_row(row, rates, weighted=weighted) for row in found]
    notes = [_note(row, question, weighted=weighted) for row in rows]
    adding = "weighted" if weighted else "converted"
    lacking = cell - sum((row[adding] or Decimal(0) for row in rows), Decimal(0))
    if lacking and not rows:
        raise UsageError(f"'{line}' stands for several lines of the report.", "Name one of them, or leave out --line.")
    if lacking:
        name = ROUNDING if abs(lacking) < Decimal("0.0001") else ELSEWHERE
        rows.append(dict.fromkeys(rows[0]) | {"name": name, adding: _exact(lacking)})
        notes.append("")
    columns = _columns(question, weighted=weighted, line=line)
    added = [column.key for column in columns if column.is_added]
    total: dict[str, Cell] = {key: _exact(sum((row[key] or Decimal(0) for row in rows), Decimal(0))) for key in added}
    heading = next(column.heading for column in answer.columns if column.key == key)
    remark = (
        f"{opportunities(len(found))} {'makes' if len(found) == 1 else 'make'} '{heading}' of {line or 'the report'}: "
    )
    return replace(
        answer,
        report=f"explain {answer.report}",
        columns=columns,
        rows=rows,
        total=total,
        notes=notes,
        remarks=[f"{remark}{plain(cell):,f} {question.currency}.", *answer.remarks],
        total_name=line or GRAND_TOTAL,
        chart=None,
        rates={},  # each row has its own
    )


def _cell(answer: Answer, key: str, line: str | None) -> Decimal:
    """The number in the report."""
    first = answer.shown[0].key
    lines = {str(row[first]): row for row in answer.rows}
    if line is not None and line not in lines:
        raise UnknownNameError(f"line of the report {answer.report}", line, lines)
    cell = (answer.total if line is None else lines[line])[key]
    assert isinstance(cell, Decimal)
    return cell


def _columns(question: Question, *, weighted: bool, line: str | None) -> list[Column]:
    chance = [
        Column("probability", "Chance", "percent", exact=True),
        _hidden("probability_of"),
        Column("weighted", "Weighted", "money", exact=True),
    ]
    return [
        Column("name", "Opportunity", "text"),
        Column("line", "Line", "text", shown=line is None, below="name"),
        Column("deal", "Deal", added=False, shown=False),
        _hidden("status"),
        Column("amount", "Amount", "money", added=False, exact=True),
        Column("currency", "In", "text"),
        *map(_hidden, RatesTold.KEYS),
        Column("converted", f"In {question.currency}", "money", exact=True),
        *(chance if weighted else ()),
    ]


def _hidden(key: str) -> Column:
    return Column(key, key.replace("_", " ").capitalize(), "text", shown=False)


def _query(question: Question, parts: Parts, of: Sequence[Part], line: str | None) -> Select[Any] | CompoundSelect[Any]:
    """A row for each opportunity of a line, or of all, in the order of the lines and in which they came."""
    each = union_all(*(_adding(question, parts, part, line) for part in of)).subquery("each")
    return select(each).order_by(each.c.place, each.c.line, each.c.deal)


def _adding(question: Question, parts: Parts, part: Part, line: str | None) -> Select[Any]:
    stored, value = question.deals.c, part.amount
    query = select(
        parts.line.label("line"),
        parts.order.label("place"),
        stored.id.label("deal"),
        stored.name,
        stored.status,
        question.is_open().label("is_open"),
        stored[value].label("amount"),
        stored[AMOUNTS[value]].label("currency"),
        *(stored[f"{value}_{kept}"].label(kept) for kept in ("base", "rate", "rate_day")),
        question.amount(value).label("converted"),
        stored.probability.label("own_probability"),
        question.probability().label("probability"),
    )
    conditions = [parts.counted, *([] if part.only is None else [part.only])]
    conditions += [] if line is None else [parts.line == literal(line)]
    return query.select_from(parts.source).where(*conditions)


def _row(row: Row[Any], rates: RatesTold, *, weighted: bool) -> dict[str, Any]:
    """A line: what the opportunity is, its amount, and the way from there to what it adds."""
    line: dict[str, Any] = {key: row._mapping[key] for key in ("name", "line", "deal", "status", "amount", "currency")}
    line |= rates.of(row) | {"converted": row.converted}
    if weighted:
        own = "opportunity" if row.own_probability is not None else "status"
        is_told = row.converted is not None and row.probability is not None
        line |= {"probability": row.probability, "probability_of": own if row.probability is not None else None}
        line["weighted"] = row.converted * row.probability if is_told else None
    return {key: _exact(cell) if isinstance(cell, Decimal) else cell for key, cell in line.items()}


def _exact(number: Decimal) -> Decimal:
    """All decimals that there are, and 4 at least."""
    rounded = number.quantize(Decimal("0.0001"))
    return rounded if rounded == number else plain(number)


def _note(row: dict[str, Any], question: Question, *, weighted: bool) -> str:
    """What is told below a line: the number of the deal, and where rate and probability come from."""
    labels = question.settings.labels
    facts = [f"deal {row['deal']}, {labels.get(row['status'], row['status'])}"]
    if row["amount"] is None:
        return f"{facts[0]}; no amount, so that it adds nothing"
    if row["base_rate"]:
        facts.append(f"rate {row['base_rate']} of {row['base_rate_day']}, kept at closing")
    if row["rate"]:
        facts.append(f"rate {row['rate']} of {row['rate_day']} ({row['rate_source']})")
    if weighted:
        facts.append(f"probability of the {row['probability_of']}" if row["probability_of"] else "no probability")
    return "; ".join(facts)
