"""File patterns that the shell left as they are, because they were quoted or it matched nothing."""

from collections.abc import Iterable
from glob import glob, has_magic
from pathlib import Path

from schemas.errors import UsageError


def files_meant(words: Iterable[str]) -> list[str]:
    """The files of each word, once each; a pattern stands for what it matches, by name, ** for folders of any depth."""
    found: dict[str, None] = {}
    for word in words:
        found |= dict.fromkeys(_matches(word) if has_magic(word) and not Path(word).exists() else [word])
    return list(found)


def _matches(pattern: str) -> list[str]:
    found = glob(pattern, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    matches = sorted(path for path in found if Path(path).is_file())
    if not matches:
        raise UsageError(f"No file matches '{pattern}'.", "Correct the pattern, or the folder it is looked for in.")
    return matches
