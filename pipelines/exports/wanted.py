"""The words of an export, and what they mean together with a view of the settings."""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipelines.exports.columns import narrowed, with_status_columns
from pipelines.exports.order import Order, read_order
from pipelines.status_cells import StatusCells
from schemas.entities import ENTITIES, Entity
from schemas.errors import UnknownNameError, UsageError
from schemas.features import require_on
from schemas.known import PRESENT, AsOf
from schemas.layout import Layout
from schemas.layout_files import load_layout
from schemas.settings import Settings, require_currency
from schemas.tables import opportunity
from schemas.views import BUILT_IN, View
from schemas.where import Condition, read_condition


@dataclass(frozen=True)
class Wanted:
    """What is asked of an export: each is a word of the command line.

    `columns` are names of fields or headers; without any, those of the view, else all that the layout writes.
    """

    layout: str
    today: date
    view: str = "all"
    when: AsOf = PRESENT
    for_editing: bool = False
    where: str | None = None
    columns: tuple[str, ...] = ()
    sort: str | None = None
    limit: int | None = None
    split_rows: int | None = None
    currency: str | None = None


@dataclass(frozen=True)
class Exported:
    """The files that an export wrote, how many rows are in all of them, and the fields they have no header for."""

    files: tuple[Path, ...]
    rows: int
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """An export whose words were all understood; `layout` has the columns to write only.

    `cells` tell the status where the layout has no header for it.
    """

    wanted: Wanted
    settings: Settings
    layout: Layout
    entity: Entity
    view: View | None
    conditions: tuple[Condition, ...]
    order: tuple[Order, ...]
    cells: StatusCells

    @property
    def is_whole(self) -> bool:
        """Whether every column of the layout is written."""
        return set(self.cells.layout.order) <= set(self.layout.order)


def split_names(text: str) -> tuple[str, ...]:
    """The names in a text such as name,"Amount, gross"."""
    try:
        names = [name.strip() for line in csv.reader([text], skipinitialspace=True, strict=True) for name in line]
    except csv.Error as fault:
        raise UsageError(f"The columns '{text}' cannot be told apart: {fault}.", "Separate them by commas.") from fault
    if not all(names) or not names:
        raise UsageError(f"The columns '{text}' name one that is blank.", "Separate them by single commas.")
    return tuple(names)


def own_view(name: str, settings: Settings) -> View | None:
    """The view of the settings that has a name; None of one that is always there."""
    if name in BUILT_IN:
        return None
    views = {view.name: view for view in settings.views}
    if name not in views:
        raise UnknownNameError("view", name, [*BUILT_IN, *views])
    return views[name]


def planned(wanted: Wanted, settings: Settings) -> Plan:
    """What the words mean; those that cannot be followed are refused before anything is asked or written."""
    if wanted.for_editing and wanted.when.moment:
        raise UsageError("What is edited is the present, not a past moment.", "Leave out --as-of or --for-editing.")
    layout = load_layout(wanted.layout)
    entity = ENTITIES[layout.entity]
    require_on(entity.name, settings)
    view = own_view(wanted.view, settings)
    _require_fitting(wanted, entity, view)
    if wanted.currency is not None:
        require_currency(settings, wanted.currency)
    texts = [text for text in (view.where if view else "", wanted.where) if text]
    conditions = tuple(read_condition(text, entity.name, settings) for text in texts)
    cells = StatusCells(layout, settings)
    columns = wanted.columns or (view.columns if view else ())
    layout = narrowed(with_status_columns(layout, cells.columns), columns, cells.columns)
    order = read_order(wanted.sort if wanted.sort is not None else view.sort if view else "", entity.name)
    return Plan(wanted, settings, layout, entity, view, conditions, order, cells)


def _require_fitting(wanted: Wanted, entity: Entity, view: View | None) -> None:
    """Refuse words that contradict each other, or the rows that are asked for."""
    is_deals, several = entity.table is opportunity, entity.noun.several
    if view is not None and view.entity != entity.name:
        of = ENTITIES[view.entity].noun.several
        raise UsageError(f"The view {view.name} is one of {of}, not of {several}.", "Name a layout of those, or none.")
    if view is None and wanted.view != "all" and not is_deals:
        raise UsageError(f"The view {wanted.view} is one of opportunities, not of {several}.", "Leave it out.")
    if wanted.for_editing and not is_deals:
        why = f"Only rows of opportunities carry fingerprints, those of {several} do not."
        raise UsageError(why, "Leave out --for-editing.")
    if wanted.currency is not None and not is_deals:
        raise UsageError(f"Only amounts of opportunities are converted, not of {several}.", "Leave out --currency.")
    if wanted.currency is not None and wanted.for_editing:
        why = "Converted amounts must not come back: they would replace the amounts that are stored."
        raise UsageError(why, "Leave out --currency or --for-editing.")
    for word, number in (("--limit", wanted.limit), ("--split-rows", wanted.split_rows)):
        if number is not None and number < 1:
            raise UsageError(f"{word} is {number}.", "Write 1 or more rows.")
