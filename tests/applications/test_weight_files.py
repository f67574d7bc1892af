"""Files of weights in the official naming: read in order and by name, found in the cache."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from kshim import layers
from kshim.applications import MobileNetV2
from kshim.applications.blocks import conv
from kshim.applications.describing import Asked, architecture, classes_of_means
from kshim.applications.stored import STORE, kernels
from kshim.core.eras import in_era
from kshim.core.settings import in_data_format
from kshim.core.symbols import Symbol
from kshim.models import Model
from tests.applications.architectures import Architecture, architectures, formula

NAME = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224"


def recorded(side: str) -> Architecture:
    return next(
        it for it in architectures()
        if (it.case["name"], it.era, it.side) == ("MobileNetV2-thin", "2.2", side)
    )  # fmt: skip


def official(path: Path, told: dict[str, Any]) -> dict[str, list[np.ndarray]]:
    """Write a file as `save_weights` of Keras 2.2.4 lays it out, with the recorded names."""
    made, place = {}, 0
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer[0].encode() for layer in told["layers"]]
        file.attrs["backend"], file.attrs["keras_version"] = b"tensorflow", b"2.2.4"
        for name, _, weights in told["layers"]:
            group = file.create_group(name)
            group.attrs["weight_names"] = [weight[0].encode() for weight in weights]
            made[name] = []
            for weight, shape in weights:
                role = formula()["role_of"](weight, name)
                made[name].append(np.full(shape, place, "float32") + ("var" in role))
                group[weight] = made[name][-1]
                place += 1
    return made


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "models").mkdir()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with in_era("2.2"):
        yield tmp_path / "models"


def assert_holds(model: Model, made: dict[str, list[np.ndarray]], but: str = "") -> None:
    for layer in model.layers:
        if layer.name != but:
            for one, other in zip(layer.get_weights(), made[layer.name], strict=True):
                np.testing.assert_array_equal(one, other, err_msg=layer.name)


@pytest.mark.parametrize("side", ["top", "notop"])
def test_an_official_file_in_the_cache_is_read_in_order(side: str, home: Path) -> None:
    ending = "" if side == "top" else "_no_top"
    made = official(home / f"{NAME}{ending}.h5", recorded(side).told)
    shape = None if side == "top" else (224, 224, 3)
    model = MobileNetV2(alpha=0.35, include_top=side == "top", input_shape=shape)
    assert_holds(model, made)


def test_an_official_file_is_read_by_name_under_a_top_of_ones_own(home: Path) -> None:
    made = official(home / "whole.h5", recorded("top").told)
    base = MobileNetV2((32, 32, 3), 0.35, include_top=False, weights=None, pooling="avg")
    model = Model(base.input, layers.Dense(3, name="mine")(base.output))
    before = model.get_layer("mine").get_weights()
    model.load_weights(str(home / "whole.h5"), by_name=True)
    assert_holds(Model(base.input, base.output), made)
    for one, other in zip(before, model.get_layer("mine").get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_file_of_other_images_goes_into_a_model_of_any(home: Path) -> None:
    made = official(home / "notop.h5", recorded("notop").told)
    path = str(home / "notop.h5")
    assert_holds(MobileNetV2((40, 48, 3), 0.35, include_top=False, weights=path), made)


def test_kshim_writes_the_names_that_keras_writes(home: Path) -> None:
    told = recorded("top").told
    MobileNetV2(alpha=0.35, weights=None).save_weights(str(home / "mine.h5"))
    with h5py.File(home / "mine.h5") as file:
        names = [_text(name) for name in file.attrs["layer_names"]]
        assert names == [layer[0] for layer in told["layers"]]
        for name, _, weights in told["layers"]:
            found = [_text(weight) for weight in file[name].attrs["weight_names"]]
            assert found == [weight[0] for weight in weights]
            assert [list(file[name][one].shape) for one in found] == [it[1] for it in weights]


@architecture(
    "tiny", files=kernels(STORE, "tiny", theano=(None, None)), top=classes_of_means("top")
)
def Tiny(x: Symbol, asked: Asked) -> Symbol:
    """Return one convolution."""
    return conv(x, 4, 3, "conv", padding="same")


def test_kernels_of_theano_are_turned_round_in_keras_1(home: Path) -> None:
    with in_era("1.2"), in_data_format("channels_first"):
        kept = Tiny(weights=None)
        kept.save_weights(str(home / "tiny_weights_th_dim_ordering_th_kernels.h5"))
        read = Tiny()
        kernel, bias = read.get_layer("conv").get_weights()
        wanted, bias_wanted = kept.get_layer("conv").get_weights()
    np.testing.assert_array_equal(kernel, wanted[:, :, ::-1, ::-1])
    np.testing.assert_array_equal(bias, bias_wanted)


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)
