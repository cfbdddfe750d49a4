"""Look for inputs that break the compiler: python -m tests.fuzz.run [SECONDS]

With atheris, by coverage; without it, by chance alone. What breaks something is left in a folder, whose name
is printed, and belongs into tests/fuzz/seeds once it is mended.
"""

from __future__ import annotations

import hashlib
import importlib.util
import random
import resource
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.fuzz import judge, mutation

_ADDRESS_SPACE = 3 << 30
"""Bytes: a template may take half a GiB, the instrumented programs take the rest."""


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    found = Path(tempfile.mkdtemp(prefix="osmoc-fuzz-"))
    if importlib.util.find_spec("atheris") is not None:
        return by_coverage(seconds, found)
    return by_chance(seconds, found)


def by_chance(seconds: float, found: Path) -> int:
    """Mutations of the seeds, and of what they became. Gives 1 where one breaks something."""
    chance = random.Random()
    known, right = [*judge.right(), *judge.wrong()], list(judge.right())
    until, tried, compiled, broken = time.monotonic() + seconds, 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < until:
            base = chance.choice(right if chance.random() < 0.5 else known)
            data = mutation.mutated(base, chance.choice(known), chance)
            tried += 1
            try:
                compiled += judge.judge(data, Path(folder))
            except Exception:  # whatever it is: that is what is looked for
                broken += 1
                keep(found, data)
                traceback.print_exc()
                continue
            if chance.random() < 0.02:
                known.append(data)
    print(f"{tried} inputs, {compiled} of them compile, {broken} break something", found if broken else "")
    return 1 if broken else 0


def keep(found: Path, data: bytes) -> None:
    path = found / hashlib.sha256(data).hexdigest()[:12]
    path.write_bytes(data)
    print(f"broken by {path}", file=sys.stderr)


def by_coverage(seconds: float, found: Path) -> int:
    """libFuzzer's search for inputs that reach new code; it ends the process itself."""
    import atheris

    corpus = found / "corpus"
    corpus.mkdir()
    known = [*judge.right(), *judge.wrong()]
    for number, data in enumerate(known):
        (corpus / f"seed-{number}").write_bytes(data)
    chance = random.Random(0)
    with tempfile.TemporaryDirectory() as folder:

        def one(data: bytes) -> None:
            judge.judge(data, Path(folder))

        def mutate(data: bytes, largest: int, seed: int) -> bytes:
            chance.seed(seed)
            if chance.random() < 0.2:
                return bytes(atheris.Mutate(data, largest))
            return mutation.mutated(data, chance.choice(known), chance)[:largest]

        atheris.instrument_all()
        arguments = [
            *(sys.argv[0], str(corpus), f"-max_total_time={seconds:.0f}", f"-artifact_prefix={found}/"),
            *("-max_len=20000", "-timeout=60", "-rss_limit_mb=3000", "-print_final_stats=1", "-verbosity=0"),
        ]
        atheris.Setup(arguments, one, custom_mutator=mutate)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
