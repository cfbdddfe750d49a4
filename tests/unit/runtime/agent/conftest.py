from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.runtime.agent.agent_pod import PodFolder


@pytest.fixture
def pod(tmp_path: Path) -> Iterator[PodFolder]:
    """A pod's folder; what runs in it is ended with the test."""
    folder = PodFolder(tmp_path / "pod")
    yield folder
    folder.stop()
