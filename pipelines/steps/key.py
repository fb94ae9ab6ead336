"""What tells one row of a file from another: the source's id, else its names, of an opportunity account and name."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

Keys = np.ndarray
"""n 64-bit hashes; equal keys have equal hashes, so unequal hashes are unequal keys."""

KEYS_AT_ONCE = 500_000


def name_keys(rows: pa.Table, identity: Sequence[str] = ("account", "name")) -> Keys:
    """The hash of what tells each of n rows by name; a customer stands in for an account that is blank."""
    parts = {field: _texts(rows, field) for field in identity}
    if "account" in parts and "customer" in rows.column_names:
        told = zip(parts["account"], _texts(rows, "customer"), strict=True)
        parts["account"] = [account if account is not None else customer for account, customer in told]
    return np.fromiter(map(hash, zip(*parts.values(), strict=True)), np.int64, len(rows))


def own_keys(rows: pa.Table, by_name: Keys) -> Keys:
    """The hash of the source's id of each of n rows, or of account and name where it has none."""
    if "source_id" not in rows.column_names:
        return by_name
    ids = np.fromiter(map(hash, _texts(rows, "source_id")), np.int64, len(rows))
    return np.where(np.asarray(rows["source_id"].is_null()), by_name, ids)


def repeated(batches: Sequence[Keys], at_once: int = KEYS_AT_ONCE) -> np.ndarray:
    """The indices, over all batches, of keys that occur more than once; sought in parts, to need little memory."""
    if not batches:
        return np.empty(0, np.int64)
    parts = 1 + sum(map(len, batches)) // at_once
    several = [_several(np.concatenate([batch[batch % parts == part] for batch in batches])) for part in range(parts)]
    wanted = np.concatenate(several)
    starts = np.cumsum([0, *map(len, batches)])
    found = [start + np.flatnonzero(np.isin(batch, wanted)) for start, batch in zip(starts, batches, strict=False)]
    return np.concatenate(found)


def _several(keys: Keys) -> Keys:
    keys.sort()
    return np.unique(keys[1:][keys[1:] == keys[:-1]])


def _texts(rows: pa.Table, field: str) -> list[str | None]:
    return rows[field].to_pylist() if field in rows.column_names else [None] * len(rows)
