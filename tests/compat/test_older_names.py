"""Functions of Keras 1 under the paths that scripts take them from."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from kshim.compat import finder
from kshim.core.eras import in_era


@pytest.fixture(autouse=True)
def keras_1():
    finder.install()
    with in_era("1.2"):
        yield
    finder.uninstall()


@pytest.mark.parametrize("module", ["keras.optimizers", "keras.models"])
def test_an_optimizer_comes_back_from_its_config(module: str) -> None:
    make = importlib.import_module(module).optimizer_from_config
    made = make({"class_name": "SGD", "config": {"lr": 0.125, "momentum": 0.5}})
    assert type(made).__name__ == "SGD"
    assert float(made.get_config()["lr"]) == 0.125


def test_slice_x_cuts_every_array_of_a_list() -> None:
    slice_X = importlib.import_module("keras.engine.training").slice_X
    first, second = np.arange(10), np.arange(20).reshape(10, 2)
    found = slice_X([first, second], 3, 5)
    np.testing.assert_array_equal(found[0], [3, 4])
    np.testing.assert_array_equal(found[1], [[6, 7], [8, 9]])
    np.testing.assert_array_equal(slice_X(first, [7, 2]), [7, 2])
