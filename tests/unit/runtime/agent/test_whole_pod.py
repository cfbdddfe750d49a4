"""A task's pod as its manifests make it: the very commands, an image of nothing but busybox, process 1.

The folders of the pod are mounted over copies of this machine's root, which takes root and overlay mounts.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from osmoc_runtime import agent_commands, contract, packing
from tests.unit.runtime.agent.agent_pod import PATIENCE, PLAIN, mapping, until

BUSYBOX = shutil.which("busybox")
PYTHONS = tuple(dict.fromkeys(os.path.realpath(path) for path in ("/usr/bin/python3", sys.executable)))
MOUNTS = """
set -e
mount -t tmpfs tmpfs "$1/layers"
mkdir "$1/layers/upper" "$1/layers/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/layers/upper,workdir=$1/layers/work" "$1/root"
mkdir -p "$1/root/osmo" "$1/root/osmoc"
mount --bind "$1/osmo" "$1/root/osmo"
mount --bind "$1/osmoc" "$1/root/osmoc"
mount -t proc proc "$1/root/proc"
shift 1
exec "$@"
"""
TASK_MOUNTS = """
set -e
mount --bind "$1/task" "$1/task"
mount --bind "$1/osmo" "$1/task/osmo"
for folder in data run; do
  mount --bind "$1/osmo/$folder" "$1/task/osmo/$folder"
done
mount -o remount,bind,ro "$1/osmo" "$1/task/osmo"
mount -t proc proc "$1/task/proc"
mount --bind /dev/null "$1/task/dev/null"
mount -o remount,bind,ro "$1/task"
shift 1
exec "$@"
"""


def unshared(script: str, folder: Path, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run the command with mounts of its own, as process 1."""
    return subprocess.run(
        [
            *("unshare", "--mount", "--pid", "--fork", "--kill-child"),
            *("sh", "-c", script, "sh", str(folder), *command),
        ],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def can_mount(folder: Path) -> bool:
    for name in ("layers", "root", "osmo", "osmoc"):
        (folder / name).mkdir(parents=True)
    return os.geteuid() == 0 and unshared(MOUNTS, folder, ["true"]).returncode == 0


class WholePod:
    """Volumes of a pod, and containers that see them where the manifests mount them."""

    def __init__(self, folder: Path, python: str) -> None:
        self.folder = folder
        self.python = python
        archive = folder / "osmoc/agent" / contract.ARCHIVE_KEY
        archive.parent.mkdir()
        archive.write_bytes(base64.b64decode(base64.b64encode(packing.agent_archive())))
        (folder / "osmoc/plan").mkdir()
        for name in ("bin", "osmo", "proc", "dev"):
            (folder / "task" / name).mkdir(parents=True)
        (folder / "task/dev/null").touch()
        assert BUSYBOX is not None
        shutil.copy(BUSYBOX, folder / "task/bin/busybox")
        for name in ("sh", "echo", "id", "sleep", "setsid"):
            (folder / "task/bin" / name).symlink_to("busybox")

    def init(self, plan: contract.TaskPlan, *, user: int = 0) -> subprocess.CompletedProcess[str]:
        (self.folder / "osmoc/plan" / contract.PLAN_KEY).write_text(contract.dump(plan))
        command = [self.python, *agent_commands.INIT_COMMAND[1:]]
        own = ["chroot", f"--userspec={user}:{user}", str(self.folder / "root"), *command]
        return unshared(MOUNTS, self.folder, own)

    def task(self, *command: str) -> subprocess.CompletedProcess[str]:
        """As user 1000, with nothing writable but the shared folders."""
        own = [
            "chroot",
            "--userspec=1000:1000",
            str(self.folder / "task"),
            *agent_commands.WRAPPER_COMMAND,
            *command,
        ]
        return unshared(TASK_MOUNTS, self.folder, ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *own])


@pytest.fixture(params=PYTHONS)
def whole_pod(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WholePod]:
    if (
        BUSYBOX is None
        or b"statically" not in subprocess.run(["file", "-L", BUSYBOX], capture_output=True).stdout
    ):
        pytest.skip("no static busybox is installed")
    if not Path(request.param).exists():
        pytest.skip(f"{request.param} is not installed")
    if not can_mount(tmp_path):
        pytest.skip("this user cannot mount")
    yield WholePod(tmp_path, request.param)


def test_it_runs_a_command_and_maps_its_code(whole_pod: WholePod) -> None:
    init = whole_pod.init(replace(PLAIN, exit=mapping(complete=(16,))))
    assert init.returncode == 0, init.stderr
    assert "the agent is in place" in init.stderr

    ran = whole_pod.task("sh", "-c", "id -u; echo pid $$ of $PPID; osmo version; exit 16")

    assert ran.returncode == 0, ran.stderr
    user, process, version = ran.stdout.splitlines()
    assert (
        user == "1000"
        and process.endswith("of 1")
        and version.startswith("osmo: the agent of osmoc, contract 1")
    )
    note = json.loads((whole_pod.folder / "osmo/run/task.json").read_text())
    assert (note["exitCode"], note["reported"]) == (16, 0)
    assert size(whole_pod.folder / "osmo") < 45_000_000


# The other one may lie in root's own folder.
@pytest.mark.parametrize("whole_pod", PYTHONS[:1], indirect=True)
def test_it_is_built_by_a_user_who_is_not_root(whole_pod: WholePod) -> None:
    for name in ("", "data", "run"):
        (whole_pod.folder / "osmo" / name).mkdir(exist_ok=True)
        (whole_pod.folder / "osmo" / name).chmod(0o777)

    init = whole_pod.init(PLAIN, user=1000)

    assert init.returncode == 0, init.stderr
    assert whole_pod.task("osmo", "version").returncode == 0


def test_it_serves_an_image_without_a_shell(whole_pod: WholePod) -> None:
    assert whole_pod.init(PLAIN).returncode == 0
    (whole_pod.folder / "task/bin/sh").unlink()

    assert "contract 1" in whole_pod.task("osmo", "version").stdout
    refused = whole_pod.task("osmo", "data", "list")
    assert refused.returncode == 2 and "`osmo data list` is not supported" in refused.stderr


def test_nothing_writes_any_more_once_the_end_is_told(whole_pod: WholePod) -> None:
    assert whole_pod.init(PLAIN).returncode == 0
    left = whole_pod.folder / "osmo/data/output/left"
    line = "setsid sh -c 'while :; do echo x >> left; done' & while [ ! -s left ]; do :; done; sleep 1"

    with ThreadPoolExecutor() as threads:
        ran = threads.submit(whole_pod.task, "sh", "-c", f"cd {contract.OUTPUT}; {line}")
        until("the task's result", (whole_pod.folder / "osmo/run/task.json").exists)
        written = left.stat().st_size
        assert ran.result().returncode == 0, ran.result().stderr

    assert written > 0 and left.stat().st_size == written


def test_a_plan_of_another_contract_is_refused_with_both_versions_named(whole_pod: WholePod) -> None:
    refused = whole_pod.init(replace(PLAIN, contract=99))

    assert refused.returncode == contract.INIT_PERMANENT
    assert "version 99" in refused.stderr and f"version {contract.CONTRACT}:" in refused.stderr


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
