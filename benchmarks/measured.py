"""Runs a command in a process of its own and tells its exit code, its seconds and its peak memory."""

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
    """What a command took."""

    exit_code: int
    seconds: float
    peak_bytes: int
    processor_seconds: float = 0


def measure(command: Sequence[str], said: Path, complained: Path) -> Measured:
    """Run a command in the folder of the file that its output goes to; what it complains of goes to another.

    A small process starts it: the system adds the memory of whoever starts a program to that program's peak.
    """
    small = [sys.executable, "-I", __file__, str(said), str(complained), *command]
    told = subprocess.run(small, check=True, stdout=subprocess.PIPE, text=True, cwd=said.parent)
    return Measured(*json.loads(told.stdout))


def _start(said: str, complained: str, *command: str) -> Measured:
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    files = [(os.POSIX_SPAWN_OPEN, 1, said, write, 0o600), (os.POSIX_SPAWN_OPEN, 2, complained, write, 0o600)]
    begun = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ, file_actions=files)
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - begun
    processor = usage.ru_utime + usage.ru_stime
    return Measured(os.waitstatus_to_exitcode(status), seconds, usage.ru_maxrss * MAXRSS_BYTES, processor)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_start(*sys.argv[1:])))
