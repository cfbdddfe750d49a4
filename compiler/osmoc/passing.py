"""The types that go from pass to pass, where they are not the language's (`spec.py`) or the plan's
(`plan.py`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

from osmoc.local_files import FileContents, Folder
from osmoc.plan import LocalUpload
from osmoc.source import Source, Span
from osmoc.spec import LocalFile, Workflow
from osmoc_runtime.values import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """`template`'s result: `text` is the source up to the end of the workflow section, its run-time tokens
    shielded.

    What stands before the section is blanked out, but for `{% set %}` tags at the top, so that an offset
    means the same place in both. `values`: default-values with the command line's on top. `shielded`: the
    tokens, by the offset at which each begins.
    """

    source: Source
    text: str
    values: Mapping[str, object]
    shielded: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class SourceMap:
    """Where each piece of the expanded text comes from.

    Piece i begins at `starts[i]` of the expanded text and comes from `origins[i]` of the template.
    `verbatim[i]`: it was copied, so that offsets inside it advance together; else the whole piece was written
    by what stands at the origin.
    """

    source: Source
    starts: tuple[int, ...]
    origins: tuple[Span, ...]
    verbatim: tuple[bool, ...]
    text: str

    def span(self, start: int, end: int) -> Span:
        """The place in the template of `start` to `end` of the expanded text, with what it became where that
        differs.
        """
        starts = self.starts
        if not starts:
            return self.source.start()
        first = max(bisect_right(starts, start) - 1, 0)
        # Most places lie within one copied piece, and there are as many as a spec has words.
        if self.verbatim[first] and (first + 1 == len(starts) or end <= starts[first + 1]):
            moved = self.origins[first].start - starts[first]
            return Span(self.source, start + moved, end + moved)
        last = max(bisect_right(self.starts, max(end - 1, start)) - 1, first)
        begin = self._place(first, start, at_end=False)
        finish = max(self._place(last, end, at_end=True), begin)
        became = self.text[start:end]
        return Span(self.source, begin, finish, "" if self.source.text[begin:finish] == became else became)

    def _place(self, piece: int, offset: int, *, at_end: bool) -> int:
        origin = self.origins[piece]
        if self.verbatim[piece]:
            return origin.start + offset - self.starts[piece]
        return origin.end if at_end else origin.start


@dataclass(frozen=True, slots=True)
class Expanded:
    """`expand`'s result: the workflow section as YAML text, its run-time tokens back in place."""

    text: str
    origins: SourceMap


@dataclass(frozen=True, slots=True)
class Resolved:
    """`resolve`'s result: groups in topological order, and the bytes of every local file, read once.

    `folders`: the local folders of datasets, by their `localpath`.
    """

    workflow: Workflow
    contents: Mapping[LocalFile, FileContents]
    folders: Mapping[str, Folder]


@dataclass(frozen=True, slots=True)
class Manifest:
    """One Kubernetes object; `origin` is the place in the spec that asked for it."""

    body: Mapping[str, object]
    origin: Span

    @property
    def kind(self) -> str:
        return str(self.body["kind"])

    @property
    def name(self) -> str:
        metadata = self.body["metadata"]
        assert isinstance(metadata, Mapping)
        return str(metadata["name"])


@dataclass(frozen=True, slots=True)
class Manifests:
    """All objects of a workflow in the order in which they are applied. `uploads`: local folders that must be
    in the object storage before that. `security`: the Pod Security profile that pods are to keep.
    """

    workflow_id: str
    objects: tuple[Manifest, ...]
    uploads: tuple[LocalUpload, ...] = ()
    security: str = "baseline"
