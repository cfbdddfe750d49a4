from __future__ import annotations

from pathlib import Path

import pytest

from osmoc.diagnostics.codes import Code
from osmoc.diagnostics.diagnostic import Diagnostic, Diagnostics, Rejected
from osmoc.passes.read import LARGEST, read


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "spec.yaml"
    path.write_bytes(data)
    return path


def refused(path: Path) -> Diagnostic:
    with pytest.raises(Rejected) as raised:
        read(Diagnostics(), path)
    (only,) = raised.value.diagnostics
    return only


def test_a_text_is_read_as_it_is(tmp_path: Path) -> None:
    path = written(tmp_path, "workflow: {name: ü}\n".encode())
    source = read(Diagnostics(), path)
    assert (source.name, source.text) == (str(path), "workflow: {name: ü}\n")


def test_a_byte_order_mark_is_dropped_and_every_line_end_is_a_line_feed(tmp_path: Path) -> None:
    assert read(Diagnostics(), written(tmp_path, b"\xef\xbb\xbfa\r\nb\rc\n")).text == "a\nb\nc\n"


def test_a_missing_file_is_named_and_one_like_it_offered(tmp_path: Path) -> None:
    written(tmp_path, b"")
    said = refused(tmp_path / "spec.yml")
    assert said.code is Code.FILE_MISSING
    assert "spec.yml" in said.message
    assert said.help == f"did you mean `{tmp_path / 'spec.yaml'}`?"


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    assert "no folder" in refused(tmp_path / "nowhere" / "spec.yaml").help


def test_a_folder_is_no_spec(tmp_path: Path) -> None:
    said = refused(tmp_path)
    assert (said.code, "is a folder" in said.message) == (Code.FILE_UNREADABLE, True)


def test_a_name_that_no_file_can_have_is_an_unreadable_file() -> None:
    assert refused(Path("a\0b")).code is Code.FILE_UNREADABLE


def test_a_byte_that_is_not_utf_8_is_shown_where_it_stands(tmp_path: Path) -> None:
    said = refused(written(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: \xff\n"))
    assert (said.code, said.at.line, said.at.column) == (Code.FILE_NOT_TEXT, 2, 4)
    assert "0xff" in said.message


def test_utf_16_is_recognised(tmp_path: Path) -> None:
    assert "UTF-16" in refused(written(tmp_path, "workflow:".encode("utf-16"))).help


def test_a_zero_byte_is_no_text(tmp_path: Path) -> None:
    said = refused(written(tmp_path, b"a\nb\0"))
    assert (said.code, said.at.line, said.at.column) == (Code.FILE_NOT_TEXT, 2, 2)


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    assert len(read(Diagnostics(), written(tmp_path, b"#" * LARGEST)).text) == LARGEST
    assert refused(written(tmp_path, b"#" * (LARGEST + 1))).code is Code.SPEC_TOO_LARGE
