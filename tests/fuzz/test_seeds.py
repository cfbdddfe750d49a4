"""What once broke the compiler breaks it no more; nor do a few thousand changes of known specs."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.fuzz import judge, mutation

SEEDS = sorted((Path(__file__).parent / "seeds").iterdir())


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name)
def test_a_seed_is_compiled_or_refused(path: Path, tmp_path: Path) -> None:
    judge.judge(path.read_bytes(), tmp_path)


@pytest.mark.parametrize("round_", range(8))
def test_changed_specs_are_compiled_or_refused(round_: int, tmp_path: Path) -> None:
    chance = random.Random(round_)
    known = [*judge.right(), *judge.wrong()]
    compiled = 0
    for _ in range(300):
        data = mutation.mutated(chance.choice(known), chance.choice(known), chance)
        try:
            compiled += judge.judge(data, tmp_path)
        except Exception as error:  # whatever it is: the input has to be shown
            raise AssertionError(data.decode("utf-8", "replace")) from error
    assert compiled > 5, "hardly anything compiles: the changes are too large to find much"


def test_what_breaks_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(judge, "write_spec", broken)

    with pytest.raises(ValueError, match="broken"):
        judge.judge(next(judge.right()), tmp_path)
