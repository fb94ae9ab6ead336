"""The values of a chart: what stands along it, and for each of its parts the value at each of them."""

from decimal import Decimal
from typing import Any

from pipelines.questions.answer import Answer, Cell, Chart

MOST_PARTS = 12
"""More parts of a stack than these cannot be told apart, and workbooks draw no more than 255."""
OTHERS = "(others)"


def charted(answer: Answer, chart: Chart) -> tuple[list[Cell], dict[str, list[Any]]]:
    """The categories, and the parts by name, the values of rows in long form by what tells them apart.

    Rows alike are added up. Where there are too many parts, the largest stand alone, in the order in which they come,
    and the others together.
    """
    categories = list(dict.fromkeys(row[chart.category] for row in answer.rows))
    places = {category: place for place, category in enumerate(categories)}
    parts: dict[str, list[Any]] = {}
    for row in answer.rows:
        for key in chart.values:
            values = parts.setdefault(str(row[chart.series]) if chart.series else key, [None] * len(categories))
            place, value = places[row[chart.category]], row[key]
            values[place] = value if values[place] is None else values[place] + (value or 0)
    return categories, _few(parts) if chart.series else parts


def _few(parts: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The largest parts, and the others together."""
    if len(parts) <= MOST_PARTS:
        return parts
    sizes = {name: sum((abs(value) for value in values if value), Decimal(0)) for name, values in parts.items()}
    largest = set(sorted(sizes, key=lambda name: -sizes[name])[: MOST_PARTS - 1])
    others = [values for name, values in parts.items() if name not in largest]
    together = [sum(filter(None, values), Decimal(0)) for values in zip(*others, strict=True)]
    return {name: values for name, values in parts.items() if name in largest} | {OTHERS: together}
