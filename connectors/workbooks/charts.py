"""Charts of workbooks to look at: which part of a table is drawn, and how."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from connectors.workbooks.looks import AS_DAY
from connectors.workbooks.shown_tables import Table

DATA = "Chart data"
MOST_DRAWN = {"bar": 40, "column": 120}
COLOURS = ("#1F3864", "#2E75B6", "#9DC3E6", "#F4B183", "#C55A11", "#A9D18E", "#548235", "#7F7F7F", "#FFD966", "#BF9000")
WIDTH, HEIGHT, BAR_HEIGHT, MOST_HEIGHT = 720, 400, 22, 960
KINDS = {"column": "column", "stacked": "column", "bar": "bar", "line": "line"}


@dataclass(frozen=True)
class SheetChart:
    """How a table is drawn: its columns by their positions, a title, and what the values are counted in.

    Where it shows something else than the table of its sheet, that is its `data`.
    """

    kind: Literal["column", "stacked", "bar", "line"]
    category: int
    values: Sequence[int]
    title: str
    unit: str = ""
    data: Table | None = None


def draw(book: Any, chart: SheetChart, table: Table, place: tuple[str, int, int]) -> Any:
    """The chart of a table that begins at a place: a sheet, its row of headers, and its first column."""
    sheet, top, left = place
    kind = _kind(chart, table)
    drawn = min(len(table.rows), MOST_DRAWN.get(kind, len(table.rows)))
    made = book.add_chart({"type": kind, **_subtype(chart, kind)})
    for number, value in enumerate(chart.values):
        colour = COLOURS[number % len(COLOURS)]
        made.add_series(
            {
                "name": [sheet, top, left + value],
                "categories": [sheet, top + 1, left + chart.category, top + drawn, left + chart.category],
                "values": [sheet, top + 1, left + value, top + drawn, left + value],
                **_painted(kind, colour),
            }
        )
    more = f" (the first {drawn})" if drawn < len(table.rows) else ""
    made.set_title({"name": chart.title + more, "name_font": {"size": 13, "color": COLOURS[0]}, "overlay": False})
    made.set_legend({"position": "bottom"} if len(chart.values) > 1 else {"none": True})
    _set_axes(made, chart, table, kind)
    height = min(MOST_HEIGHT, max(HEIGHT, BAR_HEIGHT * drawn + 120)) if kind == "bar" else HEIGHT
    made.set_size({"width": WIDTH, "height": height})
    return made


def _kind(chart: SheetChart, table: Table) -> str:
    """Lines over numbers are drawn to scale, over anything else step by step."""
    return "scatter" if chart.kind == "line" and table.columns[chart.category].is_numeric else KINDS[chart.kind]


def _subtype(chart: SheetChart, kind: str) -> dict[str, str]:
    if kind == "scatter":
        return {"subtype": "straight_with_markers"}
    return {"subtype": "stacked"} if chart.kind == "stacked" else {}


def _painted(kind: str, colour: str) -> dict[str, Any]:
    if kind not in ("line", "scatter"):
        return {"fill": {"color": colour}, "gap": 60}
    point = {"type": "circle", "size": 5, "fill": {"color": colour}, "border": {"color": colour}}
    return {"line": {"color": colour, "width": 2.25}, "marker": point}


def _set_axes(made: Any, chart: SheetChart, table: Table, kind: str) -> None:
    percent = "%" in table.columns[chart.values[0]].number_format
    font = {"size": 9, "color": "#595959"}
    grid = {"visible": True, "line": {"color": "#D9D9D9", "width": 0.75}}
    values: dict[str, Any] = {
        "num_format": "0%" if percent else "#,##0",
        "name": chart.unit,
        "name_font": {**font, "bold": False},
        "num_font": font,
        "major_gridlines": grid,
        "line": {"none": True},
    }
    if percent and all(0 <= (row[value] or 0) <= 1 for row in table.rows for value in chart.values):
        values |= {"min": 0, "max": 1}
    categories: dict[str, Any] = {"num_font": font, "label_position": "low"}
    if table.columns[chart.category].number_format == AS_DAY:  # else their serial numbers are shown
        categories["num_format"] = AS_DAY
    if kind == "scatter":
        heading = table.columns[chart.category].heading
        categories |= {"num_format": "#,##0", "name": heading, "name_font": {**font, "bold": False}}
    if kind == "bar":  # its values lie along the x axis; the first row belongs on top
        made.set_x_axis(values)
        made.set_y_axis(categories | {"reverse": True, "crossing": "max"})
        return
    made.set_x_axis(categories)
    made.set_y_axis(values)
