"""Work ahead: the next batches are prepared while the database takes the ones before."""

from collections.abc import Iterable, Iterator
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

T = TypeVar("T")
_END = object()


def ahead(source: Iterable[T], size: int = 2) -> Iterator[T]:
    """The items of the source in their order, made by a thread up to `size` items ahead; errors arrive too."""
    queue: Queue[object] = Queue(size)
    stopped = Event()

    def put(item: object) -> bool:
        while not stopped.is_set():
            try:
                queue.put(item, timeout=0.1)
            except Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for item in source:
                if not put(item):
                    return
        except BaseException as fault:  # raised again below, where it can be handled
            put(fault)
        put(_END)

    thread = Thread(target=work, name="ahead", daemon=True)
    thread.start()
    try:
        while (item := queue.get()) is not _END:
            if isinstance(item, BaseException):
                raise item
            yield item  # type: ignore[misc]  # what is neither the end nor an error came from the source
    finally:
        stopped.set()
        thread.join()
