"""Amounts of memory and disk, as the reference reads them and Kubernetes takes them (osmo-spec 2.10, 7.1)."""

from __future__ import annotations

import re

from osmoc.checking.unfit import Unfit

_AMOUNT = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>[a-zA-Z]*)")

_UNITS = {
    "Ti": "Ti",
    "Gi": "Gi",
    "Mi": "Mi",
    "Ki": "Ki",
    "TiB": "Ti",
    "GiB": "Gi",
    "MiB": "Mi",
    "KiB": "Ki",
    # Kubernetes has no decimal K, and to the reference this one is binary.
    "K": "Ki",
    # The reference hands these over as they stand, and Kubernetes reads them as powers of ten.
    "T": "T",
    "G": "G",
    "M": "M",
    "m": "m",
    "B": "",
    "": "",
}
"""The reference's units, and what Kubernetes calls them."""

# Kubernetes counts in 64 bits; what is more is a slip of the keyboard.
_MOST_DIGITS = 18


def quantity(text: str) -> str:
    """The amount as Kubernetes writes it: `1GiB` is `1Gi`, `5B` is `5`. Raises Unfit."""
    read = _AMOUNT.fullmatch(text)
    if read is None or not text.isascii():
        raise Unfit(
            "is not an amount", _suggestion(text), "a number and one of Ki, Mi, Gi, Ti, without a blank"
        )
    if read["unit"] not in _UNITS:
        raise Unfit(
            f"has the unit `{read['unit']}`, which is none",
            _suggestion(text),
            "units are Ki, Mi, Gi, Ti, K, M, G, T, B and m",
        )
    if len(read["number"]) > _MOST_DIGITS:
        raise Unfit("is more than Kubernetes can count")
    return read["number"] + _UNITS[read["unit"]]


def _suggestion(text: str) -> str:
    loose = re.fullmatch(r"\s*(\d*(?:\.\d+)?)\s*([kmgt])(?:i?b?)\s*", text, re.IGNORECASE | re.ASCII)
    if loose is None or not loose[1]:
        return ""
    number = f"0{loose[1]}" if loose[1].startswith(".") else loose[1]
    return f"write `{number}{loose[2].upper()}i`"
