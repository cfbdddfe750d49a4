"""YAML 1.1 with places, and what is said where a text is none."""

from __future__ import annotations

import gc
from datetime import date, datetime

import pytest
import yaml

from osmoc import yamltext
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostic, Diagnostics, Rejected, Severity
from osmoc.document import Mapping, Node, Scalar, plain
from osmoc.source import Source
from tests.unit.front import scalars, shown


def loaded(text: str) -> Node:
    diagnostics = Diagnostics(strict=True)
    node = yamltext.load_marked(Source("pool.yaml", text), diagnostics)
    diagnostics.stop_if_strict()
    return node


def refused(text: str) -> Diagnostic:
    with pytest.raises(Rejected) as raised:
        yamltext.load_marked(Source("pool.yaml", text))
    (only,) = [one for one in raised.value.diagnostics if one.severity is Severity.ERROR]
    return only


SCALARS = """\
- [yes, No, on, OFF, true, False, y, n]
- [1, 010, 0x10, 0b11, 1:30, 1_000, 0o10, +5, -0, 08, 1e3, 1.0e+3, .5, 1., .inf, -.INF, 1_0.5, 1:30.5]
- [null, ~, Null, '', "null", 'yes', "1", nothing]
- [2024-01-02, 2024-01-02 03:04:05, 2024-01-02T03:04:05Z, 2024-1-2, '2024-01-02']
- [!!str 5, !!int "5", !!float 5, !!bool "yes", !!null "x", ! 5]
"""


def test_scalars_are_those_of_pyyaml() -> None:
    ours, theirs = plain(loaded(SCALARS)), yaml.safe_load(SCALARS)
    assert ours == theirs
    assert repr(ours) == repr(theirs)


def test_the_values_of_yaml_1_1_are_as_the_reference_reads_them() -> None:
    text = "[yes, 010, 1:30, 1e3, 2024-01-02, 2024-01-02 03:04:05]"
    assert plain(loaded(text)) == [True, 8, 90, "1e3", date(2024, 1, 2), datetime(2024, 1, 2, 3, 4, 5)]


def test_an_empty_text_is_none() -> None:
    assert plain(loaded("")) is plain(loaded("# nothing\n---\n")) is None


def test_every_scalar_is_found_where_it_stands() -> None:
    text = "a: b\n\"c d\": [e, 'f']\ng:\n- |\n  h\n\n- {i: 5}\n"
    places = [text[one.at.start : one.at.end] for one in scalars(loaded(text))]
    assert places == ["a", "b", '"c d"', "e", "'f'", "g", "|\n  h", "i", "5"]


def test_lists_and_mappings_are_shown_by_their_first_line() -> None:
    root = loaded("a:\n  b: 1\n  c: 2\nd: [1,\n  2]\n")
    assert isinstance(root, Mapping)
    assert [shown_node(entry.value) for entry in root.entries] == ["b: 1", "[1,"]


def shown_node(node: Node) -> str:
    return node.at.source.text[node.at.start : node.at.end]


def test_places_count_characters_and_not_bytes() -> None:
    text = "ü: 😀\nb: x\n"
    (*_, last) = scalars(loaded(text))
    assert (last.at.line, last.at.column) == (2, 4)


# Keys, merges, aliases


def test_of_equal_keys_the_last_counts_where_it_stands() -> None:
    diagnostics = Diagnostics()
    root = yamltext.load_marked(Source("x", "5: a\nb: c\n'5': d\n"), diagnostics)
    assert plain(root) == {"b": "c", "5": "d"}
    (said,) = diagnostics.said
    assert (said.code, said.severity, said.at.line) == (Code.KEY_TWICE, Severity.WARNING, 1)


def test_keys_keep_their_types() -> None:
    assert plain(loaded("5: a\nyes: b\n~: c\n2024-01-02: d\n")) == {
        5: "a",
        True: "b",
        None: "c",
        date(2024, 1, 2): "d",
    }


@pytest.mark.parametrize(
    "text",
    [
        "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n",
        "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b], z: 3}\n",
        "a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {z: 3, <<: *b}\n",
        "a: &a {x: 1}\nb: {x: 2, <<: *a}\n",
        "- &a [1, 2]\n- *a\n- {b: *a}\n",
    ],
)
def test_merges_and_aliases_mean_what_they_mean_to_pyyaml(text: str) -> None:
    assert plain(loaded(text)) == yaml.safe_load(text)


def test_an_alias_within_itself_is_refused() -> None:
    assert refused("a: &a [1, {b: *a}]").code is Code.ALIAS


def test_aliases_that_explode_are_refused_and_as_many_plain_values_are_not() -> None:
    levels = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )
    assert refused(levels).code is Code.ALIAS
    assert refused(levels).at.line <= 7
    assert isinstance(loaded("a: [" + "x, " * 100_000 + "]"), Mapping)


# Mistakes


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("a: b: c", Code.VALUE_NEEDS_QUOTES, "b: c"),
        ("a: @b", Code.VALUE_NEEDS_QUOTES, "@b"),
        ("a: `b`", Code.VALUE_NEEDS_QUOTES, "`b`"),
        ("a: %b", Code.VALUE_NEEDS_QUOTES, "%b"),
        ("a:\n\tb: c", Code.YAML_SYNTAX, "\t"),
        ("a: 1\n  b: 2", Code.YAML_SYNTAX, ":"),
        ("a:\n  b: 1\n c: 2", Code.YAML_SYNTAX, "c: 2"),
        ("a:\n- 1\nb", Code.YAML_SYNTAX, "b"),
        ("a: 1\nb", Code.YAML_SYNTAX, "b"),
        ("a: 'b", Code.YAML_SYNTAX, "'b"),
        ("a: 'it's'", Code.YAML_SYNTAX, "s'"),
        ('a: "\\d"', Code.YAML_SYNTAX, "\\d"),
        ("a: [1, 2", Code.YAML_SYNTAX, ""),
        ('a: ["b" "c"]', Code.YAML_SYNTAX, '"'),
        ("a: | b", Code.YAML_SYNTAX, "b"),
        ("a: *b", Code.ALIAS, "*b"),
        ("a: *.b", Code.ALIAS, "*.b"),
        ("a: &x 1\nb: &x 2", Code.ALIAS, "&x 2"),
        ("a: {<<: 1}", Code.ALIAS, "1}"),
        ("a: !b c", Code.TAG_UNKNOWN, "!b"),
        ("a: !!binary aGk=", Code.TAG_UNKNOWN, "!!binary"),
        ("a: !!set {b}", Code.TAG_UNKNOWN, "!!set"),
        ("a: !!python/object/apply:os.system ['true']", Code.TAG_UNKNOWN, "!!python/object/apply:os.system"),
        ("a: !b!c d", Code.TAG_UNKNOWN, "!b!c d"),
        ("a: 2024-13-45", Code.SCALAR_MALFORMED, "2024-13-45"),
        ("a: !!int b", Code.SCALAR_MALFORMED, "!!int b"),
        ("a: !!bool b", Code.SCALAR_MALFORMED, "!!bool b"),
        ("a: !!timestamp b", Code.SCALAR_MALFORMED, "!!timestamp b"),
        ("a: =", Code.SCALAR_MALFORMED, "="),
        ("a: <<", Code.SCALAR_MALFORMED, "<<"),
        ("[a]: b", Code.KEY_NOT_SCALAR, "["),
        ("a: 1\n---\nb: 2", Code.NOT_ONE_DOCUMENT, "---"),
        ("a: \x01", Code.CHARACTER_FORBIDDEN, "\x01"),
        ("a: \ud800", Code.CHARACTER_FORBIDDEN, "\ud800"),
        ("a: " + "[" * 200 + "]" * 200, Code.TOO_DEEP, "["),
        ("a: " + "[" * 5000, Code.TOO_DEEP, "["),
    ],
)
def test_a_mistake_is_shown_where_it_stands(text: str, code: Code, at: str) -> None:
    said = refused(text)
    assert (said.code, shown(said)) == (code, at)
    assert said.help


def test_pyyamls_own_parser_gives_the_same_places(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: b\n\"ü\": [😀, 'f']\ng:\n- |\n  h\n\n- {i: 5}\n"
    with_libyaml = [(one.value, one.at) for one in scalars(loaded(text))]
    monkeypatch.setattr(yamltext, "_Loader", yaml.SafeLoader)
    assert [(one.value, one.at) for one in scalars(loaded(text))] == with_libyaml


@pytest.mark.parametrize(
    "text",
    ["a: b: c", "a: @b", "a: 'b", "a: [1, 2", "a: *b", "a: !b c", "a: 1\nb", "a: \x01", "a:\n  b: 1\n c: 2"],
)
def test_pyyamls_own_parser_is_understood_as_well(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_libyaml = refused(text)
    monkeypatch.setattr(yamltext, "_Loader", yaml.SafeLoader)
    said = refused(text)
    assert (said.code, said.message) == (with_libyaml.code, with_libyaml.message)


def test_the_collector_is_on_again_afterwards() -> None:
    with pytest.raises(Rejected):
        yamltext.load_marked(Source("x", "a: b: c"))
    assert gc.isenabled()


def test_a_scalar_alone_is_a_document() -> None:
    root = loaded("text")
    assert isinstance(root, Scalar)
    assert root.value == "text"
