"""What runs a pass: stops after errors, shows results to who watches, knows whose fault an exception is."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Concatenate, ParamSpec, TypeVar

from osmoc.diagnostics.diagnostic import Diagnostics, Rejected

Given = ParamSpec("Given")
Result = TypeVar("Result")

Observer = Callable[[str, object, float], None]
"""Called after each pass with its name, its result and the seconds that it took."""


class PassFailed(Exception):
    """A mistake of osmoc, not of the user: a pass broke. The cause is what it broke with."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the pass `{name}` failed")
        self.name = name


class Driver:
    """Runs passes on one spec; `diagnostics` is what they say."""

    def __init__(self, diagnostics: Diagnostics, observe: Observer | None = None) -> None:
        self.diagnostics = diagnostics
        self._observe = observe

    @property
    def observed(self) -> bool:
        """Whether somebody wants to see each pass's result."""
        return self._observe is not None

    def __call__(
        self,
        one_pass: Callable[Concatenate[Diagnostics, Given], Result],
        *given: Given.args,
        **named: Given.kwargs,
    ) -> Result:
        """The pass's result. Raises Rejected where it reported an error, PassFailed where it broke."""
        result = self.going_on(one_pass, *given, **named)
        self.diagnostics.stop_if_any()
        return result

    def going_on(
        self,
        one_pass: Callable[Concatenate[Diagnostics, Given], Result],
        *given: Given.args,
        **named: Given.kwargs,
    ) -> Result:
        """The result of a pass that, where it reports errors, gives what is left for others to judge."""
        name = pass_name(one_pass)
        start = perf_counter()
        try:
            result = one_pass(self.diagnostics, *given, **named)
        except Rejected:
            raise
        except Exception as error:
            raise PassFailed(name) from error
        if self._observe is not None and not self.diagnostics.wrong:
            self._observe(name, result, perf_counter() - start)
        return result


def pass_name(one_pass: Callable[..., object]) -> str:
    """The name of its file, which people know it by."""
    return one_pass.__module__.rpartition(".")[2]
