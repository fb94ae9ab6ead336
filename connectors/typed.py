"""Tables of typed values to be written to a file: what formats that know numbers and days from text are given."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from schemas.text_bytes import has_any

ESCAPED = '"\\' + "".join(map(chr, range(32)))
"""The characters that no text has in JSON as they are."""
Kind = Literal["text", "date", "moment", "amount", "percent", "whole", "choice"]


@dataclass(frozen=True)
class TypedColumn:
    """A column: its header, the kind of its values, and its Arrow type.

    `currency` is the header of the column with the currency of each amount, or its one currency is `code`; a choice has
    the words that may stand in it.
    """

    header: str
    kind: Kind
    currency: str | None = None
    code: str | None = None
    words: tuple[str, ...] = ()

    @property
    def arrow(self) -> pa.DataType:
        """Strings, days, moments in UTC with microseconds, decimals with 4 (amounts) or 6 (percents), whole numbers."""
        kinds = {
            "date": pa.date32(),
            "moment": pa.timestamp("us", "UTC"),
            "amount": pa.decimal128(19, 4),
            "percent": pa.decimal128(9, 6),
            "whole": pa.int64(),
        }
        return kinds.get(self.kind, pa.string())


@dataclass(frozen=True)
class Typed:
    """A table in batches, each with the columns in their order and types; and what is told about it beside the rows.

    `about` is read when the batches have all been read: labels and values of a summary.
    """

    name: str
    columns: Sequence[TypedColumn]
    batches: Iterator[pa.Table]
    about: Mapping[str, str] = field(default_factory=dict)


def iso_moments(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Moments in UTC as text: 2026-11-30T12:00:00Z, with a fraction of a second only where there is one."""
    texts = pc.strftime(column, "%Y-%m-%dT%H:%M:%S")
    return pc.binary_join_element_wise(pc.replace_substring_regex(texts, r"\.0+$", ""), "Z", "")


def as_json(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Values as they stand in JSON: whole numbers are numbers, all else is text, or null where there is nothing."""
    texts = (iso_moments(column) if pa.types.is_timestamp(column.type) else column).cast(pa.string())
    if pa.types.is_integer(column.type):
        return texts.fill_null("null")
    quoted = pc.binary_join_element_wise('"', texts, '"', "")
    if pa.types.is_string(column.type) and has_any(texts, ESCAPED):
        careful = pc.match_substring_regex(texts, f"[{re.escape(ESCAPED)}]").fill_null(False).combine_chunks()
        escaped = [json.dumps(text, ensure_ascii=False) for text in texts.filter(careful).to_pylist()]
        told = pc.replace_with_mask(quoted.combine_chunks(), careful, pa.array(escaped, pa.string()))
        quoted = pa.chunked_array([told])
    return quoted.fill_null("null")
