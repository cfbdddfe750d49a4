"""A store in memory behind real HTTP, and no long pauses."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from osmoc_runtime.storage import attempts
from osmoc_runtime.storage.interface import Location
from osmoc_runtime.storage.opening import Settings, open_location
from tests.unit.runtime.storage.answering import Answering, Memory, answering


@pytest.fixture(autouse=True)
def quick_and_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No long pauses, and nothing from the environment of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "SSL_CERT_"))]:
        monkeypatch.delenv(name)
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
