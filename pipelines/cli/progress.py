"""A progress bar on a terminal, for work that takes more than two seconds."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

PATIENCE_SECONDS = 2.0


@contextmanager
def progress_bar(file: Path, what: str = "rows read") -> Iterator[Callable[[int], None]]:
    """A function to tell the rows so far; the bar is drawn on standard error where a person sees it."""
    if not sys.stderr.isatty():
        yield lambda rows: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    text = TextColumn("{task.description} {task.completed:,} " + what)
    bar = Progress(text, BarColumn(), TimeElapsedColumn(), console=Console(stderr=True), transient=True)
    task = bar.add_task(file.name, total=None)
    patience = Timer(PATIENCE_SECONDS, bar.start)
    patience.daemon = True
    patience.start()
    try:
        yield lambda rows: bar.update(task, completed=rows)
    finally:
        patience.cancel()
        patience.join()
        bar.stop()
