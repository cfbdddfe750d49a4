"""`--dump-after` and `--time-passes`: a look inside, for who works on osmoc."""

from __future__ import annotations

import sys
from pprint import pformat

from osmoc.passing import Expanded, Manifests


class Looking:
    """An observer of the driver; writes to stderr, so that the command's own output stays whole."""

    def __init__(self, dump_after: str | None, time_passes: bool) -> None:
        self._dump_after = dump_after
        self._time_passes = time_passes

    def __call__(self, name: str, result: object, seconds: float) -> None:
        if self._time_passes:
            sys.stderr.write(f"{name:10}{seconds * 1000:9.2f} ms\n")
        if name == self._dump_after:
            sys.stderr.write(_shown(result) + "\n")


def _shown(result: object) -> str:
    match result:
        case Expanded():
            return result.text
        case Manifests():
            from osmoc import yamlwriter

            return "".join(yamlwriter.write(manifest.body for manifest in result.objects))
        case _:
            return pformat(result, width=120)
