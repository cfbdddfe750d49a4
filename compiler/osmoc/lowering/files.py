"""Files of a task: where they lie, their bytes, and what cannot be."""

from __future__ import annotations

from collections.abc import Mapping

from osmoc import local_files
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.kubernetes_objects.files import LARGEST_APPLIED, written_size
from osmoc.local_files import FileContents
from osmoc.lowering.paths import absolute
from osmoc.lowering.texts import Texts
from osmoc.plan import PlannedFile
from osmoc.source import Span
from osmoc.spec import File, InlineFile, LocalFile, Task


def plan_files(
    diagnostics: Diagnostics, texts: Texts, task: Task, contents: Mapping[LocalFile, FileContents]
) -> tuple[PlannedFile, ...]:
    """The task's files, tokens filled in paths and texts. Where a file may lie was checked before.

    A script (`#!`) can be run, and so can what its owner may run on this machine.
    """
    planned = []
    for file in task.files:
        raw = _contents(diagnostics, texts, file, contents)
        if raw is not None:
            _warn_of_size(diagnostics, file, raw)
            path = absolute(texts.fill(file.path))
            executable = raw.startswith(b"#!") or (isinstance(file, LocalFile) and contents[file].executable)
            planned.append(PlannedFile(path, raw, executable, file.path.at))
    return tuple(planned)


def _contents(
    diagnostics: Diagnostics, texts: Texts, file: File, contents: Mapping[LocalFile, FileContents]
) -> bytes | None:
    match file:
        case InlineFile(contents=text, base64=is_base64):
            at = text.at
            raw: bytes | str = texts.fill(text)
        case LocalFile(localpath=localpath, base64=is_base64):
            at = localpath.at
            raw = contents[file].raw
    if is_base64:
        decoded = local_files.decode(raw)
        if decoded is None:
            diagnostics.error(
                Code.BASE64_BROKEN,
                "this is not base64, as `base64: true` says",
                at,
                help="remove `base64: true`",
            )
        return decoded
    if isinstance(raw, str):
        return raw.encode("utf-8", "surrogatepass")
    return _fill_local(texts, raw, at)


def _fill_local(texts: Texts, raw: bytes, at: Span) -> bytes:
    """A local text has its tokens filled where no blanks are in them; other bytes are not touched (deviation
    6).
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw
    return texts.fill_at(text, at, spaced=False).encode("utf-8")


def _warn_of_size(diagnostics: Diagnostics, file: File, raw: bytes) -> None:
    at = file.localpath.at if isinstance(file, LocalFile) else file.path.at
    if written_size(raw) > LARGEST_APPLIED:
        diagnostics.warning(
            Code.NEEDS_SERVER_SIDE,
            f"the file `{file.path.value}` is too large for plain `kubectl apply`",
            at,
            note="`kubectl apply` keeps a copy of each object in an annotation of at most 256 KiB",
            help="apply with `kubectl apply --server-side`, or with `osmoc run`",
        )
