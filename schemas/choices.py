"""One file, one choice: what a folder offers is what lies in it."""

from functools import cache
from importlib import import_module
from importlib.resources import files
from types import ModuleType

from schemas.errors import UnknownNameError


def choices(folder: str, suffix: str = ".py") -> list[str]:
    """The names offered by a folder, given as a package name, in alphabetical order."""
    return list(_choices(folder, suffix))


@cache
def _choices(folder: str, suffix: str) -> tuple[str, ...]:
    found = (entry.name for entry in files(folder).iterdir())
    return tuple(sorted(name.removesuffix(suffix) for name in found if name.endswith(suffix) and name[0] != "_"))


def choose(folder: str, kind: str, name: str) -> ModuleType:
    """The module that a folder offers under a name; only the chosen one is imported."""
    known = choices(folder)
    if name not in known:
        raise UnknownNameError(kind, name, known)
    return import_module(f"{folder}.{name}")


def first_sentence(folder: str, name: str) -> str:
    """The first docstring line of a choice: its description everywhere."""
    return (import_module(f"{folder}.{name}").__doc__ or "").strip().splitlines()[0]
