"""The command line as a whole: what goes where, and exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from osmoc import __version__
from osmoc.cli import application
from tests.command_line import Done, osmoc

SPEC = """\
workflow:
  name: hello
  tasks:
  - name: greet
    image: {{ image }}
    command: [echo, "{{output}}"]
default-values:
  image: busybox:1.36
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "spec.yaml").write_text(SPEC)
    (tmp_path / "wrong.yaml").write_text(SPEC.replace("command", "comand"))
    (tmp_path / "warned.yaml").write_text(SPEC.replace("  tasks", "  pool: lab\n  tasks"))
    return tmp_path


def process(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "osmoc", *arguments],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_compile_prints_manifests_and_nothing_else(folder: Path) -> None:
    done = osmoc(["compile", "spec.yaml"], folder)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("apiVersion: v1\nkind: ConfigMap\n")
    assert "image: busybox:1.36" in done.out


def test_options_reach_the_compiler(folder: Path) -> None:
    given = ["--set", "image=a:1", "--set-env", "A=b=c", "--label", "team=x", "--id", "run-7", "-n", "robots"]
    out = osmoc(["compile", "spec.yaml", *given], folder).out
    for part in ("image: a:1", "value: b=c", "team: x", "osmoc.dev/workflow-id: run-7", "namespace: robots"):
        assert part in out


def test_a_wrong_spec_gives_1_and_nothing_is_written(folder: Path) -> None:
    done = osmoc(["compile", "wrong.yaml", "-o", "out.yaml"], folder)
    assert (done.code, done.out) == (1, "")
    assert "  = help: did you mean `command`?\n" in done.err or "write `command`" in done.err
    assert done.err.endswith("in wrong.yaml; nothing was written\n")
    assert not (folder / "out.yaml").exists()


def test_warnings_go_to_stderr_and_stop_only_the_strict(folder: Path) -> None:
    done = osmoc(["compile", "warned.yaml"], folder)
    assert done.code == 0
    assert done.err.startswith("warning[OSM0505]")
    assert done.out
    strict = osmoc(["compile", "warned.yaml", "--strict"], folder)
    assert (strict.code, strict.out) == (1, "")
    assert strict.err.startswith("error[OSM0505]")


def test_check_says_that_a_spec_is_right(folder: Path) -> None:
    assert osmoc(["check", "spec.yaml"], folder) == Done(0, "spec.yaml: right; 3 objects\n", "")
    assert osmoc(["check", "wrong.yaml"], folder).code == 1


def test_render_prints_what_the_template_writes_tokens_intact(folder: Path) -> None:
    done = osmoc(["render", "spec.yaml", "--set", "image=a:1"], folder)
    assert done.out == SPEC.split("default-values")[0].replace("{{ image }}", "a:1")


def test_compared_with_itself_nothing_differs_and_an_edit_is_a_diff(folder: Path) -> None:
    compile_to_folder = ["compile", "spec.yaml", "-o", "out/"]
    assert osmoc(compile_to_folder, folder) == Done(0, "", "")
    assert osmoc([*compile_to_folder, "--check"], folder) == Done(0, "", "")

    done = osmoc([*compile_to_folder, "--check", "--set", "image=a:1"], folder)

    assert done.code == 1
    assert "-        image: busybox:1.36\n+        image: a:1\n" in done.out
    assert done.err.startswith("error: 2 files differ from what `spec.yaml` gives\n")
    assert osmoc([*compile_to_folder, "--check"], folder).code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["compil", "x"],
            "error: there is no command `compil`; did you mean `compile`?\n  = help: see `osmoc --help`\n",
        ),
        (["compile"], "error: missing argument `SPEC`\n  = help: see `osmoc compile --help`\n"),
        (["compile", "a", "--sett", "b"], "error: no such option: --sett"),
        (["compile", "a", "b"], "error: got unexpected extra argument"),
        (["compile", "spec.yaml", "--check"], "`--check` compares with what lies at `-o FILE|DIR`: name it"),
        ([], "Usage: osmoc"),
    ],
)
def test_a_wrong_command_line_gives_64(folder: Path, arguments: list[str], said: str) -> None:
    done = osmoc(arguments, folder)
    assert (done.code, done.out) == (64, "")
    assert said in done.err


def test_what_the_world_does_gives_2_and_one_sentence(folder: Path) -> None:
    done = osmoc(["compile", "spec.yaml", "-o", "none/out.yaml"], folder)
    assert done == Done(2, "", "error: there is no folder `none`\n  = help: make it with `mkdir -p none`\n")


def test_our_own_bug_gives_70_names_the_pass_and_asks_for_a_report(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object) -> object:
        raise ZeroDivisionError("by zero")

    broken.__module__ = "osmoc.passes.lower"
    monkeypatch.setattr("osmoc.pipeline.lower", broken)
    done = osmoc(["compile", "spec.yaml"], folder)
    assert (done.code, done.out) == (70, "")
    assert "ZeroDivisionError: by zero" in done.err
    assert "error: this is a bug in osmoc in the pass `lower`; your spec may be right\n" in done.err


def test_an_interruption_gives_130(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*given: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("osmoc.pipeline.lower", interrupted)
    assert osmoc(["compile", "spec.yaml"], folder) == Done(130, "", "interrupted\n")


def test_a_reader_that_has_seen_enough_is_no_failure_to_speak_of(folder: Path) -> None:
    tasks = "".join(f"  - {{name: t{number}, image: a, command: [b]}}\n" for number in range(300))
    (folder / "large.yaml").write_text(f"workflow:\n  name: large\n  tasks:\n{tasks}")
    script = f"{sys.executable} -m osmoc compile large.yaml | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("apiVersion: v1\n141\n", "")


def test_the_version_is_said_twice_the_same(folder: Path) -> None:
    assert process("--version", folder=folder).stdout == f"osmoc {__version__}\n"
    assert osmoc(["--version"], folder).out == f"osmoc {__version__}\n"
    assert osmoc(["version"], folder).out.startswith(f"osmoc {__version__}\ncontract 1\nPython 3.")


def test_compiling_imports_nothing_slow_that_it_does_not_need(folder: Path) -> None:
    (folder / "plain.yaml").write_text(
        SPEC.split("default-values")[0].replace("{{ image }}", "a").replace("{{output}}", "x")
    )
    script = (
        "import sys; from osmoc.cli import main; code = main(['compile', 'plain.yaml']); "
        "slow = {'boto3', 'botocore', 'cerberus', 'jinja2', 'kubernetes', 'lark', 'pydantic', 'rich'};"
        "print(code, sorted(slow & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.stderr == "0 []\n"


def test_help_lists_every_command_and_groups_options(folder: Path) -> None:
    out = osmoc(["--help"], folder).out
    for name in [name for names in application.SECTIONS.values() for name in names]:
        assert f"\n  {name} " in out
        assert osmoc([name, "--help"], folder).out.startswith(f"Usage: osmoc {name}")
    out = osmoc(["compile", "-h"], folder).out
    assert out.startswith("Usage: osmoc compile [OPTIONS] SPEC\n\n  Compile a spec to Kubernetes manifests")
    positions = [
        out.index(f"\n{title}:\n") for title in ("Arguments", "Output", "Template", "Objects", "Options")
    ]
    assert positions == sorted(positions)
    assert "--dump-after" not in out


def test_the_shell_completes_commands(folder: Path) -> None:
    done = process(folder=folder, _OSMOC_COMPLETE="complete_bash", COMP_WORDS="osmoc comp", COMP_CWORD="1")
    assert done.stdout.split() == ["compile"]


def test_who_works_on_osmoc_can_look_inside(folder: Path) -> None:
    done = osmoc(["check", "spec.yaml", "--dump-after", "expand", "--time-passes"], folder)
    assert "image: busybox:1.36\n" in done.err
    assert [line.split()[0] for line in done.err.splitlines() if line.endswith(" ms")] == [
        "read", "template", "expand", "parse", "check", "resolve", "lower", "emit", "verify",
    ]  # fmt: skip
    assert "Workflow(name=" in osmoc(["check", "spec.yaml", "--dump-after", "check"], folder).err
    assert "kind: Job" in osmoc(["check", "spec.yaml", "--dump-after", "verify"], folder).err


def test_the_agent_is_printed_for_a_namespace(folder: Path) -> None:
    out = osmoc(["runtime", "install", "-n", "robots"], folder).out
    assert out.startswith(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: osmoc-agent-c1\n  namespace: robots\n"
    )
