from __future__ import annotations

from typing import Any

from osmoc.kubernetes_objects.placement import exclude_nodes, patched

Body = dict[str, Any]


def test_mappings_merge_and_all_else_is_replaced() -> None:
    base: Body = {"spec": {"a": 1, "b": {"c": 2}}}
    assert patched(base, {"spec": {"a": 3, "b": {"d": 4}}}, "x") == {"spec": {"a": 3, "b": {"c": 2, "d": 4}}}
    assert base == {"spec": {"a": 1, "b": {"c": 2}}}


def test_lists_merge_by_name_and_mounts_by_path() -> None:
    base: Body = {
        "containers": [
            {
                "name": "x",
                "env": [{"name": "A", "value": "1"}],
                "volumeMounts": [{"name": "v", "mountPath": "/a"}],
            }
        ]
    }
    patch: Body = {
        "containers": [
            {
                "name": "{{USER_CONTAINER_NAME}}",
                "env": [{"name": "A", "value": "2"}, {"name": "B", "value": "3"}],
                "volumeMounts": [{"name": "v", "mountPath": "/b"}],
            },
            {"name": "side", "image": "u"},
        ]
    }
    merged: Body = patched(base, patch, "x")
    user, side = merged["containers"]
    assert user["env"] == [{"name": "A", "value": "2"}, {"name": "B", "value": "3"}]
    assert [mount["mountPath"] for mount in user["volumeMounts"]] == ["/a", "/b"]
    assert side == {"name": "side", "image": "u"}


def test_a_name_in_any_text_of_a_patch_is_the_containers() -> None:
    for written in ("{{USER_CONTAINER_NAME}}", "{{ USER_CONTAINER_NAME }}"):
        assert patched({}, {"labels": {"c": f"{written}-x"}}, "train") == {"labels": {"c": "train-x"}}


def test_nodes_are_excluded_without_widening_what_was_chosen() -> None:
    key = "requiredDuringSchedulingIgnoredDuringExecution"
    before: Body = {
        "nodeAffinity": {
            key: {"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name"}]}]},
            "preferredDuringSchedulingIgnoredDuringExecution": ["kept"],
        },
        "podAffinity": "kept",
    }
    after: Body = exclude_nodes(before, ["n"])
    (term,) = after["nodeAffinity"][key]["nodeSelectorTerms"]
    assert [requirement["key"] for requirement in term["matchFields"]] == ["metadata.name", "metadata.name"]
    assert after["podAffinity"] == "kept"
    assert after["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"] == ["kept"]
    assert len(before["nodeAffinity"][key]["nodeSelectorTerms"][0]) == 1


def test_a_node_with_a_long_name_is_excluded_by_its_name_alone() -> None:
    key = "requiredDuringSchedulingIgnoredDuringExecution"
    long = "n" * 64
    by_name = {"key": "metadata.name", "operator": "NotIn", "values": [long]}
    after: Body = exclude_nodes(None, [long])
    assert after["nodeAffinity"][key]["nodeSelectorTerms"] == [{"matchFields": [by_name]}]

    other: Body = exclude_nodes(None, [long, "short"])
    (both,) = other["nodeAffinity"][key]["nodeSelectorTerms"]
    (by_label,) = both["matchExpressions"]
    assert by_label == {"key": "kubernetes.io/hostname", "operator": "NotIn", "values": ["short"]}
    assert len(both["matchFields"]) == 2
