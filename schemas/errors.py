"""Why a run cannot go on, and what to do about it."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The sentence 'Did you mean …?' for the known word nearest to the given one, else the known words."""
    words = list(known)
    folded = {known_word.casefold(): known_word for known_word in reversed(words)}
    near = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    if near:
        return f"Did you mean '{folded[near[0]]}'?"
    if not words:
        return "None is known."
    shown = ", ".join(words[:12])
    return f"Known: {shown}{', …' if len(words) > 12 else ''}."


def listed(names: Iterable[str]) -> str:
    """Names in a sentence, the first eight of them: Open, Negotiation and Closed Won."""
    every = list(names)
    if len(every) > 8:
        return f"{', '.join(every[:8])}, …"
    return " and ".join([", ".join(every[:-1]), every[-1]] if len(every) > 1 else every)


class RunError(Exception):
    """A run that cannot go on; nothing was stored. `why` names the fact, `fix` the way out."""

    exit_code = 3

    def __init__(self, why: str, fix: str) -> None:
        """Keep the two sentences apart, so that every caller shows them in its own way."""
        super().__init__(f"{why}\n{fix}")
        self.why = why
        self.fix = fix


class UsageError(RunError):
    """The words of the command or of the settings cannot be followed."""

    exit_code = 2


class UnknownNameError(UsageError):
    """A name that stands for no choice."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        """Say which kind of name is unknown and which one was perhaps meant."""
        super().__init__(f"There is no {kind} '{name}'.", did_you_mean(name, known))


class SettingsError(UsageError):
    """A setting that cannot be followed; `place` is its path in the settings file."""

    def __init__(self, file: str, place: str, why: str, fix: str) -> None:
        """Name the file and the setting."""
        super().__init__(f"{file}: {place} {why}.", fix)


class UnreadableFileError(RunError):
    """A file that cannot be read as a table."""

    def __init__(self, path: Path, why: str, fix: str) -> None:
        """Name the file."""
        super().__init__(f"{path}: {why}.", fix)


class NoCharacterError(RunError):
    """A cell that cannot be written: half of a character stands in it."""

    def __init__(self, error: UnicodeEncodeError) -> None:
        """Show what is no character."""
        found = error.object[error.start : error.end]
        super().__init__(f"A cell to write has {found!a}, which is no character.", "Remove it.")


class DatabaseError(RunError):
    """A database that cannot be used: not there, of another version, or out of reach."""


class UnreachableDatabaseError(DatabaseError):
    """A database that is busy or out of reach; a while later all may be well."""
