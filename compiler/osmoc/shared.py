"""Parts of objects that many objects have: built once, looked at once, written once.

Of ten thousand pods each has the same osmo-init. Such a part is never changed and holds no placeholder, so
that going through objects can stop at it, and what was found or written for it can be kept by its identity.
"""

from __future__ import annotations

import json
from functools import cached_property
from hashlib import sha256


class SharedMap(dict[str, object]):
    """A mapping that stands in many objects."""

    @cached_property
    def fingerprint(self) -> str:
        """The same for mappings with equal entries in the same order."""
        return sha256(json.dumps(self).encode()).hexdigest()


class SharedList(list[object]):
    """A list that stands in many objects."""
