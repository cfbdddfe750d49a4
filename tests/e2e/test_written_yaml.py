"""The YAML as kubectl reads it: every text arrives as the text that it was."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osmoc import yamlwriter
from tests.e2e.cluster.kubectl import Kubectl

# What some reader of YAML takes for a number, a boolean, a date, null or syntax.
NUMBERS = (
    "1e3 08 0o17 0x1F 1_000 1:30 .5 5. -.inf .NaN +1 1E5 -2E+5 0b11 0777 1.10 2026-01-02 2026-01-02T03:04:05Z"
)
WORDS = "yes No on OFF y n true ~ null = <<"
SIGNS = "- ? : !x &a *a % @ ` ' \" # , [ ] { } | > -- --- ... \\"
BLANKS = ["", " a", "a ", "a\n", "\na\n\n", "a\r\nb", "\ta"]
TEXTS = st.text(
    st.one_of(
        st.sampled_from(list("0123456789eExXo_.:-+ \n\t#&*!|>%@`[]{},?yYnNtT'\"\\=~<")),
        # JSON, in which kubectl answers, is Unicode text: no surrogates, and no NUL in a manifest.
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    )
)


def read_by_kubectl(kubectl: Kubectl, data: dict[str, str]) -> dict[str, str]:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "texts"}, "data": data}
    said = json.loads(
        kubectl("create", "--dry-run=client", "-o", "json", "-f", "-", input=yamlwriter.document(body))
    )
    found: dict[str, str] = said["data"]
    return found


def test_what_looks_like_something_else_stays_a_text(kubectl: Kubectl) -> None:
    data = {
        f"k{number}": text for number, text in enumerate([*f"{NUMBERS} {WORDS} {SIGNS}".split(), *BLANKS])
    }

    assert read_by_kubectl(kubectl, data) == data


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS, min_size=20, max_size=40))
def test_any_texts_come_back_from_kubectl(kubectl: Kubectl, texts: list[str]) -> None:
    data = {f"k{number}": text for number, text in enumerate(texts)}

    assert read_by_kubectl(kubectl, data) == data
