"""How Keras 1 showed weights: its arrays, names and first values, and files in both forms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kshim import layers as L
from kshim.core.eras import in_era
from kshim.core.names import forget_names
from kshim.layers.holding import weights_in
from kshim.models.sequential import Sequential


@pytest.fixture(autouse=True)
def fresh_names() -> None:
    forget_names()


def built(layer: Any, shape: tuple[int | None, ...]) -> Any:
    layer.build_once(shape)
    return layer


def shapes(layer: Any) -> list[tuple[int, ...]]:
    return [value.shape for value in layer.get_weights()]


def test_an_lstm_shows_twelve_arrays_which_are_parts_of_torchs() -> None:
    with in_era("1.2"):
        layer = built(L.LSTM(4), (None, 5, 3))
    assert [weight.name for weight in layer.weights[:4]] == [
        "lstm_1_W_i:0", "lstm_1_U_i:0", "lstm_1_b_i:0", "lstm_1_W_c:0",
    ]  # fmt: skip
    assert shapes(layer) == [(3, 4), (4, 4), (4,)] * 4
    layer.weights[6].assign(np.full((3, 4), 7.0))  # W_f, which torch keeps second
    assert (layer.recurrence.weight_ih_l0[4:8] == 7).all()
    assert not (layer.recurrence.weight_ih_l0[:4] == 7).any()


def test_consume_less_gpu_shows_three_arrays() -> None:
    with in_era("1.2"), pytest.warns(UserWarning, match="consume_less"):
        layer = built(L.LSTM(4, consume_less="gpu"), (None, 5, 3))
    assert shapes(layer) == [(3, 16), (4, 16), (16,)]


def test_gates_apart_start_from_init_and_one_forget_bias() -> None:
    with in_era("1.2"):
        layer = built(L.LSTM(40, "one", "zero"), (None, 5, 3))
        whole = built(L.LSTM(40, "one", "zero", implementation=2), (None, 5, 3))
    by_name = {weight.key: weight.numpy() for weight in layer.weights}
    assert (by_name["U_i"] == 1).all()  # inner_init reaches the kernel in one piece only
    assert (by_name["b_f"] == 1).all()
    assert not by_name["b_i"].any()
    assert not whole.recurrent_kernel.numpy().any()


def test_each_gate_is_drawn_by_its_own_fans() -> None:
    with in_era("1.2"):
        layer = built(L.GRU(60), (None, 5, 60))
    limit = np.sqrt(6 / 120)
    assert limit * 0.99 < np.abs(layer.get_weights()[0]).max() <= limit


@pytest.mark.parametrize(
    ("make", "shape", "kernel"),
    [
        (lambda: L.Conv1D(4, 3), (None, 7, 2), (3, 1, 2, 4)),
        (lambda: L.Conv2D(4, 3, 2), (None, 7, 6, 2), (3, 2, 2, 4)),
        (lambda: L.Conv2D(4, 3, 2, data_format="th"), (None, 2, 7, 6), (4, 2, 3, 2)),
        (lambda: L.Conv3D(4, 3, 2, 1, data_format="th"), (None, 5, 7, 6, 4), (4, 5, 3, 2, 1)),
    ],
)
def test_a_kernel_has_the_axes_of_its_dim_ordering(
    make: Any, shape: tuple[int | None, ...], kernel: tuple[int, ...]
) -> None:
    with in_era("1.2"):
        layer = built(make(), shape)
    assert shapes(layer)[0] == kernel
    assert layer.W.name.endswith("_W:0")


def test_names_of_layers_are_small_letters_of_keras_1_classes() -> None:
    with in_era("1.2"):
        names = [L.BatchNormalization().name, L.Conv2D(4, 3, 3).name, L.MaxPooling2D().name]
    assert names == ["batchnormalization_1", "convolution2d_1", "maxpooling2d_1"]


@pytest.mark.parametrize(("writes", "reads"), [("1.2", "2.15"), ("2.2", "1.2"), ("1.2", "1.2")])
def test_weights_of_one_era_are_read_in_another(tmp_path: Path, writes: str, reads: str) -> None:
    def model() -> Any:
        inner = L.LSTM(3, recurrent_activation="sigmoid", implementation=1)
        return Sequential([L.Conv1D(4, 3, input_shape=(7, 2)), L.Bidirectional(inner), L.Dense(2)])

    with in_era(writes):
        first = model()
    with in_era(reads):
        second = model()
    first.save_weights(tmp_path / "weights.h5")
    second.load_weights(tmp_path / "weights.h5")
    given = np.random.default_rng(0).normal(size=(5, 7, 2)).astype("float32")
    np.testing.assert_allclose(second.predict(given), first.predict(given), rtol=1e-5, atol=1e-6)


def test_the_form_with_the_shapes_or_as_many_arrays_as_a_file_is_found() -> None:
    layer = built(L.LSTM(4), (None, 5, 3))
    assert [len(weights_in(layer, "1.2", [(1,)] * count)) for count in (12, 3)] == [12, 3]
    plain, flat = [(3, 16), (4, 16), (16,)], [(3, 16), (4, 16), (32,)]
    for shapes in (plain, flat):
        assert [tuple(it.shape) for it in weights_in(layer, "2.2", shapes)] == shapes


def test_training_changes_gates_that_share_a_tensor_once() -> None:
    with in_era("1.2"):
        model = Sequential([L.GRU(3, input_shape=(5, 2))])
        model.compile("sgd", "mse")
        before = model.get_weights()
        model.train_on_batch(np.ones((2, 5, 2), "float32"), np.ones((2, 3), "float32"))
    assert len(before) == 9
    changed = [not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert sum(changed) >= 6
