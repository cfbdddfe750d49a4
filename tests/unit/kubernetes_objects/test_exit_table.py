from __future__ import annotations

import pytest

from osmoc.kubernetes_objects.exit_table import Outcome, Row, code_rows, event_rows, judge, ranges
from osmoc.plan import PlannedTask
from osmoc.pool import Pool
from tests.unit.backend import Back, only, spec


def task(actions: str, *, cli: str = "always", head: str = "", more: str = "") -> PlannedTask:
    text = spec(f"name: a\nexitActions: {{{actions}}}\n{more}".rstrip(), head=head)
    return only(Back(Pool(cli=cli)).plan(text))


def events(planned: PlannedTask) -> dict[str, Outcome]:
    return {row.when: row.outcome for row in event_rows(planned)}


def test_codes_of_one_fate_share_a_row() -> None:
    rows = code_rows(task("COMPLETE: '1-10,16', RESCHEDULE: '20'"))

    assert rows == (
        Row("0", Outcome.COMPLETE, "the code itself"),
        Row("1-10,16", Outcome.COMPLETE, "COMPLETE: the wrapper reports 0"),
        Row("11-15,17-19,21-255", Outcome.FAIL, "rule 4 of the Job's podFailurePolicy"),
        Row("20", Outcome.COUNT, "rule 3 of the Job's podFailurePolicy"),
    )


def test_a_restart_says_how_often_and_what_comes_then() -> None:
    row = next(row for row in code_rows(task("RESTART: 11")) if row.when == "11")

    assert row.outcome is Outcome.RESTART
    assert row.why == "RESTART, by the wrapper, at most 6 times; then Failed"


def test_zero_that_is_mapped_away_says_what_is_reported() -> None:
    row = next(row for row in code_rows(task("RESCHEDULE: 0")) if row.when == "0")

    assert (row.outcome, row.why) == (
        Outcome.COUNT,
        "the wrapper reports 70; rule 3 of the Job's podFailurePolicy",
    )


def test_a_bare_job_that_is_deleted_counts_as_done() -> None:
    when = "kubectl delete pod, and the command then ends with 0"

    assert events(task("RESCHEDULE: 1-255", cli="never"))[when] is Outcome.COMPLETE
    assert events(task("RESCHEDULE: 1-255"))[f"{when} (reported as 143)"] is Outcome.COUNT


def test_a_timeout_and_lost_data_have_rows_of_their_own() -> None:
    more = "checkpoint: [{path: /work, url: s3://b, frequency: 1h}]"
    found = events(task("RESCHEDULE: 1-255", head="timeout: {exec_timeout: 1h}", more=more))

    assert found["exec_timeout passed (reported as 124)"] is Outcome.FAIL
    assert found["data could not be stored (osmo-ctrl 73)"] is Outcome.FAIL
    assert found["osmo-ctrl was lost"] is Outcome.COUNT


def test_the_first_rule_that_matches_decides_and_without_one_the_pod_is_tried_again() -> None:
    rules = [
        {"action": "FailJob", "onExitCodes": {"containerName": "b", "operator": "In", "values": [3]}},
        {"action": "Count", "onExitCodes": {"containerName": "a", "operator": "NotIn", "values": [0]}},
    ]

    assert judge({"rules": rules}, {"a": 3, "b": 3}).rule == 0
    assert judge({"rules": rules}, {"a": 3, "b": 0}).rule == 1
    assert judge({"rules": rules}, {"a": 0, "b": 4}).outcome is Outcome.COUNT
    assert judge({"rules": rules}, {"a": 0, "b": 4}).rule is None
    assert judge({"rules": rules}, {"a": 0, "b": 0}).outcome is Outcome.COMPLETE


@pytest.mark.parametrize(
    ("codes", "text"), [([], ""), ([3], "3"), ([1, 2, 3, 5, 7, 8], "1-3,5,7-8"), (list(range(256)), "0-255")]
)
def test_codes_are_written_as_the_language_writes_them(codes: list[int], text: str) -> None:
    assert ranges(codes) == text
