"""The codes of an exit action, `0,1-10,137` (reference osmo-spec 6.1; design, deviations 3 and 4).

What is taken stands in `grammar/exit_codes.lark`; it is read here without lark, whose import takes as long as
a small compilation. A property test holds the two together.
"""

from __future__ import annotations

import re
from functools import lru_cache

from osmoc.checking.unfit import Unfit

LAST_PROCESS_CODE = 255
FIRST_CONDITION = 1000
"""From here on codes are the service's words for what happened to a pod."""

# A chain such as `1-23-4`, which the reference takes, is none. Linear: no text matches in two ways.
_ELEMENT = re.compile(r"(\d{1,100})(?:-(\d{1,100}))?")
_LAST_CONDITION = 4000


@lru_cache(maxsize=1024)
def exit_codes(text: str) -> tuple[frozenset[int], frozenset[int]]:
    """Process codes, and codes of conditions. Raises Unfit for what names none, or none that can be."""
    process: set[int] = set()
    conditions: set[int] = set()
    for first, last in _ranges(text):
        if first > last:
            raise Unfit(f"has the range `{first}-{last}`, which is empty", f"write `{last}-{first}`")
        between = range(max(first, LAST_PROCESS_CODE + 1), min(last, FIRST_CONDITION - 1) + 1)
        if between:
            raise Unfit(
                f"names code {between[0]}, which no process can end with",
                note=f"processes end with 0 to {LAST_PROCESS_CODE}; from {FIRST_CONDITION} on it is for pods",
            )
        process.update(range(first, min(last, LAST_PROCESS_CODE) + 1))
        # No condition lies beyond 4000; a range to 99999 need not be counted out.
        conditions.update(range(max(first, FIRST_CONDITION), min(last, _LAST_CONDITION) + 1))
        if first > _LAST_CONDITION:
            conditions.add(first)
    return frozenset(process), frozenset(conditions)


def _ranges(text: str) -> list[tuple[int, int]]:
    if not text:
        raise Unfit("is empty, and exit codes are needed", "codes are written `1-10,15`")
    ranges = []
    for element in text.split(","):
        read = _ELEMENT.fullmatch(element)
        if read is None:
            raise Unfit(*_why(text, element))
        first = int(read[1])
        ranges.append((first, first if read[2] is None else int(read[2])))
    return ranges


def _why(text: str, element: str) -> tuple[str, str]:
    without = re.sub(r"\s", "", text)
    if without != text and re.fullmatch(r"\d{1,9}(?:-\d{1,9})?(?:,\d{1,9}(?:-\d{1,9})?)*", without):
        return "has a blank in it", f"write `{without}`"
    if not element:
        return "has a comma too many", f"write `{','.join(part for part in text.split(',') if part)}`"
    if element.count("-") > 1 and element.replace("-", "").isdigit():
        return f"has the chain `{element}`; a range has two ends", "write `1-10,15` for several ranges"
    return f"has `{element}`, which is neither a code nor a range", "codes are written `1-10,15`"
