from typing import Any

import numpy as np
import pytest

from kshim.errors import ArgumentError, NotSupported, ShapeError
from kshim.layers import Dense, Dropout, Embedding, Layer
from kshim.utils.layer_checks import layer_test, tf_file_io_proxy


def test_a_sound_layer_passes_and_its_output_is_returned() -> None:
    assert layer_test(Dense, {"units": 3}, input_shape=(2, None, 4)).shape[-1] == 3
    x = np.arange(6.0).reshape(2, 3).astype("float32")
    np.testing.assert_allclose(layer_test(Dropout, {"rate": 0.5}, input_data=x), x)
    sizes, rows = {"input_dim": 4, "output_dim": 2}, np.array([[0, 1], [2, 3]], "int32")
    layer_test(Embedding, sizes, input_data=rows, expected_output_dtype="float32")


def test_a_layer_that_tells_a_wrong_shape_is_caught() -> None:
    class Liar(Layer):
        def call(self, inputs: Any) -> Any:
            return inputs

        def compute_output_shape(self, input_shape: Any) -> Any:
            return (input_shape[0], 7)

    with pytest.raises(ShapeError, match="output must be"):
        layer_test(Liar, input_shape=(2, 3))


def test_what_is_expected_is_held_against_the_output() -> None:
    x = np.ones((2, 3), "float32")
    with pytest.raises(AssertionError):
        layer_test(Dropout, {"rate": 0.5}, input_data=x, expected_output=2 * x)
    with pytest.raises(ArgumentError, match="of type int32"):
        layer_test(Dropout, {"rate": 0.5}, input_data=x, expected_output_dtype="int32")
    with pytest.raises(ArgumentError, match="input_shape or input_data"):
        layer_test(Dropout, {"rate": 0.5})


def test_googles_storage_is_refused() -> None:
    with pytest.raises(NotSupported, match="on this machine"):
        tf_file_io_proxy("keras.engine.saving.tf_file_io")
