"""Numbered columns of a collection, such as Emails 2 Email: their headers, and the JSON text of a row's blocks.

The text is canonical, so that equal blocks are equal texts: blocks in the order of their numbers, in each its parts in
the order of the field, blank ones left out; none at all is null.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

NUMBER = "#"
"""Stands in a layout for the number of a block, from 1 on."""

Block = Mapping[str, str]


class Place(NamedTuple):
    """One column of a collection: its field, the number of its block, and the part."""

    field: str
    number: int
    part: str

    def __str__(self) -> str:
        """The name under which problems tell of the column: emails:2:email."""
        return f"{self.field}:{self.number}:{self.part}"


def numbered(header: str) -> str:
    """A folded header without the numbers of its blocks, as layouts spell it."""
    return re.sub(r"(?<= )\d+(?= )", NUMBER, header)


def pattern(folded: str) -> re.Pattern[str]:
    """What matches the folded headers that a folded spelling stands for, and captures the number."""
    before, _, after = folded.partition(NUMBER)
    return re.compile(rf"{re.escape(before)}([1-9]\d{{0,3}}){re.escape(after)}")


def header_of(spelling: str, number: int) -> str:
    """The header of a block by its number."""
    return spelling.replace(NUMBER, str(number), 1)


def as_text(blocks: Iterable[Block], parts: Iterable[str]) -> str | None:
    """The canonical text of some blocks; None where nothing is said in any."""
    order = tuple(parts)
    filled = [{part: block[part] for part in order if block.get(part)} for block in blocks]
    told = [block for block in filled if block]
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")) if told else None


def from_text(text: str | None) -> list[dict[str, str]]:
    """The blocks of a stored text."""
    blocks: list[dict[str, str]] = json.loads(text) if text else []
    return blocks
