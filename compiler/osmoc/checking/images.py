"""Names of container images (reference osmo-spec 10.4)."""

from __future__ import annotations

import re
from functools import lru_cache

from osmoc.checking.unfit import Unfit

_HOST_PART = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = re.compile(rf"(?:localhost|{_HOST_PART}(?:\.{_HOST_PART})+|{_HOST_PART}(?=:))(?::[0-9]{{1,5}})?")
_PART = re.compile(r"[0-9a-z](?:[0-9a-z_.-]*[0-9a-z])?")
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]*")
_DIGEST = re.compile(r"[A-Za-z0-9_+.-]+:[A-Fa-f0-9]+")
# A run-time token may stand anywhere; its value is of letters, digits and `-`.
_TOKEN = re.compile(r"\{\{[^{}]*\}\}")


@lru_cache(maxsize=1024)
def check_image(text: str) -> None:
    """Raises Unfit where the text names no image."""
    rest = _TOKEN.sub("x", text)
    if not rest:
        raise Unfit("is empty, and an image is needed", "image: ubuntu:24.04")
    if "://" in rest:
        scheme, _, name = text.partition("://")
        raise Unfit(f"begins with `{scheme}://`, and an image's name has no scheme", f"write `{name}`")
    if rest != rest.strip() or any(letter.isspace() for letter in rest):
        raise Unfit("has a blank in it, and names no image")
    rest, at, digest = rest.partition("@")
    if at and not _DIGEST.fullmatch(digest):
        raise Unfit(
            f"has the digest `{digest}`, which is none", "a digest is `sha256:` and 64 hexadecimal digits"
        )
    first, slash, others = rest.partition("/")
    path = others if slash and _HOST.fullmatch(first) else rest
    path, colon, tag = path.partition(":")
    if colon and not _TAG.fullmatch(tag):
        raise Unfit(f"has the tag `{tag}`, which is none")
    for part in path.split("/"):
        if not _PART.fullmatch(part):
            raise Unfit(*_why(text, part))


def _why(text: str, part: str) -> tuple[str, str]:
    if part != part.lower():
        return (
            f"has capitals in `{part}`, and a registry knows none",
            f"write `{text.replace(part, part.lower())}`",
        )
    return "names no image", "an image is `registry.example.com/team/name:tag`"
