"""The pages of reports: that of the pipeline, and a plain one of any answers."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from pipelines.page import page_head
from pipelines.questions.answer import Answer, Answers
from pipelines.report_page.deals import FIRST_DAY
from pipelines.report_page.rendering import fingerprint, ramp, rendered, script, shades, style
from pipelines.report_page.series import month_bars, outcomes, stages, waterfall_steps
from pipelines.report_page.told import PipelineAnswers
from schemas.settings import Settings

TITLE = "Sales pipeline"
FOOT = "</body>\n</html>\n"
SCRIPT_ELEMENT = '<script type="module">{}</script>\n'
Pictures = tuple[str, str]


def answers_page(told: Answers) -> Iterator[str]:
    """A page of answers: their tables, and charts of those that say how they are drawn."""
    (first, *others) = told.answers
    title = first.name if not others else "Reports"
    code = script(("words", "plain"))
    yield page_head(title, f"{style()}:root {{ {shades()} }}\n", *_allowed(code))
    shown = [(answer, *_plain_chart(answer)) for answer in told.answers]
    data = {"currency": first.currency}
    yield rendered("answers.html", told=told, title=title, first=first, shown=shown, data=data)
    yield SCRIPT_ELEMENT.format(code)
    yield FOOT


def pipeline_page(told: PipelineAnswers) -> Iterator[str]:
    """The page of the pipeline."""
    code = script()
    colours = f":root {{ {ramp(told.settings)} }}"
    yield page_head(TITLE, f"{style()}{colours}\n", *_allowed(code))
    found = {answer.report: answer for answer in told.answers}
    yield rendered(
        "page.html",
        told=told,
        title=TITLE,
        charts=_charts(told, found),
        texts=_texts(told, found),
        legend=_legend(_open_statuses(told.settings)),
        range_facts=_range_facts(found),
        data=_data(told),
        by_month=found["by-month"],
        by_status=found["by-status"],
        waterfall=found.get("waterfall"),
        ranges=found.get("range"),
        forecast=found.get("forecast"),
    )
    yield SCRIPT_ELEMENT.format(code)
    yield FOOT


def _allowed(code: str) -> tuple[str, ...]:
    """What the policy of a page allows: its own script, and nothing that leads away."""
    return f"script-src '{fingerprint(code)}'", "base-uri 'none'", "form-action 'none'"


def _charts(told: PipelineAnswers, found: Mapping[str, Answer]) -> dict[str, Pictures | None]:
    """The pictures of the page; None where there is nothing to draw."""
    from pipelines.report_page import charts  # matplotlib takes most of a second to load

    open_ids = told.settings.ids("open")
    labels = [status.label for status in told.settings.statuses if status.kind == "open"]
    bars = month_bars(found["by-month"], open_ids, told.today)
    drawn: dict[str, Pictures | None] = dict.fromkeys(("months", "funnel", "waterfall", "range"))
    if told.figures.open_deals:
        drawn["months"] = charts.months(bars, labels)
        drawn["funnel"] = charts.funnel(stages(found["by-status"], found["by-month"], told.settings.statuses))
        if "range" in found:
            drawn["range"] = charts.outcome_range(outcomes(found["range"]))
    if "waterfall" in found and not told.uncompared:
        drawn["waterfall"] = charts.waterfall(waterfall_steps(found["waterfall"]))
    return drawn


def _texts(told: PipelineAnswers, found: Mapping[str, Answer]) -> dict[str, str]:
    """What the pictures say, for who does not see them, or why there is none."""
    nothing = "There is no open deal."
    texts = dict.fromkeys(("months", "funnel", "range"), nothing)
    if told.figures.open_deals:
        weighted = f"{told.figures.weighted_amount:,.0f} {told.currency}"
        texts["months"] = f"The weighted pipeline of {weighted} by month of expected close and status."
        texts["funnel"] = "What the open deals are worth by status, and what of it is expected by their probability."
        texts["range"] = _range_text(outcomes(found["range"]), told.currency) if "range" in found else ""
    texts["waterfall"] = told.uncompared or "From the open pipeline of then to that of now, step by step."
    return texts


def _range_text(amounts: Mapping[str, Decimal], currency: str) -> str:
    told = ", ".join(f"{name.upper()} {amounts[name]:,.0f}" for name in ("p10", "p50", "p90"))
    return f"What the open deals may bring in {currency}: {told}."


def _range_facts(found: Mapping[str, Answer]) -> list[tuple[str, Decimal]]:
    """What is told below the picture of the range."""
    if "range" not in found:
        return []
    amounts = outcomes(found["range"])
    names = {"p25": "P25", "expected": "Expected", "p75": "P75", "all": "If all are won"}
    return [(label, amounts[name]) for name, label in names.items()]


def _open_statuses(settings: Settings) -> list[tuple[str, str]]:
    are_open = (status.label for status in settings.statuses if status.kind == "open")
    return [(label, f"open-{place}") for place, label in enumerate(are_open)]


def _legend(named: Iterable[tuple[str, str]]) -> Markup:
    item = Markup('<li><i style="--colour: var(--{})" aria-hidden="true"></i>{}</li>')
    shown = (item.format(colour, name) for name, colour in named)
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(shown))


def _data(told: PipelineAnswers) -> dict[str, Any]:
    """What the scripts of the page work with."""
    statuses = [{"label": status.label, "kind": status.kind} for status in told.settings.statuses]
    return {
        "currency": told.currency,
        "rounding": told.settings.rounding,
        "today": (told.today - FIRST_DAY).days,
        "statuses": statuses,
        "deals": told.deals,
    }


def _plain_chart(answer: Answer) -> tuple[Pictures | None, Markup | str]:
    """The picture of an answer that says how it is drawn, and its legend."""
    if answer.chart is None or not answer.rows:
        return None, ""
    from pipelines.report_page import charts, plain_charts  # matplotlib takes most of a second to load

    first = answer.columns[0].key
    if answer.report == "waterfall" and first == "step":
        return charts.waterfall(waterfall_steps(answer)), ""
    if answer.report == "range" and first == "outcome":
        return charts.outcome_range(outcomes(answer)), ""
    named = plain_charts.legend(answer)
    return plain_charts.drawn_answer(answer), _legend(named) if named else ""
