"""Fingerprints: which stored opportunity a row was exported from and in which version, signed by its database."""

import hmac
import re

import pyarrow as pa

from schemas.mapping import Mapping
from schemas.problems import Problem, problem
from schemas.raw import RawBatch

SIGNED = 12
_FORM = re.compile(rf"(\d{{1,18}})\.(\d{{1,18}})\.([0-9a-f]{{{SIGNED}}})", re.ASCII)


def fingerprint(key: str, number: int, run_id: int) -> str:
    """The fingerprint of the version that a run stated of an opportunity: number, run, and the proof of both."""
    return f"{number}.{run_id}.{_proof(key, number, run_id)}"


def _proof(key: str, number: int, run_id: int) -> str:
    return hmac.digest(key.encode(), f"opportunity.{number}.{run_id}".encode(), "sha256").hex()[:SIGNED]


def read_fingerprints(raw: RawBatch, mapping: Mapping, key: str | None) -> tuple[pa.Array, pa.Array, list[Problem]]:
    """The opportunity and the run that each of n rows means, null where its cell is blank; and what proves neither.

    Without the key of a database only the form of a fingerprint can be judged, and none means anything.
    """
    numbers: list[int | None] = []
    runs: list[int | None] = []
    problems = []
    assert mapping.fingerprint_position is not None
    cells = raw.cells.column(mapping.fingerprint_position).to_pylist()
    for row, cell in zip(raw.row.to_pylist(), cells, strict=True):
        text = cell.strip()
        found = _FORM.fullmatch(text) if text else None
        number, run_id = (int(found[1]), int(found[2])) if found else (None, None)
        proven = found and (key is None or hmac.compare_digest(found[3], _proof(key, int(found[1]), int(found[2]))))
        if text and not proven:
            problems.append(problem(row, "fingerprint", "unknown_fingerprint", cell))
        numbers.append(number if proven and key else None)
        runs.append(run_id if proven and key else None)
    return pa.array(numbers, pa.int64()), pa.array(runs, pa.int64()), problems
