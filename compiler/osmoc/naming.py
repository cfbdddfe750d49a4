"""Names of Kubernetes objects, and the placeholders that stand for them until they are known.

A name ends in eight characters of its unit's hash, and that hash is taken over objects that carry names. So
objects are built with placeholders first, hashed, and filled then (`identity.py`). Budgets: reference
k8s-mapping, section 12.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256

SCHEME = "1"
"""Version of the naming scheme. It is in every unit's hash: another scheme makes every Job a new one."""

LABEL_BUDGET = 63
JOB_BUDGET = 57
"""A pod is named after its Job, with a dash and five characters more."""
ID_BUDGET = 48
"""Leaves room for `-files-` and a digest within 63."""

# No vowels, so that no word arises, and no characters that are taken for each other.
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_DIGEST_LENGTH = 8
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")

# Noncharacters of Unicode: they stand in no text that is meant to be exchanged.
OPEN = "\ufdd0"
CLOSE = "\ufdd1"
_PLACEHOLDER = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]+){CLOSE}")


def digest(*parts: str | bytes) -> str:
    """Eight characters, 38 bits, that differ where a part differs or the parts are cut otherwise."""
    whole = sha256()
    for part in parts:
        raw = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        whole.update(b"%d:" % len(raw))
        whole.update(raw)
    number = int.from_bytes(whole.digest()[:8])
    characters = []
    for _ in range(_DIGEST_LENGTH):
        number, index = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[index])
    return "".join(characters)


@lru_cache(maxsize=65536)
def slug(text: str) -> str:
    """The text in the characters of a DNS label: `My_task` becomes `my-task`. Different texts may give the
    same.
    """
    return _NOT_IN_NAMES.sub("-", text.lower()).strip("-")


def cut(text: str, budget: int, *, original: str | None = None) -> str:
    """The text where it fits, else its beginning and a digest of `original`, so that no two texts meet."""
    if len(text) <= budget:
        return text
    head = text[: budget - _DIGEST_LENGTH - 1].rstrip("-_.")
    return f"{head}-{digest(text if original is None else original)}"


@lru_cache(maxsize=65536)
def label_value(text: str) -> str:
    """A name of the spec as the value of a label."""
    return cut(text, LABEL_BUDGET)


@lru_cache(maxsize=65536)
def container(task: str) -> str:
    """The name of a task's container: the task's own, but for the two that osmoc's containers have."""
    name = cut(slug(task), LABEL_BUDGET - len("-task"), original=task)
    return f"{name}-task" if name in ("osmo-init", "osmo-ctrl") else name


def workflow_id(name: str) -> str:
    """The id of a workflow named so; a digest is added only where the name had to be changed or cut."""
    label = slug(name)
    if not label or not label[0].isalpha():
        label = f"w-{label}".rstrip("-")
    if label != name:
        label = f"{label[: ID_BUDGET - _DIGEST_LENGTH - 1].rstrip('-')}-{digest(name)}"
    return cut(label, ID_BUDGET, original=name)


def job(workflow: str, task: str, unit: str) -> str:
    """The name of a task's Job, and of its plan's ConfigMap."""
    return f"{_pair(workflow, task, JOB_BUDGET - _DIGEST_LENGTH - 1)}-{unit}"


def service(workflow: str, group: str, unit: str) -> str:
    """The name of a group's headless Service, which is the subdomain of its pods."""
    return f"{_pair(workflow, group, LABEL_BUDGET - _DIGEST_LENGTH - 1)}-{unit}"


def hostname(task: str) -> str:
    """The host name of a task's pod, within its group's Service."""
    return container(task)


def files(workflow: str, contents: str) -> str:
    """The name of a ConfigMap of files with that digest of contents."""
    return f"{workflow}-files-{contents}"


def agent(workflow: str, contract: int) -> str:
    """The name of the ConfigMap that holds the agent. It changes with the contract only, so that a release of
    osmoc does not rename it.
    """
    return f"{workflow}-agent-c{contract}"


@lru_cache(maxsize=4096)
def secret(credential: str) -> str:
    """The name of the Secret that holds a credential: its own in lower case, with a dash for what no Secret's
    name has, so that `HF_token` is the Secret `hf-token`.
    """
    return ".".join(filter(None, map(slug, credential.split("."))))


def location(workflow: str, task: str, unit: str) -> str:
    """Where a task commits its output, relative to the storage's url."""
    return f"{workflow}/{task}-{unit}"


def _pair(first: str, second: str, budget: int) -> str:
    """Both texts with a dash between; the longer is cut first, neither below half of the budget."""
    label = slug(second)
    room = budget - 1
    if len(first) + len(label) > room:
        half = room // 2
        first_budget = max(half, room - len(label))
        second_budget = max(room - half, room - len(first))
        first = cut(first, first_budget)
        label = cut(label, second_budget, original=second)
    return f"{first}-{label}"


# What can stand in a placeholder: the kind, and after a colon the task or group that it is of.
WORKFLOW_ID = f"{OPEN}id{CLOSE}"


def placeholder(kind: str, of: str) -> str:
    """A text that `fill` replaces. Kinds: job, host, hostname, service, location, unit, files."""
    return f"{OPEN}{kind}:{of}{CLOSE}"


def fill(text: str, names: dict[str, str]) -> str:
    """The text with each placeholder replaced whose inside is a key of `names`; others stay as they are."""
    if OPEN not in text:
        return text
    return _PLACEHOLDER.sub(lambda match: names.get(match[1], match[0]), text)
