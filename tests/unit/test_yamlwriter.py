from __future__ import annotations

import pytest
import yaml

from osmoc import yamlwriter

# Each is something else than a text for YAML 1.1, YAML 1.2 or Go's reader when it stands bare.
NUMBERS = [
    "1e3",
    "08",
    "0o17",
    "0x1f",
    "0b1",
    "1_000",
    "1E5",
    "12e03",
    "-2E+5",
    "+.5",
    ".5",
    "5.",
    ".inf",
    "-.inf",
    ".NaN",
    "+1",
    "-1",
    "1.10",
    "12:30:45",
    "190:20",
]
TIMES = ["2024-01-01", "2001-12-14t21:59:43.10-05:00"]
WORDS = ["on", "off", "yes", "NO", "y", "N", "true", "False", "null", "Null", "~"]
SYNTAX = [
    "=",
    "<<",
    "-",
    "--",
    "---",
    "...",
    "|",
    ">",
    "?",
    ":",
    "#",
    "!",
    "&",
    "*",
    "%",
    "@",
    "`",
    "[a]",
    "{a}",
]
MISREAD = [*NUMBERS, *TIMES, *WORDS, *SYNTAX]
IMAGES = ["ubuntu:24.04", "docker.io/library/python:3.12-slim", "s3://bucket/x", "/osmo/data", "./run.sh"]
BARE = [*IMAGES, "4Gi", "500m", "12h", "--flag=1", "-c", "a=b", "$(date)", "metadata.uid", "nvidia.com/gpu"]
SPACES = [
    "",
    " ",
    " a",
    "a ",
    "a\tb",
    "\t",
    "a\n",
    "a\n\n",
    "a\nb",
    "\n",
    "\na",
    " a\nb",
    "\ta\nb",
    "a\n\tb\n",
]
LINES = ["a \nb\n", "a\n  \nb", "a\n b\n", "a: b\nc: d\n", "# c\n", "---\na\n", "a\r\nb", "a\x00\nb"]
CONTROL = ["\0", "\x07", "\x7f", "\x85", "\xa0", "\u2028", "\ufeff", "\xad", "\u200b", "\ue000", "\uffff"]
LETTERS = ["é", "日本", "😀", "it's", 'say "hi"', "both ' and \"", "back\\slash", "a: b", "a:", "a #b"]
AWKWARD = [*SPACES, *LINES, *CONTROL, *LETTERS]


@pytest.mark.parametrize("text", [*MISREAD, *BARE, *AWKWARD])
def test_a_text_is_read_back_as_the_same_text_wherever_it_stands(text: str) -> None:
    body: dict[str, object] = {"a": text, "b": [text, {"c": text, "d": {text: [[text]]}}], "e": {"f": text}}
    for loader in (yaml.SafeLoader, yaml.CSafeLoader):
        assert yaml.load(yamlwriter.document(body), loader) == body


@pytest.mark.parametrize("text", MISREAD)
def test_what_a_reader_could_take_for_something_else_is_quoted(text: str) -> None:
    assert yamlwriter.scalar(text)[0] in "\"'"


@pytest.mark.parametrize("text", BARE)
def test_what_people_write_bare_is_bare(text: str) -> None:
    assert yamlwriter.scalar(text) == text


def test_a_script_is_a_literal_block() -> None:
    body = {
        "data": {"f0": "#!/bin/sh\n\nif true; then\n\techo 'a: b' \\\n  # c \nfi\n", "f1": "no end\nof line"}
    }
    written = "data:\n  f0: |\n    #!/bin/sh\n\n    if true; then\n    \techo 'a: b' \\\n      # c \n    fi\n"
    assert yamlwriter.document(body) == f"{written}  f1: |-\n    no end\n    of line\n"


def test_values_that_are_no_texts() -> None:
    body: dict[str, object] = {
        "a": 1,
        "b": True,
        "c": None,
        "d": {},
        "e": [],
        "f": 1.5,
        "g": 1e16,
        "h": [1, [], {}, None, False],
    }
    written = yamlwriter.document(body)
    assert yaml.safe_load(written) == body
    assert written.startswith("a: 1\nb: true\nc: null\nd: {}\ne: []\nf: 1.5\n")


def test_what_json_cannot_say_is_a_mistake_of_the_caller() -> None:
    for value in (float("nan"), float("inf"), object()):
        with pytest.raises(TypeError):
            yamlwriter.document({"a": value})


def test_lists_stand_below_their_key_as_kubectl_writes_them() -> None:
    body: dict[str, object] = {"a": [{"b": 1, "c": ["x"]}, ["p", ["q"]]]}
    assert yamlwriter.document(body) == "a:\n- b: 1\n  c:\n  - x\n- - p\n  - - q\n"


def test_documents_are_separated_and_the_first_has_no_separator() -> None:
    assert "".join(yamlwriter.write([{"a": 1}, {"b": 2}])) == "a: 1\n---\nb: 2\n"
