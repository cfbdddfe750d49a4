"""The loop and the process around it, against an API server whose objects the tests move on as controllers
would.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from osmoc_runtime import contract
from osmoc_runtime.cluster import Cluster
from osmoc_runtime.contract import WorkflowPlan
from osmoc_runtime.coordinator import __main__ as process
from osmoc_runtime.coordinator.decide import Finish, GroupFate
from osmoc_runtime.coordinator.https import PodDoor
from osmoc_runtime.coordinator.loop import Coordination
from osmoc_runtime.errors import Forbidden
from tests.unit.runtime.cluster_objects import condition, group, job, plan, pod, running
from tests.unit.runtime.fake_api_server import Call, FakeApiServer, Json

CHAIN = plan(group("a"), group("b", upstream=("a",)))


@pytest.fixture
def cluster(server: FakeApiServer, account: Path) -> Iterator[Cluster]:
    door = PodDoor("127.0.0.1", server.port, account)
    yield Cluster(door)
    door.close()


def labelled(body: Json) -> Json:
    body["metadata"].setdefault("labels", {})[contract.WORKFLOW_ID_LABEL] = "demo"
    return body


def put_jobs(server: FakeApiServer, *names: str) -> None:
    for name in names:
        server.put("jobs", "lab", labelled(job(name)))


def finish_job(server: FakeApiServer, name: str, kind: str, reason: str = "") -> None:
    server.change("jobs", "lab", name, {"status": {"conditions": [condition(kind, time.time(), reason)]}})


def until(true: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


class Running:
    """A coordination in a thread; `said` is what it tells."""

    def __init__(self, cluster: Cluster, planned: WorkflowPlan, patience: float = 60) -> None:
        self.said: list[str] = []
        self.result: Finish | Exception | None = None
        self._coordination = Coordination(cluster, "lab", planned, say=self.said.append, patience=patience)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.result = self._coordination.run()
        except Forbidden as error:
            self.result = error

    def end(self) -> Finish | Exception | None:
        self._thread.join(30)
        return self.result


def test_a_chain_is_brought_to_its_end(server: FakeApiServer, cluster: Cluster) -> None:
    put_jobs(server, "a", "b")
    server.put("pods", "lab", labelled(pod("b", gated=True)))
    coordination = Running(cluster, CHAIN)

    finish_job(server, "a", "Complete")
    until(lambda: server.objects["pods", "lab", "b-1"]["spec"]["schedulingGates"] == [])
    finish_job(server, "b", "Complete")

    finish = coordination.end()
    assert isinstance(finish, Finish) and finish.completed
    assert coordination.said == ["opened the gate of pod b-1"]


def test_other_gates_of_the_pod_stay(server: FakeApiServer, cluster: Cluster) -> None:
    put_jobs(server, "a", "b")
    gated = labelled(pod("b", gated=True))
    gated["spec"]["schedulingGates"].append({"name": "kueue.x-k8s.io/admission"})
    server.put("pods", "lab", gated)
    finish_job(server, "a", "Complete")
    coordination = Running(cluster, CHAIN)

    until(lambda: len(server.objects["pods", "lab", "b-1"]["spec"]["schedulingGates"]) == 1)

    assert server.objects["pods", "lab", "b-1"]["spec"]["schedulingGates"] == [
        {"name": "kueue.x-k8s.io/admission"}
    ]
    finish_job(server, "b", "Complete")
    coordination.end()


def test_a_failure_ends_what_is_downstream_for_good(server: FakeApiServer, cluster: Cluster) -> None:
    put_jobs(server, "a", "b")
    coordination = Running(cluster, CHAIN)

    finish_job(server, "a", "Failed", "PodFailurePolicy")
    until(lambda: server.objects["jobs", "lab", "b"]["spec"].get("activeDeadlineSeconds") == 1)
    finish_job(server, "b", "Failed", "DeadlineExceeded")

    finish = coordination.end()
    assert isinstance(finish, Finish)
    assert finish.groups == (GroupFate("a", "FAILED"), GroupFate("b", "FAILED_UPSTREAM"))
    notes = server.objects["jobs", "lab", "b"]["metadata"]["annotations"]
    assert notes[contract.REASON_ANNOTATION] == "FAILED_UPSTREAM"


def test_a_job_that_does_not_exist_yet_is_waited_for(server: FakeApiServer, cluster: Cluster) -> None:
    put_jobs(server, "a")
    finish_job(server, "a", "Complete")
    coordination = Running(cluster, CHAIN)

    put_jobs(server, "b")
    finish_job(server, "b", "Complete")

    assert isinstance(coordination.end(), Finish)


def test_a_group_starts_another_round_when_its_lead_was_replaced(
    server: FakeApiServer, cluster: Cluster
) -> None:
    put_jobs(server, "lead", "side")
    server.put("pods", "lab", labelled(running("lead")))
    server.put("pods", "lab", labelled(running("side")))
    coordination = Running(cluster, plan(group("g", "lead", "side")))
    note = ("jobs", "lab", "side")
    until(lambda: server.objects[note]["metadata"]["annotations"].get("osmoc.dev/round") == "1 uid-side-1")
    until(lambda: "osmoc.dev/round" in server.objects["jobs", "lab", "lead"]["metadata"]["annotations"])

    server.remove("pods", "lab", "lead-1")
    server.put("pods", "lab", labelled(running("lead", 2, created=300)))

    until(lambda: ("pods", "lab", "side-1") not in server.objects)
    server.put("pods", "lab", labelled(running("side", 2, created=310)))
    until(lambda: server.objects[note]["metadata"]["annotations"]["osmoc.dev/round"] == "2 uid-side-2")
    finish_job(server, "lead", "Complete")
    finish_job(server, "side", "Complete")
    assert isinstance(coordination.end(), Finish)
    assert len([call for call in server.calls if call.path.endswith("/eviction")]) == 1


TOLD = {"osmoc.dev/over": "side"}


def test_a_lead_is_told_once_of_a_member_that_is_over(server: FakeApiServer, cluster: Cluster) -> None:
    put_jobs(server, "lead", "side")
    finish_job(server, "side", "Failed")
    server.put("pods", "lab", labelled(running("lead")))
    coordination = Running(cluster, plan(group("g", "lead", "side")))

    until(lambda: server.objects["pods", "lab", "lead-1"]["metadata"]["annotations"] == TOLD)

    until(lambda: "told pod lead-1 that its group goes on without side" in coordination.said)
    finish_job(server, "lead", "Complete")
    assert isinstance(coordination.end(), Finish)
    assert len([call for call in server.calls if call.path.endswith("/pods/lead-1")]) == 1


def test_a_right_that_arrives_late_is_waited_for(server: FakeApiServer, cluster: Cluster) -> None:
    put_jobs(server, "a")
    finish_job(server, "a", "Complete")
    server.refuse = lambda call: (403, "not yet")
    coordination = Running(cluster, plan(group("a")))
    until(lambda: coordination.said)

    server.refuse = lambda call: None

    assert isinstance(coordination.end(), Finish)


def test_a_right_that_never_comes_is_given_up(server: FakeApiServer, cluster: Cluster) -> None:
    server.refuse = lambda call: (403, "jobs.batch is forbidden")

    error = Running(cluster, CHAIN, patience=0).end()

    assert isinstance(error, Forbidden) and "jobs.batch is forbidden" in error.message


def test_a_right_to_act_that_never_comes_is_given_up(server: FakeApiServer, cluster: Cluster) -> None:
    def refuse(call: Call) -> tuple[int, str] | None:
        return (403, "no patching") if call.method == "PATCH" else None

    put_jobs(server, "a", "b")
    finish_job(server, "a", "Failed")
    server.refuse = refuse

    error = Running(cluster, CHAIN, patience=0).end()

    assert isinstance(error, Forbidden) and "no patching" in error.message


def test_a_server_that_stumbles_is_borne(server: FakeApiServer, cluster: Cluster) -> None:
    def refuse(call: Call) -> tuple[int, str] | None:
        return (500, "etcd is away") if call.method == "PATCH" else None

    put_jobs(server, "a", "b")
    finish_job(server, "a", "Failed")
    server.refuse = refuse
    coordination = Running(cluster, CHAIN, patience=0)
    until(lambda: any("etcd is away" in line for line in coordination.said))

    finish_job(server, "b", "Failed")

    assert isinstance(coordination.end(), Finish)


class TestTheMessage:
    def test_it_tells_the_fate_of_each_group(self) -> None:
        finish = Finish((GroupFate("a", "COMPLETED"), GroupFate("b", "FAILED")))

        assert json.loads(process.message("demo", finish)) == {
            "workflow": "demo",
            "fate": "FAILED",
            "groups": {"a": "COMPLETED", "b": "FAILED"},
        }

    def test_failures_stay_where_not_all_fits(self) -> None:
        fates = [GroupFate(f"group-{index:03}", "COMPLETED") for index in range(300)]
        said = process.message("demo", Finish((*fates, GroupFate("last", "FAILED"))))

        assert json.loads(said)["groups"] == {"last": "FAILED"}
        assert json.loads(said)["more"] == 300

    def test_it_always_fits(self) -> None:
        fates = tuple(GroupFate(f"gruppe-ä-{index:03}", "FAILED_UPSTREAM") for index in range(500))
        said = process.message("demo", Finish(fates))

        assert len(said.encode()) <= 4096
        assert len(json.loads(said)["groups"]) + json.loads(said)["more"] == 500


PROGRAM = """
import sys
from pathlib import Path
from osmoc_runtime.cluster import Cluster
from osmoc_runtime.coordinator import __main__ as process
from osmoc_runtime.coordinator.https import PodDoor
account = Path(sys.argv[2])
process.pod_namespace = lambda: "lab"
process.TERMINATION_LOG = account / "termination-log"
process.TERMINATION_LOG.touch()
door = PodDoor("127.0.0.1", int(sys.argv[3]), account)
sys.exit(process.main([sys.argv[1]], Cluster(door), patience=float(sys.argv[4])))
"""


class TestTheProcess:
    @staticmethod
    def start(server: FakeApiServer, account: Path, text: str, patience: float = 60) -> subprocess.Popen[str]:
        file = account / "plan.json"
        file.write_text(text)
        command = [sys.executable, "-c", PROGRAM, str(file), str(account), str(server.port), str(patience)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ))

    @pytest.mark.parametrize(("kind", "code"), [("Complete", 0), ("Failed", 64)])
    def test_its_exit_code_states_the_fate(
        self, server: FakeApiServer, account: Path, kind: str, code: int
    ) -> None:
        put_jobs(server, "a")
        finish_job(server, "a", kind)

        program = self.start(server, account, contract.dump(plan(group("a"))))
        program.communicate(timeout=60)

        assert program.returncode == code
        left = json.loads((account / "termination-log").read_text())
        assert left["fate"] == ("COMPLETED" if code == 0 else "FAILED")

    def test_it_ends_with_75_at_sigterm(self, server: FakeApiServer, account: Path) -> None:
        program = self.start(server, account, contract.dump(CHAIN))
        until(lambda: [call for call in server.calls if "watch" in call.query])

        program.send_signal(signal.SIGTERM)
        program.communicate(timeout=60)

        assert program.returncode == contract.COORDINATOR_INTERRUPTED

    def test_a_plan_of_another_contract_is_refused_for_good(
        self, server: FakeApiServer, account: Path
    ) -> None:
        text = contract.dump(CHAIN).replace(f'"contract": {contract.CONTRACT}', '"contract": 999')

        program = self.start(server, account, text)
        program.communicate(timeout=60)

        assert program.returncode == contract.COORDINATOR_PERMANENT
        assert "contract version 999" in json.loads((account / "termination-log").read_text())["message"]

    def test_missing_rights_are_a_sentence_and_the_end(self, server: FakeApiServer, account: Path) -> None:
        server.refuse = lambda call: (403, "jobs.batch is forbidden")

        program = self.start(server, account, contract.dump(CHAIN), patience=0)
        program.communicate(timeout=60)

        assert program.returncode == contract.COORDINATOR_PERMANENT
        left = json.loads((account / "termination-log").read_text())["message"]
        assert "jobs.batch is forbidden" in left and "ask the cluster's administrator" in left

    def test_outside_a_pod_it_says_so(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
        before = signal.getsignal(signal.SIGTERM)
        (tmp_path / "plan.json").write_text(contract.dump(CHAIN))

        code = process.main([str(tmp_path / "plan.json")])
        signal.signal(signal.SIGTERM, before)

        assert code == contract.COORDINATOR_PERMANENT
        assert "this is no pod" in capsys.readouterr().out


def test_it_needs_nothing_but_the_standard_library_and_the_modules_named_in_the_contract(
    tmp_path: Path,
) -> None:
    root = Path(process.__file__).parents[1]
    package = tmp_path / "osmoc_runtime"
    package.mkdir()
    (package / "__init__.py").touch()
    for name in contract.COORDINATOR_MODULES:
        source = root / name
        for file in source.glob("*.py") if source.is_dir() else [source]:
            target = package / file.relative_to(root)
            target.parent.mkdir(exist_ok=True)
            target.write_text(file.read_text())

    program = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
         "import osmoc_runtime.coordinator.__main__"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert (program.returncode, program.stderr) == (0, "")


def test_its_source_is_small_enough_to_travel() -> None:
    folder = Path(process.__file__).parent

    assert sum(len(file.read_bytes()) for file in folder.glob("*.py")) < 25_000
