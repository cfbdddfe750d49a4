"""Reading single fields of a pool file."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final, TypeVar

from osmoc.checking.durations import duration
from osmoc.checking.fields import Part
from osmoc.checking.unfit import Unfit
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.suggest import did_you_mean
from osmoc.document import Scalar
from osmoc.spec import Text

_Absent = TypeVar("_Absent")

_LABEL = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
DNS_LABEL: Final = re.compile(_LABEL)
DNS_SUBDOMAIN: Final = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")
QUALIFIED: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*/[A-Za-z0-9](?:[-A-Za-z0-9_.]{{0,61}}[A-Za-z0-9])?")
PATH: Final = re.compile(r"/[^:]*")
AMOUNT: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?(?:[mkMGTPE]|[KMGTPE]i)?")

_RULES: Final = {
    DNS_LABEL: "small letters, digits and `-`, at most 63, with a letter or digit at both ends",
    DNS_SUBDOMAIN: "small letters, digits, `-` and `.`, with a letter or digit at both ends",
    QUALIFIED: "a domain and a name, such as `nvidia.com/gpu`",
    PATH: "an absolute path without `:`",
}


def say(part: Part, text: Text, why: Unfit) -> None:
    """Complain that the value cannot be taken."""
    part.unfit(Code.POOL_VALUE, text, why)


def matching(part: Part, name: str, pattern: re.Pattern[str]) -> str | None:
    """The field as a string that the pattern takes whole; others are complained about."""
    text = part.string(name)
    if text is None:
        return None
    _check(part, text, name, pattern)
    return text.value


def strings(part: Part, name: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    """The strings of a list, each of which the pattern takes whole."""
    texts = part.texts(name)
    for text in texts:
        _check(part, text, name, pattern)
    return tuple(text.value for text in texts)


def choice(part: Part, name: str, allowed: tuple[str, ...], built_in: str) -> str:
    """The field as one of the words; `built_in` where it is none."""
    text = part.string(name)
    if text is None:
        return built_in
    if text.value not in allowed:
        say(
            part,
            text,
            Unfit(f"is no `{name}`", did_you_mean(text.value, allowed), f"it is {' or '.join(allowed)}"),
        )
        return built_in
    return text.value


def whole(part: Part, name: str, bounds: tuple[int, int], absent: _Absent) -> int | _Absent:
    """A whole number within the bounds; `absent` where there is none."""
    least, most = bounds
    node = part.node(name)
    if not isinstance(node, Scalar) or not isinstance(node.value, int) or isinstance(node.value, bool):
        return absent
    if not least <= node.value <= most:
        say(
            part,
            Text(str(node.value), node.at),
            Unfit(f"is no `{name}`", note=f"it lies between {least} and {most}"),
        )
        return absent
    return node.value


def limit(part: Part, name: str) -> timedelta | None:
    """A time limit; not even the shortest is no time at all."""
    node = part.node(name)
    if not isinstance(node, Scalar) or node.value is None or isinstance(node.value, date):
        return None
    text = Text(str(node.value), node.at)
    try:
        found = duration(node.value)
    except Unfit as why:
        say(part, text, why)
        return None
    if found <= timedelta(0):
        say(part, text, Unfit("is no time in which anything can end", "leave it out for no limit"))
        return None
    return found


def endpoint(part: Part) -> str:
    """The server of the storage, as an http address of a host alone."""
    text = part.string("endpoint")
    if text is None:
        return ""
    scheme, separator, rest = text.value.partition("://")
    host = rest.rstrip("/")
    if "@" in host:
        part.diagnostics.error(
            Code.POOL_SECRET,
            "a pool file holds no passwords, and this endpoint has one",
            text.at,
            help="write the keys into the Secret that `storage.secret` names",
        )
    elif not separator or scheme not in ("http", "https"):
        say(part, text, Unfit("is no http address", f"write `https://{text.value.rpartition('//')[2]}`"))
    elif not re.fullmatch(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?", host):
        say(
            part,
            text,
            Unfit("is no address of a server", "write `https://host:port`, and the bucket into `url`"),
        )
    return text.value.rstrip("/")


def _check(part: Part, text: Text, name: str, pattern: re.Pattern[str]) -> None:
    if not pattern.fullmatch(text.value):
        say(
            part,
            text,
            Unfit(f"cannot be `{name}`" if text.value else f"of `{name}` is empty", note=_RULES[pattern]),
        )
