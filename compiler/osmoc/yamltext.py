"""The door to PyYAML, reading: YAML 1.1 as the reference reads it, with a place for every part.

libyaml's parser is used where PyYAML was built with it. PyYAML's own constructor is slower than the one here,
and forgets the places.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from osmoc import collector, yaml_complaints
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics, Label, Rejected
from osmoc.document import Entry, Mapping, Node, Scalar, Sequence, Value
from osmoc.passing import SourceMap
from osmoc.source import Source, Span

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PREFIX = "tag:yaml.org,2002:"
_DEEPEST = 100
_MOST_FROM_ALIASES = 1_000_000
_FORBIDDEN_CHARACTER = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@lru_cache(maxsize=65536)
def is_text(plain: str) -> bool:
    """Whether YAML takes these words for a text where they stand without quotes."""
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers
    candidates = (*resolvers.get(plain[:1], ()), *resolvers.get(None, ()))
    return not any(pattern.match(plain) for _, pattern in candidates)


def load_plain(text: str) -> Any:
    """The values of a text of our own, without places."""
    return yaml.load(text, _Loader)


def load_marked(source: Source, diagnostics: Diagnostics | None = None) -> Node:
    """The document of a file that is no template; an empty one is the scalar None.

    Raises Rejected where it is no YAML. Warnings and errors go to `diagnostics`; without it, errors are in
    the exception.
    """
    whole = source.span(0, len(source.text))
    origins = SourceMap(source, (0,), (whole,), (True,), source.text)
    return load_mapped(Diagnostics() if diagnostics is None else diagnostics, source.text, origins)


def load_mapped(diagnostics: Diagnostics, text: str, origins: SourceMap) -> Node:
    """The document in `text`, its places those that `origins` gives. Raises Rejected where it is no YAML."""
    with collector.paused():
        builder = _Builder(diagnostics, text, origins)
        try:
            root = _compose(text)
            node = Scalar(None, origins.span(0, 0)) if root is None else builder.node(root, 0)
        except yaml_complaints.Malformed as problem:
            yaml_complaints.complain(diagnostics, problem, text, origins)
            raise Rejected(diagnostics.said) from None
        diagnostics.stop_if_any()
        return node


def _compose(text: str) -> Any:
    loader = None
    try:
        loader = _Loader(text)
        return loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise yaml_complaints.Malformed(
            error.problem or "",
            None if error.problem_mark is None else error.problem_mark.index,
            error.context or "",
            None if error.context_mark is None else error.context_mark.index,
        ) from None
    except (yaml.YAMLError, UnicodeError):
        # A ReaderError counts in bytes or in characters, by the parser; so the character is looked for.
        found = _FORBIDDEN_CHARACTER.search(text)
        raise yaml_complaints.Malformed("forbidden character", found.start() if found else 0) from None
    except RecursionError:
        raise yaml_complaints.Malformed("exceeded maximum nesting depth", 0) from None
    finally:
        if loader is not None:
            loader.dispose()


class _Builder:
    """Makes our nodes of PyYAML's, once each: an alias is the node of its anchor."""

    def __init__(self, diagnostics: Diagnostics, text: str, origins: SourceMap) -> None:
        self._diagnostics = diagnostics
        self._text = text
        self._origins = origins
        self._values = SafeConstructor()
        # By the id of PyYAML's node: what became of it, how many nodes it stands for, and what is being made.
        self._made: dict[int, Node] = {}
        self._sizes: dict[int, int] = {}
        self._open: set[int] = set()
        self._from_aliases = 0

    def node(self, raw: Any, depth: int) -> Node:
        if isinstance(raw, yaml.ScalarNode):
            return self._scalar(raw)
        key = id(raw)
        made = self._made.get(key)
        if made is not None:
            self._count_alias(raw)
            return made
        if key in self._open:
            raise yaml_complaints.Malformed("alias of itself", raw.start_mark.index)
        if depth > _DEEPEST:
            raise yaml_complaints.Malformed("exceeded maximum nesting depth", raw.start_mark.index)
        self._open.add(key)
        size_before = self._size
        made = self._sequence(raw, depth) if isinstance(raw, yaml.SequenceNode) else self._mapping(raw, depth)
        self._sizes[key] = self._size - size_before + 1
        self._size += 1
        self._open.discard(key)
        self._made[key] = made
        return made

    _size = 0

    def _count_alias(self, raw: Any) -> None:
        """Nodes grow downstream, where an alias is as large as its anchor."""
        size = self._sizes[id(raw)]
        self._size += size
        self._from_aliases += size
        if self._from_aliases > _MOST_FROM_ALIASES:
            raise yaml_complaints.Malformed("aliases explode", raw.start_mark.index)

    def _scalar(self, raw: Any) -> Scalar:
        self._size += 1
        tag = raw.tag
        start, end = raw.start_mark.index, raw.end_mark.index
        if tag == "tag:yaml.org,2002:str":
            if raw.style in ("|", ">"):
                end = self._trimmed(start, end)
            return Scalar(raw.value, self._origins.span(start, end))
        try:
            value = self._value(raw, start)
        except yaml_complaints.Malformed as problem:
            self._complain(problem)
            value = None
        return Scalar(value, self._origins.span(start, end))

    def _complain(self, problem: yaml_complaints.Malformed) -> None:
        """What is wrong with one value is no reason not to hear of the next."""
        yaml_complaints.complain(self._diagnostics, problem, self._text, self._origins)

    def _value(self, raw: Any, start: int) -> Value:
        try:
            match raw.tag.removeprefix(_PREFIX):
                case "null":
                    return None
                case "bool":
                    return bool(self._values.construct_yaml_bool(raw))
                case "int":
                    return int(self._values.construct_yaml_int(raw))
                case "float":
                    return float(self._values.construct_yaml_float(raw))
                case "timestamp":
                    moment: date = self._values.construct_yaml_timestamp(raw)
                    return moment
        except (ValueError, KeyError, AttributeError, IndexError):
            raise yaml_complaints.Malformed(
                "scalar " + raw.tag.removeprefix(_PREFIX), start, raw.value
            ) from None
        kind = "scalar sign" if raw.tag in (_PREFIX + "value", _PREFIX + "merge") else "tag"
        raise yaml_complaints.Malformed(kind, start, raw.tag)

    def _sequence(self, raw: Any, depth: int) -> Sequence:
        if raw.tag != "tag:yaml.org,2002:seq":
            self._complain(yaml_complaints.Malformed("tag", raw.start_mark.index, raw.tag))
        items = tuple([self.node(item, depth + 1) for item in raw.value])
        return Sequence(items, self._head(raw))

    def _mapping(self, raw: Any, depth: int) -> Mapping:
        if raw.tag != "tag:yaml.org,2002:map":
            self._complain(yaml_complaints.Malformed("tag", raw.start_mark.index, raw.tag))
        entries: dict[str, Entry] = {}
        own: dict[str, Scalar] = {}
        merged = [pair for pair in raw.value if pair[0].tag == "tag:yaml.org,2002:merge"]
        for _, value in merged:
            for entry in self._merged(value, depth):
                entries[str(entry.key.value)] = entry
        for key_node, value in raw.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._complain(yaml_complaints.Malformed("key not scalar", key_node.start_mark.index))
                continue
            if merged and key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self._scalar(key_node)
            name = key.value if type(key.value) is str else str(key.value)
            if name in own:
                self._twice(own[name], key)
            # It stands where the one that counts was written.
            entries.pop(name, None)
            own[name] = key
            entries[name] = Entry(key, self.node(value, depth + 1))
        return Mapping(tuple(entries.values()), self._head(raw))

    def _merged(self, raw: Any, depth: int) -> list[Entry]:
        """Entries that `<<` brings; of several mappings the first that has a key gives its value."""
        nodes = raw.value if isinstance(raw, yaml.SequenceNode) else [raw]
        entries: dict[str, Entry] = {}
        for node in nodes:
            made = self.node(node, depth + 1) if isinstance(node, yaml.MappingNode) else None
            if not isinstance(made, Mapping):
                self._complain(yaml_complaints.Malformed("merge of no mapping", node.start_mark.index))
                continue
            for entry in made.entries:
                entries.setdefault(str(entry.key.value), entry)
        return list(entries.values())

    def _twice(self, first: Scalar, last: Scalar) -> None:
        self._diagnostics.warning(
            Code.KEY_TWICE,
            f"`{first.value}` is given twice, and this one does not count",
            first.at,
            labels=(Label(last.at, "this one counts"),),
            help="take one of them out",
        )

    def _head(self, raw: Any) -> Span:
        """The first line of a list or mapping: enough to find it, and all that a message can show."""
        start, end = raw.start_mark.index, raw.end_mark.index
        line_end = self._text.find("\n", start, end)
        return self._origins.span(start, self._trimmed(start, end if line_end < 0 else line_end))

    def _trimmed(self, start: int, end: int) -> int:
        """`end` without the white space before it: to libyaml, a block ends where the next one begins."""
        text = self._text
        while end > start and text[end - 1] in " \t\n":
            end -= 1
        return end
