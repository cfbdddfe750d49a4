"""The workflow as a whole: its parts, names and what they say of each other."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest

from osmoc import schemas, yamltext
from osmoc.diagnostics.diagnostic import Diagnostic, Diagnostics, Rejected, Severity
from osmoc.document import Document, Mapping
from osmoc.driver import Driver
from osmoc.options import Options
from osmoc.passes.check import check
from osmoc.pool import Platform, Pool
from osmoc.source import Source
from osmoc.spec import Workflow

PLATFORMS = Pool(
    platforms={"cpu": Platform()}, default_platform="cpu", topology={"zone": "a/zone", "rack": "a/rack"}
)


def document(text: str) -> Document:
    root = yamltext.load_marked(Source("spec.yaml", text))
    assert isinstance(root, Mapping)
    return Document(root)


def accept(text: str, pool: Pool | None = None, options: Options | None = None) -> Workflow:
    diagnostics = Diagnostics(strict=True)
    workflow = Driver(diagnostics)(check, document(text), pool or Pool(), options or Options())
    diagnostics.stop_if_strict()
    return workflow


def reject(text: str, pool: Pool | None = None, options: Options | None = None) -> list[Diagnostic]:
    with pytest.raises(Rejected) as raised:
        Driver(Diagnostics())(check, document(text), pool or Pool(), options or Options())
    return [one for one in raised.value.diagnostics if one.severity is Severity.ERROR]


def one_error(text: str, pool: Pool | None = None) -> Diagnostic:
    errors = reject(text, pool)
    assert len(errors) == 1, errors
    return errors[0]


def spec(*tasks: str, more: str = "") -> str:
    items = "".join(f"  - {task}\n" for task in tasks)
    return f"workflow:\n  name: wf\n{more}  tasks:\n{items}"


def task(name: str, more: str = "") -> str:
    return f"{{name: {name}, image: i, command: [c]{', ' if more else ''}{more}}}"


def group(name: str, *tasks: str, more: str = "") -> str:
    items = "".join(f"    - {one}\n" for one in tasks)
    return f"  - name: {name}\n{more}    tasks:\n{items}"


def grouped(*groups: str) -> str:
    return "workflow:\n  name: wf\n  groups:\n" + "".join(groups)


def test_a_task_outside_a_group_leads_one_of_its_own() -> None:
    (made,) = accept(spec(task("a", "lead: false"))).groups
    assert (made.name.value, made.written, made.lead.name.value) == ("a-group", False, "a")


def test_a_group_keeps_what_it_says() -> None:
    text = grouped(
        group(
            "g", task("a", "lead: 'yes'"), task("b"), more="    barrier: 'no'\n    ignoreNonleadStatus: off\n"
        )
    )
    (made,) = accept(text).groups
    assert (made.written, made.barrier, made.ignore_nonlead_status, made.lead.name.value) == (
        True,
        False,
        False,
        "a",
    )


def test_the_only_task_of_a_group_leads_whatever_it_says() -> None:
    assert accept(grouped(group("g", task("a", "lead: false")))).groups[0].tasks[0].lead


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (grouped(group("g", task("a"), task("b"))), "2 tasks and no lead"),
        (grouped(group("g", task("a", "lead: true"), task("b", "lead: true"))), "has 2 leads"),
        (grouped("  - {name: g, tasks: []}\n"), "`tasks` of group `g` is empty"),
        (grouped("  - {name: g}\n"), "group `g` has no `tasks`"),
        (grouped("  - {name: g, tasks: }\n"), "`tasks` is empty here"),
        (grouped(group("g", task("a"), more="    foo: 1\n")), "group `g` has no field `foo`"),
        ("workflow: {name: w}", "no task"),
        ("workflow: {name: w, tasks: []}", "no task"),
        ("workflow: {name: w, tasks: , groups: }", "no task"),
        ("workflow: {name: w, tasks: {a: 1}}", "`tasks` is a mapping"),
        (spec(task("a"), more="  groups:\n"), "`groups` is empty here"),
        (spec("x"), "entry 1 of `tasks` is text"),
        (spec(task("a"), more="  foo: 1\n"), "the workflow has no field `foo`"),
        ("workflow:", "`workflow` is empty"),
        ("workflow: [a]", "`workflow` is a list"),
        ("{workflow: {name: w, tasks: [" + task("a") + "]}, x: 1}", "no section `x`"),
        ("other: 1", "no section `other`"),
    ],
)
def test_wrong_parts_are_refused(text: str, message: str) -> None:
    assert message in reject(text)[0].message


def test_tasks_and_groups_exclude_each_other_but_an_empty_list_is_none() -> None:
    both = spec(task("a")) + "  groups:\n" + group("g", task("b"))
    assert "this one has both" in one_error(both).message
    assert accept(spec(task("a"), more="  groups: []\n")).groups


@pytest.mark.parametrize("name", ["a-", "1a", "a.b", "a b", '"a\\n"', "_a", "''", "ä", "a{{workflow_id}}"])
def test_a_name_keeps_to_its_letters(name: str) -> None:
    assert (
        "is no name for a workflow"
        in one_error(
            f"workflow: {{name: {name!s}, tasks: [{task('t')}]}}"
            if "{" not in name
            else f"workflow: {{name: '{name}', tasks: [{task('t')}]}}"
        ).message
    )


def test_a_name_is_not_too_long() -> None:
    assert accept(f"workflow: {{name: {'a' * 64}, tasks: [{task('b' * 58)}]}}")
    assert "64 are the most" in one_error(f"workflow: {{name: {'a' * 65}, tasks: [{task('t')}]}}").message
    assert "outside a group 58 are the most" in one_error(spec(task("b" * 59))).message
    assert accept(grouped(group("g" * 64, task("b" * 64))))
    assert "64 are the most" in one_error(grouped(group("g", task("b" * 65)))).message


@pytest.mark.parametrize(
    ("text", "by"),
    [
        (spec(task("a-b"), task("A_B")), "taken by `a-b`"),
        (spec(task("a"), task("a")), "the name `a` is taken"),
        (spec(task("a"), task("a-group")), "`a-group`"),
        (grouped(group("a", task("a"))), "the name `a` is taken"),
        (grouped(group("g", task("a")), group("h", task("a"))), "the name `a` is taken"),
    ],
)
def test_tasks_and_groups_share_their_names(text: str, by: str) -> None:
    assert by in one_error(text).message


def test_the_workflow_may_be_called_like_a_task() -> None:
    assert accept("workflow: {name: t, tasks: [" + task("t") + "]}")


@pytest.mark.parametrize("name", ["osmo-ctrl", "OSMO_CTRL"])
def test_the_name_of_the_container_beside_is_reserved(name: str) -> None:
    assert "container beside it" in one_error(spec(task(name))).message


def test_a_task_takes_the_resource_that_it_names() -> None:
    more = """\
  resources:
    default: {cpu: '2', gpu: 1.0, memory: 1GiB}
    big: {storage: 1073741824, nodesExcluded: [n1, 5]}
    '5': {cpu: 8}
"""
    made = accept(spec(task("a"), task("b", "resource: big"), task("c", "resource: 5"), more=more)).tasks
    assert (made[0].resources.cpu, made[0].resources.gpu, made[0].resources.memory) == (2, 1, "1Gi")
    assert made[1].resources.storage == "1073741824"
    assert [node.value for node in made[1].resources.nodes_excluded] == ["n1", "5"]
    assert made[2].resources.cpu == 8


def test_a_workflow_without_resources_asks_for_nothing() -> None:
    resources = accept(spec(task("a", "resource: default"))).tasks[0].resources
    assert (resources.name, resources.cpu, resources.memory) == ("default", None, None)


@pytest.mark.parametrize(
    ("more", "resource", "message"),
    [
        ("  resources: {}\n", "", "has no `default`"),
        ("  resources: {x: {}}\n", "", "has no `default`"),
        ("  resources: {x: {}}\n", "resource: y", "no resource `y`"),
        ("", "resource: zz", "no resource `zz`"),
        ("  resources: {default: }\n", "", "`default` is empty"),
        ("  resources:\n", "", "`resources` is empty"),
        ("  resources: {default: {cpu: 1.5}}\n", "", "a whole number is needed"),
        ("  resources: {default: {cpu: 500m}}\n", "", "a whole number is needed"),
        ("  resources: {default: {cpu: -1}}\n", "", "none below 0"),
        ("  resources: {default: {gpu: {count: 4}}}\n", "", "`gpu` is a mapping"),
        ("  resources: {default: {memory: true}}\n", "", "`memory` is `true`"),
        ("  resources: {default: {storage: 4GB}}\n", "", "storage `4GB` has the unit `GB`"),
        ("  resources: {default: {nodesExcluded: n1}}\n", "", "`nodesExcluded` is text"),
        ("  resources: {default: {disk: 1Gi}}\n", "", "no field `disk`"),
        ("  resources: {default: {topology: [{group: g}]}}\n", "", "has no `key`"),
        (
            "  resources: {default: {topology: [{key: zone, requirementType: Required}]}}\n",
            "",
            "`required` or `preferred`",
        ),
    ],
)
def test_wrong_resources_are_refused(more: str, resource: str, message: str) -> None:
    assert message in one_error(spec(task("a", resource), more=more)).message


def test_every_resource_needs_a_platform_where_the_pool_has_no_default() -> None:
    pool = Pool(platforms={"cpu": Platform()})
    more = "  resources: {default: {platform: cpu}, other: {}}\n"
    assert "resource `other` names no platform" in one_error(spec(task("a"), more=more), pool).message
    assert accept(spec(task("a"), more="  resources: {default: {platform: ''}}\n"), PLATFORMS)


def test_all_tasks_with_a_topology_name_the_same_keys() -> None:
    more = """\
  resources:
    z: {topology: [{key: zone}]}
    r: {topology: [{key: rack}, {key: zone, group: g}]}
    default: {}
"""
    assert accept(spec(task("a", "resource: z"), task("b"), more=more), PLATFORMS)
    error = one_error(spec(task("a", "resource: z"), task("b", "resource: r"), more=more), PLATFORMS)
    assert "`r` has the topology keys `rack`, `zone`, and `z` has `zone`" in error.message


@pytest.mark.parametrize(
    ("value", "limit"),
    [
        ("8h", timedelta(hours=8)),
        ("30", timedelta(seconds=30)),
        ("true", timedelta(seconds=1)),
        ("1:30", timedelta(seconds=90)),
        ("PT1H30M", timedelta(minutes=90)),
        ("~", None),
        ("0", None),
        ("0s", None),
    ],
)
def test_time_limits_are_read(value: str, limit: timedelta | None) -> None:
    timeouts = accept(
        spec(task("a"), more=f"  timeout: {{exec_timeout: {value}, queue_timeout: {value}}}\n")
    ).timeouts
    assert (timeouts.execution, timeouts.queue) == (limit, limit)


@pytest.mark.parametrize(
    "timeout",
    [
        "",
        "[1h]",
        "{exec_timeout: '30'}",
        "{exec_timeout: [1h]}",
        "{exec_timeout: -1h}",
        "{exec_timeout: .inf}",
        "{foo: 1h}",
        "{queue_timeout: 1w}",
        "{exec_timeout: 2024-01-01}",
    ],
)
def test_wrong_time_limits_are_refused(timeout: str) -> None:
    assert one_error(spec(task("a"), more=f"  timeout: {timeout}\n"))


def test_labels_of_the_command_line_come_on_top() -> None:
    workflow = accept(spec(task("a"), more="  labels: {a: b, c: d}\n"), options=Options(label=("a=x", "e=f")))
    assert [(key.value, value.value) for key, value in workflow.labels] == [
        ("a", "x"),
        ("c", "d"),
        ("e", "f"),
    ]


@pytest.mark.parametrize(
    "labels",
    ["", "[a]", "{team: 5}", "{team: true}", "{team: ''}", "{5: a}", "{A.com/b: c}", "{a/b/c: d}",
     "{-a: b}", "{a: 'x y'}", "{a: [b]}",
     "{" + ", ".join(f"k{n}: v" for n in range(17)) + "}"],
)  # fmt: skip
def test_wrong_labels_are_refused(labels: str) -> None:
    assert one_error(spec(task("a"), more=f"  labels: {labels}\n"))


def test_labels_of_the_command_line_are_judged_and_counted() -> None:
    text = spec(task("a"), more="  labels: {" + ", ".join(f"k{n}: v" for n in range(16)) + "}\n")
    for given in ("a", "a=", "k99=v", "-a=b", "a=b c"):
        assert len(reject(text, options=Options(label=(given,)))) >= 1
    assert accept(text, options=Options(label=("k3=w",)))


def test_everything_that_is_wrong_is_said_at_once() -> None:
    text = """\
workflow:
  name: bad name
  labels: {a: 5}
  timeout: {exec_timeout: 1.5h}
  resources: {default: {gpu: many, disk: 1Gi}}
  tasks:
  - name: t
    image: Ubuntu
    command: []
    env: {A: b}
    files: [{path: /osmo/x, contents: y}]
    checkpoint: [{path: /c, url: http://x, frequency: '5'}]
    exitActions: {STOP: "1, 2"}
  - name: T
    command: [c]
"""
    lines = [one.at.line for one in reject(text)]
    assert lines == [2, 3, 4, 5, 5, 8, 9, 10, 11, 12, 12, 13, 13, 14, 14]


def test_a_mistake_points_at_the_users_text() -> None:
    error = one_error(spec(task("a", "environment: {A: [x]}")))
    assert error.at.source.text[error.at.start : error.at.end] == "[x]"


def test_equal_wrong_shapes_are_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    judged = []
    real = schemas.judge

    def judge(part: str, mapping: Mapping) -> tuple[schemas.Problem, ...]:
        judged.append(part)
        return real(part, mapping)

    monkeypatch.setattr(schemas, "_verdicts", {})
    monkeypatch.setattr(schemas, "judge", judge)
    errors = reject(spec(*(task(f"t{n}", "enviroment: {A: b}") for n in range(200))))
    assert len(errors) == 200
    assert judged == ["task"]


def test_a_spec_that_is_right_needs_no_cerberus() -> None:
    program = (
        "import sys\n"
        "from osmoc import yamltext\n"
        "from osmoc.diagnostics.diagnostic import Diagnostics\n"
        "from osmoc.document import Document\n"
        "from osmoc.options import Options\n"
        "from osmoc.passes.check import check\n"
        "from osmoc.pool import Pool\n"
        "from osmoc.source import Source\n"
        f"root = yamltext.load_marked(Source('spec.yaml', {spec(task('a'))!r}))\n"
        "check(Diagnostics(), Document(root), Pool(), Options())\n"
        "assert not {'cerberus', 'lark', 'importlib.metadata'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
