"""Connections over TLS; plain ones are in all other tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from osmoc_runtime.storage import attempts
from osmoc_runtime.storage.interface import Download, Sent, StorageError, Upload
from osmoc_runtime.storage.opening import Settings, open_location
from tests.unit.runtime.fake_api_server import make_certificate
from tests.unit.runtime.storage.answering import Answering, Memory, answering, refusal


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return make_certificate(tmp_path)


@pytest.fixture
def server(memory: Memory, certificate: Path) -> Iterator[Answering]:
    with answering(memory, certificate) as served:
        yield served


def test_a_certificate_that_is_not_trusted_is_said_at_once(settings: Settings) -> None:
    with pytest.raises(
        StorageError, match=r"certificate of https://.* is not trusted .* SSL_CERT_FILE"
    ) as caught:
        open_location("s3://lab", settings).read("x")
    assert caught.value.permanent


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "AWS_CA_BUNDLE"])
def test_one_that_is_named_is_trusted(
    settings: Settings, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, str(certificate))
    location = open_location("s3://lab", settings)
    path = tmp_path / "x"
    path.write_bytes(os.urandom(3 << 20))

    assert location.upload([Upload(path, "x")]) == (Sent("x", 3 << 20),)
    location.download([Download("x", 3 << 20, tmp_path / "y")])

    assert (tmp_path / "y").read_bytes() == path.read_bytes()


def test_a_bundle_that_cannot_be_read_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere/bundle.pem")

    with pytest.raises(StorageError, match=r"cannot read the certificates in `/nowhere/bundle.pem`"):
        open_location("s3://lab", settings)


def test_an_early_refusal_is_heard(
    settings: Settings, certificate: Path, server: Answering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server.answer = lambda asked: refusal(403, "AccessDenied")
    (tmp_path / "x").write_bytes(bytes(20 << 20))

    with pytest.raises(StorageError, match="AccessDenied"):
        open_location("s3://lab", settings).upload([Upload(tmp_path / "x", "x")])


def test_a_server_that_speaks_no_http_is_named(
    settings: Settings, server: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "ATTEMPTS", 1)
    plain = replace(settings, endpoint=server.url.replace("https", "http"))

    with pytest.raises(StorageError, match=r"no answer from the store at http://") as caught:
        open_location("s3://lab", plain).read("x")
    assert not caught.value.permanent
