"""Files under their final names only once they are whole: one, or several parts that appear together."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from schemas.errors import RunError


@contextmanager
def writing_whole(path: Path) -> Iterator[Path]:
    """Another path to write to: it takes the place of the file once all is written, or is removed."""
    with _writing(path) as part:
        temporary = part(path)
        yield temporary
        temporary.replace(path)


@contextmanager
def writing_parts(path: Path) -> Iterator[Callable[[int], Path]]:
    """Gives the path to write a part to, by its number from 1 on: deals-1.csv, deals-2.csv and so on.

    All parts take their names when the last one is written; parts with the next numbers, which an earlier and larger
    set of them left, are removed then, so that whoever reads all parts reads those of one set.
    """
    written: dict[Path, Path] = {}
    with _writing(path) as part:

        def numbered(number: int) -> Path:
            final = part_of(path, number)
            written[final] = part(final)
            return written[final]

        yield numbered
        for final, temporary in written.items():
            temporary.replace(final)
        number = len(written) + 1
        while (left := part_of(path, number)).is_file():
            left.unlink()
            number += 1


def part_of(path: Path, number: int) -> Path:
    """The path of a part by its number."""
    return path.with_name(f"{path.stem}-{number}{path.suffix}")


@contextmanager
def _writing(path: Path) -> Iterator[Callable[[Path], Path]]:
    """Gives temporary names in the folder of a file; whatever still has such a name at the end is removed."""
    if not path.parent.is_dir():
        raise RunError(f"{path}: there is no folder '{path.parent}'.", "Create it, or name another file.")
    given: list[Path] = []

    def temporary(final: Path) -> Path:
        given.append(final.with_name(f".{final.stem}-{uuid4().hex[:12]}{final.suffix}"))
        return given[-1]

    try:
        yield temporary
    except OSError as error:
        why = f"{path}: cannot be written ({reason(error)})."
        raise RunError(why, "Check its folder's permissions and free space, or name another file.") from error
    finally:
        for one in given:
            one.unlink(missing_ok=True)


def reason(error: OSError) -> str:
    """What the operating system says."""
    return (error.strerror or str(error)).lower()
