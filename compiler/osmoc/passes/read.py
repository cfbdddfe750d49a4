"""read: the spec's file, as text."""

from __future__ import annotations

from codecs import BOM_UTF8
from pathlib import Path
from typing import NoReturn

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics, Rejected
from osmoc.source import Source, Span

LARGEST = 8 * 1024 * 1024
"""Bytes; the largest spec known has a hundredth of it."""


def read(diagnostics: Diagnostics, path: Path) -> Source:
    """The text of the file, without a byte order mark, and with line feeds for every kind of line end.

    Raises Rejected where it cannot be read, is too large, or is no text in UTF-8.
    """
    name = str(path)
    nowhere = Source(name, "").start()
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        _reject(diagnostics, nowhere, Code.FILE_MISSING, f"there is no file `{name}`", advice=_instead(path))
    except IsADirectoryError:
        _reject(
            diagnostics,
            nowhere,
            Code.FILE_UNREADABLE,
            f"`{name}` is a folder",
            advice=f"name a file in it, such as `{path / 'workflow.yaml'}`",
        )
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        _reject(diagnostics, nowhere, Code.FILE_UNREADABLE, f"`{name}` cannot be read: {reason}")
    if len(data) > LARGEST:
        _reject(
            diagnostics,
            nowhere,
            Code.SPEC_TOO_LARGE,
            f"`{name}` is larger than {LARGEST // 1024 // 1024} MiB",
            advice="keep large texts in files of their own, and name them with `localpath:`",
        )
    return Source(name, _decode(diagnostics, name, data))


def _decode(diagnostics: Diagnostics, name: str, data: bytes) -> str:
    mark = len(BOM_UTF8) if data.startswith(BOM_UTF8) else 0
    data = data[mark:]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        before = len(_universal(data[: error.start].decode("utf-8", "replace")))
        byte = f"byte 0x{data[error.start]:02x}, offset {mark + error.start}, line {line}"
        _reject(
            diagnostics,
            Source(name, _universal(data.decode("utf-8", "replace"))).span(before, before + 1),
            Code.FILE_NOT_TEXT,
            f"`{name}` is not UTF-8 text: {byte}",
            advice=_encoding(data),
        )
    text = _universal(text)
    zero = text.find("\0")
    if zero >= 0:
        _reject(
            diagnostics,
            Source(name, text).span(zero, zero + 1),
            Code.FILE_NOT_TEXT,
            f"`{name}` is no text: a zero byte stands in line {text.count(chr(10), 0, zero) + 1}",
            advice="give the workflow spec itself, a YAML text",
        )
    return text


def _universal(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _encoding(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "it looks like UTF-16; save it as UTF-8"
    return "save it as UTF-8"


def _instead(path: Path) -> str:
    """A file of almost that name, in the same folder."""
    from osmoc.diagnostics.suggest import nearest

    try:
        beside = sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        return f"there is no folder `{path.parent}` either"
    near = nearest(path.name, beside) or next(
        (entry for entry in beside if Path(entry).stem == path.stem and entry.endswith((".yaml", ".yml"))),
        None,
    )
    return f"did you mean `{path.parent / near}`?" if near else ""


def _reject(diagnostics: Diagnostics, at: Span, code: Code, message: str, *, advice: str = "") -> NoReturn:
    diagnostics.error(code, message, at, help=advice)
    raise Rejected(diagnostics.said)
