"""Errors: one sentence, of the right kind, catchable as Python's own."""

from __future__ import annotations

import numpy as np
import pytest

from kshim import errors


def test_a_complaint_tells_who_what_wanted_and_given() -> None:
    error = errors.ArgumentError("units", "a whole number", 2.5, who="Dense", hint=" Round it.")
    assert str(error) == "Dense: units must be a whole number, got 2.5. Round it."


def test_a_complaint_may_be_told_of_another_place() -> None:
    error = errors.UnknownName("optimizer", "a name", "sdg", hint=" Did you mean 'sgd'?")
    moved = error.at("compile", "optimizer")
    assert isinstance(moved, errors.UnknownName)
    assert str(moved) == "compile: optimizer must be a name, got 'sdg'. Did you mean 'sgd'?"


@pytest.mark.parametrize(
    ("kind", "python"),
    [
        (errors.ShapeError, ValueError),
        (errors.WeightError, ValueError),
        (errors.GraphError, ValueError),
        (errors.FileError, ValueError),
        (errors.UnexpectedArgument, TypeError),
        (errors.MaskError, TypeError),
        (errors.StateError, RuntimeError),
        (errors.MissingPackage, ImportError),
        (errors.NotSupported, NotImplementedError),
    ],
)
def test_every_error_is_also_one_of_pythons(kind: type, python: type) -> None:
    assert issubclass(kind, errors.KshimError)
    assert issubclass(kind, python)


def test_the_nearest_known_name_is_offered_in_any_case() -> None:
    assert errors.nearest("RMSPROPY", ["rmsprop", "sgd"]) == " Did you mean 'rmsprop'?"
    assert errors.nearest("zzz", ["rmsprop", "sgd"]) == ""


def test_values_are_shown_short() -> None:
    assert errors.shown(np.zeros((2, 3))) == "ndarray of shape (2, 3)"
    assert errors.shown(errors.Shown("as it is")) == "as it is"
    assert len(errors.shown("x" * 500)) == 200


def test_a_missing_package_is_told_with_the_command_that_installs_it() -> None:
    told = str(errors.MissingPackage("to_onnx", "onnx", "onnx"))
    assert told == "to_onnx: needs onnx. Install it: pip install 'kshim[onnx]'"
