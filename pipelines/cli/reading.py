"""How a file is to be read, in words, and how it was read, in lines."""

import textwrap
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.imported import Reading
    from schemas.raw import ReadAs

WIDTH = 80


def add_words(command: ArgumentParser) -> None:
    """--encoding, --delimiter, --header-row and --sheet of the commands that read files."""
    command.add_argument("--encoding", metavar="NAME", help="of a text file, such as windows-1252; default: found")
    characters = "a character, or comma, semicolon, tab, pipe; default: found"
    command.add_argument("--delimiter", metavar="CHAR", help=characters)
    command.add_argument("--header-row", type=int, metavar="N", help="row of the headers; default: found")
    command.add_argument("--sheet", metavar="NAME", help="sheet of a workbook; default: found")


def read_as(words: Namespace) -> "ReadAs":
    """How the words say that files are read."""
    from schemas.raw import ReadAs

    return ReadAs(words.sheet, words.encoding, words.delimiter, words.header_row)


def reading_lines(reading: "Reading") -> Iterator[str]:
    """Why this layout, what was found out, decided and left out, in lines of 80 characters."""
    if reading.because:
        yield from _indented(f"this layout because {reading.because}")
    if reading.found:
        yield from _indented(f"read as {', '.join(_told(what, value) for what, value in reading.found.items())}")
    for sentence in (*reading.decisions, *reading.notes):
        yield from _indented(sentence)


def _told(what: str, value: str) -> str:
    from connectors.texts.delimited import DELIMITERS

    if what == "delimiter":
        return next((word for word, delimiter in DELIMITERS.items() if delimiter == value), f"delimiter {value}")
    return {"encoding": value, "header_row": f"headers in row {value}"}.get(what, f"{what} {value}")


def _indented(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ")
