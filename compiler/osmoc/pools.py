"""The pool file: `--pool FILE[:NAME]` as a typed Pool (design, section 4)."""

from __future__ import annotations

from pathlib import Path

from osmoc import document, yamltext
from osmoc.checking.fields import Part
from osmoc.checking.pool_values import pool_of
from osmoc.checking.shape import OF_POOLS, check_shape, kind_of
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.diagnostics.suggest import did_you_mean
from osmoc.document import Entry, Mapping, Scalar
from osmoc.passes.read import read
from osmoc.pool import Pool


def load_pool(diagnostics: Diagnostics, argument: str) -> Pool:
    """The pool that `--pool` names. Raises Rejected where there is none, or something in it is wrong.

    A file holds one pool, or several by name below `pools:`; of several, the argument names one, else it is
    `default`.
    """
    path, name = _parted(argument)
    source = read(diagnostics, path)
    if "osmoc:" in source.text:
        from osmoc.templating.ignores import find_ignores

        # Whether a pool's warning is said may depend on the spec.
        find_ignores(diagnostics, source, must_help=False)
    root = yamltext.load_marked(source, diagnostics)
    if isinstance(root, Scalar) and root.value is None:
        root = Mapping((), source.start())
    if not isinstance(root, Mapping):
        diagnostics.error(
            Code.POOL_FILE, f"a pool file is a mapping, and this one is {kind_of(root)}", root.at
        )
        diagnostics.stop_if_any()
        raise AssertionError("an error was said")
    chosen, found = _choose(diagnostics, root, name, path.stem)
    if found is not None:
        pool = read_pool(diagnostics, chosen, found)
        diagnostics.stop_if_any()
        return pool
    diagnostics.stop_if_any()
    raise AssertionError("an error was said")


def read_pool(diagnostics: Diagnostics, name: str, mapping: Mapping) -> Pool:
    """The pool that the mapping describes; complaints go to the diagnostics."""
    check_shape(diagnostics, "pool", mapping, f"pool `{name}`", OF_POOLS)
    return pool_of(Part(diagnostics, mapping), name)


def _parted(argument: str) -> tuple[Path, str | None]:
    """File and name; a file that is there with a colon in its name is a file."""
    file, colon, name = argument.rpartition(":")
    if not colon or Path(argument).exists():
        return Path(argument), None
    return Path(file), name or None


def _choose(
    diagnostics: Diagnostics, root: Mapping, name: str | None, stem: str
) -> tuple[str, Mapping | None]:
    entry = next((one for one in root.entries if one.key.value == "pools"), None)
    if entry is None:
        if name is not None:
            diagnostics.error(
                Code.POOL_NOT_IN_FILE,
                f"the file holds one pool and none called `{name}`",
                root.at,
                help="leave the name out, or write the pool below `pools:`",
            )
            return name, None
        return stem, root
    for other in root.entries:
        if other is not entry:
            diagnostics.error(
                Code.POOL_FILE, f"`{other.key.value}` stands beside `pools`, in none of them", other.key.at
            )
    if not isinstance(entry.value, Mapping):
        diagnostics.error(
            Code.POOL_FILE,
            f"`pools` is {kind_of(entry.value)} here, and pools by name are needed",
            entry.key.at,
        )
        return "", None
    return _named(diagnostics, entry, entry.value, name)


def _named(
    diagnostics: Diagnostics, section: Entry, pools: Mapping, name: str | None
) -> tuple[str, Mapping | None]:
    by_name = {str(entry.key.value): entry for entry in pools.entries}
    if name is None:
        name = next(iter(by_name)) if len(by_name) == 1 else "default"
    found = by_name.get(name)
    if found is None:
        words = ", ".join(f"`{one}`" for one in by_name) or "none"
        diagnostics.error(
            Code.POOL_NOT_IN_FILE,
            f"the file has no pool `{name}`",
            section.key.at,
            help=did_you_mean(name, by_name) or f"name one with `--pool FILE:NAME`; there is {words}",
        )
        return name, None
    return name, _as_mapping(diagnostics, name, found)


def _as_mapping(diagnostics: Diagnostics, name: str, entry: Entry) -> Mapping | None:
    match entry.value:
        case document.Mapping() as mapping:
            return mapping
        case Scalar(None):
            return Mapping((), entry.key.at)
        case other:
            diagnostics.error(
                Code.POOL_FILE,
                f"pool `{name}` is {kind_of(other)} here, and a mapping is needed",
                entry.key.at,
            )
            return None
