"""Columns of text looked at as the bytes they are, many times faster than text by text."""

from typing import Any

import numpy as np
import pyarrow as pa

Flags = np.ndarray[Any, np.dtype[np.bool_]]


def has_any(column: pa.ChunkedArray, signs: str) -> bool:
    """Whether any of some ASCII characters stands anywhere in a column."""
    wanted = signs.encode()
    return any(sign in text for text in map(_bytes, column.chunks) for sign in wanted)


def begins_with_any(column: pa.ChunkedArray, signs: str) -> pa.BooleanArray:
    """Which texts begin with one of some ASCII characters."""
    known = np.zeros(256, bool)
    known[list(signs.encode())] = True
    masks = [np.zeros(0, bool), *(_begin(chunk, known) for chunk in column.chunks)]
    return pa.array(np.concatenate(masks))


def bytes_of(texts: pa.StringArray) -> memoryview:
    """The bytes of texts one after another, as Arrow keeps them."""
    _, offsets, data = texts.buffers()
    if data is None:
        return memoryview(b"")
    ends = np.frombuffer(offsets, np.int32)
    return memoryview(data)[ends[texts.offset] : ends[texts.offset + len(texts)]]


def _bytes(texts: pa.StringArray) -> bytes:
    return bytes(bytes_of(texts))


def _begin(texts: pa.StringArray, known: Flags) -> Flags:
    _, offsets, data = texts.buffers()
    if data is None:
        return np.zeros(len(texts), bool)
    ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    filled = ends[1:] > ends[:-1]
    begins = np.zeros(len(texts), bool)
    begins[filled] = known[np.frombuffer(data, np.uint8)[ends[:-1][filled]]]
    return begins
