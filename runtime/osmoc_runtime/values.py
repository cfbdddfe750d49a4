"""`dataclass`, for frozen classes with slots, made in an eighth of the time that the standard library takes.

The compiler has some eighty such classes, and each start makes them anew: with the standard library's
decorator that takes longer than compiling a small spec. Its time goes into writing and compiling six methods
a class; here it is one, the constructor, and the others are shared. For type checkers this is the standard
library's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    from dataclasses import MISSING, FrozenInstanceError, fields
    from dataclasses import dataclass as _standard
    from operator import attrgetter

    def dataclass(*, frozen, slots):
        """What `dataclasses.dataclass(frozen=True, slots=True)` gives; no other arguments are known."""
        assert frozen and slots
        return _made

    def _made(cls):
        own = cls.__dict__
        made = _standard(init=False, repr=False, eq=False, slots=True)(cls)
        parts = fields(made)
        names = [part.name for part in parts]
        made.__init__ = _constructor(made, parts)
        # `attrgetter` gives a tuple of two names or more, and needs one.
        made._values = attrgetter(*names, *names[:1]) if names else _no_values
        for name, method in _SHARED.items():
            if name not in own:
                setattr(made, name, method)
        return made

    def _constructor(made, parts):
        around = {"_factory": _FACTORY}
        parameters, lines = [], []
        for part in parts:
            name = part.name
            around[f"_set_{name}"] = getattr(made, name).__set__
            value = name
            if part.default_factory is not MISSING:
                around[f"_new_{name}"] = part.default_factory
                parameters.append(f"{name}=_factory")
                value = f"_new_{name}() if {name} is _factory else {name}"
            elif part.default is not MISSING:
                around[f"_default_{name}"] = part.default
                parameters.append(f"{name}=_default_{name}")
            else:
                parameters.append(name)
            lines.append(f" _set_{name}(self, {value})\n")
        exec(f"def __init__(self, {', '.join(parameters)}):\n{''.join(lines) or ' pass'}", around)
        constructor = around["__init__"]
        constructor.__qualname__ = f"{made.__qualname__}.__init__"
        return constructor

    _FACTORY = object()

    def _no_values(_self):
        return ()

    def _repr(self):
        shown = ", ".join(f"{part.name}={getattr(self, part.name)!r}" for part in fields(self))
        return f"{type(self).__qualname__}({shown})"

    def _eq(self, other):
        if type(self) is not type(other):
            return NotImplemented
        values = type(self)._values
        return values(self) == values(other)

    def _hash(self):
        return hash(type(self)._values(self))

    def _setattr(self, name, _value):
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def _delattr(self, name):
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def _reduce(self):
        return type(self), tuple(getattr(self, part.name) for part in fields(self))

    _SHARED = {
        "__repr__": _repr,
        "__eq__": _eq,
        "__hash__": _hash,
        "__setattr__": _setattr,
        "__delattr__": _delattr,
        "__reduce__": _reduce,
    }
