"""Tasks (reference osmo-spec 2.4)."""

from __future__ import annotations

from osmoc.checking.cache_sizes import check_cache_size
from osmoc.checking.checkpoints import checkpoints
from osmoc.checking.credentials import credentials
from osmoc.checking.data import inputs, kpis, outputs
from osmoc.checking.environment import Variables, environment, with_overrides
from osmoc.checking.exits import exit_rules
from osmoc.checking.fields import Part
from osmoc.checking.files import files
from osmoc.checking.images import check_image
from osmoc.checking.mounts import mounts
from osmoc.checking.names import task_name
from osmoc.checking.resources import resources_of
from osmoc.checking.shape import check_shape
from osmoc.checking.unfit import Unfit
from osmoc.diagnostics.codes import Code
from osmoc.document import Entry
from osmoc.pool import Pool
from osmoc.spec import Resources, Task, Text
from osmoc_runtime.values import dataclass


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a task must know: the pool, `resources` and its place, the variables of `--set-env`."""

    pool: Pool
    resources: dict[str, Resources]
    section: Entry | None
    variables: Variables


def task_of(part: Part, around: Surroundings, *, alone: bool, lead: bool | None = None) -> Task:
    """The task; `alone`: outside a group. `lead` decides where it is given."""
    name = part.string("name")
    check_shape(part.diagnostics, "task", part.mapping, f"task `{name.value}`" if name else "the task")
    _check_what_is_not_kept(part)
    resources = resources_of(part, around.resources, around.section)
    own_lead = part.flag("lead", default=False)
    return Task(
        name=task_name(part, alone=alone),
        image=_image(part),
        command=part.texts("command"),
        args=part.texts("args"),
        lead=own_lead if lead is None else lead,
        environment=with_overrides(environment(part, around.pool), around.variables),
        credentials=credentials(part, around.pool),
        inputs=inputs(part),
        outputs=outputs(part),
        kpis=kpis(part),
        files=files(part),
        checkpoints=checkpoints(part),
        exit_rules=exit_rules(part),
        resources=resources or Resources("", None, None, None, None, None, (), (), part.at),
        mounts=mounts(part),
        privileged=part.flag("privileged", default=False),
        host_network=part.flag("hostNetwork", default=False),
        at=part.at,
    )


def _image(part: Part) -> Text:
    image = part.text("image")
    if image is None:
        return Text("", part.at)
    try:
        check_image(image.value)
    except Unfit as why:
        part.unfit(Code.IMAGE_MALFORMED, image, why)
    return image


def _check_what_is_not_kept(part: Part) -> None:
    """Fields that the reference reads and that have no effect here."""
    part.choice("downloadType", ("download",), "download")
    size = part.text("cacheSize")
    if size is not None and size.value:
        try:
            check_cache_size(size.value)
        except Unfit as why:
            part.unfit(Code.CACHE_SIZE, size, why)
    inline = part.part("resources")
    if inline is not None:
        check_shape(part.diagnostics, "resources", inline.mapping, "`resources` of the task")
        part.diagnostics.warning(
            Code.FIELD_IGNORED,
            "`resources` of a task has no effect",
            part.key_at("resources"),
            help="move it to the workflow's `resources`, and name it with `resource`",
        )
