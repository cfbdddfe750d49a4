"""All independent mistakes of a spec are said at once, and none that only follows from another."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from osmoc.explanations import Explanation, explanations
from tests.command_line import osmoc

HEAD = "workflow:\n  name: w\n  tasks:\n"
EARLY = ("OSM0213", "OSM03", "OSM04")
"""Nothing is known of a workflow before its template gave YAML."""
LATE = ("OSM0215", "OSM09")
"""Said of what is right otherwise."""
OF_TASKS = {
    code: given
    for code, given in explanations().items()
    if given.kind == "task" and not code.startswith((*EARLY, *LATE)) and "…" not in given.wrong
}
POOLS = sorted({given.pool for given in OF_TASKS.values()})


def task(name: str, fields: str) -> str:
    command = "" if "command:" in fields else "    command: [ls]\n"
    fields = fields.replace("{{host:a}}", f"{{{{host:{name}}}}}")
    return f"  - name: {name}\n    image: ubuntu\n{command}" + textwrap.indent(fields, "    ")


def codes(spec: str, folder: Path, pool: str = "") -> list[str]:
    (folder / "spec.yaml").write_text(spec, "utf-8")
    (folder / "cluster.pool").write_text(pool, "utf-8")
    options = ("--pool", "cluster.pool") if pool else ()
    done = osmoc(["check", "spec.yaml", "--message-format", "json", *options], folder)
    assert done.code in (0, 1), done.err
    return sorted(json.loads(line)["code"] for line in done.err.splitlines())


def put_files(given: Explanation, folder: Path) -> None:
    for name, contents in given.files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        if contents is None:
            if not path.is_symlink():
                path.symlink_to(path.name)
        else:
            path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())


@pytest.mark.parametrize("pool", POOLS, ids=lambda pool: pool.partition("\n")[0] or "no pool")
def test_what_is_said_of_each_task_alone_is_said_of_all_together(pool: str, tmp_path: Path) -> None:
    wrong = [given for given in OF_TASKS.values() if given.pool in ("", pool)]
    for given in wrong:
        put_files(given, tmp_path)
    alone = [code for given in wrong for code in codes(HEAD + task("a", given.wrong), tmp_path, pool)]

    together = codes(
        HEAD + "".join(task(f"t{number}", given.wrong) for number, given in enumerate(wrong)), tmp_path, pool
    )

    assert len(set(together)) >= 30
    assert together == sorted(alone)


INPUT = 'args: ["{{input:0}}", "{{input:1}}"]\n'


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        # A wrong input keeps its number.
        ("inputs: [{regex: x}, {url: s3://b/c}]\n" + INPUT, ["OSM0524"]),
        ("inputs: [{task: none}, {url: s3://b/c}]\n" + INPUT, ["OSM0601"]),
        ("inputs: [{url: s3://b/c}, {task: a}]\n" + INPUT, ["OSM0602"]),
        ("inputs: {task: b}\nargs: ['{{input:0}}']\n", ["OSM0503"]),
        ("inputs: [{task: none}]\nargs: ['{{input:none}}', '{{input:0}}']\n", ["OSM0601"]),
        ("inputs: [{dataset: {name: d, localpath: none, regex: '[a-'}}]\n", ["OSM0518", "OSM0610"]),
        # What is no base64, no path or no file is not looked into.
        ("files: [{path: /a, contents: '%', base64: true}]\n", ["OSM0530"]),
        ("files: [{path: /a, localpath: none, base64: true}]\n", ["OSM0605"]),
        ("checkpoint: [{path: /, url: s3://b/c, frequency: 10m}]\n", ["OSM0527"]),
        # Of an unknown resource nobody knows the platform.
        ("resource: none\nprivileged: true\nvolumeMounts: [/x]\n", ["OSM0520"]),
        ("resource: typo\nprivileged: true\nvolumeMounts: [/x]\n", ["OSM0718"]),
        ("resource: list\nprivileged: true\nvolumeMounts: [/x]\n", ["OSM0503"]),
    ],
)
def test_what_follows_from_a_mistake_is_not_said(fields: str, said: list[str], tmp_path: Path) -> None:
    resources = "  resources:\n    default: {}\n"
    resources += "    typo: {platform: larg}\n" if "typo" in fields else ""
    resources += "    list: {platform: [large]}\n" if "list" in fields else ""
    pool = "platforms: {large: {}}\ndefaultPlatform: large\n"
    head = f"workflow:\n  name: w\n{resources}  tasks:\n"

    assert codes(head + task("a", fields) + task("b", ""), tmp_path, pool) == said


LEADLESS = """\
workflow:
  name: w
  groups:
  - name: g
    tasks:
    - {name: a, image: ubuntu, command: [ls], inputs: [{task: none}]}
    - {name: b, image: ubuntu, command: [ls, "{{input:0}}"]}
  - name: after
    tasks:
    - {name: c, image: ubuntu, command: [ls], inputs: [{task: g}]}
"""


def test_a_group_without_a_lead_is_looked_into(tmp_path: Path) -> None:
    assert codes(LEADLESS, tmp_path) == ["OSM0507", "OSM0601", "OSM0601", "OSM0701"]


@pytest.mark.parametrize("name", ["", "name: b"])
def test_where_names_are_missing_nobody_knows_which_are_unknown(name: str, tmp_path: Path) -> None:
    other = f"  - image: ubuntu\n    command: [ls, '{{{{input:5}}}}']\n    {name}\n"

    said = codes(HEAD + task("b", "inputs: [{task: c}]\n") + other, tmp_path)

    assert said == (["OSM0510"] if name else ["OSM0502"])


def test_a_strict_user_hears_all_warnings_at_once(tmp_path: Path) -> None:
    spec = HEAD.replace("name: w", "name: v\n  name: w") + task("a", "exitActions: {COMPLETE: 137}\n")
    (tmp_path / "spec.yaml").write_text(f"version: 3\n{spec}", "utf-8")

    done = osmoc(["check", "spec.yaml", "--strict"], tmp_path)

    assert done.code == 1
    assert [done.err.count(f"error[{code}]") for code in ("OSM0205", "OSM0402", "OSM0710")] == [1, 1, 1]
    assert "error: 3 mistakes in spec.yaml" in done.err
