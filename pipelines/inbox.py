"""An inbox: a folder whose new files are imported one by one and then filed away, never over another file."""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from glob import escape
from itertools import chain, count
from pathlib import Path

from connectors.files import is_name_of_a_table, split_name, written_suffix
from pipelines.imported import Imported
from pipelines.plan.holding import HeldError
from schemas.errors import DatabaseError, RunError, UsageError


@dataclass(frozen=True)
class Inbox:
    """Where files arrive and where they go: to `archive` without rejected rows, to `rejected` with some."""

    folder: Path
    archive: Path
    rejected: Path


@dataclass(frozen=True)
class Taken:
    """What became of a file and where it lies now; where `imported` is None, `why` says the reason.

    `held` is the run that waits for a decision about the file.
    """

    file: Path
    place: Path
    imported: Imported | None
    why: str = ""
    held: int | None = None


def open_inbox(folder: Path, archive: Path | None, rejected: Path | None) -> Inbox:
    """The inbox in a folder; the folders that files go to are made, by default inside it."""
    inbox = Inbox(folder, archive or folder / "archive", rejected or folder / "rejected")
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}.", "Create it, or name another inbox.")
    for target in (inbox.archive, inbox.rejected):
        if target.resolve() == folder.resolve():
            why = f"{target} is the inbox itself: its files would be new again."
            raise UsageError(why, "Name another folder.")
        try:
            target.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            why = f"{target} cannot be made a folder: {fault.strerror}."
            raise UsageError(why, "Name a folder you may write to.") from fault
    return inbox


def new_files(inbox: Inbox, quiet_seconds: float) -> list[Path]:
    """The files to import, by name; no hidden or temporary ones, and none that was written just now."""
    now = time.time()
    return sorted(
        path
        for path in inbox.folder.iterdir()
        if is_name_of_a_table(path.name)
        and not path.name.startswith((".", "~"))
        and path.is_file()
        and abs(now - path.stat().st_mtime) >= quiet_seconds
    )


def take_in(inbox: Inbox, source: Path, import_one: Callable[[Path, Path], Imported]) -> Taken:
    """Import a file, given with the place for its reject file, and file it away.

    A file that is refused is filed with the reason beside it. Where the database or the words of the run are
    at fault and not the file, the file stays for the next run.
    """
    refuge = _free(inbox.rejected, source)
    try:
        imported = import_one(source, _rejects(refuge, written_suffix(source)))
    except (DatabaseError, UsageError):
        raise
    except RunError as fault:
        _write(_why(refuge), f"{fault}\n")
        held = fault.run if isinstance(fault, HeldError) else None
        return Taken(source, _move(source, refuge), None, str(fault), held)
    target = refuge if imported.rejected else _free(inbox.archive, source)
    return Taken(source, _move(source, target), imported)


def require_all_taken(taken: Sequence[Taken]) -> None:
    """Refuse a run in which a file could not be imported, and name every such file."""
    refused = [one for one in taken if one.imported is None]
    if refused:
        names = ", ".join(one.file.name for one in refused)
        why = f"{len(refused)} of {len(taken)} files could not be imported: {names}."
        raise RunError(why, f"The reason lies beside each of them in {refused[0].place.parent}.")


def _rejects(place: Path, suffix: str) -> Path:
    return place.with_name(f"{split_name(place)[0]}.rejects{suffix}")


def _why(place: Path) -> Path:
    return place.with_name(f"{place.name}.why.txt")


def _free(folder: Path, source: Path) -> Path:
    """A place for a file in a folder where nothing lies yet, nor where its companions would lie."""
    stem, suffix = split_name(source)
    stems = chain([stem], (f"{stem}-{number}" for number in count(2)))
    # a file's companions are named after it, whatever their suffixes
    return next(folder / f"{free}{suffix}" for free in stems if not any(folder.glob(f"{escape(free)}.*")))


def _move(source: Path, target: Path) -> Path:
    try:
        shutil.move(source, target)
    except OSError as fault:
        why = f"{source} cannot be moved to {target.parent}: {fault.strerror}."
        raise RunError(why, "Check the permissions; importing the file again changes nothing.") from fault
    return target


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise RunError(f"{path} cannot be written: {fault.strerror}.", "Check the permissions.") from fault
