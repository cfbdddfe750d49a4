"""The images that the nodes have. There is no registry: what is not listed here cannot be run."""

from __future__ import annotations

import copy
import fcntl
import hashlib
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.e2e.cluster.archive import Image, LayerWriter, write_archive
from tests.e2e.cluster.binaries import MODULE, compile_go
from tests.e2e.cluster.commands import run
from tests.e2e.cluster.layout import cache

PAUSE = "registry.k8s.io/pause:3.10"
BUSYBOX = ("docker.io/library/busybox:latest", "docker.io/library/busybox:1.36")
# Names that specs use; what is behind them is Debian with a Python in /usr, as Debian has it.
DEBIAN = (
    "docker.io/library/ubuntu:22.04",
    "docker.io/library/ubuntu:24.04",
    "docker.io/library/ubuntu:latest",
    "docker.io/library/debian:bookworm-slim",
)
# Python in /usr/local and none in /usr, as in the image of that name; the version is Debian's.
PYTHON = tuple(f"docker.io/library/python:3.{minor}-slim" for minor in (11, 12, 13, 14))

SUITE = "bookworm"
PACKAGES = ("python3-minimal", "libpython3-stdlib", "ca-certificates")
INTERPRETER = ("usr/bin/python3", "usr/lib/python3")
# A third of the size, and nothing that a container of a test would look at.
UNREAD = (
    "usr/share/locale/",
    "usr/share/doc/",
    "usr/share/man/",
    "usr/share/perl/",
    "var/cache/",
    "var/lib/apt/lists/",
)
BUSYBOX_PROGRAM = Path("/bin/busybox")


def archive() -> Path:
    """Give back where the archive of this recipe is kept in the cache, built or not."""
    sources = (Path(__file__), Path(__file__).with_name("archive.py"), MODULE / "pause" / "main.go")
    key = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]
    return cache() / f"images-{key}" / "images.tar"


def build(say: Callable[[str], None]) -> Path:
    """Give back the archive, built first when the cache has none: that takes up to two minutes."""
    target = archive()
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            say(f"building {target.parent.name}")
            with tempfile.TemporaryDirectory(dir=target.parent) as folder:
                part = Path(folder) / "images.tar"
                write_archive(part, recipe(Path(folder)))
                part.rename(target)
    return target


def recipe(folder: Path) -> list[Image]:
    """Make every layer in `folder` and say which images they make."""
    base, debian_python, local_python = split_debian(debian(folder), folder)
    return [
        Image((PAUSE,), (pause(folder),), ("/pause",)),
        Image(BUSYBOX, (busybox(folder),), ("sh",)),
        Image(DEBIAN, (base, debian_python), ("bash",)),
        Image(PYTHON, (base, local_python), ("python3",)),
    ]


def pause(folder: Path) -> Path:
    program, layer = folder / "pause", folder / "pause.tar"
    compile_go("./pause", program, flags="-s -w")
    writer = LayerWriter(layer)
    writer.file("pause", program.read_bytes(), mode=0o755)
    writer.close()
    return layer


def busybox(folder: Path) -> Path:
    """Make the layer with Debian's static busybox and a link for each of its applets."""
    layer = folder / "busybox.tar"
    applets = run(BUSYBOX_PROGRAM, "--list").split()
    writer = LayerWriter(layer)
    for name, mode in {
        "bin": 0o755,
        "etc": 0o755,
        "home": 0o755,
        "root": 0o700,
        "tmp": 0o1777,
        "var": 0o755,
    }.items():
        writer.folder(name, mode=mode)
    writer.file(
        "etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n"
    )
    writer.file("etc/group", b"root:x:0:\nnogroup:x:65534:\n")
    writer.file("bin/busybox", BUSYBOX_PROGRAM.read_bytes(), mode=0o755)
    for applet in applets:
        if applet != "busybox":
            writer.link(f"bin/{applet}", "busybox")
    writer.close()
    return layer


def debian(folder: Path) -> Path:
    """Make the tar of a small Debian with a Python."""
    target = folder / "debian.tar"
    packages = ",".join(PACKAGES)
    run("mmdebstrap", "--variant=essential", f"--include={packages}", SUITE, target, seconds=900)
    return target


def split_debian(tar: Path, folder: Path) -> tuple[Path, Path, Path]:
    """Cut Debian in three layers: all but Python, Python where it is, and Python moved to /usr/local.

    Python finds its library from where its program lies, so the moved one says `/usr/local` for `sys.prefix`.
    """
    paths = (folder / "base.tar", folder / "debian-python.tar", folder / "local-python.tar")
    with (
        tarfile.open(tar) as source,
        tarfile.open(paths[0], "w") as base,
        tarfile.open(paths[1], "w") as python,
        tarfile.open(paths[2], "w") as local,
    ):
        for entry in source:
            entry.name = entry.name.removeprefix("./")
            if not entry.name.startswith(INTERPRETER):
                if not entry.name.startswith(UNREAD):
                    add(base, source, entry)
                continue
            add(python, source, entry)
            if not entry.name.startswith("usr/lib/python3/"):
                add(local, source, moved(entry))
        link = tarfile.TarInfo("usr/local/bin/python")
        link.type, link.linkname = tarfile.SYMTYPE, "python3"
        local.addfile(link)
    return paths


def add(layer: tarfile.TarFile, source: tarfile.TarFile, entry: tarfile.TarInfo) -> None:
    layer.addfile(entry, source.extractfile(entry) if entry.isreg() else None)


def moved(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Give back a copy of an entry of /usr that lies in /usr/local."""
    there = copy.copy(entry)
    there.name = entry.name.replace("usr/", "usr/local/", 1)
    if entry.islnk():
        there.linkname = entry.linkname.removeprefix("./").replace("usr/", "usr/local/", 1)
    # Debian's pax headers may carry the name once more, and would win.
    there.pax_headers = {}
    return there
