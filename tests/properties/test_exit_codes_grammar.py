from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from osmoc.checking.exit_codes import exit_codes
from osmoc.checking.unfit import Unfit
from osmoc.grammars import leaves


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet="0123456789-, .\n٣", max_size=12))
def test_codes_are_read_as_their_grammar_says(text: str) -> None:
    """What the grammar takes is refused only for codes that no process can have, or an empty range."""
    try:
        exit_codes(text)
        refused = ""
    except Unfit as why:
        refused = why.message
    by_meaning = "no process" in refused or "which is empty" in refused
    assert (leaves("exit_codes", text) is not None) == (not refused or by_meaning)
