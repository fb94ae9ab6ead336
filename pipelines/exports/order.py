"""The order of an export: fields, each rising or falling; rows without a value come last, equal ones as they came."""

from dataclasses import dataclass

from schemas.errors import UnknownNameError, UsageError
from schemas.fields import STORED_OF


@dataclass(frozen=True)
class Order:
    """A field to sort by."""

    field: str
    falling: bool


def read_order(text: str, entity: str) -> tuple[Order, ...]:
    """The order in a text such as close_date desc, name; none in a blank one."""
    return tuple(_order(part, entity) for part in text.split(",")) if text.strip() else ()


def _order(text: str, entity: str) -> Order:
    known = {name: field for name, field in STORED_OF[entity].items() if not field.parts}
    name, *direction = text.split() or [""]
    if name.casefold() not in known:
        raise UnknownNameError("field to sort by", name, known)
    if [word.casefold() for word in direction] not in ([], ["asc"], ["desc"]):
        why = f"'{' '.join(direction)}' after {name} is no direction."
        raise UsageError(why, "Write asc, desc or nothing, and separate fields by commas: close_date desc, name.")
    return Order(name.casefold(), "desc" in map(str.casefold, direction))
