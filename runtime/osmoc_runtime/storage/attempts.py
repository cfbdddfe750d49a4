"""Work that is tried again, and work that several threads share."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from osmoc_runtime.storage.interface import StorageError

ATTEMPTS = 8
FIRST_PAUSE = 1.0
"""Seconds; each pause is twice the one before, up to LONGEST_PAUSE, and cut by chance to half at most."""
LONGEST_PAUSE = 30.0
WORKERS = 8

Item = TypeVar("Item")
Result = TypeVar("Result")


def persistently(work: Callable[[], Result], deadline: float | None) -> Result:
    """Do the work; where it fails in a passing way again, until `deadline` or ATTEMPTS: about a minute."""
    begin = time.monotonic()
    pause = FIRST_PAUSE
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return work()
        except StorageError as error:
            if error.permanent:
                raise
            rest = pause * random.uniform(0.5, 1.0)
            if attempt == ATTEMPTS or (deadline is not None and time.monotonic() + rest > deadline):
                spent = (
                    f"tried {attempt} times in {time.monotonic() - begin:.0f} s"
                    if attempt > 1
                    else "tried once"
                )
                raise StorageError(f"{error} ({spent})", permanent=False) from error
        time.sleep(rest)
        pause = min(2 * pause, LONGEST_PAUSE)
    raise AssertionError("the last attempt returns or raises")


def in_parallel(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """The results in the order of `items`, which are taken one by one; the first exception ends all."""
    source = enumerate(items)
    turn = threading.Lock()
    results: dict[int, Result] = {}
    failures: list[BaseException] = []

    def run() -> None:
        try:
            while not failures:
                with turn:
                    found = next(source, None)
                if found is None:
                    return
                results[found[0]] = work(found[1])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(WORKERS)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    except BaseException as error:
        failures.append(error)
        raise
    if failures:
        raise failures[0]
    return [results[index] for index in range(len(results))]
