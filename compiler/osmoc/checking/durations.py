"""Durations: `30s`, `PT1H30M`, and bare numbers of seconds (reference osmo-spec 2.9)."""

from __future__ import annotations

import re
from datetime import timedelta

from osmoc.checking.unfit import Unfit

# The number is what Python's int() reads, blanks, sign and underscores included, as in the reference.
_WITH_UNIT = re.compile(r"(?P<number>\s*[+-]?\d+(?:_\d+)*\s*)(?P<unit>us|ms|[smhd])")
_ISO = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86400}
# timedelta's own limit; more digits than this are not even read.
_MOST_DIGITS = 20


def duration(value: str | float) -> timedelta:
    """The duration that a value of a spec means; it may be negative. Raises Unfit."""
    try:
        if isinstance(value, str):
            return _from_text(value)
        return timedelta(seconds=value)
    except (OverflowError, ValueError):
        raise Unfit("is no length of time that a clock can count") from None


def _from_text(text: str) -> timedelta:
    iso = _ISO.fullmatch(text)
    if iso and any(iso.groups()) and not text.endswith("T"):
        days, hours, minutes, seconds = (float(part or 0) for part in iso.groups())
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    plain = _WITH_UNIT.fullmatch(text)
    if plain is None:
        raise Unfit(
            "is not a duration",
            _suggestion(text),
            "a whole number and one of d, h, m, s, ms, us; or ISO 8601 such as PT1H30M",
        )
    if len(plain["number"]) > _MOST_DIGITS:
        raise OverflowError
    number, unit = int(plain["number"]), plain["unit"]
    if unit == "us":
        return timedelta(microseconds=number)
    if unit == "ms":
        return timedelta(milliseconds=number)
    return timedelta(seconds=number * _SECONDS[unit])


def _suggestion(text: str) -> str:
    """What the user may have meant, in the language's own words."""
    compact = text.strip().lower().replace(" ", "")
    if compact.isdigit() and compact.isascii():
        return f"write `{compact}s` for seconds"
    parts = re.findall(
        r"(\d{1,9}(?:\.\d{1,9})?)(weeks?|w|days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)", compact
    )
    if parts and "".join(number + unit for number, unit in parts) == compact:
        total = sum(float(number) * _spelled(unit) for number, unit in parts)
        if total == int(total):
            return f"write `{_shortest(int(total))}`"
    return ""


def _spelled(unit: str) -> int:
    return {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}[unit[0]]


def _shortest(seconds: int) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"
