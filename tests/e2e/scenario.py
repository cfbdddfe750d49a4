"""A workflow on the test cluster: compile a spec as a user does, apply it, look at what became of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.e2e.cluster.failures import ClusterError
from tests.e2e.cluster.kubectl import Kubectl

Json = dict[str, Any]


def until(what: str, look: Callable[[], Any], timeout: float = 120) -> Any:
    """What `look` gives, once it gives something true; fails naming `what` and the last thing seen."""
    deadline = time.monotonic() + timeout
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout:.0f} s for {what}; last seen: {seen!r}")
        time.sleep(0.4)


class Scenario:
    """One namespace, in which a test's workflows run."""

    def __init__(self, kubectl: Kubectl, namespace: str, folder: Path, kubeconfig: Path) -> None:
        self.kubectl = kubectl
        self.namespace = namespace
        self.folder = folder
        self.kubeconfig = kubeconfig

    def spec(self, text: str, files: Mapping[str, str | bytes] | None = None) -> Path:
        """Write a spec, and files beside it, as a user's repository would hold them."""
        path = self.folder / "spec.yaml"
        path.write_text(text, encoding="utf-8")
        for name, content in (files or {}).items():
            target = self.folder / name
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def osmoc(
        self, *arguments: str, check: bool = True, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Call the command line, with the cluster's kubeconfig, in the scenario's folder."""
        environment = os.environ | {"KUBECONFIG": str(self.kubeconfig), "NO_COLOR": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "osmoc", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        if check and done.returncode:
            raise AssertionError(
                f"osmoc {' '.join(arguments)} gave {done.returncode}:\n{done.stdout}\n{done.stderr}"
            )
        return done

    def compile(self, spec: str | Path, *options: str, files: Mapping[str, str | bytes] | None = None) -> str:
        path = spec if isinstance(spec, Path) else self.spec(spec, files)
        return self.osmoc("compile", str(path), *options).stdout

    def apply(self, manifests: str) -> str:
        return self.kubectl("apply", "-f", "-", input=manifests)

    def start(self, spec: str | Path, *options: str, files: Mapping[str, str | bytes] | None = None) -> str:
        """Compile and apply; gives the manifests."""
        manifests = self.compile(spec, *options, files=files)
        self.apply(manifests)
        return manifests

    def get(self, kind: str, **labels: str) -> list[Json]:
        selector = ",".join(f"osmoc.dev/{name.replace('_', '-')}={value}" for name, value in labels.items())
        found = json.loads(self.kubectl("get", kind, "-o", "json", *(["-l", selector] if selector else [])))
        items: list[Json] = found["items"]
        return items

    def job(self, task: str) -> Json:
        """The one Job of a task."""
        (job,) = self.get("jobs", task=task)
        return job

    def pods(self, task: str) -> list[Json]:
        """A task's pods, oldest first."""
        return sorted(self.get("pods", task=task), key=lambda pod: pod["metadata"]["creationTimestamp"])

    def end(self, task: str, timeout: float = 120) -> str:
        """Wait until the task's Job ended; `Complete` or `Failed`."""

        def look() -> str | None:
            return terminal(self.job(task))

        try:
            ended: str = until(f"the end of {task}", look, timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.story(task)}") from error
        return ended

    def expect(self, task: str, end: str, timeout: float = 120) -> Json:
        """Wait for the end, which must be `end`; gives the Job."""
        seen = self.end(task, timeout)
        assert seen == end, f"{task} is {seen}, not {end}\n{self.story(task)}"
        return self.job(task)

    def condition(self, task: str) -> Json:
        """The Job's terminal condition."""
        return next(
            one
            for one in self.job(task)["status"]["conditions"]
            if one["type"] in ("Complete", "Failed") and one["status"] == "True"
        )

    def running(self, task: str, timeout: float = 120) -> Json:
        """Wait until the newest pod of the task runs its container; gives the pod."""

        def look() -> Json | None:
            for pod in reversed(self.pods(task)):
                if pod["metadata"].get("deletionTimestamp"):
                    continue
                for status in pod["status"].get("containerStatuses", []):
                    if status["name"] != "osmo-ctrl" and "running" in status["state"]:
                        return pod
            return None

        try:
            pod: Json = until(f"a running pod of {task}", look, timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.story(task)}") from error
        return pod

    def logs(self, task: str, container: str | None = None) -> str:
        """The log of the task's newest pod."""
        name = self.pods(task)[-1]["metadata"]["name"]
        return self.kubectl(
            "logs", name, *(["-c", container] if container else ["-c", main_container(self.pods(task)[-1])])
        )

    def result(self, task: str, container: str | None = None) -> Json:
        """The termination message of a container of the newest pod that has one, as JSON; `{}` for none."""
        for pod in reversed(self.pods(task)):
            said = message(pod, container or main_container(pod))
            if said:
                decoded: Json = json.loads(said)
                return decoded
        return {}

    def message(self, task: str, container: str) -> str:
        """The termination message of a container of the newest pod that has one."""
        for pod in reversed(self.pods(task)):
            if said := message(pod, container):
                return said
        return ""

    def failed_init(self, task: str, timeout: float = 120) -> str:
        """Wait until osmo-init of a pod of the task failed; gives what it left as its last words."""
        said: str = until(
            f"a failure of {task}'s osmo-init", lambda: self.message(task, "osmo-init"), timeout
        )
        return said

    def story(self, task: str) -> str:
        """What a person would look at when a task did not do what it should."""
        lines = [json.dumps(self.job(task).get("status", {}), indent=1)]
        for pod in self.pods(task):
            name = pod["metadata"]["name"]
            lines.append(f"--- {name} on {pod['spec'].get('nodeName')}: {pod['status'].get('phase')}")
            lines.append(json.dumps(pod["status"].get("conditions", [])))
            for status in pod["status"].get("initContainerStatuses", []) + pod["status"].get(
                "containerStatuses", []
            ):
                lines.append(f"{status['name']}: {json.dumps(status['state'])}")
            for container in pod["spec"].get("initContainers", []) + pod["spec"]["containers"]:
                try:
                    log = self.kubectl("logs", name, "-c", container["name"], "--tail=15")
                except ClusterError as error:
                    log = f"(no log: {str(error)[-200:]})"
                lines.append(f"log of {container['name']}:\n{log}")
        return "\n".join(lines)


def terminal(job: Json) -> str | None:
    for one in job.get("status", {}).get("conditions", []):
        if one["type"] in ("Complete", "Failed") and one["status"] == "True":
            kind: str = one["type"]
            return kind
    return None


def main_container(pod: Json) -> str:
    name: str = pod["spec"]["containers"][0]["name"]
    return name


def message(pod: Json, container: str) -> str:
    for status in pod["status"].get("initContainerStatuses", []) + pod["status"].get("containerStatuses", []):
        if status["name"] == container and "terminated" in status["state"]:
            said: str = status["state"]["terminated"].get("message", "")
            return said
    return ""


def exit_code(pod: Json, container: str) -> int | None:
    for status in pod["status"].get("initContainerStatuses", []) + pod["status"].get("containerStatuses", []):
        if status["name"] == container and "terminated" in status["state"]:
            code: int = status["state"]["terminated"]["exitCode"]
            return code
    return None


def one_task(command: str, *, name: str = "work", image: str = "busybox:1.36", extra: str = "") -> str:
    """A workflow of one task that runs a shell line; `extra`: further fields, already indented by four."""
    return (
        "workflow:\n"
        "  name: scenario\n"
        "  resources:\n"
        "    default: {cpu: 1, memory: 64Mi, storage: 64Mi}\n"
        "  tasks:\n"
        f"  - name: {name}\n"
        f"    image: {image}\n"
        '    command: ["sh", "-c"]\n'
        f"    args: [{json.dumps(command)}]\n"
        f"{extra}"
    )
