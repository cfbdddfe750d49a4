"""Parts of objects that many objects have: built once, looked at once, written once.

Of ten thousand pods each has the same osmo-init. Such a part is never changed and holds no placeholder, so
that going through objects can stop at it, and what was found or written for it can be kept by its identity.
"""

from __future__ import annotations


class SharedMap(dict[str, object]):
    """A mapping that stands in many objects."""


class SharedList(list[object]):
    """A list that stands in many objects."""
