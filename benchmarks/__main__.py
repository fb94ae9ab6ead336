"""Compares dealport with the floor, step by step, and prints a table; exit code 1 where an import was wrong."""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from benchmarks.answers import answers, moment_after, rates_of_today
from benchmarks.databases import Fresh, postgresql_databases, settle, sqlite_files, temporary_server
from benchmarks.floor import floor
from benchmarks.imports import File, WrongRunError, import_file, import_rates, plan_file, undo_run
from benchmarks.measured import Measured
from benchmarks.opportunities import Delivery, write_opportunities
from benchmarks.workbooks import write_in_a_process

QUICK_ROWS = 50_000
AIMS = {"sqlite": 2.0, "postgresql": 1.5}
AIM_BAD, AIM_GROWTH, AIM_MB, AIM_UNDO, AIM_PLAN = 1.2, 1.3, 700, 1.5, 1.2
WORKBOOK_ROWS, AIM_WORKBOOK_MB = 100_000, 300
AIM_WORKBOOKS = {"openpyxl": 0.33, "openpyxl-formats": 1.3}
"""Of the seconds that openpyxl's write-only mode needs for bare values, and for values with number formats.

The workbook of dealport has formats, widths, lists and a table in either case.
"""
NEW_RUN, CHANGED_RUN = 2, 4
"""Their numbers in the ledger: the rates were the first run, the same file again the third."""
MB = 1_000_000
HEADING = f"{'':<25}{'floor':>9}{'dealport':>10}{'ratio':>8}{'aim':>6}{'peak':>8}{'aim':>7}"
UNITS = f"{'database, step':<25}{'s':>9}{'s':>10}{'':>8}{'':>6}{'MB':>8}{'MB':>7}"


class Comparison:
    """One database: floor and dealport take turns, each in databases of its own."""

    def __init__(self, kind: str, fresh: Fresh, folder: Path) -> None:
        self.kind, self.fresh, self.folder = kind, fresh, folder

    def steps(self, clean: File, changed: File, bad: File) -> Iterator[str]:
        """The lines of the table, each as soon as it is known."""
        url, rows, updated = self._prepared("dealport"), clean.written.rows, changed.written.changed
        expected = ({"added": rows}, {"unchanged": rows}, {"updated": updated, "unchanged": rows - updated})
        taken: list[tuple[float, Measured]] = []
        with closing(floor(self.fresh("floor"), clean.path, changed.path)) as steps:
            planned: list[Measured] = []
            for (step, seconds), file, counts in zip(steps, (clean, clean, changed), expected, strict=True):
                _progress(f"{self.kind}, {step}: floor {seconds:.1f} s, dealport follows")
                if file is not clean or not taken:
                    planned.append(plan_file(url, file, self.folder, **counts))
                    settle(url)
                took = import_file(url, file, self.folder, **counts)
                taken.append((seconds, took))
                yield self._line(step, seconds, took, f"{AIMS[self.kind]:.1f}")
                settle(url)
        for what, plan, took in zip(("new rows", "changes"), planned, (taken[0][1], taken[2][1]), strict=True):
            said = f"takes {plan.seconds:.1f} s and {plan.peak_bytes / MB:.0f} MB"
            yield f"{self.kind}: plan of the {what} {said}, {plan.seconds / took.seconds:.2f} × import (aim {AIM_PLAN})"
        yield self._undo(url, "the changes", CHANGED_RUN, taken[2][1], restored=updated)
        settle(url)
        yield self._undo(url, "the new rows", NEW_RUN, taken[0][1], removed=rows)
        url, spoilt = self._prepared("bad"), bad.written.bad
        seconds, clean_took = taken[0]
        took = import_file(url, bad, self.folder, added=rows - spoilt, rejected=spoilt)
        yield self._line("new, 1 % bad", seconds, took, "")
        yield f"{self.kind}: 1 % bad takes {took.seconds / clean_took.seconds:.2f} × clean (aim {AIM_BAD})"

    def _undo(self, url: str, what: str, number: int, imported: Measured, **expected: int) -> str:
        _progress(f"{self.kind}, undo of {what}")
        took = undo_run(url, number, self.folder, **expected)
        ratio = took.seconds / imported.seconds
        return f"{self.kind}: undo of {what} takes {took.seconds:.1f} s, {ratio:.2f} × their import (aim {AIM_UNDO})"

    def growth(self, *files: File) -> str:
        """How the peak memory grows with the rows of the file, each imported into an empty database."""
        peaks, rows = [], 0
        for file in files:
            rows = file.written.rows
            _progress(f"{self.kind}, {rows:,} rows: dealport")
            url = self._prepared(f"rows_{rows}")
            peaks.append(import_file(url, file, self.folder, added=rows).peak_bytes / MB)
        said = f"{self.kind}: peak {peaks[0]:.0f} MB, with {rows:,} rows {peaks[-1]:.0f} MB"
        return f"{said}: {peaks[-1] / peaks[0]:.2f} × (aim {AIM_GROWTH})"

    def _prepared(self, purpose: str) -> str:
        url = self.fresh(purpose)
        import_rates(url, self.folder)
        return url

    def _line(self, step: str, seconds: float, took: Measured, aim: str) -> str:
        what, ratio, peak = f"{self.kind}, {step}", took.seconds / seconds, took.peak_bytes / MB
        return f"{what:<25}{seconds:>9.1f}{took.seconds:>10.1f}{ratio:>8.2f}{aim:>6}{peak:>8.0f}{AIM_MB:>7}"


def main() -> int:
    """Measure what the command line asks for."""
    words = _words()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dealport-benchmark-", dir=words.workdir)))
        try:
            if words.workbooks:
                _measure_workbooks(QUICK_ROWS if words.quick else WORKBOOK_ROWS, folder)
            elif words.answers:
                _measure_answers(words, folder, stack)
            else:
                _measure(words, folder, stack)
        except WrongRunError as fault:
            sys.stderr.write(f"benchmarks: {fault}\n")
            return 1
    return 0


def _measure(words: argparse.Namespace, folder: Path, stack: ExitStack) -> None:
    rows = words.rows
    clean, changed, bad = (
        _write(folder / f"{name}.csv", delivery)
        for name, delivery in (
            ("clean", Delivery(rows)),
            ("changed", Delivery(rows, changed_percent=10)),
            ("bad", Delivery(rows, bad_percent=1)),
        )
    )
    databases: dict[str, tuple[str, Fresh]] = {}
    for kind in words.databases:
        if kind == "sqlite":
            databases[kind] = stack.enter_context(sqlite_files(folder))
        else:
            url = words.postgresql or stack.enter_context(temporary_server())
            databases[kind] = stack.enter_context(postgresql_databases(url))
    versions = ", ".join([f"Python {platform.python_version()}", *(version for version, _ in databases.values())])
    size = clean.path.stat().st_size / MB
    _say(f"{rows:,} rows, {size:.0f} MB; {versions}; {os.cpu_count()} processors\n\n{HEADING}\n{UNITS}")
    comparisons = [Comparison(kind, fresh, folder) for kind, (_, fresh) in databases.items()]
    for comparison in comparisons:
        for line in comparison.steps(clean, changed, bad):
            _say(line)
    if words.memory:
        large = _write(folder / "large.csv", Delivery(words.memory_rows or 5 * rows))
        for comparison in comparisons:
            _say(comparison.growth(clean, large))


def _measure_answers(words: argparse.Namespace, folder: Path, stack: ExitStack) -> None:
    files = [
        _write(folder / f"{name}.csv", Delivery(words.rows, changed_percent=percent))
        for name, percent in (("clean", 0), ("changed", 10))
    ]
    version, fresh = stack.enter_context(
        postgresql_databases(words.postgresql or stack.enter_context(temporary_server()))
    )
    url = fresh("answers")
    import_rates(url, folder)
    import_rates(url, folder, rates_of_today(folder))
    for file in files:
        changed = file.written.changed
        expected = {"updated": changed, "unchanged": words.rows - changed} if changed else {"added": words.rows}
        import_file(url, file, folder, **expected)
    settle(url)
    _say(f"{words.rows:,} opportunities, a tenth of them changed once; {version}\n")
    _say(f"{'':<25}{'SQL by hand':>12}{'dealport':>10}{'ratio':>8}{'aim':>6}{'peak MB':>9}")
    for name, by_hand, took in answers(url, folder, moment_after(url, NEW_RUN + 1, folder)):
        floor_told = f"{by_hand:>12.1f}" if by_hand else f"{'':>12}"
        ratio = f"{took.seconds / by_hand:>8.2f}" if by_hand else f"{'':>8}"
        aim = "2.0 ×" if name == "export" else "3 s"
        _say(f"{name:<25}{floor_told}{took.seconds:>10.1f}{ratio}{aim:>6}{took.peak_bytes / MB:>9.0f}")


def _measure_workbooks(rows: int, folder: Path) -> None:
    _say(f"XLSX, {rows:,} rows\n\n{HEADING}\n{UNITS}")
    took = write_in_a_process("dealport", rows, folder)
    for writer, aim in AIM_WORKBOOKS.items():
        _progress(f"XLSX: dealport {took.seconds:.1f} s, {writer} follows")
        floor_seconds = write_in_a_process(writer, rows, folder).seconds
        times = f"{floor_seconds:>9.1f}{took.seconds:>10.1f}{took.seconds / floor_seconds:>8.2f}{aim:>6}"
        _say(f"{writer:<25}{times}{took.peak_bytes / MB:>8.0f}{AIM_WORKBOOK_MB:>7}")


def _write(path: Path, delivery: Delivery) -> File:
    _progress(f"writing {path.name}, {delivery.rows:,} rows")
    return File(path, write_opportunities(path, delivery))


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    known = list(AIMS)
    parser.add_argument("--rows", type=int, default=1_000_000, help="default: 1000000")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROWS} rows: to see that it works, not how fast")
    parser.add_argument("--databases", type=lambda text: text.split(","), default=known, help="sqlite,postgresql")
    parser.add_argument("--postgresql", metavar="URL", help="a server to make databases in; default: one of its own")
    parser.add_argument("--workdir", type=Path, help="folder for temporary files and SQLite; default: the system's")
    parser.add_argument("--memory", action="store_true", help="measure the peak memory with many more rows, too")
    parser.add_argument("--memory-rows", type=int, help="default: five times --rows")
    workbooks = f"measure how fast typed workbooks of {WORKBOOK_ROWS} rows are written, and nothing else"
    parser.add_argument("--workbooks", action="store_true", help=workbooks)
    told = "measure every report and a full export on PostgreSQL, and nothing else"
    parser.add_argument("--answers", action="store_true", help=told)
    words = parser.parse_args()
    unknown = [kind for kind in words.databases if kind not in known]
    if unknown:
        parser.error(f"--databases knows {' and '.join(known)}, not '{unknown[0]}'")
    if words.quick:
        words.rows = QUICK_ROWS
    return words


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _progress(text: str) -> None:
    sys.stderr.write(f"… {text}\n")


if __name__ == "__main__":
    sys.exit(main())
