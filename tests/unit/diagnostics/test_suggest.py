from __future__ import annotations

import pytest

from osmoc.diagnostics.suggest import did_you_mean, nearest

FIELDS = ("name", "image", "command", "environment", "exitActions", "exec_timeout", "inputs", "outputs")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("imgae", "image"),
        ("comand", "command"),
        ("Image", "image"),
        ("exit_actions", "exitActions"),
        ("exec-timeout", "exec_timeout"),
        ("output", "outputs"),
        ("enviroment", "environment"),
        ("nmae", "name"),
        ("gpu", None),
        ("x", None),
        ("", None),
        ("resources", None),
    ],
)
def test_the_nearest_word_is_found_where_one_is_near(word: str, meant: str | None) -> None:
    assert nearest(word, FIELDS) == meant


def test_of_words_as_near_the_first_is_taken() -> None:
    assert nearest("cat", ["bat", "rat"]) == "bat"


def test_a_word_is_not_its_own_suggestion() -> None:
    assert nearest("name", ["name", "names"]) == "names"


def test_the_help_is_a_question_or_nothing() -> None:
    assert did_you_mean("imgae", FIELDS) == "did you mean `image`?"
    assert did_you_mean("zzz", FIELDS) == ""
