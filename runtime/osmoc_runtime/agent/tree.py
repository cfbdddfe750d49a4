"""A Python that runs in any image: loader, libraries, interpreter and the modules that the wrapper imports.

The image of the task need not have a Python, nor a C library that this one could use. So the tree brings its
own loader, and is called by it: `ld.so --library-path … --argv0 … python3`.

Which modules: those that this very process has imported once it imported the wrapper, compiled. A list of
names would differ between the versions of Python.
"""

from __future__ import annotations

import importlib
import importlib.util
import marshal
import os
import shutil
import struct
import sys
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

from osmoc_runtime import agent_commands, contract
from osmoc_runtime.agent.pod import Pod

# Modules of the wrapper, and what Python itself imports late: for a traceback, and for file names.
_WRAPPER = ("wrapper", "meeting", "lead", "follower", "osmo")
_LATE = ("encodings.ascii", "encodings.latin_1", "linecache", "traceback")

_COMMAND = """#!/bin/sh
exec {python} osmo "$@"
"""


class NoTree(Exception):
    """The image's Python cannot be taken along; the text says why."""


def build(pod: Pod, package: str) -> None:
    """Build the tree, around the agent whose package `osmoc_runtime` is in the folder `package`."""
    _bring_agent(pod, package)
    for name in _WRAPPER:
        importlib.import_module(f"osmoc_runtime.agent.{name}")
    for name in _LATE:
        importlib.import_module(name)
    interpreter = os.path.realpath(sys.executable)
    extensions = _bring_modules(pod)
    _bring_libraries(pod, interpreter, extensions)
    _copy(interpreter, pod.path(agent_commands.INTERPRETER))
    os.makedirs(pod.path(agent_commands.COMMAND_FOLDER), exist_ok=True)
    command = pod.path(f"{agent_commands.COMMAND_FOLDER}/osmo")
    with open(command, "w", encoding="utf-8") as file:
        file.write(_COMMAND.format(python=" ".join(pod_python(pod))))
    os.chmod(command, 0o755)


def pod_python(pod: Pod) -> list[str]:
    """agent_commands.TREE_PYTHON under the pod's root."""
    return [pod.path(word) if word.startswith("/") else word for word in agent_commands.TREE_PYTHON]


def _bring_agent(pod: Pod, package: str) -> None:
    """The agent itself, where an image holds it; the archive is unpacked in its place already."""
    target = pod.path(f"{agent_commands.AGENT}/osmoc_runtime")
    if os.path.realpath(package) != os.path.realpath(target):
        shutil.copytree(package, target, dirs_exist_ok=True)


def _bring_modules(pod: Pod) -> list[str]:
    """Write every imported module of the standard library, compiled; gives the paths of the extensions."""
    standard = os.path.dirname(os.__file__)
    target = pod.path(f"{contract.TREE}/{sys.platlibdir}/{os.path.basename(standard)}")
    extensions = []
    for name, module in sorted(sys.modules.items()):
        specification = _specification(name, module)
        file = specification.origin if specification is not None else None
        if specification is None or file is None or not _is_within(file, standard):
            # Not of the standard library, or built into the interpreter.
            continue
        place = os.path.join(target, os.path.relpath(file, standard))
        os.makedirs(os.path.dirname(place), exist_ok=True)
        if file.endswith(".py"):
            _write_compiled(specification, place)
        else:
            _copy(file, place)
            extensions.append(file)
    # By these two Python finds where its library is.
    os.makedirs(os.path.join(target, "lib-dynload"), exist_ok=True)
    _copy(os.__file__, os.path.join(target, "os.py"))
    return extensions


def _specification(name: str, module: ModuleType) -> ModuleSpec | None:
    specification = getattr(module, "__spec__", None)
    if specification is None or specification.name == name:
        return specification
    # A module that put another into its place, as `collections.abc` does.
    parent = sys.modules.get(name.rpartition(".")[0])
    return PathFinder.find_spec(name, getattr(parent, "__path__", None))


def _write_compiled(specification: ModuleSpec, place: str) -> None:
    assert isinstance(specification.loader, SourceFileLoader)
    code = specification.loader.get_code(specification.name)
    with open(f"{place}c", "wb") as file:
        # A module without its source is taken as it is: flags, time and size are not looked at.
        file.write(importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code))


def _is_within(path: str, folder: str) -> bool:
    return path.startswith(folder + os.sep) and "site-packages" not in path and "dist-packages" not in path


def _bring_libraries(pod: Pod, interpreter: str, extensions: list[str]) -> None:
    loader = _loader_of(interpreter)
    # One call for all: the loader lists what it would load, with the extensions as libraries loaded before.
    preloaded = ["--preload", " ".join(extensions)] if extensions else []
    listed = _output([loader, *preloaded, "--list", interpreter], pod.path(f"{contract.TREE}/libraries"))
    if "=>" not in listed:
        raise NoTree(f"{loader} cannot list the libraries of {interpreter}")
    _copy(loader, pod.path(agent_commands.LOADER))
    for line in listed.splitlines():
        name, arrow, found = line.strip().partition(" => ")
        path = found.rpartition(" (")[0]
        if arrow and path.startswith("/"):
            _copy(path, pod.path(f"{agent_commands.LIBRARIES}/{os.path.basename(name)}"))


def _output(command: list[str], file: str) -> str:
    """What the command writes, by way of a file: to import `subprocess` takes longer than all else here."""
    write = (os.POSIX_SPAWN_OPEN, 1, file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.waitpid(os.posix_spawn(command[0], command, {}, file_actions=[write]), 0)
    with open(file, encoding="utf-8") as opened:
        text = opened.read()
    os.unlink(file)
    return text


def _loader_of(program: str) -> str:
    """The program interpreter that an ELF file of 64 bits asks for."""
    with open(program, "rb") as file:
        head = file.read(64)
        if head[:5] != b"\x7fELF\x02":
            raise NoTree(f"{program} is no ELF program of 64 bits")
        (table,) = struct.unpack_from("<Q", head, 32)
        size, count = struct.unpack_from("<HH", head, 54)
        file.seek(table)
        entries = file.read(size * count)
        for index in range(count):
            kind, _, offset, _, _, length = struct.unpack_from("<IIQQQQ", entries, index * size)
            if kind == _PT_INTERP:
                file.seek(offset)
                return file.read(length).rstrip(b"\0").decode()
    raise NoTree(f"{program} names no loader: it is linked statically")


_PT_INTERP = 3


def _copy(source: str, target: str) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copyfile(source, target)
    os.chmod(target, 0o755)
