"""kubectl as a function."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.cluster.commands import run


@dataclass(frozen=True, slots=True)
class Kubectl:
    """Runs kubectl against one cluster, in one namespace where the arguments name no other.

    Every call ends within its time; one that fails raises ClusterError with all that it wrote.
    """

    program: Path
    kubeconfig: Path
    namespace: str = "default"

    def __call__(
        self,
        *arguments: str,
        input: str | None = None,  # noqa: A002 - subprocess' name for it
        seconds: float = 60,
    ) -> str:
        return run(*self.words(), *arguments, input=input, seconds=seconds)

    def words(self) -> list[str]:
        """Give back the command up to its arguments, for what has to run beside the test."""
        return [str(self.program), f"--kubeconfig={self.kubeconfig}", f"--namespace={self.namespace}"]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a kubectl that goes on, such as `port-forward` or `logs --follow`; the caller ends it."""
        return subprocess.Popen(
            [*self.words(), *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def get(self, *arguments: str) -> Any:
        """Give back what `kubectl get` finds, as an object."""
        return json.loads(self("get", *arguments, "--output=json"))

    def apply(self, objects: Sequence[object] | str) -> str:
        """Apply manifests: YAML text, or objects."""
        text = objects
        if not isinstance(text, str):
            text = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
        return self("apply", "--filename=-", input=text)

    def wait(self, condition: str, *names: str, seconds: float = 90) -> str:
        """Wait until `condition`, such as `condition=Complete`, holds for all of `names`."""
        return self("wait", f"--for={condition}", f"--timeout={seconds:.0f}s", *names, seconds=seconds + 15)
