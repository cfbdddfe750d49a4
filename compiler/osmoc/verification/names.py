"""Names, labels and sizes of objects. Budgets: reference k8s-mapping, sections 4 and 12."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from osmoc.diagnostics.codes import Code
from osmoc.kubernetes_objects.files import LARGEST_CONFIG_MAP, LARGEST_STORED
from osmoc.verification.finding import Body, Finding, mapping

_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*"
)
_SERVICE = re.compile(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?")
_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_QUALIFIED = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")

_LARGEST_ANNOTATIONS = 256 * 1024
"""Keys and values of one object together (Kubernetes: validation of ObjectMeta)."""

# A Job's name becomes a label, and the beginning of its pods' names.
_NAMES = {"Job": _LABEL, "Service": _SERVICE}


@lru_cache(maxsize=65536)
def is_label(name: str) -> bool:
    """Whether it is a DNS label of at most 63 characters: what containers, volumes and hosts are called."""
    return _LABEL.fullmatch(name) is not None


@lru_cache(maxsize=65536)
def is_subdomain(name: str) -> bool:
    """Whether it is a DNS name of at most 253 characters."""
    return _SUBDOMAIN.fullmatch(name) is not None


@lru_cache(maxsize=65536)
def _is_label_value(value: str) -> bool:
    return _VALUE.fullmatch(value) is not None


@lru_cache(maxsize=4096)
def is_qualified(key: str) -> bool:
    """Whether it is a key of a label: a name, with a DNS name and a slash before it or not."""
    prefix, slash, name = key.rpartition("/")
    if slash and not is_subdomain(prefix):
        return False
    return _QUALIFIED.fullmatch(name) is not None


def name_findings(kind: str, name: str) -> Iterator[Finding]:
    """An object's own name."""
    if not _NAMES.get(kind, _SUBDOMAIN).fullmatch(name):
        yield Finding(Code.NAME_REFUSED, f"`{name}` is no name that a {kind} can have")


def label_findings(labels: object) -> Iterator[Finding]:
    """Keys and values of labels."""
    for key, value in mapping(labels).items():
        if isinstance(value, str) and is_qualified(key) and _is_label_value(value):
            continue
        if not is_qualified(key):
            yield Finding(Code.LABEL_REFUSED, f"`{key}` is no key of a label")
        if not isinstance(value, str) or not _is_label_value(value):
            yield Finding(Code.LABEL_REFUSED, f"`{value}` is no value of the label `{key}`")


def annotation_findings(what: str, annotations: object) -> Iterator[Finding]:
    """Keys and the sum of the sizes; values may be any text."""
    size = 0
    for key, value in mapping(annotations).items():
        # Unlike a label's key it may have capitals before the slash.
        if not is_qualified(key.lower()):
            yield Finding(Code.LABEL_REFUSED, f"`{key}` is no key of an annotation")
        size += size_of(key) + size_of(str(value))
    if size > _LARGEST_ANNOTATIONS:
        yield Finding(
            Code.OBJECT_TOO_LARGE,
            f"{what} has {size} bytes of annotations, of which Kubernetes takes {_LARGEST_ANNOTATIONS}",
            "annotate with less",
        )


def size_of(text: str) -> int:
    """Bytes of the text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def size_findings(body: Body) -> Iterator[Finding]:
    """A ConfigMap's contents."""
    text, binary = mapping(body.get("data")), mapping(body.get("binaryData"))
    size = sum(size_of(str(value)) for value in text.values())
    size += sum(len(str(value)) * 3 // 4 for value in binary.values())
    if size > LARGEST_CONFIG_MAP:
        yield Finding(
            Code.OBJECT_TOO_LARGE,
            f"a ConfigMap would hold {size} bytes, and Kubernetes takes {LARGEST_CONFIG_MAP}",
            "split the workflow, or move what is large into object storage",
        )


def pod_size_findings(texts: int, mounts: int) -> Iterator[Finding]:
    """What is long in a pod, in bytes as the API server stores them."""
    if texts + mounts > LARGEST_STORED:
        yield Finding(
            Code.OBJECT_TOO_LARGE,
            f"the pod's commands, variables and mounts take {texts + mounts} bytes, and Kubernetes takes "
            f"{LARGEST_STORED}",
            "move what is long into an entry of `files:`"
            if texts > mounts
            else "make one archive of many files: each of them is a mount",
        )
