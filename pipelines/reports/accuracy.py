"""How far was what was forecast at the end of each month from what was won in the next one?

forecast = sum of budget amount × probability over the deals that were open at the end of the month before and whose
close date lay in the month, as all that was known then, at the rates of then; won = close revenue (where that was left
blank the budget amount) of the deals that are won with a close date in the month, as known now. `difference` = won -
forecast, `error` = |difference| / won, unknown of a month in which nothing was won; in the total it is the mean of the
months, the mean absolute percentage error. Months, quarters or years (--period) that are over: the last 12, or those
in the days asked for, 60 at most. What lies before the history is left out and told.

Source: forecast accuracy by MAPE, as in Hyndman and Koehler, Another look at measures of forecast accuracy (2006).
OroCRM has no such report.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select

from pipelines.questions.answer import Chart, Column
from pipelines.questions.dimensions import group_column
from pipelines.questions.intervals import share
from pipelines.questions.past_forecasts import eves, forecast_and_won, spans
from pipelines.questions.question import Question
from pipelines.questions.versions import BEGAN, PRUNED, recorded
from schemas.errors import RunError

TAKES = frozenset({"from", "to", "period"})
BY = (None, "owner", "account", "customer", "lead-source", "system", "currency")
CHART = Chart("column", "period", ("forecast", "won"))
LAST = 12
SUMS = ("deals", "forecast", "won_deals", "won")


def columns(question: Question) -> list[Column]:
    """The period, what was forecast, what was won, and how far apart they are."""
    return [
        *([group_column(question.by)] if question.by else []),
        Column("period", "Period", "text"),
        Column("deals", "Deals"),
        Column("forecast", "Forecast", "money"),
        Column("won_deals", "Won"),
        Column("won", "Won amount", "money"),
        Column("difference", "Difference", "money"),
        Column("error", "Error", "percent"),
    ]


def past(question: Question) -> list[date]:
    """The days before the periods."""
    return eves(spans(question, LAST))


def ask(question: Question) -> Select[Any]:
    """What was forecast and what was won, by group and period."""
    return forecast_and_won(question, spans(question, LAST))


def work_out(found: list[dict[str, Any]], question: Question) -> list[dict[str, Any]]:
    """One row for each period since the history begins, of groups only those with a forecast or a win."""
    periods, told = spans(question, LAST), _told(found[0], question)
    sums: dict[tuple[Any, str, int], dict[str, Any]] = {}
    for row in found:
        if row["number"] in told:
            _require_rate(row, question)
            line = sums.setdefault((row["place"], row["group"], row["number"]), dict.fromkeys(SUMS, 0))
            line |= {key: line[key] + (row[key] or 0) for key in SUMS}
    keys = sorted(sums) if question.by else [(0, "", number) for number in told]
    by, nothing = group_column(question.by).key if question.by else "group", dict.fromkeys(SUMS, 0)
    return [{by: key[1], "period": periods[key[2]].name, **_compared(sums.get(key, nothing))} for key in keys]


def _told(facts: dict[str, Any], question: Question) -> list[int]:
    """The numbers of the periods on whose eve the history had begun, and of which it was not removed."""
    moments = [moment for moment in (facts[BEGAN], facts[PRUNED]) if moment]
    return [n for n, then in enumerate(question.past) if facts[BEGAN] and then.moment >= max(moments)]


def _require_rate(row: dict[str, Any], question: Question) -> None:
    """Refuse a forecast that lacks a rate."""
    if row["unrated"]:
        day = question.past[row["number"]].today
        why = f"No exchange rate was known on {day} from {row['unrated']} to {question.currency}."
        raise RunError(why, "Ask for later periods with --from.")


def _compared(sums: dict[str, Any]) -> dict[str, Any]:
    """The sums with their difference and the error."""
    difference = Decimal(sums["won"]) - Decimal(sums["forecast"])
    return sums | {"difference": difference, "error": share(abs(difference), sums["won"])}


def in_total(rows: list[dict[str, Any]], question: Question) -> dict[str, Any]:
    """The mean of the errors."""
    errors = [row["error"] for row in rows if row["error"] is not None]
    return {"error": share(sum(errors), len(errors))}


def beside(question: Question) -> Select[Any]:
    """How far back the history tells."""
    return recorded(question)


def left_out(facts: dict[str, Any], question: Question) -> list[str]:
    """Which periods are left out."""
    told = _told(facts, question)
    names = [span.name for number, span in enumerate(spans(question, LAST)) if number not in told]
    if not names:
        return []
    shown = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
    return [f"Left out, as nothing is recorded of the day before: {shown}."]
