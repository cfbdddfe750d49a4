from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from osmoc_runtime.storage import attempts
from osmoc_runtime.storage.attempts import in_parallel, persistently
from osmoc_runtime.storage.interface import StorageError


class Failing:
    """Work that fails so many times before it succeeds."""

    def __init__(self, times: int, *, permanent: bool = False) -> None:
        self.times = times
        self.permanent = permanent
        self.done = 0

    def __call__(self) -> str:
        self.done += 1
        if self.done <= self.times:
            raise StorageError("no answer", permanent=self.permanent)
        return "done"


class TestPersistently:
    def test_a_passing_failure_is_tried_again(self) -> None:
        assert persistently(Failing(attempts.ATTEMPTS - 1), None) == "done"

    def test_it_ends_after_a_number_of_attempts_and_says_how_many(self) -> None:
        work = Failing(100)

        with pytest.raises(StorageError, match=r"no answer \(tried 8 times in 0 s\)") as caught:
            persistently(work, None)

        assert (work.done, caught.value.permanent) == (attempts.ATTEMPTS, False)

    def test_a_permanent_failure_is_not_tried_again(self) -> None:
        work = Failing(1, permanent=True)

        with pytest.raises(StorageError, match=r"^no answer$"):
            persistently(work, None)

        assert work.done == 1

    def test_nothing_is_tried_again_after_the_deadline(self) -> None:
        work = Failing(100)

        with pytest.raises(StorageError, match=r"\(tried once\)"):
            persistently(work, time.monotonic() - 1)

        assert work.done == 1

    def test_pauses_grow_up_to_a_limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pauses: list[float] = []
        monkeypatch.setattr(attempts, "FIRST_PAUSE", 1.0)
        monkeypatch.setattr(time, "sleep", pauses.append)

        persistently(Failing(7), None)

        limits = [1, 2, 4, 8, 16, 30, 30]
        assert all(limit / 2 <= pause <= limit for pause, limit in zip(pauses, limits, strict=True))


class TestInParallel:
    def test_results_are_in_the_order_of_the_items(self) -> None:
        assert in_parallel(lambda number: number * number, range(100)) == [n * n for n in range(100)]

    def test_several_items_are_worked_on_at_once(self) -> None:
        together = threading.Barrier(attempts.WORKERS)

        assert len(in_parallel(lambda _: together.wait(20), range(attempts.WORKERS))) == attempts.WORKERS

    def test_a_failure_ends_all_and_takes_no_more_items(self) -> None:
        taken: list[int] = []

        def items() -> Iterator[int]:
            for number in range(10_000):
                taken.append(number)
                yield number

        def fail(number: int) -> None:
            raise ValueError(number)

        with pytest.raises(ValueError, match=r"\d"):
            in_parallel(fail, items())
        assert len(taken) <= attempts.WORKERS

    def test_a_failure_of_the_items_themselves_is_raised(self) -> None:
        def items() -> Iterator[int]:
            yield 1
            raise OSError("the folder is gone")

        with pytest.raises(OSError, match="the folder is gone"):
            in_parallel(str, items())

    def test_nothing_gives_nothing(self) -> None:
        assert in_parallel(str, []) == []
