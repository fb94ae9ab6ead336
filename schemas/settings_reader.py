"""Reads a table of the settings key by key; what is wrong or left over is refused with file, key and fix."""

from typing import Any, TypeVar

from schemas.breaker import Limit, parse_limit
from schemas.errors import SettingsError, did_you_mean

T = TypeVar("T")


class Reader:
    """Takes settings out of a table one by one and refuses what is left over."""

    def __init__(self, file: str, place: str, table: dict[str, Any]) -> None:
        """Read a copy of a table; `place` names it in messages, such as 'currencies.'."""
        self.file, self.place, self.table, self.known = file, place, dict(table), list[str]()

    def refuse(self, key: str, why: str, fix: str) -> SettingsError:
        """The error that says what is wrong with a key."""
        return SettingsError(self.file, f"{self.place}{key}", why, fix)

    def take(self, key: str, kind: type[T], default: T | None = None, one_of: tuple[str, ...] = ()) -> T:
        """The value of a key, of the kind and from the words allowed; without a default it has to be there."""
        self.known.append(key)
        value = self.table.pop(key, default)
        if value is None:
            raise self.refuse(key, "is missing", f"Add `{key} = …`.")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            words = {
                str: "a text",
                int: "a whole number",
                list: "a list",
                dict: "a table",
                bool: "true or false",
            }
            raise self.refuse(key, f"is {value!r}, not {words[kind]}", "Correct the value.")
        if one_of and value not in one_of:
            raise self.refuse(key, f"is '{value}'", did_you_mean(str(value), one_of))
        return value

    def texts(self, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """The texts of a list, each once and none blank."""
        values = self.take(key, list, list(default))
        for value in values:
            if not isinstance(value, str) or not value.strip():
                raise self.refuse(key, f"holds {value!r}, not a text", "Write a list of texts in quotes.")
        if len(set(values)) < len(values):
            raise self.refuse(key, "names something twice", "Name each once.")
        return tuple(values)

    def limit(self, key: str) -> Limit | None:
        """A limit such as 10 or "5%", None where none is set."""
        self.known.append(key)
        value = self.table.pop(key, None)
        if value is None:
            return None
        limit = parse_limit(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
        if limit is None:
            raise self.refuse(key, f"is {value!r}, neither a number nor a share", 'Write 10 or "5%".')
        return limit

    def done(self) -> None:
        """Refuse what was not taken."""
        for key in self.table:
            raise self.refuse(key, "is not a setting", did_you_mean(key, self.known))
