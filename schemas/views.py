"""Views of the settings: named choices of rows, columns and order for exports."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.fields import NOUNS
from schemas.settings_reader import Reader

BUILT_IN = {
    "all": "every opportunity, in the order they came",
    "open": "neither won nor lost, newest first",
    "overdue": "open, with a close date before today, oldest close date first",
    "recently-closed": "won, with a close date in the last 30 days, newest close date first",
}
"""OroCRM's views of opportunities; the first one is of any rows."""

OROCRM = {
    "opportunity": "orocrm",
    "lead": "orocrm-leads",
    "account": "orocrm-accounts",
    "contact": "orocrm-contacts",
    "customer": "orocrm-customers",
}
"""OroCRM's layout of each entity: what is written where nobody names another."""


@dataclass(frozen=True)
class View:
    """A view of one's own: which rows by a condition, which columns, in which order, and how they are laid out."""

    name: str
    where: str = ""
    columns: tuple[str, ...] = ()
    sort: str = ""
    layout: str = ""
    entity: str = "opportunity"

    @property
    def written_as(self) -> str:
        """The layout that it names, or OroCRM's of its rows."""
        return self.layout or OROCRM[self.entity]

    @property
    def about(self) -> str:
        """What it shows, in the words of the settings."""
        told = f"{NOUNS[self.entity].several}{f' where {self.where}' if self.where else ''}"
        return f"{told}{f', by {self.sort}' if self.sort else ''}"


def read_views(reader: Reader) -> tuple[View, ...]:
    """The views of the table [views]; what they say is read when one is asked for."""
    return tuple(_views(reader))


def _views(reader: Reader) -> Iterator[View]:
    for name in list(reader.table):
        table = Reader(reader.file, f"{reader.place}{name}.", reader.take(name, dict))
        if name in BUILT_IN or not re.fullmatch(r"[a-z][a-z0-9_-]*", name):
            why = f"is {'one of the views that are always there' if name in BUILT_IN else 'no name of a view'}"
            raise reader.refuse(name, why, "Use small letters, digits, - and _, and another name than the usual views.")
        words = {key: table.take(key, str, "") for key in ("where", "sort", "layout")}
        entity = table.take("entity", str, "opportunity", tuple(NOUNS))
        view = View(name, columns=table.texts("columns", ()), entity=entity, **words)
        table.done()
        yield view
