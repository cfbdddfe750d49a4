"""A store in memory behind real HTTP, and no long pauses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from osmoc_runtime.storage import attempts
from osmoc_runtime.storage.interface import Location
from osmoc_runtime.storage.opening import Settings, open_location
from tests.unit.runtime.storage.answering import Answering, Memory, answering


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FIRST_PAUSE", 0.001)


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def server(memory: Memory) -> Iterator[Answering]:
    with answering(memory) as served:
        yield served


@pytest.fixture
def settings(server: Answering) -> Settings:
    return Settings(endpoint=server.url, access_key_id="id", secret_access_key="very-secret")


@pytest.fixture
def location(settings: Settings) -> Location:
    return open_location("s3://lab/data", settings)
