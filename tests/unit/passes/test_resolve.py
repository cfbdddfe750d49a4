from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from osmoc.diagnostics.codes import Code
from osmoc.options import Options
from osmoc.spec import LocalFile
from tests.unit.backend import Back, spec


def order(text: str) -> list[str]:
    return [group.lead.name.value for group in Back().resolved(text).workflow.groups]


def after(name: str, *others: str) -> str:
    inputs = ", ".join(f"{{task: {other}}}" for other in others)
    return f"name: {name}\ninputs: [{inputs}]"


def test_groups_stay_as_written_where_nothing_waits() -> None:
    assert order(spec("name: c", "name: a", "name: b")) == ["c", "a", "b"]


def test_a_forward_reference_only_moves_what_must_move() -> None:
    assert order(spec("name: a", after("b", "d"), "name: c", "name: d", after("e", "b"))) == [
        "a",
        "c",
        "d",
        "b",
        "e",
    ]


def test_a_task_of_an_earlier_workflow_is_no_task_of_this_one() -> None:
    assert Back().codes(spec('name: a\ninputs: [{task: "w-1:gone"}]')) == []


def test_an_unknown_task_is_named_with_the_nearest() -> None:
    (said,) = Back().complaints(spec("name: prepare", after("train", "prepar")))
    assert said.code is Code.INPUT_UNKNOWN
    assert said.help == "write `task: prepare`"
    assert said.at.source.text[said.at.start : said.at.end] == "prepar"


def test_a_group_is_no_task_but_its_lead_is_named() -> None:
    text = """
workflow:
  name: w
  groups:
  - name: both
    tasks: [{name: one, lead: true, image: u, command: [x]}, {name: two, image: u, command: [x]}]
  - name: last
    tasks: [{name: three, image: u, command: [x], inputs: [{task: both}]}]
"""
    (said,) = Back().complaints(text)
    assert said.code is Code.INPUT_UNKNOWN
    assert "`task: one`" in said.help


def test_a_task_cannot_wait_for_itself_or_its_own_group() -> None:
    assert Back().codes(spec(after("a", "a"))) == [Code.INPUT_OF_ITSELF]
    text = """
workflow:
  name: w
  groups:
  - name: both
    tasks:
    - {name: one, lead: true, image: u, command: [x]}
    - {name: two, image: u, command: [x], inputs: [{task: one}]}
"""
    assert Back().codes(text) == [Code.INPUT_WITHIN_GROUP]


def test_a_cycle_is_shown_whole_and_begins_where_it_was_written_first() -> None:
    (said,) = Back().complaints(spec(after("c", "b"), after("a", "c"), after("b", "a"), after("d", "a")))
    assert said.code is Code.GROUPS_IN_CYCLE
    assert said.message == "`c` waits for `b` waits for `a` waits for `c`: none of them can ever start"
    assert len(said.labels) == 2


def test_every_wrong_reference_is_said_at_once() -> None:
    assert Back().codes(spec(after("a", "x"), after("b", "y"))) == [Code.INPUT_UNKNOWN] * 2


def test_a_chain_of_many_tasks_is_ordered_without_recursion() -> None:
    names = [f"t{index}" for index in range(2000)]
    text = spec(*(after(name, later) for name, later in pairwise(names)), f"name: {names[-1]}")
    assert order(text) == names[::-1]


def test_local_files_are_read_once_each(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_bytes(b"\xff\x00")
    files = "files: [{path: /x, localpath: a.sh}, {path: /y, localpath: ./a.sh}, {path: /z, contents: text}]"
    resolved = Back(folder=tmp_path).resolved(spec(f"name: a\n{files}"))
    assert [file.localpath.value for file in resolved.contents] == ["a.sh", "./a.sh"]
    assert {contents.raw for contents in resolved.contents.values()} == {b"\xff\x00"}
    assert all(isinstance(file, LocalFile) for file in resolved.contents)


def test_each_refusal_of_a_local_file_has_its_code(tmp_path: Path) -> None:
    folder = tmp_path / "spec"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "outside").write_text("x")
    (folder / "large").write_bytes(bytes(1_000_000))
    wanted = {
        "gone": Code.LOCAL_FILE_MISSING,
        "sub": Code.LOCAL_FILE_NOT_A_FILE,
        "../outside": Code.LOCAL_FILE_OUTSIDE,
        "large": Code.FILE_TOO_LARGE,
    }
    for localpath, code in wanted.items():
        assert Back(folder=folder).codes(spec(f"name: a\nfiles: [{{path: /x, localpath: {localpath}}}]")) == [
            code
        ]


def test_the_folder_of_a_dataset_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    text = "name: a\ninputs: [{{dataset: {{name: d, localpath: {0}}}}}]"
    assert Back(folder=tmp_path).codes(spec(text.format("gone"))) == [Code.LOCAL_FOLDER_MISSING]
    assert Back(folder=tmp_path).codes(spec(text.format("there"))) == [Code.DATASET_EMPTY]
    (tmp_path / "there" / "large").write_bytes(bytes(1_000_000))
    assert Back(folder=tmp_path).codes(spec(text.format("there"))) == [Code.DATASET_NOT_UPLOADED]
    given = Back(folder=tmp_path, options=Options(uploads=True))
    assert given.codes(spec(text.format("there"))) == []
