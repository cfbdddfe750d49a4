"""The mover of files beside boto3, in one run against one SeaweedFS: `python tests/bench/storage.py`.

Small files are those of a dataset, large ones those of a checkpoint. Client and server share the machine, so
the wall time of both holds the server's work too; the CPU time is the client's own.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "runtime")]

from osmoc_runtime.storage.interface import Download, Upload  # noqa: E402
from osmoc_runtime.storage.opening import open_location  # noqa: E402
from tests.storage.conftest import Store, seaweed  # noqa: E402

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

THREADS = 10
"""Of boto3, its default."""


@dataclass(frozen=True, slots=True)
class Spent:
    wall: float
    processor: float


def timed(work: Callable[[], object]) -> Spent:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - wall, time.process_time() - processor)


def make_files(folder: Path, count: int, size: int) -> list[Path]:
    folder.mkdir()
    paths = [folder / f"{number:06}" for number in range(count)]
    for path in paths:
        path.write_bytes(os.urandom(size))
    return paths


def by_boto3(client: S3Client, bucket: str, paths: list[Path], back: Path) -> tuple[Spent, Spent]:
    """Upload and download by its transfers; from several threads of ours where files are small."""
    from boto3.s3.transfer import TransferConfig

    back.mkdir()
    large = len(paths) < THREADS
    config = TransferConfig(max_concurrency=THREADS, use_threads=large)

    def each(work: Callable[[Path], object]) -> None:
        if large:
            for path in paths:
                work(path)
            return
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(work, paths))

    def send(path: Path) -> None:
        client.upload_file(str(path), bucket, path.name, Config=config)

    def fetch(path: Path) -> None:
        client.download_file(bucket, path.name, str(back / path.name), Config=config)

    return timed(lambda: each(send)), timed(lambda: each(fetch))


def by_us(store: Store, bucket: str, paths: list[Path], back: Path) -> tuple[Spent, Spent]:
    location = open_location(f"s3://{bucket}", store.administrator)
    uploads = [Upload(path, path.name) for path in paths]
    downloads = [Download(path.name, path.stat().st_size, back / path.name) for path in paths]
    return timed(lambda: location.upload(uploads)), timed(lambda: location.download(downloads))


def compare(store: Store, client: S3Client, folder: Path, count: int, size: int) -> None:
    """Both clients in turn, a bucket of its own for each, and a line for each direction."""
    paths = make_files(folder, count, size)
    results = {}
    for name in ("boto3", "osmoc"):
        bucket, back = f"{name}-{secrets.token_hex(4)}", folder / f"back-{name}"
        client.create_bucket(Bucket=bucket)
        # The first object makes the bucket's volumes; that is neither client's work.
        client.put_object(Bucket=bucket, Key="first", Body=b"")
        mover = (
            by_boto3(client, bucket, paths, back) if name == "boto3" else by_us(store, bucket, paths, back)
        )
        results[name] = mover
        assert all((back / path.name).read_bytes() == path.read_bytes() for path in paths)
    what = f"{count} x {size >> 10} KiB" if size < 1 << 20 else f"{count} x {size >> 20} MiB"
    for direction, theirs, ours in zip(("up", "down"), results["boto3"], results["osmoc"], strict=True):
        print(
            f"{what:>16} {direction:>5} {theirs.wall:8.2f} {ours.wall:8.2f} {theirs.wall / ours.wall:6.1f} "
            f"{theirs.processor:10.2f} {ours.processor:8.2f} {theirs.processor / ours.processor:6.1f}",
            flush=True,
        )
    shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--small", type=int, default=10_000, help="how many files of 4 KiB")
    parser.add_argument("--large", type=int, default=4, help="how many files of 256 MiB")
    parser.add_argument("--folder", help="where files and server have their data; in memory is best")
    options = parser.parse_args()
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=options.folder or memory) as name:
        folder = Path(name)
        with seaweed(folder / "server", size_limit=1024) as store:
            client = store.client()
            print(f"{'files':>16} {'':>5} {'boto3 s':>8} {'osmoc s':>8} {'times':>6}", end=" ")
            print(f"{'boto3 CPU':>10} {'osmoc':>8} {'times':>6}")
            compare(store, client, folder / "small", options.small, 4 << 10)
            compare(store, client, folder / "large", options.large, 256 << 20)
            client.close()


if __name__ == "__main__":
    main()
