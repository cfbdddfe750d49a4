"""What the documents say is true: commands, manifests, messages, and the list of passes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import yaml

from osmoc import __version__, pipeline
from osmoc_runtime import contract
from tests.command_line import osmoc

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLE = ROOT / "examples" / "02-template" / "spec.yaml"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_first_two_commands_set_up_and_compile_and_run_the_tests() -> None:
    first, second = blocks("sh")[:2]
    *set_up, compile_it = first.splitlines()
    assert set_up == ["python3 -m venv .venv", ".venv/bin/pip install --quiet ."]
    program, *arguments = shlex.split(compile_it)
    assert program == ".venv/bin/osmoc"
    done = osmoc(arguments, ROOT)
    assert (done.code, done.err, done.out.count("\nkind: Job\n")) == (0, "", 3)
    assert second == "tests/run\n"
    assert (ROOT / "tests" / "run").stat().st_mode & 0o100


def test_the_spec_shown_is_the_example() -> None:
    assert blocks("yaml")[0] == EXAMPLE.read_text("utf-8")


def test_the_manifest_shown_is_a_part_of_what_the_example_gives() -> None:
    lines = iter(osmoc(["compile", str(EXAMPLE)], ROOT).out.split("kind: Job")[1].splitlines())
    for line in blocks("yaml")[1].splitlines()[2:]:
        if line.strip() != "# …":
            assert line in lines, f"not there, or not in this order: {line}"


def test_the_message_shown_is_what_a_wrong_amount_gives(tmp_path: Path) -> None:
    wrong = EXAMPLE.read_text("utf-8").replace("memory: 64Mi", "memory: {{ memory }}") + "  memory: 64MB\n"
    (tmp_path / "spec.yaml").write_text(wrong)
    (shown,) = [block for block in blocks("") if block.startswith("error")]
    assert osmoc(["compile", "spec.yaml"], tmp_path).err == shown


def test_the_tour_names_every_pass_in_its_order() -> None:
    tour = (ROOT / "compiler" / "README.md").read_text("utf-8")
    source = Path(pipeline.__file__).read_text("utf-8")
    modules = dict(re.findall(r"from osmoc\.passes\.(\w+) import (\w+)", source))
    by_function = {function: module for module, function in modules.items()}
    called = [by_function[name] for name in re.findall(r"run(?:\.going_on)?\((\w+)", source)]
    assert len(called) == len(set(called)) == len(modules)
    assert re.findall(r"^\| `(\w+)` \|", tour, re.MULTILINE) == called


def test_every_link_leads_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("*/*.md"), *ROOT.glob("examples/*/*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"


def test_every_example_is_explained_and_listed() -> None:
    listed = re.findall(
        r"^\| \[([\w-]+)\]", (ROOT / "examples" / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert listed == sorted(path.parent.name for path in ROOT.glob("examples/[0-9]*/README.md"))
    assert listed == sorted(path.parent.name for path in ROOT.glob("examples/*/spec.yaml"))


def test_the_role_to_copy_is_what_a_coordinator_needs() -> None:
    text = (ROOT / "examples" / "pools" / "restricted" / "coordinator.yaml").read_text("utf-8")
    objects = {body["kind"]: body for body in yaml.safe_load_all(text)}
    pool = yaml.safe_load((ROOT / "examples" / "pools" / "restricted" / "pool.yaml").read_text("utf-8"))
    given: dict[tuple[str, str], set[str]] = {}
    needed: dict[tuple[str, str], set[str]] = {}
    for rule in objects["Role"]["rules"]:
        given[rule["apiGroups"][0], rule["resources"][0]] = set(rule["verbs"])
    for group, resource, verbs, _ in contract.COORDINATOR_RULES:
        needed.setdefault((group, resource), set()).update(verbs)
    assert given == needed
    assert {body["metadata"]["name"] for body in objects.values()} == {pool["coordinatorServiceAccount"]}


def test_the_versions_agree() -> None:
    assert f'\nversion = "{__version__}"\n' in (ROOT / "pyproject.toml").read_text("utf-8")
    assert f"\n## {__version__}\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")
