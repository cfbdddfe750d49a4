from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.runtime.fake_api_server import (
    TOKEN,
    FakeApiServer,
    make_certificate,
    make_kubeconfig,
    serving,
)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(certificate: Path) -> Iterator[FakeApiServer]:
    """An API server behind TLS."""
    with serving(certificate) as fake:
        yield fake


@pytest.fixture
def account(certificate: Path, tmp_path: Path) -> Path:
    """The files of a service account, as the kubelet mounts them."""
    folder = tmp_path / "account"
    folder.mkdir()
    (folder / "ca.crt").write_text((certificate.parent / "certificate.pem").read_text())
    (folder / "token").write_text(TOKEN)
    (folder / "namespace").write_text("lab")
    return folder


@pytest.fixture
def plain_server() -> Iterator[FakeApiServer]:
    with serving() as fake:
        yield fake


@pytest.fixture
def kubeconfig(plain_server: FakeApiServer, tmp_path: Path) -> Path:
    return make_kubeconfig(tmp_path / "kubeconfig", plain_server.url, "lab")
