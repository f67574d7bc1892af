"""Weights go to files and come back in order or by name; what does not fit is said at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from kshim import layers
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, FileError, StateError, WeightError
from kshim.models import Input, Model, Sequential
from kshim.saving.weights import WeightsSkipped


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "weights.h5"


def dense(*units: int, features: int = 4, names: str = "") -> Any:
    """Return a Sequential of Dense layers."""
    stack = [
        layers.Dense(n, name=f"{names or 'dense'}_{place}") for place, n in enumerate(units, 1)
    ]
    return Sequential([Input((features,)), *stack])


def random(model: Any) -> Any:
    """Return the model with weights that are all different."""
    draw = np.random.RandomState(0)
    model.set_weights([draw.normal(size=value.shape) for value in model.get_weights()])
    return model


def check(got: Any, wanted: Any) -> None:
    """Check that two lists of arrays are the same."""
    assert len(got) == len(wanted)
    for one, other in zip(got, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


def test_weights_come_back_in_order_whatever_the_names(path: Path) -> None:
    model = random(dense(3, 2))
    model.save_weights(path)
    twin = dense(3, 2, names="other")
    twin.load_weights(str(path))
    check(twin.get_weights(), model.get_weights())


def test_weights_go_into_layers_of_another_architecture_in_the_same_order(path: Path) -> None:
    model = random(dense(3, 2))
    model.save_weights(path)
    inputs = Input((4,))
    hidden = layers.Dense(3)(layers.Dropout(0.5)(inputs))
    other = Model(inputs, layers.Dense(2)(layers.Activation("relu")(hidden)))
    other.load_weights(path)
    check(other.get_weights(), model.get_weights())


def test_the_file_is_laid_out_as_keras_does(path: Path) -> None:
    random(dense(3)).save_weights(path)
    with h5py.File(path) as file:
        assert file.attrs["layer_names"].tolist() == [b"dense_1"]
        assert file.attrs["keras_version"] == "2.15.0"
        assert file["dense_1"].attrs["weight_names"].tolist() == [
            b"dense_1/kernel:0", b"dense_1/bias:0",
        ]  # fmt: skip
        assert file["dense_1/dense_1/kernel:0"].shape == (4, 3)


def test_layers_whose_names_go_on_from_anothers_stand_in_its_group(path: Path) -> None:
    """As tf.keras 2.15 writes them; Keras 2.2.4 and 2.3.1 cannot in this order."""
    inputs = Input((2,))
    hidden = layers.Dense(4, name="a/b")(layers.Dense(3, name="a/b/pad")(inputs))
    model = random(Model(inputs, layers.Dense(5, name="a")(hidden)))
    model.save_weights(path)
    with h5py.File(path) as file:
        assert file.attrs["layer_names"].tolist()[1:] == [b"a/b/pad", b"a/b", b"a"]
        assert file["a/b/pad/a/b/pad/kernel:0"].shape == (2, 3)
        assert file["a/b"].attrs["weight_names"].tolist() == [b"a/b/kernel:0", b"a/b/bias:0"]
        assert file["a/b/a/b/kernel:0"].shape == (3, 4)
        assert file["a/a/kernel:0"].shape == (4, 5)
    kept = model.get_weights()
    model.set_weights([np.zeros_like(value) for value in kept])
    model.load_weights(path, by_name=True)
    check(model.get_weights(), kept)


def test_a_nested_models_weights_stand_in_one_group_the_trainable_ones_first(path: Path) -> None:
    inner = Sequential(
        [
            layers.Dense(3, input_shape=(4,), name="frozen", trainable=False),
            layers.BatchNormalization(name="norm"),
            layers.Dense(2, name="top"),
        ],
        name="inner",
    )
    inputs = Input((4,))
    model = random(Model(inputs, inner(inputs)))
    model.save_weights(path)
    with h5py.File(path) as file:
        names = [name.decode() for name in file["inner"].attrs["weight_names"]]
    assert names == [
        "norm/gamma:0", "norm/beta:0", "top/kernel:0", "top/bias:0",
        "frozen/kernel:0", "frozen/bias:0", "norm/moving_mean:0", "norm/moving_variance:0",
    ]  # fmt: skip
    wanted = model.get_weights()
    model.set_weights([0 * value for value in wanted])
    model.load_weights(path)
    check(model.get_weights(), wanted)


def test_weights_of_one_name_in_one_group_are_numbered(path: Path) -> None:
    inner = Model(*_two_nested())
    inputs = Input((4,))
    model = random(Model(inputs, inner(inputs)))
    model.save_weights(path)
    wanted = model.get_weights()
    model.set_weights([0 * value for value in wanted])
    model.load_weights(path)
    check(model.get_weights(), wanted)


def test_names_that_are_too_long_for_one_attribute_are_cut(path: Path) -> None:
    stack = [layers.Activation("relu", name=f"{'long' * 20}_{n}") for n in range(900)]
    model = random(Sequential([layers.Dense(3, input_shape=(4,)), *stack]))
    model.save_weights(path)
    with h5py.File(path) as file:
        assert "layer_names" not in file.attrs
        assert "layer_names1" in file.attrs
    wanted = model.get_weights()
    model.set_weights([0 * value for value in wanted])
    model.load_weights(path)
    check(model.get_weights(), wanted)


def test_by_name_only_the_layers_of_the_same_name_change(path: Path) -> None:
    model = random(dense(3, 2))
    model.save_weights(path)
    other = Sequential(
        [Input((4,)), layers.Dense(3, name="dense_1"), layers.Dense(5, name="fresh")]
    )
    before = other.get_weights()
    other.load_weights(path, by_name=True)
    check(other.get_weights(), model.get_weights()[:2] + before[2:])


def test_layers_that_do_not_fit_may_be_skipped_by_name(path: Path) -> None:
    model = random(dense(3, 2))
    model.save_weights(path)
    other = dense(3, 5)
    before = other.get_weights()
    with pytest.warns(WeightsSkipped, match="dense_2"):
        other.load_weights(path, by_name=True, skip_mismatch=True)
    check(other.get_weights(), model.get_weights()[:2] + before[2:])
    with pytest.raises(ArgumentError, match="skip_mismatch must be False without by_name"):
        other.load_weights(path, skip_mismatch=True)


def test_every_wrong_shape_is_named_at_once_and_nothing_changes(path: Path) -> None:
    random(dense(3, 2, features=5)).save_weights(path)
    model = random(dense(4, 2))
    before = model.get_weights()
    with pytest.raises(WeightError) as caught:
        model.load_weights(path)
    message = str(caught.value)
    assert "weights.h5: weights do not fit" in message
    assert "dense_1/kernel:0 must have shape (4, 4), got (5, 3)" in message
    assert "dense_1/bias:0 must have shape (4,), got (3,)" in message
    assert "dense_2/kernel:0 must have shape (4, 2), got (3, 2)" in message
    assert "dense_2/bias" not in message
    check(model.get_weights(), before)


def test_missing_and_further_layers_are_named(path: Path) -> None:
    random(dense(3, 2)).save_weights(path)
    with pytest.raises(
        WeightError, match=re.escape("must be 3, as in") + ".*dense_3.*got 2.*dense_2"
    ):
        dense(3, 2, 2).load_weights(path)
    with pytest.raises(WeightError, match=re.escape("must be 1, as in")):
        dense(3).load_weights(path)


def test_missing_arrays_of_a_layer_are_named(path: Path) -> None:
    Sequential([layers.Dense(3, use_bias=False, input_shape=(4,))]).save_weights(path)
    with pytest.raises(WeightError, match=r"must have 2 arrays \(4, 3\), \(3,\), got 1 \(4, 3\)"):
        dense(3).load_weights(path)


def test_arrays_may_be_reshaped(path: Path) -> None:
    values = np.arange(12, dtype=np.float32)
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = np.array([b"old"])
        group = file.create_group("old")
        group.attrs["weight_names"] = np.array([b"W"])
        group["W"] = values.reshape(1, 4, 3)
    model = Sequential([layers.Dense(3, use_bias=False, input_shape=(4,))])
    with pytest.raises(WeightError, match=r"must have shape \(4, 3\), got \(1, 4, 3\)"):
        model.load_weights(path)
    model.load_weights(path, reshape=True)
    check(model.get_weights(), [values.reshape(4, 3)])


class Old(layers.Dense):
    """Take kernels that older files hold turned over."""

    def from_old_weights(self, arrays: list[Any], era: str) -> list[Any]:
        """Return the arrays in the present form."""
        return [arrays[0].T, arrays[1]] if era == "1.2" else arrays


@pytest.mark.parametrize(("version", "turned"), [(None, True), ("1.2.2", True), ("2.2.4", False)])
def test_a_layer_makes_its_weights_of_old_ones(
    path: Path, version: str | None, turned: bool
) -> None:
    values = np.arange(16, dtype=np.float32).reshape(4, 4)
    random(dense(4)).save_weights(path)
    with h5py.File(path, "a") as file:
        file["dense_1/dense_1/kernel:0"][...] = values
        del file.attrs["keras_version"]
        if version:
            file.attrs["keras_version"] = version
    model = Sequential([Old(4, input_shape=(4,))])
    model.load_weights(path)
    np.testing.assert_array_equal(model.get_weights()[0], values.T if turned else values)


def test_a_models_own_weights_are_kept_beside_its_layers(path: Path) -> None:
    class Scaled(Model):
        """Multiply what a layer computes."""

        def __init__(self) -> None:
            super().__init__()
            self.scale = self.add_weight("scale", shape=(3,), initializer="ones")
            self.dense = layers.Dense(3)

        def call(self, inputs: Any) -> Any:
            """Return the product."""
            return self.dense(inputs) * self.scale

    model, twin = Scaled(), Scaled()
    with pytest.raises(StateError, match="Call the model on data first"):
        twin.load_weights(_saved(model, path))
    x = np.ones((2, 4), np.float32)
    twin.predict(x)
    model.scale.assign(np.array([1.0, 2.0, 3.0], np.float32))
    twin.load_weights(_saved(model, path))
    np.testing.assert_array_equal(twin.predict(x), model.predict(x))


def test_a_file_without_weights_is_refused(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["x"] = np.ones((2, 3))
    with pytest.raises(FileError, match="layer_names must list the layers, got none"):
        dense(3).load_weights(path)


def test_a_listed_layer_that_is_not_there_is_named(path: Path) -> None:
    random(dense(3)).save_weights(path)
    with h5py.File(path, "a") as file:
        del file["dense_1/dense_1/bias:0"]
    with pytest.raises(FileError, match=r"dense_1/bias:0 must be in the file, got no such entry"):
        dense(3).load_weights(path)


def test_an_old_file_is_replaced_unless_it_is_to_be_kept(path: Path) -> None:
    dense(3).save_weights(path)
    dense(2).save_weights(path)
    with pytest.raises(FileError, match="must not exist yet"):
        dense(3).save_weights(path, overwrite=False)
    dense(2).load_weights(path)


def _saved(model: Any, path: Path) -> Path:
    with in_era("2.15"):
        model.predict(np.ones((2, 4), np.float32))
    model.save_weights(path)
    return path


def _two_nested() -> tuple[Any, Any]:
    inputs = Input((4,))
    one = Sequential([layers.Dense(4, input_shape=(4,), name="same")], name="one")
    other = Sequential([layers.Dense(4, input_shape=(4,), name="same")], name="other")
    return inputs, other(one(inputs))
