"""Files that are put into the container (reference osmo-spec 2.7; design, deviation 22)."""

from __future__ import annotations

import base64
import binascii
import posixpath
import re

from osmoc.checking.fields import Part
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Label
from osmoc.spec import File, InlineFile, LocalFile, Text
from osmoc_runtime import contract

_OUTPUT = re.compile(r"\{\{ *output *\}\}")
_INPUT = re.compile(r"\{\{ *input:[^{}]*\}\}")


def files(task: Part) -> tuple[File, ...]:
    """The task's files, their paths absolute and without `.`, `..` and doubled slashes."""
    found: dict[str, File] = {}
    for part in task.parts("files"):
        file = _file(part)
        if file is None:
            continue
        other = found.setdefault(file.path.value, file)
        if other is not file:
            part.diagnostics.error(
                Code.FILE_TWICE,
                f"two files of the task are at `{file.path.value}`",
                file.path.at,
                labels=(Label(other.path.at, "the other one"),),
            )
    return tuple(found.values())


def _file(part: Part) -> File | None:
    path = _path(part)
    encoded = part.flag("base64", default=False)
    contents, local = part.text("contents"), part.string("localpath")
    if ("contents" in part) == ("localpath" in part):
        message = (
            "a file has `contents` or `localpath`, and this one has both"
            if "contents" in part
            else "missing field `contents`: a file has `contents` or `localpath`"
        )
        at = part.key_at("localpath") if "localpath" in part else part.at
        part.diagnostics.error(Code.FILE_SOURCE, message, at)
        return None
    if path is None:
        return None
    if contents is not None:
        return InlineFile(path, contents, encoded and _is_base64(part, contents), part.at)
    return None if local is None else LocalFile(path, local, encoded, part.at)


def _path(part: Part) -> Text | None:
    path = part.text("path")
    if path is None:
        return None
    filled = _INPUT.sub(f"{contract.INPUT}/0", _OUTPUT.sub(contract.OUTPUT, path.value))
    normal = posixpath.normpath("/" + filled.lstrip("/"))
    if normal == "/":
        part.diagnostics.error(Code.FILE_PATH, f"`{path.value}` is no path for a file", path.at)
        return None
    name = posixpath.basename(normal)
    if _is_below(normal, contract.TREE) and not _is_below(normal, contract.OUTPUT, strictly=True):
        part.diagnostics.error(
            Code.FILE_PATH,
            f"`{path.value}` lies under `{contract.TREE}`, of which the task has `{contract.OUTPUT}/…` alone",
            path.at,
            help=f"write `/tmp/{name}`, or `{{{{output}}}}/{name}`",
        )
        return None
    return Text(normal, path.at)


def _is_below(path: str, folder: str, *, strictly: bool = False) -> bool:
    return path.startswith(f"{folder}/") or (path == folder and not strictly)


def _is_base64(part: Part, contents: Text) -> bool:
    """Where a run-time token stands in it, what comes out is judged when the token is filled in."""
    if "{{" in contents.value:
        return True
    try:
        base64.b64decode("".join(contents.value.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        part.diagnostics.error(
            Code.NOT_BASE64,
            "the contents are not base64, which `base64: true` promises",
            contents.at,
            help="write `base64: false` for plain text",
            note=str(error).lower(),
        )
        return False
    return True
