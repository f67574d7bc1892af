"""A file that differs from the model names the first layer where they part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from kshim import layers as L
from kshim.errors import NotSupported
from kshim.export.onnx import to_onnx
from kshim.layers.base import Layer
from kshim.models.model import Model
from kshim.models.sequential import Sequential


class Twofold(nn.Module):
    """Give what goes in, and twice that where ONNX is written."""

    def forward(self, values: Tensor) -> Tensor:
        return values * 2 if torch.onnx.is_in_onnx_export() else values * 1


class Broken(Layer):
    """Be exported wrongly, on purpose."""

    def build(self, input_shape: Any) -> None:
        self.inner = Twofold()

    def call(self, inputs: Any) -> Any:
        return self.inner(inputs)


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_the_layer_that_was_broken_is_named(place: int, tmp_path: Path) -> None:
    inner: list[Any] = [L.Dense(5, activation="tanh"), L.Dense(3), L.Dense(3, activation="relu")]
    inner.insert(place, Broken(name="odd"))
    inner += [Broken(name="odd_too")]
    model = Sequential([L.Input((4,)), *inner])
    with pytest.raises(NotSupported, match=r"first layer whose output differs is Broken 'odd', by"):
        to_onnx(model, tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


def test_the_layer_is_named_in_branches_and_sequences_of_free_length() -> None:
    words = L.Input((None, 4), name="words")
    left, right = L.GRU(3, return_sequences=True)(words), L.Dense(3)(words)
    mixed = L.Add()([left, Broken(name="odd")(right)])
    with pytest.raises(NotSupported, match=r"output differs is Broken 'odd', by"):
        to_onnx(Model(words, L.Dense(2)(mixed)))


def test_the_layer_is_named_in_an_image_that_is_turned() -> None:
    image = L.Input((6, 7, 3), name="image")
    seen = Broken(name="odd")(L.Conv2D(4, 3)(image))
    with pytest.raises(NotSupported, match=r"output differs is Broken 'odd', by"):
        to_onnx(Model(image, L.Conv2D(2, 2)(seen)), layout="channels_first")


def test_the_layer_is_named_inside_a_model_that_is_a_layer() -> None:
    inner = Sequential([L.Dense(3, input_shape=(5,)), Broken(name="odd"), L.Dense(2)], name="inner")
    model = Sequential([L.Dense(5, input_shape=(4,)), inner, L.Dense(3)])
    with pytest.raises(NotSupported, match=r"output differs is Broken 'odd', by"):
        to_onnx(model)


def test_what_differs_is_told_by_how_much() -> None:
    ones = L.Dense(2, kernel_initializer="zeros", bias_initializer="ones")
    model = Sequential([L.Input((4,)), ones, Broken(name="odd")])
    with pytest.raises(NotSupported, match=r"got 1 for inputs .* Broken 'odd', by 1:"):
        to_onnx(model)


def test_no_layer_is_named_where_none_can_be_found() -> None:
    class Own(Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense, self.odd = L.Dense(3), Broken(name="odd")

        def call(self, inputs: Any, mask: Any = None) -> Any:
            return self.odd(self.dense(inputs))

    model = Own()
    model.predict(torch.ones(2, 4).numpy())
    with pytest.raises(NotSupported, match=r"of shape \(1, 4\)\. verify=False writes"):
        to_onnx(model)


def test_modes_are_as_before_after_a_failure() -> None:
    model = Sequential([L.Input((4,)), L.Dropout(0.5), Broken(name="odd")])
    model.train()
    before = {name: module.training for name, module in model.named_modules()}
    with pytest.raises(NotSupported, match="Broken 'odd'"):
        to_onnx(model)
    assert {name: module.training for name, module in model.named_modules()} == before
