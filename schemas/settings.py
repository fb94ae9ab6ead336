"""Settings: currencies, statuses, close reasons, owners, rules, accounts, from dealport.toml; defaults are OroCRM's."""

import hashlib
import re
import tomllib
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from json import dumps
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from schemas.errors import SettingsError, UnknownNameError, UsageError, did_you_mean
from schemas.problems import SWITCHABLE

Rounding = Literal["half-up", "half-even"]
AccountMatching = Literal["exact", "normalised", "fuzzy"]
FEATURES = ("leads", "opportunities")
"""What can be switched off, and is gone then from commands, forms, layouts and reports."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Status:
    """A step of the pipeline; `probability` is a fraction from 0 to 1, `kind` open, won or lost."""

    id: str
    label: str
    probability: Decimal
    kind: str


OROCRM_STATUSES = tuple(
    Status(name, label, Decimal(probability), kind)
    for name, label, probability, kind in (
        ("in_progress", "Open", "0", "open"),
        ("identification_alignment", "Identification & Alignment", "0.1", "open"),
        ("needs_analysis", "Needs Analysis", "0.2", "open"),
        ("solution_development", "Solution Development", "0.5", "open"),
        ("negotiation", "Negotiation", "0.8", "open"),
        ("won", "Closed Won", "1", "won"),
        ("lost", "Closed Lost", "0", "lost"),
    )
)


@dataclass(frozen=True)
class Settings:
    """How this installation judges, converts and names things."""

    base_currency: str = "USD"
    currencies: tuple[str, ...] = ("USD",)
    rounding: Rounding = "half-up"
    max_rate_age_days: int = 7
    closing_rate: Literal["run", "close_date"] = "run"
    statuses: tuple[Status, ...] = OROCRM_STATUSES
    close_reasons: tuple[str, ...] = ("Outsold", "Won", "Cancelled")
    owners: tuple[str, ...] = ()
    rules_off: frozenset[str] = field(default_factory=frozenset)
    account_matching: AccountMatching = "fuzzy"
    convert_qualified: bool = False
    features_off: frozenset[str] = field(default_factory=frozenset)

    def ids(self, *kinds: str) -> list[str]:
        """The ids of the statuses of some kinds, in pipeline order."""
        return [status.id for status in self.statuses if status.kind in kinds]

    def fingerprint(self) -> str:
        """The first 16 hex digits of the SHA-256 of everything set, for the ledger."""
        told = dumps(asdict(self), default=lambda value: sorted(value) if isinstance(value, frozenset) else str(value))
        return hashlib.sha256(told.encode()).hexdigest()[:16]


class _Reader:
    """Takes settings out of a table one by one and refuses what is left over."""

    def __init__(self, file: str, place: str, table: dict[str, Any]) -> None:
        self.file, self.place, self.table, self.known = file, place, dict(table), list[str]()

    def refuse(self, key: str, why: str, fix: str) -> SettingsError:
        return SettingsError(self.file, f"{self.place}{key}", why, fix)

    def take(self, key: str, kind: type[T], default: T | None = None, one_of: tuple[str, ...] = ()) -> T:
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
        values = self.take(key, list, list(default))
        for value in values:
            if not isinstance(value, str) or not value.strip():
                raise self.refuse(key, f"holds {value!r}, not a text", "Write a list of texts in quotes.")
        if len(set(values)) < len(values):
            raise self.refuse(key, "names something twice", "Name each once.")
        return tuple(values)

    def done(self) -> None:
        for key in self.table:
            raise self.refuse(key, "is not a setting", did_you_mean(key, self.known))


def _status(file: str, number: int, table: Any) -> Status:
    if not isinstance(table, dict):
        raise SettingsError(file, "statuses", "is not a list of tables", "Write each status under [[statuses]].")
    reader = _Reader(file, f"statuses[{number}].", table)
    name = reader.take("id", str)
    label = reader.take("label", str, name)
    percent = Decimal(str(reader.take("probability", int, 0)))
    kind = reader.take("kind", str, "open", ("open", "won", "lost"))
    reader.done()
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise reader.refuse("id", f"is '{name}'", "Use small letters, digits and underscores.")
    if not 0 <= percent <= 100:
        raise reader.refuse("probability", f"is {percent}", "Write a percentage from 0 to 100.")
    return Status(name, label, percent / 100, kind)


def _statuses(reader: _Reader) -> tuple[Status, ...]:
    tables = reader.take("statuses", list, [])
    if not tables:
        return OROCRM_STATUSES
    statuses = tuple(_status(reader.file, number, table) for number, table in enumerate(tables, 1))
    for what, names in (("id", [s.id for s in statuses]), ("label", [s.label for s in statuses])):
        if len(set(names)) < len(names):
            raise reader.refuse("statuses", f"gives the same {what} twice", f"Give each status its own {what}.")
    for kind in ("open", "won", "lost"):
        if not any(status.kind == kind for status in statuses):
            raise reader.refuse("statuses", f"has none of kind '{kind}'", f'Add one with `kind = "{kind}"`.')
    return statuses


def _currencies(reader: _Reader) -> dict[str, Any]:
    base = reader.take("base", str, "USD")
    enabled = reader.texts("enabled", (base,))
    for code in (base, *enabled):
        if not re.fullmatch("[A-Z]{3}", code):
            raise reader.refuse("enabled", f"holds '{code}'", "Write the ISO 4217 code in capitals, such as EUR.")
    if base not in enabled:
        raise reader.refuse("enabled", f"does not hold the base currency {base}", f"Add '{base}' to the list.")
    taken: dict[str, Any] = {
        "base_currency": base,
        "currencies": enabled,
        "rounding": reader.take("rounding", str, "half-up", ("half-up", "half-even")),
        "max_rate_age_days": reader.take("max_rate_age_days", int, 7),
        "closing_rate": reader.take("closing_rate", str, "run", ("run", "close_date")),
    }
    if taken["max_rate_age_days"] < 0:
        raise reader.refuse("max_rate_age_days", "is negative", "Write zero or more days.")
    reader.done()
    return taken


def _rules_off(reader: _Reader) -> frozenset[str]:
    off = frozenset(code for code in SWITCHABLE if not reader.take(code, bool, True))
    reader.done()
    return off


def _account_matching(reader: _Reader) -> Any:
    matching = reader.take("matching", str, "fuzzy", get_args(AccountMatching))
    reader.done()
    return matching


def _convert_qualified(reader: _Reader) -> bool:
    told = reader.take("convert_qualified", bool, default=False)
    reader.done()
    return told


def _features_off(reader: _Reader) -> frozenset[str]:
    off = frozenset(feature for feature in FEATURES if not reader.take(feature, bool, default=True))
    reader.done()
    return off


def parse_settings(text: str, file: str) -> Settings:
    """The settings that a TOML text holds; a SettingsError names file, key and fix."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise UsageError(f"{file} is not TOML: {fault}.", "Correct that line.") from fault
    reader = _Reader(file, "", table)
    settings = Settings(
        statuses=_statuses(reader),
        close_reasons=reader.texts("close_reasons", Settings.close_reasons),
        owners=reader.texts("owners", ()),
        **_currencies(_Reader(file, "currencies.", reader.take("currencies", dict, {}))),
        rules_off=_rules_off(_Reader(file, "rules.", reader.take("rules", dict, {}))),
        account_matching=_account_matching(_Reader(file, "accounts.", reader.take("accounts", dict, {}))),
        convert_qualified=_convert_qualified(_Reader(file, "leads.", reader.take("leads", dict, {}))),
        features_off=_features_off(_Reader(file, "features.", reader.take("features", dict, {}))),
    )
    reader.done()
    return settings


def load_settings(path: Path | None = None) -> Settings:
    """The settings of a file; without one those of dealport.toml in the current folder, else OroCRM's defaults."""
    if path is None:
        path = Path("dealport.toml")
        if not path.is_file():
            return Settings()
    try:
        return parse_settings(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as fault:
        raise UsageError(f"{path} cannot be read: {fault}.", "Name a readable TOML file in UTF-8.") from fault


def require_currency(settings: Settings, code: str) -> str:
    """The code itself when it is enabled, else an UnknownNameError."""
    if code not in settings.currencies:
        raise UnknownNameError("enabled currency", code, settings.currencies)
    return code
