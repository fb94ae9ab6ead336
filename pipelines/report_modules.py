"""Which reports there are, what each is about and takes, and the names under which several are asked for."""

from collections.abc import Sequence
from types import ModuleType

from pipelines.questions.dimensions import DIMENSIONS
from schemas.choices import choices, choose
from schemas.errors import UnknownNameError, UsageError
from schemas.features import is_on, require_on
from schemas.fields import NOUNS
from schemas.settings import Settings

FOLDER = "pipelines.reports"
BUNDLES = {"pipeline": ("by-status", "by-month", "waterfall", "range", "forecast")}
"""Several reports under one name; without --since they compare with the end of the month before, where they can."""


def report_names(settings: Settings | None = None) -> list[str]:
    """The names of the reports, as they are typed; with settings, of what these leave on."""
    names = [name.replace("_", "-") for name in choices(FOLDER)]
    if settings is None or not settings.features_off:
        return names
    return [name for name in names if all(is_on(entity, settings) for entity in about(report_module(name)))]


def bundle_names(settings: Settings) -> list[str]:
    """The names under which several reports are asked for, where opportunities are on."""
    return list(BUNDLES) if is_on("opportunity", settings) else []


def report_module(name: str) -> ModuleType:
    """The module of a report, by the name that is typed."""
    if name not in report_names():
        raise UnknownNameError("report", name, report_names())
    return choose(FOLDER, "report", name.replace("-", "_"))


def explainable(settings: Settings | None = None) -> list[str]:
    """The names of the reports whose numbers can be explained."""
    return [name for name in report_names(settings) if hasattr(report_module(name), "parts")]


def takers(word: str, among: Sequence[str]) -> list[str]:
    """The reports that take a word such as since; those that can be grouped by some things only say by which."""
    told = []
    for name in among:
        module = report_module(name)
        by = getattr(module, "BY", ())
        if word == "by" and by:
            told.append(name if set(by) >= set(DIMENSIONS) else f"{name} ({', '.join(filter(None, by))})")
        elif word in {*getattr(module, "TAKES", ()), *getattr(module, "NEEDS", ())}:
            told.append(name)
    return told


def about(module: ModuleType) -> tuple[str, ...]:
    """The entities that a report is about, first the one that conditions are on."""
    told: tuple[str, ...] = getattr(module, "ABOUT", ("opportunity",))
    return told


def require_reports_on(names: Sequence[str], settings: Settings) -> None:
    """Refuse reports about what is switched off."""
    for name in names:
        for entity in about(report_module(name)):
            require_on(entity, settings)


def entity_of(names: Sequence[str]) -> str:
    """What a condition is on: the rows that all of the reports are of."""
    entities = {name: about(report_module(name))[0] for name in names}
    if len(set(entities.values())) > 1:
        said = " and ".join(f"{name} of {NOUNS[entity].several}" for name, entity in entities.items())
        raise UsageError(f"A condition is on one kind of rows: {said}.", "Ask one report at a time.")
    return next(iter(entities.values()), "opportunity")


def needs(name: str) -> frozenset[str]:
    """The words that a report does not go without."""
    told: frozenset[str] = getattr(report_module(name), "NEEDS", frozenset())
    return told


def groups_of(name: str) -> tuple[str | None, ...]:
    """What a report can be grouped by, None being without any; nothing where it takes no such word."""
    told: tuple[str | None, ...] = getattr(report_module(name), "BY", ())
    return told


def groups(settings: Settings) -> list[str]:
    """Everything that a report can be grouped by."""
    every = dict.fromkeys(group for name in report_names(settings) for group in groups_of(name))
    return sorted(group for group in every if group)
