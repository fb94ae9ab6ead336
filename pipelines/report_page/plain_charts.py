"""Charts of any answer that says how it is drawn: bars that lie or stand, beside or upon each other, and lines."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pipelines.questions.answer import Answer, Chart
from pipelines.questions.charted import charted
from pipelines.report_page.charts import NARROW, SMALL, amount_axis, beside
from pipelines.report_page.rendering import SHADES
from pipelines.report_page.svg import Drawing, cut, drawn

MOST_BARS = 15
MOST_COLUMNS = 24
WIDE = 720.0
COLOURS = ("accent", "range", "total", "won", "down")
Values = dict[str, list[Decimal]]


def drawn_answer(answer: Answer) -> tuple[str, str] | None:
    """The chart of an answer, wide and narrow; None where it says of none, or where there is nothing to draw."""
    chart = answer.chart
    if chart is None or not answer.rows:
        return None
    kinds = {column.key: column.kind for column in answer.columns}
    percent = kinds.get(chart.values[0]) == "percent"
    if chart.kind == "line" and kinds.get(chart.category) in ("money", "number", "count"):
        points = sorted((_decimal(row[chart.category]), _decimal(row[chart.values[0]])) for row in answer.rows)
        return _line(points, WIDE, percent=percent), _line(points, NARROW, percent=percent)
    names, values = _values(answer, chart)
    if chart.kind == "bar":
        first = {name: found[:MOST_BARS] for name, found in values.items()}
        return _bars(names[:MOST_BARS], first, WIDE), _bars(names[:MOST_BARS], first, NARROW)
    upon = chart.kind == "stacked"
    many, few = (_window(names, values, most) for most in (MOST_COLUMNS, MOST_BARS))
    return _columns(*many, upon=upon, percent=percent), _bars(*few, NARROW, upon=upon)


def legend(answer: Answer) -> list[tuple[str, str]]:
    """The parts of a chart that has several, each with the name of its colour."""
    chart = answer.chart
    if chart is None or chart.kind == "line":
        return []
    headings = {column.key: column.heading for column in answer.columns}
    _, values = _values(answer, chart)
    upon, number = chart.kind == "stacked", len(values)
    if number < 2:
        return []
    return [(headings.get(name, name), _colour_of(place, number, upon=upon)) for place, name in enumerate(values)]


def _colour_of(place: int, number: int, *, upon: bool) -> str:
    """The name of the colour of a part: of a stack from light to strong, else one of a few that differ."""
    return f"part-{(SHADES - 1) * place // max(1, number - 1)}" if upon else COLOURS[place % len(COLOURS)]


def _values(answer: Answer, chart: Chart) -> tuple[list[str], Values]:
    """The names along the chart, and for each part its value at each of them."""
    names, parts = charted(answer, chart)
    return [_text(name) for name in names], {part: list(map(_decimal, values)) for part, values in parts.items()}


def _window(names: Sequence[str], values: Values, most: int) -> tuple[Sequence[str], Values]:
    """Where there are more columns than can be drawn, those side by side that have most; of equal ones the last."""
    totals = [sum(map(abs, parts), Decimal(0)) for parts in zip(*values.values(), strict=True)]
    starts = range(max(1, len(names) - most + 1))
    start = max(starts, key=lambda place: (sum(totals[place : place + most], Decimal(0)), place))
    shown = slice(start, start + most)
    return names[shown], {name: found[shown] for name, found in values.items()}


def _bars(names: Sequence[str], values: Values, width: float, *, upon: bool = False) -> str:
    margin = 120 if width == NARROW else 220
    with drawn(width, 30 * len(names) + 8, (margin, 62, 4, 4)) as drawing:
        _drawn_parts(drawing, len(names), values, drawing.axes.barh, "left", upon=upon)
        longest = 18 if width == NARROW else 34
        drawing.axes.set_yticks(range(len(names)), [cut(name, longest) for name in names])
        drawing.axes.tick_params(axis="y", labelcolor=drawing.colour("ink"))
        drawing.axes.set_xticks([])
        drawing.axes.invert_yaxis()
        if upon or len(values) == 1:
            for place, parts in enumerate(zip(*values.values(), strict=True)):
                total = sum(parts, Decimal(0))
                beside(drawing, max(float(total), 0.0), place, total, ha="left", va="center_baseline", dx=5)
    return drawing.svg()


def _columns(names: Sequence[str], values: Values, *, upon: bool, percent: bool) -> str:
    with drawn(WIDE, 300, (52, 8, 22, 26)) as drawing:
        _drawn_parts(drawing, len(names), values, drawing.axes.bar, "bottom", upon=upon)
        every = -(-len(names) // 10)
        shown = range(0, len(names), every)
        drawing.axes.set_xticks(shown, [cut(names[place], 11) for place in shown])
        drawing.axes.tick_params(axis="x", labelcolor=drawing.colour("ink"), labelsize=SMALL)
        amount_axis(drawing, percent=percent)
    return drawing.svg()


def _drawn_parts(drawing: Drawing, number: int, values: Values, draw: Any, start: str, *, upon: bool) -> None:
    """Each part in its colour, upon the one before or beside it."""
    levels, size = [0.0] * number, 0.68 if upon else 0.68 / len(values)
    for place, found in enumerate(values.values()):
        lengths = [float(value) for value in found]
        colour = drawing.colour(_colour_of(place, len(values), upon=upon))
        at = [n if upon else n - 0.34 + size * (place + 0.5) for n in range(number)]
        draw(at, lengths, size, color=colour, edgecolor=drawing.colour("card"), linewidth=1, **{start: levels})
        levels = [level + length for level, length in zip(levels, lengths, strict=True)] if upon else levels


def _line(points: Sequence[tuple[Decimal, Decimal]], width: float, *, percent: bool) -> str:
    with drawn(width, 240, (52, 20, 16, 26)) as drawing:
        across, up = ([float(value) for value in side] for side in zip(*points, strict=True))
        drawing.axes.plot(across, up, color=drawing.colour("accent"), linewidth=2, marker="o", markersize=5)
        amount_axis(drawing, percent=percent)
        amount_axis(drawing, along=True)
    return drawing.svg()


def _decimal(cell: Any) -> Decimal:
    return Decimal(cell or 0)


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell)
