"""Local folders that the manifests carry, as inputs. Without storage: it takes long to be imported."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterable
from typing import BinaryIO

from osmoc_runtime import contract
from osmoc_runtime.agent.pod import Pod

EXECUTABLE = 0o755
"""Mode of a file that its owner on the user's machine may run."""
PLAIN = 0o644


def input_folder(pod: Pod, index: int) -> str:
    """The folder of that input, made; every user may write into it."""
    folder = pod.path(f"{contract.INPUT}/{index}")
    os.makedirs(folder, exist_ok=True)
    os.chmod(folder, 0o777)
    return folder


def copy(pod: Pod, entry: contract.FolderInput, say: Callable[[str], None]) -> None:
    """Put together the files of a folder out of its ConfigMaps. Raises OSError and contract.ContractError."""
    folder = input_folder(pod, entry.index)
    held = pod.path(f"{contract.LOCAL_FOLDER}/{entry.index}")
    text = io.BytesIO()
    _join(held, entry.listed, text)
    files = contract.load(contract.FolderList, text.getvalue().decode()).files
    for file in files:
        target = os.path.join(folder, file.path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as whole:
            _join(held, file.pieces, whole)
        os.chmod(target, EXECUTABLE if file.executable else PLAIN)
    many = "1 file" if len(files) == 1 else f"{len(files)} files"
    say(f"copied {many} of a local folder to {folder}")


def _join(folder: str, pieces: Iterable[str], whole: BinaryIO) -> None:
    for piece in pieces:
        with open(f"{folder}/{piece}", "rb") as source:
            shutil.copyfileobj(source, whole)
