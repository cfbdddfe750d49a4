"""What must hold for every input, however odd: it is compiled, or refused in words that point into it, in
bounded time.

An input is a spec; behind lines `=== pool` and `=== options` may follow a pool file and options, one a line.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from osmoc.diagnostics.diagnostic import Diagnostic, Diagnostics, Rejected
from osmoc.diagnostics.terminal import Style, draw
from osmoc.driver import Driver
from osmoc.options import Options
from osmoc.pipeline import write_spec
from osmoc.pool import Pool
from osmoc.pools import load_pool

ROOT = Path(__file__).parents[2]
SECONDS = 12.0
"""Of processor time: a template may take five of them."""


class Slow(Exception):
    """An input took longer than any may."""


@dataclass(frozen=True)
class Input:
    spec: bytes
    pool: bytes
    options: Options


def right() -> Iterator[bytes]:
    """Examples, those of pools with their pools."""
    for path in sorted((ROOT / "examples").rglob("spec.yaml")):
        pool = path.with_name("pool.yaml")
        yield path.read_bytes() + (b"=== pool\n" + pool.read_bytes() if pool.exists() else b"")


def wrong() -> Iterator[bytes]:
    """Wrong specs with their pools, and what was found to break something."""
    for path in sorted((ROOT / "tests" / "ui").glob("*/*.yaml")):
        pool = path.with_suffix(".pool")
        yield path.read_bytes() + (b"=== pool\n" + pool.read_bytes() if pool.exists() else b"")
    for path in sorted((ROOT / "tests" / "fuzz" / "seeds").iterdir()):
        yield path.read_bytes()


def read(data: bytes) -> Input:
    spec, _, rest = data.partition(b"=== pool\n")
    pool, _, lines = rest.partition(b"=== options\n")
    given: defaultdict[str, list[str]] = defaultdict(list)
    for line in lines.decode("utf-8", "replace").splitlines():
        option, _, value = line.partition(" ")
        given[option].append(value)
    options = Options(
        set=tuple(given["--set"]),
        set_string=tuple(given["--set-string"]),
        set_json=tuple(given["--set-json"]),
        set_env=tuple(given["--set-env"]),
        label=tuple(given["--label"]),
    )
    return Input(spec, pool, options)


def judge(data: bytes, folder: Path) -> bool:
    """Whether the input compiles. Raises where something else happens than compiling or refusing it."""
    given = read(data)
    spec, pool_file = folder / "spec.yaml", folder / "pool.yaml"
    spec.write_bytes(given.spec)
    pool_file.write_bytes(given.pool)
    said = Diagnostics()
    begun = time.process_time()
    try:
        pool = load_pool(said, str(pool_file)) if given.pool else Pool()
        for _ in write_spec(spec, given.options, pool, Driver(said)):
            pass
        compiles, found = True, said.said
    except Rejected as rejected:
        compiles, found = False, rejected.diagnostics
        assert found, "refused without a word"
    check_words(found)
    taken = time.process_time() - begun
    if taken > SECONDS:
        raise Slow(f"{taken:.1f} seconds")
    return compiles


def check_words(said: Iterable[Diagnostic]) -> None:
    for one in said:
        for at in (one.at, *(label.at for label in one.labels)):
            assert 0 <= at.start <= at.end <= len(at.source.text), f"{one.code} points nowhere"
        assert one.message, f"{one.code} says nothing"
    assert "Traceback" not in "".join(draw(said, Style()))
