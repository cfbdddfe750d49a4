"""How complaints look: marks stand below what they mark, in any script, and nothing moves the cursor."""

from __future__ import annotations

import pytest

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostic, Label, Severity
from osmoc.diagnostics.terminal import Style, closing, draw, style_of_stderr
from osmoc.source import Source, Span


def drawn(
    at: Span,
    *,
    message: str = "wrong",
    labels: tuple[Label, ...] = (),
    note: str = "",
    advice: str = "",
    width: int = 120,
) -> list[str]:
    one = Diagnostic(Severity.ERROR, Code.WRONG_TYPE, message, at, labels, note, advice)
    (text,) = draw([one], Style(width))
    assert text.endswith("\n\n")
    return text.split("\n")[:-2]


def marked(text: str, part: str, name: str = "train.yaml") -> Span:
    start = text.index(part)
    return Source(name, text).span(start, start + len(part))


def test_a_complaint_shows_the_line_the_place_what_it_became_and_what_to_do() -> None:
    text = "workflow:\n  gpu: {{ n }}\n"
    start = text.index("{{")
    at = Source("train.yaml", text).span(start, start + 7, "eight\nnine")

    assert drawn(at, message="`gpu` is text", note="see\nthere", advice="write `n: 8`") == [
        "error[OSM0503]: `gpu` is text",
        " --> train.yaml:2:8",
        "  |",
        "2 |   gpu: {{ n }}",
        "  |        ^^^^^^^ became `eight…`",
        "  = note: see",
        "          there",
        "  = help: write `n: 8`",
    ]


def test_lines_of_one_file_stand_in_their_order_and_other_files_below() -> None:
    text = "one: 1\n\n\ntwo: 2\n"
    labels = (Label(marked(text, "one"), "first"), Label(marked("pool: x\n", "x", "pool.yaml"), "there"))

    assert drawn(marked(text, "two"), labels=labels)[1:] == [
        " --> train.yaml:4:1",
        "  |",
        "1 | one: 1",
        "  | --- first",
        "...",
        "4 | two: 2",
        "  | ^^^",
        " ::: pool.yaml:1:7",
        "  |",
        "1 | pool: x",
        "  |       - there",
    ]


@pytest.mark.parametrize(
    ("line", "mark"),
    [
        ("a: 漢字 wrong", "  |         ^^^^^"),
        ("漢: wrong", "  |     ^^^^^"),
        ("e\u0301: wrong", "  |    ^^^^^"),
        ("\twrong", "  |     ^^^^^"),
        ("a\x1b[31m: wrong", "  |         ^^^^^"),
    ],
)
def test_marks_stand_below_the_text_in_any_script(line: str, mark: str) -> None:
    assert drawn(marked(line, "wrong"))[4] == mark


def test_wide_text_has_wide_marks() -> None:
    assert drawn(marked("a: 漢字", "漢字"))[4] == "  |    ^^^^"


def test_no_text_of_the_user_moves_the_cursor() -> None:
    lines = drawn(marked("a: \x1b[2J\u202e", "a"), message="`\x1b[2J\r\n`")
    assert "\x1b" not in "".join(lines)
    assert "\r" not in "".join(lines)
    assert lines[0] == "error[OSM0503]: `␛[2J␍\\n`"


def test_a_long_line_is_cut_around_the_mark() -> None:
    text = "x" * 300 + "wrong" + "y" * 300
    lines = drawn(marked(text, "wrong"), width=60)
    shown, mark = lines[3], lines[4]
    assert len(shown) <= 60
    assert shown.startswith("1 | …xx")
    assert shown.endswith("y…")
    assert shown[mark.index("^") : mark.rindex("^") + 1] == "wrong"


def test_a_mark_ends_with_its_line() -> None:
    at = Source("train.yaml", "a: b\nc: d\n").span(3, 9)
    assert drawn(at)[4] == "  |    ^"


def test_a_file_that_could_not_be_read_has_no_line() -> None:
    assert drawn(Source("none.yaml", "").start())[1:] == [" --> none.yaml"]


def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    assert not style_of_stderr().colour
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert style_of_stderr().colour
    monkeypatch.setenv("TERM", "dumb")
    assert not style_of_stderr().colour
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert style_of_stderr().colour
    monkeypatch.setenv("NO_COLOR", "1")
    assert not style_of_stderr().colour


def test_colours_change_nothing_else() -> None:
    import re

    one = Diagnostic(Severity.WARNING, Code.WRONG_TYPE, "wrong", marked("a: b", "b"), (), "note", "help")
    (plain,), (coloured,) = draw([one], Style()), draw([one], Style(colour=True))
    assert coloured != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_the_last_line_counts_mistakes_and_names_their_files() -> None:
    def one(severity: Severity, name: str) -> Diagnostic:
        return Diagnostic(severity, Code.WRONG_TYPE, "wrong", Source(name, "a").start())

    error, warning = one(Severity.ERROR, "a.yaml"), one(Severity.WARNING, "c.yaml")
    assert closing([error, warning], "", Style()) == "error: 1 mistake in a.yaml\n"
    many = [error, error, one(Severity.ERROR, "b.yaml")]
    assert (
        closing(many, "nothing was written", Style())
        == "error: 3 mistakes in a.yaml and b.yaml; nothing was written\n"
    )


def test_of_a_mistake_that_a_loop_repeats_the_first_few_are_drawn() -> None:
    at = marked("a: b", "b")
    rounds = [Span(at.source, at.start, at.end, f"t{n}") for n in range(50)]
    many = [Diagnostic(Severity.ERROR, Code.WRONG_TYPE, f"task `{one.became}`", one) for one in rounds]
    other = Diagnostic(Severity.ERROR, Code.TOO_FEW, "other", at)
    texts = list(draw([*many, other], Style()))
    assert [text.split("\n")[0][16:] for text in texts] == ["task `t0`", "task `t1`", "task `t2`", "other"]
    assert [" = note: 47 more like this at the same place\n" in text for text in texts] == [
        False,
        False,
        True,
        False,
    ]
    assert "50 mistakes" in closing(many, "", Style())
