"""What a template may cost: time, memory, size. The reference gives 0.5 s and 100 MiB, in a process apart.

A process would cost more than a whole compilation. So: a timer of processor time whose signal raises, which
stops whatever Python code runs; a bound on the address space, which stops what a single call in C would
take (`center` of a large number); and checks of the few operators whose work in C is endless without memory.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SECONDS = 5.0
"""Of processor time, so that a busy machine refuses nothing."""
LARGEST_TEXT = 64 * 1024 * 1024
"""Characters."""
_MEMORY = 512 * 1024 * 1024
MEMORY_EXCEEDED = "the template takes more than 512 MiB of memory"
BOUNDED = ("+", "*", "**")
"""The operators whose work can grow out of all measure."""
_LARGEST_NUMBER = 100_000
"""Bits."""


class Exceeded(BaseException):
    """A bound was reached. Not an Exception: Jinja swallows some of those while it looks for attributes."""


@contextmanager
def enforced(seconds: float | None = None) -> Iterator[None]:
    """Exceeded or MemoryError where what runs inside takes too much; time counts on the main thread only.

    `seconds`: of processor time, else SECONDS.
    """
    with _time_bound(SECONDS if seconds is None else seconds), _memory_bound():
        yield


def check_size(characters: int) -> None:
    if characters > LARGEST_TEXT:
        raise Exceeded(f"the template makes more than {LARGEST_TEXT // 1024 // 1024} million characters")


def bounded(operator: str, operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The operation of a template's operator, refusing numbers and texts out of all measure."""

    def run(left: Any, right: Any) -> Any:
        if type(left) is int and type(right) is int:
            if operator == "**" and right > 0 and left.bit_length() * right > _LARGEST_NUMBER:
                raise Exceeded("the template computes a number of more than 30,000 digits")
            if operator == "*" and left.bit_length() + right.bit_length() > _LARGEST_NUMBER:
                raise Exceeded("the template computes a number of more than 30,000 digits")
        elif operator == "*" and hasattr(left, "__len__") and type(right) is int:
            check_size(len(left) * right)
        elif operator == "*" and hasattr(right, "__len__") and type(left) is int:
            check_size(len(right) * left)
        elif operator == "+" and hasattr(left, "__len__") and hasattr(right, "__len__"):
            check_size(len(left) + len(right))
        return operation(left, right)

    return run


@contextmanager
def _time_bound(seconds: float) -> Iterator[None]:
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def expired(_number: int, _frame: object) -> None:
        raise Exceeded(f"the template takes more than {seconds:g} seconds of processor time")

    before = signal.signal(signal.SIGVTALRM, expired)
    # Again and again, since code that is called back from C may lose an exception.
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 0.2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL if before is None else before)


@contextmanager
def _memory_bound() -> Iterator[None]:
    taken = _address_space()
    if taken is None:
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = taken + _MEMORY
    if any(limit != resource.RLIM_INFINITY and limit < wanted for limit in (soft, hard)):
        yield
        return
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _address_space() -> int | None:
    """Bytes of address space in use, where the system tells and lets it be bounded."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123
            pages = int(statm.read().split()[0])
    except (OSError, ValueError):
        return None
    import resource

    return pages * resource.getpagesize()
