"""check: Document → Workflow. Shape by Cerberus, meaning by typed constructors; all that is wrong at once."""

from __future__ import annotations

from osmoc.checking.environment import variables_of_options
from osmoc.checking.fields import Part
from osmoc.checking.groups import groups_of
from osmoc.checking.leftovers import what_is_left
from osmoc.checking.names import check_unique, name_of
from osmoc.checking.resources import all_resources, check_topology
from osmoc.checking.shape import check_shape, kind_of
from osmoc.checking.tasks import Surroundings
from osmoc.checking.timeouts import timeouts
from osmoc.checking.workflow_labels import labels_of
from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostics
from osmoc.document import Document, Entry, Mapping
from osmoc.options import Options
from osmoc.pool import Pool
from osmoc.spec import Workflow


def check(diagnostics: Diagnostics, document: Document, pool: Pool, options: Options) -> Workflow:
    """The workflow that the document means, in the pool and with the command line's variables and labels.

    Where something is wrong, what is left of it: whatever later passes say of that is true of the spec.
    Raises Rejected where nothing is. Whether tasks and files that it names exist, `resolve` finds out.
    """
    mapping = _workflow_mapping(diagnostics, document)
    check_shape(diagnostics, "workflow", mapping, "the workflow")
    part = Part(diagnostics, mapping)
    _check_ignored(part)
    section = next((entry for entry in mapping.entries if entry.key.value == "resources"), None)
    around = Surroundings(
        pool=pool,
        resources=all_resources(part, pool),
        section=section,
        variables=variables_of_options(diagnostics, options.set_env, pool),
    )
    workflow = Workflow(
        name=name_of(part, "workflow"),
        labels=labels_of(part, options.label),
        groups=groups_of(part, around),
        timeouts=timeouts(part),
        at=part.at,
    )
    check_unique(diagnostics, workflow.groups)
    check_topology(diagnostics, (task.resources for task in workflow.tasks), pool)
    return what_is_left(diagnostics, part, workflow, pool) if diagnostics.wrong else workflow


def _workflow_mapping(diagnostics: Diagnostics, document: Document) -> Mapping:
    found: Entry | None = None
    for entry in document.root.entries:
        if entry.key.value == "workflow":
            found = entry
        else:
            diagnostics.error(
                Code.UNKNOWN_FIELD,
                f"a spec has no section `{entry.key.value}`",
                entry.key.at,
                note="it has `workflow`, `default-values` and `version`",
            )
    if found is None:
        diagnostics.error(Code.MISSING_FIELD, "the spec has no `workflow`", document.root.at)
    elif not isinstance(found.value, Mapping):
        diagnostics.error(
            Code.WRONG_TYPE,
            f"`workflow` is {kind_of(found.value)} here, and a mapping is needed",
            found.key.at,
        )
    else:
        return found.value
    diagnostics.stop_if_any()
    raise AssertionError("an error was said")


def _check_ignored(workflow: Part) -> None:
    pool = workflow.string("pool")
    if pool is not None:
        workflow.diagnostics.warning(
            Code.FIELD_IGNORED,
            "`pool` in a spec has no effect",
            workflow.key_at("pool"),
            help="choose the pool with `--pool FILE:NAME`",
        )
