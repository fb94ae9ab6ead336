"""Describes what a file must look like: the columns of a layout, what their cells may hold, and what is refused."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from pipelines.status_cells import StatusCells
from pipelines.steps.render import scaled
from schemas.blocks import Place, header_of
from schemas.examples import EXAMPLES
from schemas.features import require_on
from schemas.field_problems import DAYS, RuleOf, other_rules, rules_of
from schemas.fields import AMOUNTS, Field
from schemas.layout import Layout, Outcome
from schemas.layout_files import load_layout
from schemas.mapping import outcome_columns
from schemas.settings import Settings
from schemas.statuses import Status
from schemas.values import percent_text
from schemas.words import LEAD_STATUSES

PERCENT = "40, from 0 to 100"
CHANCES = {"": PERCENT, "percent": PERCENT, "fraction": "0.4, from 0 to 1", "hundredfold": "4000, from 0 to 10000"}


@dataclass(frozen=True)
class Word:
    """A word that a cell may hold, and what it means: for a stage or an outcome the id of a status, or nothing."""

    word: str
    means: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a file; `field` is blank where it only tells how an opportunity ended.

    `written` shows the form of its cells, `only` tells whether other words than those listed are refused.
    """

    header: str
    also: tuple[str, ...]
    field: str
    kind: str
    about: str
    required: bool
    written: str
    longest: int | None = None
    words: tuple[Word, ...] = ()
    only: bool = False
    example: Any = None
    rules: tuple[RuleOf, ...] = ()


@dataclass(frozen=True)
class Description:
    """What a file of a layout must look like; `rules` are those of whole rows."""

    layout: Layout
    base_currency: str
    currencies: tuple[str, ...]
    columns: tuple[Column, ...]
    rules: tuple[RuleOf, ...]

    def shown(self, column: Column) -> str:
        """The example of a column as its cells are written."""
        value = scaled(column.kind, column.example, self.layout)
        return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def describe(layout: str, settings: Settings) -> Description:
    """What a file must look like that is written in a layout (name or path) and judged by the settings."""
    written_as = load_layout(layout)
    require_on(written_as.entity, settings)
    columns: list[Column] = []
    for field in written_as.order:
        if field in written_as.headers:
            columns.append(_column(field, written_as, settings))
        else:
            columns += _block(field, written_as)
    told = _status_cells(written_as, settings)
    columns = [replace(column, example=told.get(column.field) or column.example) for column in columns]
    outcomes = outcome_columns(written_as).items()
    columns += [_outcome(outcome, written_as, settings, told.get(name) or None) for name, outcome in outcomes]
    rules = other_rules(settings, written_as.entity)
    return Description(written_as, settings.base_currency, settings.currencies, tuple(columns), rules)


def _column(field: str, layout: Layout, settings: Settings) -> Column:
    known, (header, *also) = layout.fields[field], layout.headers[field]
    kind = _kind(field, layout)
    words = _words(field, kind, layout, settings)
    any_reason = kind == "close_reason" and "unknown_close_reason" in settings.rules_off
    return Column(
        header,
        tuple(also),
        field,
        kind,
        _about(known, layout, settings),
        _is_required(field, layout, settings),
        _written(kind, layout),
        known.longest,
        words,
        bool(words) and not any_reason,
        _example(field, words, layout, settings),
        rules_of(known, layout, settings),
    )


def _block(field: str, layout: Layout) -> list[Column]:
    """The columns of the first block of a collection; more of them follow with higher numbers."""
    examples, columns = EXAMPLES[layout.entity].get(field, {}), []
    for part, (spelling, *_) in layout.blocks[field].items():
        place, about = Place(field, 1, part), f"{layout.fields[field].about}: {part.replace('_', ' ')}"
        told = f"{about}; more under 2, 3 and so on"
        header = header_of(spelling, 1)
        columns.append(Column(header, (), str(place), "text", told, False, "text", example=examples.get(part)))
    return columns


def _about(field: Field, layout: Layout, settings: Settings) -> str:
    """What a field is, with the header of its currency and in the layout's own scale."""
    if field.kind == "percent":
        return "chance to win"
    if currency := AMOUNTS.get(field.name):
        there = currency in layout.headers
        other = f"the currency under '{layout.header(currency)}', else " if there else ""
        return field.about.replace(currency, f"{other}{settings.base_currency}")
    return field.about.replace("ISO 4217 code", "currency") if layout.currencies else field.about


def _status_cells(layout: Layout, settings: Settings) -> dict[str, str]:
    """The cells that tell the status of an open opportunity, at the first open stage that the layout names."""
    there = settings.ids("open")
    stages = ((layout.spelled[word], status) for word, status in layout.stages.items() if status in there)
    stage, status = next(stages, (None, there[0]))
    return StatusCells(layout, settings).found(status, stage, layout.source) or {}


def _outcome(outcome: Outcome, layout: Layout, settings: Settings, example: str | None) -> Column:
    words = tuple(_word(word, status, outcome.spelled, settings) for word, status in outcome.values.items())
    header, *also = outcome.headers
    about = "whether it was won or lost, or is still open"
    alone = "status" not in layout.headers and not layout.stages
    required = alone and "status" in layout.required
    return Column(header, tuple(also), "", "outcome", about, required, "a word listed", None, words, True, example)


def _kind(field: str, layout: Layout) -> str:
    if field == "stage" and layout.stages:
        return "stage"
    kind = layout.fields[field].kind
    return "text" if kind == "name" else kind


def _is_required(field: str, layout: Layout, settings: Settings) -> bool:
    # where no header holds the status, the stage tells it
    means = "status" if field == "stage" and layout.stages and "status" not in layout.headers else field
    return means in layout.required and f"missing_{means}" not in settings.rules_off


def _written(kind: str, layout: Layout) -> str:
    number = "1234,50" if layout.decimal == "," else "1234.50"
    forms = {
        "amount": "123450 for 1234.50, in cents" if layout.amounts == "cents" else number,
        "percent": CHANCES[layout.probability],
        "date": DAYS[layout.dates],
        "moment": "2026-12-31T17:30:00Z",
        "tags": "words separated by commas",
        "whole": "120",
        "text": "text",
    }
    return forms.get(kind, "a word listed")


def _words(field: str, kind: str, layout: Layout, settings: Settings) -> tuple[Word, ...]:
    if kind == "choice" or (kind == "status" and layout.entity == "lead"):
        told = LEAD_STATUSES.items() if kind == "status" else layout.fields[field].words
        return tuple(Word(word, means) for word, means in told)
    if kind == "status":
        return tuple(Word(status.id, _told(status), status.kind) for status in settings.statuses)
    if kind == "stage":
        return tuple(_word(word, status, layout.spelled, settings) for word, status in layout.stages.items())
    if kind == "close_reason":
        return tuple(map(Word, settings.close_reasons))
    if kind == "currency":
        spelled = [(layout.spelled.get(word, word), code) for word, code in layout.currencies.items()]
        named = {code for _, code in spelled}
        spelled += [(code, code) for code in settings.currencies if code not in named]
        return tuple(Word(word, code) for word, code in spelled if code in settings.currencies)
    return tuple(map(Word, settings.owners)) if field in {"owner", "assigned_to"} else ()


def _word(word: str, status: str, spelled: dict[str, str], settings: Settings) -> Word:
    # of an outcome, 'open' leaves it to the stage which open status it is
    kind = next((known.kind for known in settings.statuses if known.id == status), "open" if status == "open" else "")
    return Word(spelled.get(word, word), status, kind)


def _told(status: Status) -> str:
    return f"{status.label}, {percent_text(status.probability)} %, {status.kind}"


def _example(field: str, words: tuple[Word, ...], layout: Layout, settings: Settings) -> Any:
    if words and (field == "owner" or layout.entity == "lead"):
        return words[0].word
    if field == "status":
        return next((word.word for word in words if word.kind == "open"), None)
    if field == "budget_currency":
        return next(word.word for word in words if word.means == settings.base_currency)
    return EXAMPLES[layout.entity].get(field)
