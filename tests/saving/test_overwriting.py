"""A file that is there is replaced only where that was said."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from kshim.errors import FileError
from kshim.saving.overwriting import may_write


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_new_file_and_a_file_object_are_written_without_asking(tmp_path: Path) -> None:
    assert may_write(tmp_path / "new.h5", False, "save")
    assert may_write(io.BytesIO(), False, "save")


def test_an_old_file_is_replaced_where_that_was_said(tmp_path: Path) -> None:
    path = tmp_path / "old.h5"
    path.touch()
    assert may_write(path, True, "save")


def test_nobody_to_ask_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.h5"
    path.touch()
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(FileError, match=r"save: .*old\.h5 must not exist yet"):
        may_write(path, False, "save")


@pytest.mark.parametrize(("typed", "answer"), [("y\n", True), ("what\nN\n", False)])
def test_somebody_is_asked_until_the_answer_is_clear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, answer: bool
) -> None:
    path = tmp_path / "old.h5"
    path.touch()
    monkeypatch.setattr(sys, "stdin", _Terminal(typed))
    assert may_write(path, False, "save") is answer
