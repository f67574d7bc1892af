"""The lowered network as a torch module: names, twins, modes, hooks, types, permutes."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from kshim import layers as L
from kshim.models.model import Model
from kshim.models.sequential import Sequential

IMAGES = torch.randn(3, 6, 8, 2)


def cnn() -> Model:
    """Return a residual CNN with a branch, normalised, dropped out, concatenated."""
    entrance = L.Input((6, 8, 2), name="image")
    trunk = L.Conv2D(4, 3, padding="same", name="conv_1")(entrance)
    trunk = L.Activation("relu")(L.BatchNormalization(name="bn_1")(trunk))
    branch = L.Dropout(0.5)(L.Conv2D(4, (3, 1), padding="same", name="conv_2")(trunk))
    trunk = L.MaxPooling2D()(L.concatenate([L.add([trunk, branch]), branch]))
    return Model(entrance, L.Dense(5, "softmax", name="classes")(L.Flatten()(trunk)))


class Twin(nn.Module):
    """Be the same network, written by hand in torch."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_1 = nn.Conv2d(2, 4, 3, padding=1)
        self.bn_1 = nn.BatchNorm2d(4, eps=1e-3, momentum=0.01)
        self.conv_2 = nn.Conv2d(4, 4, (3, 1), padding=(1, 0))
        self.classes = nn.Linear(96, 5)

    def forward(self, image: Tensor) -> Tensor:
        trunk = torch.relu(self.bn_1(self.conv_1(image.permute(0, 3, 1, 2))))
        branch = nn.functional.dropout(self.conv_2(trunk), 0.5, self.training)
        trunk = nn.functional.max_pool2d(torch.cat([trunk + branch, branch], 1), 2)
        return torch.softmax(self.classes(trunk.permute(0, 2, 3, 1).flatten(1)), -1)


def shared() -> Model:
    one, two, layer = L.Input((4,)), L.Input((4,)), L.Dense(3, name="both")
    return Model([one, two], L.Dense(2, name="last")(L.subtract([layer(one), layer(two)])))


def nested() -> Model:
    entrance, inner = (
        L.Input((4,)),
        Sequential([L.Dense(3, input_shape=(4,), name="a")], name="inner"),
    )
    return Model(entrance, L.Dense(2, name="last")(L.add([inner(entrance), inner(entrance)])))


def stacked() -> Model:
    return Sequential(
        [L.Dense(3, input_shape=(4,), name="a"), L.PReLU(name="p"), L.Dense(2, name="b")]
    )


KEYS: list[tuple[Any, list[str]]] = [
    (shared, ["both.weight", "both.bias", "last.weight", "last.bias"]),
    (nested, ["inner.a.weight", "inner.a.bias", "last.weight", "last.bias"]),
    (stacked, ["a.weight", "a.bias", "p.alpha", "b.weight", "b.bias"]),
]


@pytest.mark.parametrize(("make", "keys"), KEYS)
def test_every_tensor_stands_once_under_its_layers_name(make: Any, keys: list[str]) -> None:
    model = make()
    assert sorted(key.replace("p.weight", "p.alpha") for key in model.state_dict()) == sorted(keys)
    assert len(list(model.parameters())) == len(model.weights)


@pytest.mark.parametrize("make", [cnn, shared, nested, stacked])
def test_the_state_loads_into_a_second_model_built_apart(make: Any) -> None:
    one, two = make(), make()
    two.load_state_dict(one.state_dict(), strict=True)
    for mine, theirs in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_the_state_loads_strictly_into_a_twin_written_by_hand() -> None:
    model, twin = cnn(), Twin()
    twin.load_state_dict(model.state_dict(), strict=True)
    torch.testing.assert_close(model(IMAGES), twin.eval()(IMAGES))
    model.load_state_dict(Twin().state_dict(), strict=True)


def test_train_and_eval_reach_every_module_as_torch_does() -> None:
    model, twin = cnn().train(), Twin().train()
    twin.load_state_dict(model.state_dict())
    assert model.get_submodule("bn_1").training
    torch.manual_seed(1)
    made = model(IMAGES)
    torch.manual_seed(1)
    torch.testing.assert_close(made, twin(IMAGES))
    torch.testing.assert_close(model.state_dict(), twin.state_dict())
    torch.testing.assert_close(model.eval()(IMAGES), twin.eval()(IMAGES))


def test_fitting_and_predicting_give_the_mode_back() -> None:
    model = cnn()
    model.compile("sgd", "mse")
    for mode in (True, False):
        model.train(mode)
        model.predict(IMAGES)
        model.train_on_batch(IMAGES, np.zeros((3, 5)))
        assert model.get_submodule("bn_1").training is mode


def test_a_hand_written_torch_loop_trains_it_like_its_twin() -> None:
    model, twin = cnn(), Twin()
    twin.load_state_dict(model.state_dict())
    for network in (model, twin):
        network.train()
        torch.manual_seed(1)
        optimizer = torch.optim.Adam(network.parameters(), 0.01)
        for _ in range(3):
            optimizer.zero_grad()
            network(IMAGES).square().sum().backward()
            optimizer.step()
    for mine, theirs in zip(model.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs)
    np.testing.assert_allclose(  # Keras's view saw it too
        model.get_layer("classes").get_weights()[0], twin.classes.weight.detach().T, rtol=1e-6
    )


def test_a_deep_copy_has_weights_of_its_own_and_trains() -> None:
    model = cnn()
    model.compile("adam", "mse")
    model.train_on_batch(IMAGES, np.zeros((3, 5)))
    twin = copy.deepcopy(model)
    torch.testing.assert_close(twin(IMAGES), model(IMAGES))
    kept = model.get_weights()
    twin.train_on_batch(IMAGES, np.zeros((3, 5)))
    for before, after in zip(kept, model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    assert (twin.get_weights()[0] != kept[0]).any()


def test_torch_compile_computes_the_same() -> None:
    model = cnn()
    torch.testing.assert_close(torch.compile(model, backend="eager")(IMAGES), model(IMAGES))


def test_torch_compile_takes_a_model_with_a_leaf_too() -> None:
    class Leaf(L.Layer):
        def call(self, inputs: Any, training: Any = None) -> Any:
            return inputs * 2

    entrance = L.Input((4,))
    model = Model(entrance, L.Dense(3)(Leaf()(entrance)))
    values = torch.randn(2, 4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dynamo's own, where it breaks the graph
        made = torch.compile(model, backend="eager")(values)
    torch.testing.assert_close(made, model(values))


def test_hooks_on_children_and_on_the_model_are_called() -> None:
    model, seen = cnn(), []
    model.get_submodule("classes").register_forward_hook(lambda *args: seen.append("classes"))
    model.conv_2.register_forward_hook(lambda *args: seen.append("conv_2"))
    model.register_forward_hook(lambda *args: seen.append("model"))
    model(IMAGES)
    model.predict(IMAGES)
    assert seen == ["conv_2", "classes", "model", "conv_2", "classes"]


@pytest.mark.parametrize("kind", [torch.float64, torch.bfloat16])
def test_to_another_type_keeps_handles_right(kind: torch.dtype) -> None:
    model = cnn()
    kept = [weight.read().detach().to(kind).float() for weight in model.weights]
    model.to(kind)
    for weight, before in zip(model.weights, kept, strict=True):
        assert weight.read().dtype == kind
        torch.testing.assert_close(weight.read().detach().float(), before)
    assert model(IMAGES).dtype == kind
    model.set_weights([value * 0 for value in kept])
    assert all((tensor == 0).all() for tensor in model.parameters())


def test_in_float64_it_predicts_and_trains() -> None:
    model = cnn().to(torch.float64)
    assert model.predict(IMAGES.numpy()).dtype == np.float64
    assert all(value.dtype == np.float64 for value in model.get_weights())
    model.compile("sgd", "mse")
    before = model.get_weights()[0]
    model.fit(IMAGES.numpy(), np.zeros((3, 5)), verbose=0)
    assert (model.get_weights()[0] != before).any()


def test_a_cnn_with_all_between_keeps_two_permutes() -> None:
    nodes = cnn().network.full.graph.nodes
    assert sum(node.target is torch.permute for node in nodes) == 2


def test_logits_are_shown_for_outputs_that_end_in_softmax_or_sigmoid() -> None:
    entrance = L.Input((4,))
    ends = [L.Dense(3, "softmax")(entrance), L.Dense(1, "sigmoid")(entrance), L.Dense(2)(entrance)]
    model = Model(entrance, ends)
    assert model.network.ends == ["softmax", "sigmoid", None]
    outputs, masks, losses, logits = model.network.full(torch.randn(2, 4))
    torch.testing.assert_close(torch.softmax(logits[0], -1), outputs[0])
    torch.testing.assert_close(torch.sigmoid(logits[1]), outputs[1])
    assert logits[2] is None and masks == [None] * 3 and losses == []


def test_two_models_that_share_layers_share_the_tensors() -> None:
    entrance = L.Input((4,))
    middle = L.Dense(3, name="a")(entrance)
    whole, part = Model(entrance, L.Dense(2)(middle)), Model(entrance, middle)
    assert whole.get_submodule("a") is part.get_submodule("a")
    whole.compile("sgd", "mse")
    values = np.ones((2, 4), "float32")
    before = part.predict(values)
    whole.train_on_batch(values, np.ones((2, 2)))
    assert (part.predict(values) != before).any()
