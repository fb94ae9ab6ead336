"""Problems on the command line: their formats, and where they are written."""

import argparse
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.choices import choices
from schemas.errors import RunError, UsageError
from schemas.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.findings import Findings
    from pipelines.imported import Imported


def add_options(command: argparse.ArgumentParser) -> None:
    """--format and --output of the commands that tell problems."""
    formats = choices("pipelines.problem_reports")
    command.add_argument("--format", choices=formats, help="write the problems in this format")
    command.add_argument("--output", metavar="PATH", help="write them to a file instead of the terminal")


class Report:
    """The problems of the files of one command, written in a format once all are judged."""

    def __init__(self, words: Namespace, settings: Settings) -> None:
        from pipelines.telling import is_binary

        self.words, self.settings = words, settings
        self.files: list[Findings] = []
        self.tells_refusals = not is_binary(words.format)

    def add(self, imported: "Imported") -> None:
        """Take what was found in a file."""
        from pipelines.telling import findings_of

        self.files.append(findings_of(imported, self.settings, self.words.layout))

    def refuse(self, file: Path, fault: RunError) -> None:
        """Take why a file could not be judged."""
        from pipelines.telling import findings_of_refused

        self.files.append(findings_of_refused(file, fault))

    def write(self) -> None:
        """Write what was found in all files."""
        write_problems(self.words, self.files)


def report_asked(words: Namespace, settings: Settings) -> Report | None:
    """The report that the words ask for; None where they name no format."""
    return Report(words, settings) if format_asked(words) else None


def format_asked(words: Namespace) -> bool:
    """Whether the words name a format; a contradiction is refused before any file is read."""
    asked: str | None = getattr(words, "format", None)
    if asked and words.json:
        raise UsageError("--json and --format are two forms of one answer.", "Leave one of them out.")
    if getattr(words, "output", None) and not asked:
        raise UsageError("--output needs to know how the problems are to be written.", "Add --format.")
    if asked:
        from pipelines.telling import require_target

        require_target(asked, len(getattr(words, "files", [""])), Path(words.output) if words.output else None)
    return asked is not None


def write_problems(words: Namespace, files: "Sequence[Findings]") -> None:
    """Write the problems of files as the words ask for: to the terminal, or to a file."""
    from pipelines.cli import showing
    from pipelines.findings import summary
    from pipelines.telling import needs_places, write_report

    if needs_places(words.format):
        for findings in files:
            if findings.absent[0] and not findings.refused:
                showing.warn(f"dealport: {findings.absent[0]} Lines are told as rows, characters as columns.")
    target = Path(words.output) if words.output else None
    write_report(words.format, files, target, sys.stdout.write)
    if target:
        for findings in files:
            showing.say(f"{findings.file}: {summary(findings)}")
        showing.say(f"  written as {words.format}: {target}")
