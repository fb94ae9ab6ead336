"""Settings from dealport.toml: currencies, statuses, owners, rules, accounts, breaker; defaults are OroCRM's."""

import hashlib
import re
import tomllib
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from json import dumps
from pathlib import Path
from typing import Any, Literal, get_args

from schemas.breaker import Breaker
from schemas.errors import SettingsError, UnknownNameError, UsageError
from schemas.problems import SWITCHABLE
from schemas.settings_reader import Reader
from schemas.statuses import OROCRM_STATUSES, Status
from schemas.views import View, read_views
from schemas.workflows import Workflow, read_workflows

Rounding = Literal["half-up", "half-even"]
AccountMatching = Literal["exact", "normalised", "fuzzy"]
ASKED = frozenset({"breaker", "reports", "views"})
"""Settings that decide nothing about what is stored."""
FEATURES = ("leads", "opportunities")
"""What can be switched off, and is gone then from commands, forms, layouts and reports."""


@dataclass(frozen=True)
class Reporting:
    """What reports take for small and large, in the currency asked for, and after how many days a deal is stale."""

    sizes: tuple[int, ...] = (1_000, 10_000, 100_000)
    stale_after_days: int = 30


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
    workflows: tuple[Workflow, ...] = ()
    breaker: Breaker = field(default_factory=Breaker)
    convert_qualified: bool = False
    features_off: frozenset[str] = field(default_factory=frozenset)
    reports: Reporting = field(default_factory=Reporting)
    views: tuple[View, ...] = ()

    @property
    def labels(self) -> dict[str, str]:
        """What each status is called, by its id, in pipeline order."""
        return {status.id: status.label for status in self.statuses}

    def ids(self, *kinds: str) -> list[str]:
        """The ids of the statuses of some kinds, in pipeline order."""
        return [status.id for status in self.statuses if status.kind in kinds]

    def fingerprint(self) -> str:
        """The first 16 hex digits of the SHA-256 of everything that decides what an import stores, for the ledger."""
        deciding = {name: value for name, value in asdict(self).items() if name not in ASKED}
        told = dumps(deciding, default=lambda value: sorted(value) if isinstance(value, frozenset) else str(value))
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def _status(file: str, number: int, table: Any) -> Status:
    if not isinstance(table, dict):
        raise SettingsError(file, "statuses", "is not a list of tables", "Write each status under [[statuses]].")
    reader = Reader(file, f"statuses[{number}].", table)
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


def _statuses(reader: Reader) -> tuple[Status, ...]:
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


def _currencies(reader: Reader) -> dict[str, Any]:
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


def _rules_off(reader: Reader) -> frozenset[str]:
    off = frozenset(code for code in SWITCHABLE if not reader.take(code, bool, True))
    reader.done()
    return off


def _account_matching(reader: Reader) -> Any:
    matching = reader.take("matching", str, "fuzzy", get_args(AccountMatching))
    reader.done()
    return matching


def _convert_qualified(reader: Reader) -> bool:
    told = reader.take("convert_qualified", bool, default=False)
    reader.done()
    return told


def _reports(reader: Reader) -> Reporting:
    sizes = reader.take("sizes", list, list(Reporting.sizes))
    if not sizes or not all(type(size) is int and size > 0 for size in sizes) or sizes != sorted(set(sizes)):
        raise reader.refuse("sizes", f"is {sizes}", "Write rising whole amounts above 0, such as [1000, 10000].")
    days = reader.take("stale_after_days", int, Reporting.stale_after_days)
    if days < 1:
        raise reader.refuse("stale_after_days", f"is {days}", "Write one or more days.")
    reader.done()
    return Reporting(tuple(sizes), days)


def _features_off(reader: Reader) -> frozenset[str]:
    off = frozenset(feature for feature in FEATURES if not reader.take(feature, bool, default=True))
    reader.done()
    return off


def _breaker(reader: Reader) -> Breaker:
    limits = {field.name: reader.limit(field.name) for field in fields(Breaker) if field.name.startswith("max_")}
    breaker = Breaker(**limits, refuse_older_file=reader.take("refuse_older_file", bool, False))
    reader.done()
    return breaker


def parse_settings(text: str, file: str) -> Settings:
    """The settings that a TOML text holds; a SettingsError names file, key and fix."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise UsageError(f"{file} is not TOML: {fault}.", "Correct that line.") from fault
    reader = Reader(file, "", table)
    statuses, close_reasons = _statuses(reader), reader.texts("close_reasons", Settings.close_reasons)
    workflows = Reader(file, "workflows.", reader.take("workflows", dict, {}))
    settings = Settings(
        statuses=statuses,
        close_reasons=close_reasons,
        owners=reader.texts("owners", ()),
        **_currencies(Reader(file, "currencies.", reader.take("currencies", dict, {}))),
        rules_off=_rules_off(Reader(file, "rules.", reader.take("rules", dict, {}))),
        account_matching=_account_matching(Reader(file, "accounts.", reader.take("accounts", dict, {}))),
        workflows=read_workflows(workflows, statuses, close_reasons),
        breaker=_breaker(Reader(file, "breaker.", reader.take("breaker", dict, {}))),
        convert_qualified=_convert_qualified(Reader(file, "leads.", reader.take("leads", dict, {}))),
        reports=_reports(Reader(file, "reports.", reader.take("reports", dict, {}))),
        views=read_views(Reader(file, "views.", reader.take("views", dict, {}))),
        features_off=_features_off(Reader(file, "features.", reader.take("features", dict, {}))),
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
