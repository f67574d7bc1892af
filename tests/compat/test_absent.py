"""tensorflow's names in old scripts: each is there, or is refused with a reason at its line."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from kshim.compat import finder
from kshim.compat.absent import REASONS, reason_for
from kshim.compat.finder import MissingName
from kshim.core.eras import in_era

# Counted in 42 public repositories of Keras scripts.
NAMES = Path(__file__).parents[2] / "compat_cases" / "upstream" / "names" / "tensorflow.txt"
ERAS = ("2.2", "2.15")  # of TensorFlow 1 and 2, which have not all names alike


def found(path: str) -> object:
    value: object = importlib.import_module("tensorflow")
    parts = path.split(".")
    for count, name in enumerate(parts[1:], start=2):
        if not hasattr(value, name):
            importlib.import_module(".".join(parts[:count]))
        value = getattr(value, name)
    return value


def told(path: str) -> str:
    """Return what the last era says of a name that none has, nothing of one that is there."""
    message = ""
    for era in ERAS:
        with in_era(era):
            try:
                found(path)
            except (MissingName, AttributeError) as error:
                message = str(error)
            else:
                return ""
    return message


def test_every_name_is_there_or_has_a_reason() -> None:
    finder.install()
    try:
        absent = {path: message for path in NAMES.read_text().split() if (message := told(path))}
    finally:
        finder.uninstall()
    assert [path for path in absent if not reason_for(path)] == []
    assert all(f": {reason_for(path)}." in message for path, message in absent.items())


def test_the_reason_is_told_at_the_line_that_asks() -> None:
    finder.install()
    try:
        with pytest.raises(MissingName, match=r"lacks tensorflow\.estimator: .* use model\.fit\."):
            importlib.import_module("tensorflow.estimator")
        with pytest.raises(AttributeError, match=r"lacks tensorflow\.Print: use K\.print_tensor"):
            importlib.import_module("tensorflow").Print  # noqa: B018
        with pytest.raises(ImportError, match=r"tensorflow\.python\.keras.*Did you mean"):
            importlib.import_module("tensorflow.python.keras.layer")
    finally:
        finder.uninstall()


def test_no_reason_is_left_for_a_name_that_came() -> None:
    finder.install()
    try:
        there = [path for path in REASONS if path != "tensorflow.python" and not told(path)]
    finally:
        finder.uninstall()
    assert there == []
