"""A progress bar on a terminal, for work that takes more than two seconds."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE_SECONDS = 2.0


@contextmanager
def progress_bar(file: Path) -> Iterator[Callable[[int], None]]:
    """A function to tell the rows read so far; draws on standard error, and only where a person sees it."""
    begun = time.monotonic()
    drawn = False

    def tell(rows: int) -> None:
        nonlocal drawn
        if sys.stderr.isatty() and time.monotonic() - begun > PATIENCE_SECONDS:
            drawn = True
            sys.stderr.write(f"\r{file.name}: {rows:,} rows read")
            sys.stderr.flush()

    try:
        yield tell
    finally:
        if drawn:
            sys.stderr.write("\r\x1b[K")
