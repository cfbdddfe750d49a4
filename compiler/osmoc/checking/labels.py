"""Labels as Kubernetes takes them (reference osmo-spec 10.1)."""

from __future__ import annotations

import re

from osmoc.checking.unfit import Unfit

MOST_LABELS = 16
_NAME = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_DNS_LABEL = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_PREFIX = re.compile(rf"{_DNS_LABEL}(?:\.{_DNS_LABEL})*")
_RULE = "letters, digits, `-`, `_` and `.`, at most 63, with a letter or digit at both ends"


def check_label_key(key: str) -> None:
    """Raises Unfit where Kubernetes would not take the key."""
    prefix, slash, name = key.rpartition("/")
    if "/" in prefix:
        raise Unfit("has more than one `/`, and a label's key has a prefix and a name")
    if slash and not (_PREFIX.fullmatch(prefix) and len(prefix) <= 253):
        raise Unfit(
            f"has the prefix `{prefix}`, which is no DNS name",
            "prefixes are lower case, such as `example.com/`",
        )
    if not _NAME.fullmatch(name):
        raise Unfit(
            f"has the name `{name}`, which Kubernetes does not take"
            if slash
            else "is no key that Kubernetes takes",
            note=_RULE,
        )


def check_label_value(value: str) -> None:
    """Raises Unfit where Kubernetes would not take the value, or it is empty."""
    if not value:
        raise Unfit("is empty, and a label needs a value")
    if not _NAME.fullmatch(value):
        raise Unfit("is no value that Kubernetes takes for a label", note=_RULE)
