"""Did you mean?"""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` was most probably meant to be, or None; ties go to the one named first."""
    best: str | None = None
    # Of one or two letters, any other two are near: there only case and separators count.
    least = max(len(word) // 3, 1) + 1 if len(word) > 2 else 1
    folded = _folded(word)
    for candidate in candidates:
        if candidate == word:
            continue
        distance = _distance(folded, _folded(candidate), least)
        if distance < least:
            best, least = candidate, distance
    return best


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """A help of one line, or an empty one where nothing is near."""
    near = nearest(word, candidates)
    return f"did you mean `{near}`?" if near is not None else ""


def _folded(word: str) -> str:
    # Case and separators are the first things that people get wrong: `exec-timeout`, `ExecTimeout`.
    return word.lower().replace("-", "").replace("_", "")


def _distance(left: str, right: str, limit: int) -> int:
    """Letters to insert, drop, replace or swap with their neighbour; `limit` where it is at least that."""
    if abs(len(left) - len(right)) >= limit:
        return limit
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        above, before, row = before, row, [i]
        for j, other in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
        if min(row) >= limit:
            return limit
    return min(row[-1], limit)
