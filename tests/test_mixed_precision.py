"""mixed_precision: policies, the types of layers, and how networks learn under them.

The recorded rows (compat_cases/README.md, precision) are run again with the same function.
"""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from kshim import backend, layers, mixed_precision, models, optimizers
from kshim.core.eras import in_era
from kshim.core.policies import Policy, global_policy, set_global_policy
from kshim.errors import ArgumentError
from kshim.export import to_source
from tests.recorded import CASES, Recorded, recorded

KERAS = SimpleNamespace(layers=layers, models=models, mixed_precision=mixed_precision)
RUN = runpy.run_path(str(CASES / "cases" / "precision.py"))

# How far the numbers may be from the recorded ones: a few units in the last place of the type
# (2**-11 of float16, 2**-8 of bfloat16), as roundings fall in other places of an expression. The
# recorded numbers are float32; those of weights are sums of six updates.
TOLERANCES = {"mixed_float16": 4e-3, "mixed_bfloat16": 3e-2, "float64": 1e-6}


@pytest.fixture(autouse=True)
def _policy_of_floatx() -> Iterator[None]:
    yield
    set_global_policy(None)
    backend.set_floatx("float32")


@pytest.mark.parametrize("case", recorded("precision"), ids=str)
def test_networks_have_the_recorded_types_and_learn_as_recorded(case: Recorded) -> None:
    with in_era(case.era):
        told, before, losses, last = RUN["run"](KERAS, case.spec)
    wide = {"bfloat16": "float32"}  # numpy has no bfloat16: kshim gives those in float32
    expected = {key: case.spec[key] for key in told}
    expected["output"] = wide.get(expected["output"], expected["output"])
    assert told == expected
    tolerance = TOLERANCES[case.spec["policy"]]
    close = {"rtol": tolerance, "atol": tolerance}
    np.testing.assert_allclose(before, case.arrays["output_0"], **close)
    np.testing.assert_allclose(losses, case.arrays["losses"], **close)
    for mine, theirs in zip(last, case.weights, strict=True):
        np.testing.assert_allclose(mine, theirs, **close)


@pytest.mark.parametrize("name", ["mixed_float16", "mixed_bfloat16", "float32", "float64"])
def test_a_policy_is_its_name_in_a_config(name: str) -> None:
    policy = Policy.from_config(Policy(name).get_config())
    assert policy == Policy(name) != Policy("int32")
    assert (policy.variable_dtype == policy.compute_dtype) is not policy.is_mixed


@pytest.mark.parametrize(("era", "word"), [("2.15", "Policy"), ("3", "DTypePolicy")])
def test_policies_show_themselves_in_the_eras_word(era: str, word: str) -> None:
    with in_era(era):
        assert repr(Policy("mixed_float16")) == f'<{word} "mixed_float16">'
        config = layers.Dense(3, dtype="mixed_float16").get_config()["dtype"]
    module = {"2.15": "keras.mixed_precision", "3": "keras"}[era]
    assert config == {
        "module": module, "class_name": word, "config": {"name": "mixed_float16"},
        "registered_name": None,
    }  # fmt: skip


def test_unknown_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(ArgumentError, match=r"got 'mixed_float1'\. Did you mean 'mixed_float16'"):
        set_global_policy("mixed_float1")
    with pytest.raises(ArgumentError, match="must be a policy of floats"):
        set_global_policy("int32")
    assert global_policy() == Policy("float32")


def test_a_layer_of_its_own_policy_casts_what_comes_and_what_goes() -> None:
    layer = layers.Dense(3, dtype="mixed_bfloat16")
    made = layer(np.ones((2, 4), "float32"))
    assert (made.dtype, layer.kernel.dtype) == (torch.bfloat16, torch.float32)
    assert (layer.compute_dtype, layer.variable_dtype, layer.dtype) == (
        "bfloat16", "float32", "float32",
    )  # fmt: skip


def test_a_layer_of_ones_own_works_in_the_types_of_its_policy() -> None:
    class Scale(layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.factor = self.add_weight("factor", (input_shape[-1], 2), initializer="ones")

        def call(self, inputs: Any) -> Any:
            return backend.dot(inputs, self.factor)

    set_global_policy("mixed_float16")
    symbol = Scale()(layers.Input((4,)))
    assert (symbol.dtype, tuple(symbol.shape)) == ("float16", (None, 2))
    layer = Scale()
    made = layer(np.full((3, 4), 0.5, "float32"))
    assert (made.dtype, layer.factor.dtype) == (torch.float16, torch.float32)
    np.testing.assert_array_equal(made.detach().numpy(), np.full((3, 2), 2.0))


def test_a_model_of_ones_own_class_computes_in_the_policys_type() -> None:
    class Mine(models.Model):
        def __init__(self) -> None:
            super().__init__()
            self.inner = layers.Dense(4, activation="relu")
            self.last = layers.Dense(2, dtype="float32")

        def call(self, inputs: Any) -> Any:
            inner = self.inner(inputs)
            assert inner.dtype == torch.float16
            return self.last(inner)

    set_global_policy("mixed_float16")
    model = Mine()
    model.compile("sgd", "mse")
    assert isinstance(model.optimizer, optimizers.LossScaleOptimizer)
    losses = model.fit(np.ones((4, 3)), np.ones((4, 2)), epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_normalisation_of_half_precision_is_computed_in_float32() -> None:
    set_global_policy("mixed_float16")
    model = models.Sequential([layers.LayerNormalization(input_shape=(4,))])
    rows = np.array([[300.0, 301.0, 302.0, 303.0]])  # their squares are no numbers of float16
    expected = (rows - rows.mean()) / np.sqrt(rows.var() + 1e-3)
    np.testing.assert_allclose(model.predict(rows), expected, atol=1e-3)


def test_a_step_with_infinite_gradients_is_left_out_and_the_scale_halved() -> None:
    set_global_policy("mixed_float16")
    model = models.Sequential([layers.Dense(1, input_shape=(2,), kernel_initializer="zeros")])
    model.compile(optimizers.LossScaleOptimizer(optimizers.SGD(0.1), dynamic_growth_steps=2), "mse")
    x, y = np.ones((2, 2)), np.ones((2, 1))
    before = model.get_weights()
    model.train_on_batch(x, np.full((2, 1), 6e4))
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    assert model.optimizer.dynamic_scale.value == 2.0**14
    for _ in range(2):
        model.train_on_batch(x, y)
    assert model.optimizer.dynamic_scale.value == 2.0**15
    assert (model.get_weights()[0] != before[0]).all()


def test_auto_scale_loss_may_be_declined() -> None:
    set_global_policy("mixed_float16")
    model = models.Sequential([layers.Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse", auto_scale_loss=False)
    assert isinstance(model.optimizer, optimizers.SGD)


@pytest.mark.parametrize("ending", ["h5", "keras"])
def test_files_keep_the_policies_of_layers(tmp_path: Path, ending: str) -> None:
    set_global_policy("mixed_float16")
    model = models.Sequential(
        [layers.Dense(3, input_shape=(4,)), layers.Activation("softmax", dtype="float32")]
    )
    model.compile("adam", "mse")
    model.fit(np.ones((2, 4)), np.ones((2, 3)), verbose=0)
    model.save(tmp_path / f"model.{ending}")
    set_global_policy(None)
    loaded = models.load_model(tmp_path / f"model.{ending}")
    assert [layer.dtype_policy.name for layer in loaded.layers] == ["mixed_float16", "float32"]
    assert isinstance(loaded.optimizer, optimizers.LossScaleOptimizer)
    x = np.linspace(-1, 1, 8).reshape(2, 4)
    np.testing.assert_array_equal(loaded.predict(x), model.predict(x))


def test_a_mixed_model_leaves_in_float32(tmp_path: Path) -> None:
    set_global_policy("mixed_float16")
    model = models.Sequential(
        [layers.Conv2D(3, 2, input_shape=(4, 5, 2)), layers.BatchNormalization(),
         layers.Flatten(), layers.Dense(2)]
    )  # fmt: skip
    to_source(model, tmp_path / "net.py")
    assert "float16" not in (tmp_path / "net.py").read_text()
    x = np.linspace(-1, 1, 80).reshape(2, 4, 5, 2).astype("float32")
    whole = model.to_torch()(torch.from_numpy(x)).detach().numpy()
    assert whole.dtype == np.float32
    np.testing.assert_allclose(model.predict(x), whole, atol=4e-3)


def test_half_precision_leaves_nothing_behind_when_a_layer_fails() -> None:
    set_global_policy("mixed_float16")
    model = models.Sequential([layers.Dense(3, input_shape=(4,)), layers.Dense(2)])
    with pytest.raises(RuntimeError):
        model.network.predict(torch.ones(2, 5))
    assert not torch.is_autocast_enabled("cpu")


def test_floatx_of_float64_trains_in_float64() -> None:
    backend.set_floatx("float64")
    model = models.Sequential([layers.Dense(1, input_shape=(2,), kernel_initializer="zeros")])
    model.compile(optimizers.SGD(0.5), "mse")
    x, y = np.array([[1.0, 2.0]]), np.array([[1.0]])
    model.fit(x, y, epochs=1, verbose=0)
    kernel, bias = model.get_weights()
    assert kernel.dtype == model.predict(x).dtype == np.float64
    # From zero: minus rate times the gradient, which is 2 * (0 - 1) * x.
    np.testing.assert_allclose(kernel, [[1.0], [2.0]], rtol=1e-15)
    np.testing.assert_allclose(bias, [1.0], rtol=1e-15)


def test_a_scaled_loss_has_gradients_where_a_script_has_them_off() -> None:
    set_global_policy("mixed_float16")
    model = models.Sequential([layers.Dense(1, input_shape=(2,), kernel_initializer="zeros")])
    model.compile(optimizers.SGD(0.5), "mse")
    with torch.no_grad():
        model.fit(np.array([[1.0, 2.0]]), np.array([[0.1]]), verbose=0)
    np.testing.assert_allclose(model.get_weights()[0], [[0.1], [0.2]], rtol=1e-3)
