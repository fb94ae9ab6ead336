"""HTML of answers, by the templates beside it; numbers and days are data, which a browser tells as its reader does."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pipelines.questions.answer import Behind, Column
from schemas.known import AsOf
from schemas.settings import Settings

SCRIPTS = ("exact", "words", "deals", "filters", "tables", "board", "places", "page")
"""The scripts of the page of the pipeline, each needing those before it."""
SHADES = 12


def style() -> str:
    """The style of the page."""
    return _file("page.css")


def script(names: Iterable[str] = SCRIPTS) -> str:
    """The scripts of a page as one."""
    return '"use strict";\n' + "".join(_file(f"{name}.js") for name in names)


def fingerprint(text: str) -> str:
    """What a page says of its own script, so that a browser runs no other."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def rendered(template: str, **values: Any) -> str:
    """A template with its values; every text in it is escaped."""
    return _templates().get_template(template).render(**values)


def as_data(told: Mapping[str, Any]) -> Markup:
    """Values as JSON that can stand in a script element."""
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))


def ramp(settings: Settings) -> Markup:
    """The colours of the statuses: of the open ones from a light one for the first to a strong one for the last."""
    open_ids = settings.ids("open")
    colours = [f"--open-{place}: {_mixed(place, len(open_ids))};" for place in range(len(open_ids))]
    for place, status in enumerate(settings.statuses):
        name = f"open-{open_ids.index(status.id)}" if status.kind == "open" else status.kind
        colours.append(f"--status-{place}: var(--{name});")
    return Markup(" ".join(colours))


def shades() -> Markup:
    """The colours of the parts of a stack, from light to strong."""
    return Markup(" ".join(f"--part-{place}: {_mixed(place, SHADES)};" for place in range(SHADES)))


def _mixed(place: int, number: int) -> str:
    return f"color-mix(in oklab, var(--ramp-last) {100 * place // max(1, number - 1)}%, var(--ramp-first))"


def span(numbers: Iterable[int]) -> str:
    """Whole numbers in order, told by their beginnings and ends: 1-4, 7."""
    ordered = sorted(numbers)
    if not ordered:
        return "none"
    breaks = [place for place, (one, other) in enumerate(pairwise(ordered), 1) if other != one + 1]
    parts = [ordered[start:end] for start, end in pairwise((0, *breaks, len(ordered)))]
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}–{part[-1]}" for part in parts)


def filters(behind: Behind) -> str:
    """The filters of an answer."""
    return ", ".join(one.removeprefix("--") for one in behind.filters) or "none"


def rate(value: Decimal) -> str:
    """What a unit is worth, with 6 decimals at most."""
    return f"= {value:f}" if value == round(value, 6) else f"≈ {value:.6f}"


def number(value: Decimal | int | None, kind: str = "money", *, sign: bool = False) -> Markup:
    """A number as data; its text is for readers without a script."""
    if value is None:
        return Markup("")
    plus = "+" if sign and value > 0 else ""
    always = Markup(' data-sign="always"') if sign else ""
    return Markup('<data value="{}" data-kind="{}"{}>{}{}</data>').format(
        f"{value:f}" if isinstance(value, Decimal) else value, kind, always, plus, _text(value, kind)
    )


def counted(deals: int) -> Markup:
    """So many deals."""
    return number(deals, "count") + (" deal" if deals == 1 else " deals")


def day(value: date) -> Markup:
    """A day as data."""
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), f"{value.day} {value:%b %Y}")


def moment(when: AsOf, today: date) -> Markup:
    """Of when an answer is, its day as data."""
    told = when.told(today)
    return day(date.fromisoformat(told[:10])) + told[10:]


def cell(column: Column, value: Any) -> Markup | str:
    """A cell of an answer."""
    if value is None:
        return ""
    if column.is_numeric and isinstance(value, Decimal | int):
        return number(value, column.kind)
    return day(value) if isinstance(value, date) else str(value)


def is_right(column: Column) -> bool:
    """Whether a column is set to the right: numbers, and the changes that are told beside them."""
    return column.is_numeric or column.key.endswith("_change")


def share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """A fraction, rounded for people; None of nothing."""
    return (Decimal(part) / whole).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP) if whole else None


def _text(value: Decimal | int, kind: str) -> str:
    if kind == "percent":
        return f"{(Decimal(value) * 100).quantize(Decimal('0.1'), rounding=ROUND_HALF_UP)} %"
    digits = {"money": 2, "number": 2}.get(kind, 0)
    return f"{Decimal(value).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP):,}"


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__, ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    words = (number, counted, day, moment, cell, span, as_data, share, filters, is_right, rate)
    environment.globals |= {word.__name__: word for word in words}
    return environment
