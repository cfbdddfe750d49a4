"""`cacheSize`: read as the reference reads it, and not used (reference osmo-spec 2.4)."""

from __future__ import annotations

import math

from osmoc.checking.quantities import quantity
from osmoc.checking.unfit import Unfit


def check_cache_size(text: str) -> None:
    """Raises Unfit for what is neither an amount nor a share of the task's storage."""
    if not text.endswith("%"):
        quantity(text)
        return
    try:
        share = math.floor(float(text[:-1]))
    except (ValueError, OverflowError):
        raise Unfit("is no share of the storage", "write `20%`") from None
    if not 0 <= share <= 100:
        raise Unfit("is no share of the storage, which lies between 0% and 100%")
