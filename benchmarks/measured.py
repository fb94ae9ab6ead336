"""Runs a command in a process of its own and tells its exit code, its wall seconds and its peak memory."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024


class Measured(NamedTuple):
    """What a command took; what it said is in the file named with it."""

    exit_code: int
    seconds: float
    peak_bytes: int


def measure(command: Sequence[str], said: Path) -> Measured:
    """Run a command; its output goes to a file, its complaints to one beside it.

    It is started by a small process: the system counts the memory of the process that starts a program to its peak.
    """
    small = [sys.executable, "-I", __file__, str(said), *command]
    told = subprocess.run(small, check=True, capture_output=True, text=True)
    return Measured(*json.loads(told.stdout))


def _start(said: str, *command: str) -> Measured:
    with open(said, "wb") as output, open(f"{said}.err", "wb") as complaints:  # noqa: PTH123  # pathlib costs memory
        files = [(os.POSIX_SPAWN_DUP2, output.fileno(), 1), (os.POSIX_SPAWN_DUP2, complaints.fileno(), 2)]
        begun = time.perf_counter()
        process = os.posix_spawn(command[0], command, os.environ, file_actions=files)
        _, status, usage = os.wait4(process, 0)
        seconds = time.perf_counter() - begun
    return Measured(os.waitstatus_to_exitcode(status), seconds, usage.ru_maxrss * MAXRSS_BYTES)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_start(*sys.argv[1:])))
