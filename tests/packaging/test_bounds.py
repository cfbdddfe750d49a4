"""Upper bounds of dependencies have reasons; a test fails once a reason has gone, so that its bound goes."""

from __future__ import annotations

from importlib.metadata import requires, version
from pathlib import Path

import pytest

PROJECT = (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")


def test_kubernetes_is_bound_while_botocore_forbids_the_dateutil_that_it_wants() -> None:
    wanted = next(one for one in requires("botocore") or () if one.startswith("python-dateutil"))

    assert '"kubernetes>=37,<37.0.2"' in PROJECT
    assert "<3.0.0" in wanted, f"botocore {version('botocore')} takes {wanted}: lift the bound of kubernetes"


def test_typer_stays_below_the_release_that_imports_pydantic() -> None:
    installed = tuple(int(part) for part in version("typer").split(".")[:2])

    assert installed < (0, 29)
    # The first that is bound out; whoever lifts the bound measures a start, and drops this test.
    assert ",<0.29" in PROJECT


@pytest.mark.parametrize("package", ["lark", "jinja2", "pyyaml", "cerberus", "kubernetes", "boto3", "typer"])
def test_every_library_that_was_agreed_on_is_a_dependency(package: str) -> None:
    assert f'"{package}>=' in PROJECT
