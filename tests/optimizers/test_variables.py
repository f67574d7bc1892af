"""Rules that look at whole variables see them as Keras shows them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim import layers, optimizers
from kshim.core.eras import in_era
from kshim.models import Sequential
from kshim.optimizers.variables import Variables, norms


def gru() -> Any:
    """Return a built GRU whose bias of two rows is two of torch's parameters."""
    layer = layers.GRU(3)
    layer.build((None, 4, 2))
    return layer


def test_the_parameters_of_one_variable_are_a_group() -> None:
    layer = gru()
    known = Variables()
    known.learn(layer.trainable_weights)
    parameters = [tensor for weight in layer.trainable_weights for tensor in weight.tensors]
    assert known.groups(parameters) == [[0], [1], [2, 3]]
    assert [known.of(it).rank for it in parameters] == [2, 2, 2, 2]


def test_a_parameter_nobody_told_about_is_a_variable_of_its_own() -> None:
    lonely = torch.nn.Parameter(torch.ones(2, 3))
    variable = Variables().of(lonely)
    assert (variable.name, variable.rank, variable.tensors) == ("", 2, (lonely,))


def test_the_tensors_of_a_group_have_one_norm() -> None:
    tensors = [torch.tensor([3.0]), torch.tensor([4.0]), torch.tensor([2.0])]
    assert [float(it) for it in norms(tensors, [[0, 1], [2]])] == [5.0, 5.0, 2.0]


def test_adafactor_keeps_rows_and_columns_as_keras_shows_the_kernel() -> None:
    with in_era("3"):
        model = Sequential([layers.Dense(3, input_shape=(4,))])
        model.compile(optimizers.Adafactor(0.1), "mse")
        model.train_on_batch(np.ones((2, 4), "f4"), np.zeros((2, 3), "f4"))
    kernel, bias = (weight.tensors[0] for weight in model.trainable_weights)
    slots = model.optimizer.slots(kernel)
    assert {name: tuple(slot.shape) for name, slot in slots.items()} == {
        "r": (4,), "c": (3,), "v": (3, 4),
    }  # fmt: skip
    assert list(model.optimizer.slots(bias)) == ["v"]


def test_muon_leaves_vectors_embeddings_and_named_layers_to_adamw() -> None:
    with in_era("3"):
        model = Sequential(
            [
                layers.Embedding(5, 4, name="embedding"),
                layers.Dense(3, name="hidden"),
                layers.Dense(2, name="head"),
            ]
        )
        model.build((None, 6))
        model.compile(optimizers.Muon(0.1, exclude_layers=["head"]), "mse")
        model.train_on_batch(np.ones((2, 6)), np.zeros((2, 6, 2), "f4"))
        held = {
            weight.name: "velocity" in model.optimizer.slots(weight.tensors[0])
            for weight in model.trainable_weights
        }
    assert [name for name, by_adam in held.items() if not by_adam] == ["hidden/kernel:0"]


@pytest.mark.parametrize("rule", [optimizers.Adafactor, optimizers.Lamb, optimizers.Muon])
def test_a_copy_from_the_saved_arrays_goes_on_alike(rule: Any) -> None:
    def trained(batches: int) -> Any:
        model = Sequential([layers.Dense(3, input_shape=(4,)), layers.Dense(2)])
        model.set_weights([np.full(w.shape, 0.1, "f4") + np.arange(w.size).reshape(w.shape) * 0.03
                           for w in model.get_weights()])  # fmt: skip
        model.compile(rule(0.1), "mse")
        for batch in range(batches):
            model.train_on_batch(np.full((2, 4), batch, "f4"), np.ones((2, 2), "f4"))
        return model

    with in_era("3"):
        whole, half, other = trained(4), trained(2), trained(0)
        other.set_weights(half.get_weights())
        other.optimizer.build(other.compiled.parameters)
        other.optimizer.set_weights(half.optimizer.get_weights())
        for batch in (2, 3):
            other.train_on_batch(np.full((2, 4), batch, "f4"), np.ones((2, 2), "f4"))
    for mine, wanted in zip(other.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, wanted)
