"""Like tasks compiled once become what the passes make of each of them, byte for byte, whatever is said in
the loop.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from osmoc import stencils, yamlwriter
from osmoc.diagnostics.diagnostic import Diagnostics, Rejected
from osmoc.options import Options
from osmoc.passes.check import check
from osmoc.passes.emit import emit
from osmoc.passes.expand import expand
from osmoc.passes.lower import lower
from osmoc.passes.parse import parse
from osmoc.passes.resolve import resolve
from osmoc.passes.template import find_template
from osmoc.passes.verify import verify
from osmoc.passing import Expanded
from osmoc.pool import Pool
from osmoc.source import Source

HERE = Path(__file__).parent
ROWS = 36
POOLS = {"with the agent": Pool(), "plain Jobs": Pool(cli="never")}

NAMES = [
    "t-{{ i }}",
    "t{{ i }}-{{ v }}",
    "{{ v }}-{{ i }}",
    "osmo-{{ v }}{{ i }}",
    "T_{{ i }}",
    '"t-{{ i }}"',
    "t{{ v }}",
]
ACTIONS, WRONG_CODES = "exitActions: {COMPLETE: {{ i % 3 + 1 }}}", "exitActions: {RESTART: '{{ v }}'}"
TASK_INPUT, RESOURCE = "inputs: [{task: t-{{ i }}}]", "resource: r{{ i % 2 }}"
FIELDS = [
    "args: [{{ i }}, {{ v }}]",
    'args: ["{{ v }}", "--n={{ i }}"]',
    "args: ['{{ v }}', {{ v }}{{ v }}, o{{ v }}, /osmo/data/{{ v }}]",
    "args: [\"{{ '{' }}{ {{- v -}} }{{ '}' }}\", x:{{ v }}]",
    "args:\n    - |\n      a {{ v }}\n      {{ i }} {{output}}\n    - >-\n      {{ v }}\n      and {{ i }}",
    "args: [-c, 'echo {{ v }} > {{output}}/{{ i }}']",
    "args: [100%, '%s', {{ v }}%]",
    "environment: {A: {{ v }}, B: '{{ i }}', C: \"x{{ v }}\"}",
    "environment: {A{{ v }}: x}",
    "environment:\n      A: {{ v }}   # {{ i }}",
    "files: [{path: /f, contents: 'x {{ v }}'}]",
    "files: [{path: /f, contents: same}]",
    "files: [{path: '/{{ v }}', contents: x}]",
    ACTIONS,
    WRONG_CODES,
    "outputs: [{url: 's3://bucket/{{ v }}/{{ i }}'}]",
    TASK_INPUT,
    "inputs: [{url: 's3://b{{ v }}/{{ i }}', regex: '{{ v }}'}, {url: gs://b/{{ v }}}, {url: 's{{ v }}://b/x'}]",
    "checkpoint: [{path: /c, url: 's3://b/{{ i }}', frequency: 1m}]",
    RESOURCE,
    "lead: {{ v }}",
    "credentials: {s: {K: {{ v }}}}",
]
VALUES = st.sampled_from(
    [
        *(
            "a",
            "b2",
            "0",
            "7",
            "12345",
            "010",
            "1e3",
            "1.50",
            "0x1f",
            "1_000",
            "y",
            "n",
            "no",
            "null",
            "on",
            "~",
            "",
        ),
        *(
            "ctrl",
            "init",
            "output",
            "osmo",
            "A",
            "a_b",
            "a.b",
            "a-b",
            "-a",
            "a-",
            "2001-01-01",
            "1:30",
            "=",
            "<<",
        ),
        *(
            "a: b",
            "a #b",
            "'",
            '"',
            "\\",
            "{",
            "}",
            "{{output}}",
            "é",
            "x y",
            "a\nb",
            "%s",
            "%",
            "\ufdd00\ufdd1",
        ),
        *("zq0x", "zq", "true", "false", "x" * 50, "x" * 300, "&a", "*a", "- a", "|", "!!int", "group"),
    ]
)
LISTS = st.lists(
    st.one_of(VALUES, st.integers(0, 300), st.text("abn01e.-_ :#", max_size=5)), min_size=1, max_size=4
)


GROUP = """\
workflow:
  name: w
  groups:
  - name: g
    tasks:
    {% for i in range(40) %}
    - name: t-{{ i }}
      image: busybox
      command: [sh]
      lead: {{ i == 1 }}
    {% endfor %}
"""


def spec(name: str, fields: list[str], values: list[object]) -> str:
    rows = [values[index % len(values)] for index in range(ROWS)]
    own = "".join(f"\n    {field}" for field in fields)
    return (
        "workflow:\n  name: w\n  resources: {default: {cpu: 1}, r0: {cpu: 1}, r1: {cpu: 2}}\n  tasks:\n"
        "  {% for v in rows %}{% set i = loop.index %}\n"
        f"  - name: {name}\n    image: busybox\n    command: [sh]{own}\n"
        "  {% endfor %}\n"
        f"default-values:\n  rows: {json.dumps(rows)}\n"
    )


def expanded(text: str) -> Expanded | None:
    said = Diagnostics()
    try:
        found = expand(said, find_template(said, Source("s.yaml", text), Options()))
    except Rejected:
        return None
    return found


def by_the_passes(whole: Expanded, pool: Pool) -> tuple[str, bool]:
    """The manifests, and whether nothing was said. Raises Rejected."""
    said, options = Diagnostics(), Options()
    workflow = check(said, parse(said, whole), pool, options)
    plan = lower(said, resolve(said, workflow, HERE, options), pool, options)
    manifests = verify(said, emit(said, plan, pool, options))
    return "".join(yamlwriter.write(one.body for one in manifests.objects)), not said.said


def by_stencils(whole: Expanded, pool: Pool) -> str | None:
    texts = stencils.documents(whole, HERE, Options(), pool)
    return None if texts is None else "".join(texts)


@settings(max_examples=250, deadline=None)
@given(
    st.sampled_from(NAMES),
    st.lists(st.sampled_from(FIELDS), unique_by=lambda field: field.partition(":")[0], max_size=4),
    LISTS,
    st.sampled_from(sorted(POOLS)),
)
@example("t-{{ i }}", [FIELDS[2]], ["output"], "plain Jobs")
@example("t-{{ i }}", [FIELDS[3]], ["output", "a"], "plain Jobs")
@example("osmo-{{ v }}{{ i }}", [], ["ctrl"], "plain Jobs")
@example("t{{ v }}", [], ["a"], "with the agent")
@example("{{ v }}-{{ i }}", [FIELDS[0]], ["a-b", "x" * 45], "with the agent")
def test_a_stencil_gives_what_the_passes_give(
    name: str, fields: list[str], values: list[object], pool: str
) -> None:
    whole = expanded(spec(name, fields, values))
    if whole is None:
        return
    fast = by_stencils(whole, POOLS[pool])
    if fast is not None:
        general, nothing_said = by_the_passes(whole, POOLS[pool])
        assert fast == general
        assert nothing_said


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize(
    ("fields", "values"),
    [
        ([FIELDS[0]], [1, 2, 3]),
        ([FIELDS[1], FIELDS[7]], ["a", "0", "1.50", "A_b"]),
        ([FIELDS[4]], ["a", 5]),
        ([FIELDS[5], FIELDS[11]], ["n", "yes"]),
        (["outputs: [{url: 's3://b/{{ i }}/{{ v }}'}]", RESOURCE], ["n", "yes"]),
        ([FIELDS[6]], ["a", 5]),
        # Words with a meaning of their own make families of their own.
        ([ACTIONS, RESOURCE], ["a"]),
        (["environment: {A: '{{ v }}'}"], [*["a"] * 34, "two words", "{{output}}"]),
    ],
)
def test_common_loops_are_compiled_once(fields: list[str], values: list[object], pool: str) -> None:
    whole = expanded(spec("t-{{ i }}", fields, values))
    assert whole is not None

    assert by_stencils(whole, POOLS[pool]) == by_the_passes(whole, POOLS[pool])[0]


@pytest.mark.parametrize(
    "text",
    [
        spec("t-{{ i }}", [TASK_INPUT], ["a"]),
        spec("t-{{ v }}", [], ["a", "b"]),
        spec("t-{{ i }}", [WRONG_CODES], ["a"]),
        GROUP,
        spec("t-{{ i }}", ["args: ['\n  - name: x']"], ["a"]),
        spec("t-{{ i }}", ["args: &a [x]\n    command: *a"], ["a"]),
        spec("t-{{ i }}", ["args: [x]\n    args: [y]"], ["a"]),
    ],
    ids=[
        "dependencies",
        "equal names",
        "wrong codes",
        "a group",
        "a dash in a text",
        "anchors",
        "warnings",
    ],
)
def test_what_needs_a_closer_look_is_left_to_the_passes(text: str) -> None:
    whole = expanded(text)
    assert whole is not None

    assert by_stencils(whole, Pool()) is None
