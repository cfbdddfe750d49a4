"""Specs as text, checked as the compiler checks them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from osmoc import yamltext
from osmoc.diagnostics.diagnostic import Diagnostic, Diagnostics, Rejected, Severity
from osmoc.document import Document, Mapping
from osmoc.driver import Driver
from osmoc.options import Options
from osmoc.passes.check import check
from osmoc.pool import Pool
from osmoc.source import Source
from osmoc.spec import Task, Workflow

Accept = Callable[..., Workflow]
Reject = Callable[..., list[Diagnostic]]


def document_of(text: str) -> Document:
    root = yamltext.load_marked(Source("spec.yaml", text))
    assert isinstance(root, Mapping)
    return Document(root)


@pytest.fixture
def accept() -> Accept:
    """The workflow of a spec that is right; without a warning, unless told how many."""

    def run(
        text: str, pool: Pool | None = None, options: Options | None = None, warnings: int = 0
    ) -> Workflow:
        diagnostics = Diagnostics()
        workflow = check(diagnostics, document_of(text), pool or Pool(), options or Options())
        assert [one.severity for one in diagnostics.said] == [Severity.WARNING] * warnings
        return workflow

    return run


@pytest.fixture
def reject() -> Reject:
    """The errors of a spec that is wrong."""

    def run(text: str, pool: Pool | None = None, options: Options | None = None) -> list[Diagnostic]:
        with pytest.raises(Rejected) as raised:
            Driver(Diagnostics())(check, document_of(text), pool or Pool(), options or Options())
        return [one for one in raised.value.diagnostics if one.severity is Severity.ERROR]

    return run


@pytest.fixture
def task(accept: Accept) -> Callable[..., Task]:
    """The one task of a workflow, of which the text gives further fields."""

    def run(fields: str, **more: object) -> Task:
        return accept(task_text(fields), **more).tasks[0]

    return run


@pytest.fixture
def refused(reject: Reject) -> Callable[..., str]:
    """The message of the one error in a task, of which the text gives further fields."""

    def run(fields: str, **more: object) -> str:
        errors = reject(task_text(fields), **more)
        assert len(errors) == 1, errors
        return errors[0].message

    return run


def task_text(fields: str) -> str:
    lines = "".join(f"    {line}\n" for line in fields.splitlines())
    return f"workflow:\n  name: wf\n  tasks:\n  - name: t1\n    image: ubuntu\n    command: [echo]\n{lines}"
