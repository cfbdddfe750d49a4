"""Files of specs and local folders where only a cluster can tell: mounts below a checkpoint's volume and in
the output folder, very many files, and what plain `kubectl apply` takes.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.e2e.scenario import Scenario, one_task
from tests.e2e.store import Bucket
from tests.e2e.test_run_command import run, small
from tests.e2e.test_stored_data import checkpoint

__all__ = ["small"]

# One line for all files of the input, their bytes and which of them can be run.
DIGEST = (
    "cd {{input:0}} && find . -type f | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c 1-64; "
    "find . -type f -perm -100 | LC_ALL=C sort | tr '\\n' ' '"
)


def digest(folder: Path) -> str:
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  ./{name}\n" for name in names]
    executable = [f"./{name} " for name in names if (folder / name).stat().st_mode & 0o100]
    return hashlib.sha256("".join(lines).encode()).hexdigest() + "\n" + "".join(executable)


def fill(folder: Path, files: int, large: int) -> None:
    """Many small files, one large one of arbitrary bytes, and a script."""
    for number in range(files):
        path = folder / f"part-{number % 7}" / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{number}\n" * (number % 50))
    (folder / "large.bin").write_bytes(hashlib.shake_128(b"large").digest(large))
    (folder / "run.sh").write_text("#!/bin/sh\necho the script ran\n")
    (folder / "run.sh").chmod(0o755)


def test_a_file_below_a_checkpoint_is_seen_and_not_saved_again(scenario: Scenario, store: Bucket) -> None:
    files = """    files:
    - {path: /work/settings.yaml, contents: given}
    - {path: /work/tools/deep/run, localpath: run}
"""
    command = "cat /work/settings.yaml; /work/tools/deep/run; echo mine > /work/state; ls -a /work/tools/deep"
    (scenario.folder / "run").write_text("echo run by its mode alone\n")
    (scenario.folder / "run").chmod(0o755)

    scenario.start(one_task(command, extra=files + checkpoint(store)))

    scenario.expect("work", "Complete")
    assert scenario.logs("work") == "givenrun by its mode alone\n.\n..\nrun\n"
    assert [key for key in store.keys("saved/") if "/.osmo" not in key] == ["saved/work/state"]


def test_a_further_attempt_finds_the_file_and_the_checkpoint_below_one_path(
    scenario: Scenario, store: Bucket
) -> None:
    extra = "    files:\n    - {path: /work/settings.yaml, contents: given}\n" + checkpoint(store)
    command = "cat /work/settings.yaml; echo; [ -e /work/state ] && exit 0; echo mine > /work/state; exit 5"

    scenario.start(one_task(command, extra=extra + "    exitActions: {RESCHEDULE: 5}\n"))

    scenario.expect("work", "Complete", timeout=180)
    assert len(scenario.pods("work")) == 2
    assert scenario.logs("work").strip() == "given"


def test_files_in_the_output_folder_are_part_of_the_output(scenario: Scenario, store: Bucket) -> None:
    extra = f"""    files:
    - path: '{{{{output}}}}/notes/readme.txt'
      contents: of run {{{{workflow_id}}}}
    outputs:
    - url: s3://{store.name}/out
"""
    command = "cat {{output}}/notes/readme.txt; echo made > {{output}}/notes/result.txt"

    scenario.start(one_task(command, extra=extra))

    scenario.expect("work", "Complete")
    assert scenario.logs("work").strip() == "of run scenario"
    assert store.keys("out/") == ["out/notes/readme.txt", "out/notes/result.txt"]
    assert store.read("out/notes/readme.txt") == b"of run scenario"


def test_a_thousand_files_arrive_and_two_tasks_share_them(scenario: Scenario) -> None:
    files = "".join(
        f"    - {{path: /data/{number % 10}/{number // 10}/same-name, contents: 'number {number}'}}\n"
        for number in range(1000)
    )
    command = "find /data -name same-name | wc -l; cat /data/7/33/same-name"
    spec = one_task(command, extra="    files:\n" + files)
    again = spec.partition("  tasks:\n")[2].replace("name: work", "name: again")

    scenario.start(spec + again)

    for task in ("work", "again"):
        scenario.expect(task, "Complete", timeout=240)
        assert scenario.logs(task).split() == ["1000", "number", "337"]
    held = [one for one in scenario.get("configmaps") if "-files-" in one["metadata"]["name"]]
    assert len(held) == 1


def test_a_small_local_folder_travels_in_manifests_that_plain_apply_takes(scenario: Scenario) -> None:
    data = scenario.folder / "data"
    fill(data, files=990, large=600_000)
    extra = "    inputs:\n    - dataset: {name: pictures, localpath: data}\n"

    scenario.start(one_task(f"{DIGEST}; {{{{input:0}}}}/run.sh; echo more >> run.sh", extra=extra))

    scenario.expect("work", "Complete")
    assert scenario.logs("work") == digest(data) + "the script ran\n"


@pytest.mark.nodes
def test_a_large_local_folder_is_uploaded_once_and_read(
    small: Scenario, store: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", store.outside)
    data = small.folder / "data"
    fill(data, files=1100, large=20_000_000)
    extra = "    inputs:\n    - dataset: {name: pictures, localpath: data}\n"

    done = run(small, one_task(f"{DIGEST}; {{{{input:0}}}}/run.sh", extra=extra))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "OSM0727" not in done.stderr
    assert "dataset pictures: 1,102 files of 19.2 MiB, uploaded (version " in done.stdout
    assert digest(data) + "the script ran\n" in small.logs("work")

    pushed = small.osmoc("data", "push", "spec.yaml", "--pool", "pool.yaml", "-n", small.namespace)

    assert "there already" in pushed.stdout
    assert sum(key.endswith("large.bin") for key in store.keys("osmoc/datasets/")) == 1


@pytest.mark.nodes
def test_manifests_applied_before_the_upload_wait_for_it(
    small: Scenario, store: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", store.outside)
    fill(small.folder / "data", files=1, large=2_000_000)
    extra = "    inputs:\n    - dataset: {name: pictures, localpath: data}\n"
    options = ("--pool", "pool.yaml", "-n", small.namespace)
    small.start(one_task("ls {{input:0}}", extra=extra), *options)
    said = small.failed_init("work")
    assert "osmoc data push" in said

    small.osmoc("data", "push", "spec.yaml", *options)

    small.expect("work", "Complete", timeout=180)
    assert "large.bin" in small.logs("work")
