"""How a file is to be read, in words, and how it was read, in lines."""

import textwrap
from argparse import Namespace
from collections.abc import Iterator

from connectors.texts.delimited import DELIMITERS
from pipelines.imported import Reading
from schemas.raw import ReadAs

WIDTH = 80


def read_as(words: Namespace) -> ReadAs:
    """How the words say that files are read."""
    return ReadAs(words.sheet, words.encoding, words.delimiter, words.header_row)


def reading_lines(reading: Reading) -> Iterator[str]:
    """Why this layout, what was found out, decided and left out, in lines of 80 characters."""
    if reading.because:
        yield from _indented(f"this layout because {reading.because}")
    if reading.found:
        yield from _indented(f"read as {', '.join(_told(what, value) for what, value in reading.found.items())}")
    for sentence in (*reading.decisions, *reading.notes):
        yield from _indented(sentence)


def _told(what: str, value: str) -> str:
    if what == "delimiter":
        return next((word for word, delimiter in DELIMITERS.items() if delimiter == value), f"delimiter {value}")
    return {"encoding": value, "header_row": f"headers in row {value}"}.get(what, f"{what} {value}")


def _indented(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ")
