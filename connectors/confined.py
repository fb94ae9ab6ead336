"""Work in a child process under limits of memory and time: what crashes or hangs there ends in a sentence here."""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from io import FileIO
from pathlib import Path
from shutil import copyfileobj
from typing import Any, BinaryIO, NamedTuple

Message = dict[str, Any]
START = "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from connectors.confined import serve; serve()"
PIPE_BYTES = 1024 * 1024
SIZES = 16  # of a frame's message and body, eight bytes each
SAVE_AGAIN = "Open it in a spreadsheet and save it again, or save it as CSV."


class Limits(NamedTuple):
    """What a child may use; `silent_seconds` is how long it may keep us waiting at a stretch."""

    memory_bytes: int = 2 * 1024**3
    cpu_seconds: int = 900
    silent_seconds: int = 180


class RefusedError(Exception):
    """What cannot be read, without the name of the file: `why` continues it, `fix` is a whole sentence."""

    def __init__(self, why: str, fix: str = SAVE_AGAIN) -> None:
        """Keep the two apart."""
        super().__init__(f"{why}\n{fix}")
        self.why = why
        self.fix = fix


class Child:
    """A child process that runs main(file, receive, send) of a module on an open file, and answers in frames."""

    def __init__(self, module: str, file: BinaryIO, limits: Limits) -> None:
        """Start it; no code of ours but that module runs in it."""
        self.limits = limits
        with _on_disk(file) as number:
            words = [json.dumps([entry or str(Path.cwd()) for entry in sys.path]), module, str(number)]
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-c", START, *words, json.dumps(limits)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=[number],
                bufsize=0,
                pipesize=PIPE_BYTES,
                env=os.environ | {"ARROW_DEFAULT_MEMORY_POOL": "system"},  # others reserve a gigabyte ahead
            )
        self.close = weakref.finalize(self, _end, self.process)

    def send(self, message: Message) -> None:
        """Tell it something."""
        with suppress(BrokenPipeError):  # that it is dead shows when its answer is awaited
            assert self.process.stdin
            self.process.stdin.write(json.dumps(message).encode() + b"\n")

    def receive(self) -> tuple[Message, bytes]:
        """Its next answer and the bytes that go with it; what it refuses, or dies of, is raised."""
        sizes = self._read(SIZES)
        message: Message = json.loads(self._read(int.from_bytes(sizes[:8])).decode())
        body = self._read(int.from_bytes(sizes[8:]))
        if "refused" in message:
            self.close()
            raise RefusedError(*message["refused"])
        return message, body

    def _read(self, size: int) -> bytes:
        assert self.process.stdout
        number = self.process.stdout.fileno()
        waiter = select.poll()
        waiter.register(number, select.POLLIN)
        found = bytearray()
        while len(found) < size:
            if not waiter.poll(self.limits.silent_seconds * 1000):
                self.close()
                raise RefusedError(f"kept its reader busy for more than {self.limits.silent_seconds} seconds")
            more = os.read(number, min(size - len(found), PIPE_BYTES))
            if not more:
                raise RefusedError(self._cause_of_death())
            found += more
        return bytes(found)

    def _cause_of_death(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        code = self.process.poll()
        self.close()
        if code == -signal.SIGXCPU:
            return f"needs more than {self.limits.cpu_seconds} seconds to read"
        how = signal.Signals(-code).name if code and code < 0 else f"exit code {code}"
        return f"makes its reader crash or need more than {_gigabytes(self.limits)} of memory ({how})"


def serve() -> None:
    """What the child runs: limits first, then the module; what goes wrong is its last answer."""
    module, number, limits = sys.argv[2], int(sys.argv[3]), Limits(*json.loads(sys.argv[4]))
    _restrict(limits)
    with suppress(BrokenPipeError):  # nobody wants to know any more
        try:
            with os.fdopen(number, "rb") as file:
                import_module(module).main(file, _receive, _send)
        except RefusedError as error:
            _send({"refused": [error.why, error.fix]})
        except MemoryError:
            _send({"refused": [f"needs more than {_gigabytes(limits)} of memory to read", SAVE_AGAIN]})
        except BrokenPipeError:
            raise
        except Exception as error:  # whatever a library says against a file, the file cannot be read
            _send({"refused": [f"cannot be read ({type(error).__name__}: {error})", SAVE_AGAIN]})
    os._exit(0)


Receive = Callable[[], Message]
Send = Callable[..., None]


def _receive() -> Message:
    line = sys.stdin.buffer.readline()
    if not line:
        raise BrokenPipeError
    message: Message = json.loads(line)
    return message


def _send(message: Message, body: Any = b"") -> None:
    head = json.dumps(message).encode()
    size = memoryview(body).nbytes
    for part in (len(head).to_bytes(8) + size.to_bytes(8), head, body):
        left = memoryview(part).cast("B")
        while len(left):
            left = left[os.write(1, left) :]


def _restrict(limits: Limits) -> None:
    import resource

    wanted = {
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
    }
    for kind, most in wanted.items():
        hard = resource.getrlimit(kind)[1]
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(ValueError, OSError):  # some systems know no limit of memory
            resource.setrlimit(kind, (soft, hard))


def _gigabytes(limits: Limits) -> str:
    return f"{limits.memory_bytes / 1024**3:g} GB"


@contextmanager
def _on_disk(file: BinaryIO) -> Iterator[int]:
    """The number of a file that another process can read: its own, or that of a copy."""
    file.seek(0)
    if isinstance(getattr(file, "raw", file), FileIO):  # a GzipFile has the number of what it unpacks
        yield file.fileno()
        return
    with tempfile.TemporaryFile() as copy:
        copyfileobj(file, copy)
        copy.seek(0)
        yield copy.fileno()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a child whatever it is doing, and leave nothing of it behind."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
