"""Container images in Docker's archive format, written without Docker and without a registry."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Image:
    """An image: its names, its layers from the lowest (tars as they are unpacked), and how it starts."""

    names: tuple[str, ...]
    layers: tuple[Path, ...]
    command: tuple[str, ...]
    environment: tuple[str, ...] = field(
        default=("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",)
    )


class LayerWriter:
    """Writes a layer's tar entry by entry; owner root and the epoch throughout."""

    def __init__(self, path: Path) -> None:
        self.tar = tarfile.open(path, "w")  # noqa: SIM115 - closed by `close`

    def folder(self, name: str, *, mode: int = 0o755) -> None:
        self.add(name, tarfile.DIRTYPE, mode=mode)

    def file(self, name: str, content: bytes, *, mode: int = 0o644) -> None:
        self.add(name, tarfile.REGTYPE, mode=mode, content=content)

    def link(self, name: str, target: str) -> None:
        self.add(name, tarfile.SYMTYPE, mode=0o777, target=target)

    def add(self, name: str, kind: bytes, *, mode: int, content: bytes = b"", target: str = "") -> None:
        entry = tarfile.TarInfo(name)
        entry.type, entry.mode, entry.linkname, entry.size = kind, stat.S_IMODE(mode), target, len(content)
        self.tar.addfile(entry, io.BytesIO(content))

    def close(self) -> None:
        self.tar.close()


def write_archive(target: Path, images: Sequence[Image]) -> None:
    """Write the images into one archive; a layer that several have is in it once."""
    digests = {layer: digest(layer) for image in images for layer in image.layers}
    manifest = []
    with tarfile.open(target, "w") as archive:
        for layer, checksum in digests.items():
            archive.add(layer, f"{checksum}.tar")
        for image in images:
            config = json.dumps(configuration(image, [digests[layer] for layer in image.layers])).encode()
            name = f"{hashlib.sha256(config).hexdigest()}.json"
            put(archive, name, config)
            layers = [f"{digests[layer]}.tar" for layer in image.layers]
            manifest.append({"Config": name, "RepoTags": list(image.names), "Layers": layers})
        put(archive, "manifest.json", json.dumps(manifest).encode())


def configuration(image: Image, layers: list[str]) -> dict[str, object]:
    return {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Cmd": list(image.command), "Env": list(image.environment)},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer}" for layer in layers]},
    }


def put(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
