"""The values of a pool file, as a typed Pool; every one is looked at (design, section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from osmoc.checking.exit_codes import exit_codes
from osmoc.checking.exits import action_named
from osmoc.checking.fields import Part, as_scalar_text, as_text, key_text
from osmoc.checking.images import check_image
from osmoc.checking.pod_patches import pod_patch
from osmoc.checking.pool_fields import (
    AMOUNT,
    DNS_LABEL,
    DNS_SUBDOMAIN,
    QUALIFIED,
    choice,
    endpoint,
    limit,
    matching,
    say,
    strings,
    whole,
)
from osmoc.checking.pool_platforms import default_platform, platforms, topology
from osmoc.checking.quantities import quantity
from osmoc.checking.storage_urls import UNSUPPORTED, check_storage_url
from osmoc.checking.unfit import Unfit
from osmoc.diagnostics.codes import Code
from osmoc.document import Scalar
from osmoc.exit_rules import MEMORY_KILL
from osmoc.pool import VERSIONS, ContainerResources, Defaults, Pool, Queue, Runtime, Storage, Timeout
from osmoc.spec import ExitAction, Text

_MOST_RETRIES = 2**31 - 1
_LONGEST_GRACE = 24 * 3600


def pool_of(part: Part, name: str) -> Pool:
    """The pool; what is absent, or was complained about, is as in the built-in one."""
    built_in = Pool()
    pool = Pool(
        name=name,
        namespace=matching(part, "namespace", DNS_LABEL),
        cli=choice(part, "cli", ("always", "never"), built_in.cli),
        runtime=_runtime(part.part("runtime")),
        service_account=matching(part, "serviceAccount", DNS_SUBDOMAIN),
        coordinator_service_account=matching(part, "coordinatorServiceAccount", DNS_SUBDOMAIN),
        image_pull_secrets=strings(part, "imagePullSecrets", DNS_SUBDOMAIN),
        storage=_storage(part.part("storage")),
        defaults=_defaults(part.part("defaults")),
        max_retries=whole(part, "maxRetries", (0, _MOST_RETRIES), built_in.max_retries),
        termination_grace=whole(part, "terminationGrace", (1, _LONGEST_GRACE), built_in.termination_grace),
        on_disruption=choice(part, "onDisruption", ("retry", "count", "fail"), built_in.on_disruption),
        default_exit_actions=_exit_actions(part),
        gpu_resource=matching(part, "gpuResource", QUALIFIED) or built_in.gpu_resource,
        platforms=platforms(part),
        topology=topology(part),
        priority_class=matching(part, "priorityClass", DNS_SUBDOMAIN),
        queue=_queue(part.part("queue")),
        security=choice(part, "security", ("baseline", "restricted"), built_in.security),
        run_as_user=whole(part, "runAsUser", (0, _MOST_RETRIES), None),
        fs_group=whole(part, "fsGroup", (0, _MOST_RETRIES), None),
        kubernetes_version=_version(part, built_in.kubernetes_version),
        pod_template=pod_patch(part, "podTemplate"),
    )
    times = part.part("timeouts")
    if times is not None:
        pool = replace(pool, execution_timeout=_timeout(times.part("exec")))
        pool = replace(pool, queue_timeout=_timeout(times.part("queue")))
    _check_security(part, pool)
    return replace(pool, default_platform=default_platform(part, pool.platforms))


def _queue(part: Part | None) -> Queue | None:
    """None where there is no queue, or no name for it (that was complained about)."""
    if part is None:
        return None
    system = choice(part, "system", ("none", "kueue", "kai", "volcano"), "none")
    if system == "none":
        return None
    name = matching(part, "name", DNS_SUBDOMAIN)
    if name is None and "name" not in part:
        say(part, Text(system, part.key_at("system")), Unfit("needs the queue's name", "add `name: QUEUE`"))
    return None if name is None else Queue(system, name)


def _runtime(part: Part | None) -> Runtime:
    built_in = Runtime()
    if part is None:
        return built_in
    image = part.string("image")
    if image is not None:
        try:
            check_image(image.value)
        except Unfit as why:
            say(part, image, why)
    return Runtime(
        agent=choice(part, "agent", ("embedded", "installed", "image"), built_in.agent),
        image=built_in.image if image is None else image.value,
        resources=_container_resources(part.part("resources")),
    )


def _container_resources(part: Part | None) -> ContainerResources:
    built_in = ContainerResources()
    if part is None:
        return built_in
    return ContainerResources(
        _amounts(part, "requests", built_in.requests), _amounts(part, "limits", built_in.limits)
    )


def _amounts(part: Part, name: str, built_in: Mapping[str, str]) -> Mapping[str, str]:
    """Amounts as Kubernetes writes them itself; those given replace the built-in ones all together."""
    if part.part(name) is None:
        return built_in
    found = {}
    for entry in part.entries(name):
        text = as_text(entry.value)
        if text is None:
            continue
        if not AMOUNT.fullmatch(text.value):
            say(part, text, Unfit("is no amount that Kubernetes takes", "write `500m`, `2` or `512Mi`"))
        found[str(entry.key.value)] = text.value
    return found


def _storage(part: Part | None) -> Storage:
    built_in = Storage()
    if part is None:
        return built_in
    url = part.string("url")
    if url is not None:
        try:
            if check_storage_url(url.value) in UNSUPPORTED:
                raise Unfit(
                    "is a place that the pods cannot reach yet", note="they reach s3, gs, tos, swift and file"
                )
        except Unfit as why:
            say(part, url, why)
    secret: str | None = built_in.secret
    if "secret" in part:
        secret = matching(part, "secret", DNS_SUBDOMAIN)
    return Storage(
        secret=secret,
        url="" if url is None else url.value.rstrip("/"),
        endpoint=endpoint(part),
        region=matching(part, "region", DNS_LABEL) or "",
        addressing=choice(part, "addressing", ("path", "virtual"), built_in.addressing),
    )


def _defaults(part: Part | None) -> Defaults:
    built_in = Defaults()
    if part is None:
        return built_in
    most = 2**31 - 1
    return Defaults(
        cpu=whole(part, "cpu", (1, most), None if "cpu" in part else built_in.cpu),
        gpu=whole(part, "gpu", (0, most), built_in.gpu),
        memory=_quantity(part, "memory", built_in.memory),
        storage=_quantity(part, "storage", built_in.storage),
    )


def _quantity(part: Part, name: str, built_in: str | None) -> str | None:
    if name not in part:
        return built_in
    text = part.text(name)
    if text is None:
        return None
    try:
        return quantity(text.value)
    except Unfit as why:
        say(part, text, why)
        return None


def _timeout(part: Part | None) -> Timeout:
    if part is None:
        return Timeout()
    timeout = Timeout(limit(part, "default"), limit(part, "max"))
    if timeout.default and timeout.maximum and timeout.default > timeout.maximum:
        say(part, Text("default", part.key_at("default")), Unfit("is longer than `max`"))
    return timeout


def _exit_actions(part: Part) -> dict[str, str]:
    """Action to codes, every one written out, so that nobody has to read ranges again."""
    found = {}
    for entry in part.entries("defaultExitActions"):
        name, codes = key_text(entry.key), as_scalar_text(entry.value)
        action = action_named(name.value)
        if action is None:
            say(
                part, name, Unfit("is no exit action", note="they are COMPLETE, FAIL, RESCHEDULE and RESTART")
            )
        if codes is None:
            continue
        try:
            process, conditions = exit_codes(codes.value)
        except Unfit as why:
            say(part, codes, why)
            continue
        if action is not None:
            if action in (ExitAction.COMPLETE, ExitAction.RESTART) and MEMORY_KILL in process:
                part.diagnostics.warning(
                    Code.EXIT_CODE_OF_MEMORY_KILL,
                    f"`{action.value}` of code 137 sees no memory kill, which ends the whole container",
                    codes.at,
                    help="leave 137 out, or name it under `RESCHEDULE`",
                )
            found[action.value] = ",".join(str(code) for code in sorted(process | conditions))
    return found


def _version(part: Part, built_in: str) -> str:
    node = part.node("kubernetesVersion")
    if not isinstance(node, Scalar):
        return built_in
    text = part.text("kubernetesVersion")
    if text is None:
        return built_in
    if text.value not in VERSIONS:
        say(
            part,
            text,
            Unfit("is no version of Kubernetes known here", note=f"known are {', '.join(VERSIONS)}"),
        )
        return built_in
    return text.value


def _check_security(part: Part, pool: Pool) -> None:
    """KEP-2579: the restricted profile lets no container run as root, and no image is sure not to."""
    if pool.security != "restricted":
        return
    where = Text("restricted", part.key_at("security"))
    for name, value in (("runAsUser", pool.run_as_user), ("fsGroup", pool.fs_group)):
        if value is None and name not in part:
            say(part, where, Unfit(f"needs `{name}`, as which everything then runs", f"add `{name}: 1000`"))
    if pool.run_as_user == 0:
        say(
            part,
            Text("0", part.key_at("runAsUser")),
            Unfit("is root, whom `security: restricted` forbids", "write `runAsUser: 1000`"),
        )
