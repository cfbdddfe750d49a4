"""Addresses in object storage (reference osmo-spec 5.1): `s3://bucket/path` and its relatives."""

from __future__ import annotations

import re
from typing import Final

from osmoc.checking.unfit import Unfit

LEAST_PARTS: Final = {"s3": 1, "gs": 1, "tos": 2, "azure": 2, "swift": 3}
"""Schemes of the reference, and how many parts an address has at least: bucket, account and container …"""

UNSUPPORTED: Final = frozenset({"azure"})
"""Schemes that the reference knows and the agent cannot reach yet."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_PART = re.compile(r"[^/,;*]+")
_EXAMPLE: Final = "an address is `s3://bucket/path`"


def check_storage_url(text: str) -> str:
    """The scheme of an address that the reference's storage, or `file`, can have. Raises Unfit."""
    scheme, rest = _split(text)
    if scheme == "file":
        if not rest.startswith("/"):
            raise Unfit("has no absolute path after `file://`", "write `file:///path/in/the/pod`")
        return scheme
    if scheme not in LEAST_PARTS:
        raise Unfit(*_unknown(scheme, rest))
    parts = rest.rstrip("/").split("/")
    for part in parts:
        if not _PART.fullmatch(part):
            raise Unfit(*_bad_part(text, part))
    if len(parts) < LEAST_PARTS[scheme]:
        raise Unfit(f"is too short: after `{scheme}://` come at least {LEAST_PARTS[scheme]} parts")
    return scheme


def foreign_scheme(text: str) -> str | None:
    """The scheme of a well-formed address that no storage of ours serves."""
    found = _SCHEME.fullmatch(text)
    if found is None or not found[2] or found[1].lower() in LEAST_PARTS or found[1].lower() == "file":
        return None
    return found[1]


def _split(text: str) -> tuple[str, str]:
    found = _SCHEME.fullmatch(text)
    if found is None:
        raise Unfit(
            "is no address in object storage"
            if text
            else "is empty, and an address in object storage is needed",
            _EXAMPLE,
        )
    return found[1], found[2]


def _unknown(scheme: str, rest: str) -> tuple[str, str]:
    if scheme.lower() in LEAST_PARTS:
        return f"has the scheme `{scheme}` in capitals", f"write `{scheme.lower()}://{rest}`"
    return (
        f"has the scheme `{scheme}`, which no storage has",
        f"schemes are {', '.join(LEAST_PARTS)} and file",
    )


def _bad_part(text: str, part: str) -> tuple[str, str]:
    if not part:
        return "has an empty part between two slashes", f"write `{re.sub(r'(?<!:)/+', '/', text)}`"
    letter = next(letter for letter in part if letter in ",;*")
    return f"has a `{letter}` in it, which an address cannot have", ""
