"""Source inputs, pictures, kernels and look-ups."""

from __future__ import annotations

import numpy as np
import pytest

from kshim import utils
from kshim.errors import MissingPackage, UnknownName
from kshim.layers import Conv2D, Dense, Flatten, Input, concatenate
from kshim.models import Model
from kshim.utils import drawing


@pytest.fixture
def model() -> Model:
    one, other = Input((2,), name="one"), Input((3,), name="other")
    return Model([one, other], Dense(4, name="out")(concatenate([one, other], name="both")))


def test_source_inputs_are_found_from_an_output(model) -> None:
    assert utils.get_source_inputs(model.output) == model.inputs
    assert utils.get_source_inputs(model.inputs[0]) == [model.inputs[0]]


def test_a_model_on_several_devices_is_the_model_itself(model) -> None:
    with pytest.warns(UserWarning, match="torchrun"):
        assert utils.multi_gpu_model(model, gpus=2) is model


def test_a_picture_of_a_model_names_layers_shapes_and_connections(model, tmp_path) -> None:
    utils.plot_model(model, tmp_path / "model.dot", show_shapes=True, rankdir="LR")
    text = (tmp_path / "model.dot").read_text()
    assert "rankdir=LR" in text
    assert '"both" -> "out";' in text
    assert "out: Dense|{input:|output:}|{{(None, 5)}|{(None, 4)}}" in text


def test_a_drawn_picture_needs_graphviz(model, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(drawing.shutil, "which", lambda name: None)
    with pytest.raises(MissingPackage, match=r"Graphviz to write model\.png"):
        utils.plot(model, to_file=tmp_path / "model.png")


def test_kernels_are_turned_round_along_the_window() -> None:
    data = Input((5, 5, 2))
    model = Model(data, Conv2D(3, (2, 3))(data))
    kernel = model.get_weights()[0]
    utils.convert_all_kernels_in_model(model)
    np.testing.assert_array_equal(model.get_weights()[0], kernel[::-1, ::-1])


def test_dense_rows_follow_images_into_the_other_format() -> None:
    data = Input((24,))
    dense = Dense(5)
    Model(data, dense(data))
    image = np.random.RandomState(0).normal(size=(1, 2, 3, 4)).astype("float32")
    kernel = dense.get_weights()[0]
    utils.convert_dense_weights_data_format(dense, (4, 2, 3), "channels_first")
    moved = image.transpose(0, 3, 1, 2).reshape(1, 24) @ dense.get_weights()[0]
    np.testing.assert_allclose(moved, image.reshape(1, 24) @ kernel, rtol=1e-5, atol=1e-6)
    utils.convert_dense_weights_data_format(dense, (2, 3, 4), "channels_last")
    np.testing.assert_array_equal(dense.get_weights()[0], kernel)


def test_lengths_under_a_window_go_both_ways() -> None:
    assert utils.conv_output_length(10, 3, "valid", 2) == 4
    assert utils.conv_input_length(4, 3, "valid", 2) == 9
    for lengths in (utils.conv_output_length, utils.conv_input_length):
        with pytest.raises(AssertionError, match="padding must be one of same, valid"):
            lengths(4, 3, "diagonal", 2)


def test_names_are_looked_up_in_a_module() -> None:
    table = {"double": lambda x=1: 2 * x}
    assert utils.get_from_module("double", table, "rule")(3) == 6
    assert utils.get_from_module({"name": "double", "x": 4}, table, "rule") == 8
    with pytest.raises(UnknownName, match="Did you mean 'double'"):
        utils.get_from_module("duble", table, "rule")
    assert utils.has_arg(Flatten.call, "inputs")
    assert not utils.has_arg(lambda **words: None, "inputs")
    assert utils.has_arg(lambda **words: None, "inputs", accept_all=True)


def test_test_data_have_the_shapes_that_are_asked() -> None:
    (x, y), (xt, yt) = utils.get_test_data(7, 3, (4,), classification=True, num_classes=2)
    assert (x.shape, y.shape, xt.shape, yt.shape) == ((7, 4), (7,), (3, 4), (3,))
    (_, y), _ = utils.get_test_data(7, 3, (4,), (2,), classification=False)
    assert y.shape == (7, 2)
