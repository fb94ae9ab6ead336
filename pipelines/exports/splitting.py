"""Batches in parts of so many rows, without holding more than one batch."""

from collections.abc import Iterator

import pyarrow as pa


def in_parts(batches: Iterator[pa.Table], rows: int) -> Iterator[Iterator[pa.Table]]:
    """The rows in parts, each as batches and to be read before the next one; without any row one part."""
    waiting: list[pa.Table] = []

    def part() -> Iterator[pa.Table]:
        left = rows
        while left and (batch := waiting.pop() if waiting else next(batches, None)) is not None:
            if len(batch) > left:
                waiting.append(batch.slice(left))
            yield batch.slice(0, left)
            left -= min(left, len(batch))

    yield part()
    while waiting or (batch := next(batches, None)) is not None:
        if not waiting:
            waiting.append(batch)
        yield part()
