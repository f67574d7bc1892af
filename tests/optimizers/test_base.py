"""What all optimizers share: names, configs, state in each era's order, averaging."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim import optimizers
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, StateError, UnexpectedArgument, UnknownName, WeightError
from kshim.layers import Dense
from kshim.models import Sequential

NAMES = [
    "SGD",
    "RMSprop",
    "Adagrad",
    "Adadelta",
    "Adam",
    "AdamW",
    "Adamax",
    "Nadam",
    "Ftrl",
    "Lion",
]


def after_updates(optimizer: Any, count: int = 2) -> list[torch.nn.Parameter]:
    parameters = [torch.nn.Parameter(torch.ones(2, 3)), torch.nn.Parameter(torch.ones(4))]
    for turn in range(1, count + 1):
        optimizer.apply(parameters, [torch.full_like(p, float(turn)) for p in parameters])
    return parameters


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("era", ["1.2", "2.2", "2.3", "2.15"])
def test_an_optimizer_is_made_again_from_its_config(name: str, era: str) -> None:
    with in_era(era):
        first = optimizers.get(name.lower())
        first.lr = 0.5
        again = optimizers.deserialize(optimizers.serialize(first))
        assert type(again) is type(first)
        assert again.get_config() == first.get_config()
        assert again.lr == 0.5


def test_configs_are_in_the_words_of_the_era() -> None:
    with in_era("2.2"):
        assert optimizers.RMSprop().get_config() == {
            "lr": 0.001,
            "rho": 0.9,
            "epsilon": 1e-7,
            "decay": 0.0,
        }
        assert "decay" not in optimizers.Nadam().get_config()
        assert optimizers.SGD(clipnorm=1.0).get_config()["clipnorm"] == 1.0
    with in_era("1.2"):
        assert "amsgrad" not in optimizers.Adam().get_config()
    with in_era("2.3"):
        assert optimizers.Adam().get_config()["learning_rate"] == 0.001
    assert set(optimizers.Adam().get_config()) == {
        "name",
        "weight_decay",
        "clipnorm",
        "global_clipnorm",
        "clipvalue",
        "use_ema",
        "ema_momentum",
        "ema_overwrite_frequency",
        "jit_compile",
        "is_legacy_optimizer",
        "learning_rate",
        "beta_1",
        "beta_2",
        "epsilon",
        "amsgrad",
    }


def test_a_config_of_keras_2_2_is_read_in_every_era() -> None:
    config = {"class_name": "Adam", "config": {"lr": 0.5, "decay": 0.1, "epsilon": None}}
    optimizer = optimizers.get(config)
    assert (optimizer.lr, optimizer.decay, optimizer.epsilon) == (0.5, 0.1, 1e-7)


def test_a_wrong_name_gets_the_nearest_one() -> None:
    with pytest.raises(UnknownName, match=r"got 'rmspropy'\. Did you mean 'rmsprop'\?"):
        optimizers.get("rmspropy")


def test_what_is_no_optimizer_is_refused() -> None:
    with pytest.raises(ArgumentError, match="optimizer must be"):
        optimizers.get(3)
    with pytest.raises(UnexpectedArgument, match="SGD: positional arguments"):
        optimizers.SGD(0.1, learning_rate=0.1)
    with pytest.raises(ArgumentError, match="SGD: global_clipnorm must be unset"):
        optimizers.SGD(clipnorm=1.0, global_clipnorm=1.0)


@pytest.mark.parametrize(
    ("era", "name", "options", "shapes"),
    [
        ("1.2", "Adam", {}, [(), (2, 3), (4,), (2, 3), (4,)]),
        ("2.2", "Adam", {}, [(), (2, 3), (4,), (2, 3), (4,), (1,), (1,)]),
        ("2.15", "Adam", {}, [(), (2, 3), (2, 3), (4,), (4,)]),
        ("2.15", "Adam", {"amsgrad": True}, [(), (2, 3), (2, 3), (4,), (4,), (2, 3), (4,)]),
        ("2.15", "Adam", {"use_ema": True}, [(), (2, 3), (4,), (2, 3), (2, 3), (4,), (4,)]),
        ("2.2", "RMSprop", {}, [(2, 3), (4,)]),
        ("2.3", "RMSprop", {}, [(), (2, 3), (4,)]),
        ("2.15", "RMSprop", {"momentum": 0.9}, [(), (2, 3), (4,), (2, 3), (4,)]),
        ("2.15", "Adadelta", {}, [(), (2, 3), (2, 3), (4,), (4,)]),
        ("2.2", "Nadam", {}, [(), (2, 3), (4,), (2, 3), (4,)]),
        ("2.3", "Nadam", {}, [(), (), (2, 3), (4,), (2, 3), (4,)]),
        ("2.2", "SGD", {}, [(), (2, 3), (4,)]),
    ],
)
def test_weights_stand_in_the_order_of_the_era(
    era: str, name: str, options: dict[str, Any], shapes: list[tuple[int, ...]]
) -> None:
    with in_era(era):
        optimizer = getattr(optimizers, name)(**options)
        after_updates(optimizer)
        assert [weight.shape for weight in optimizer.get_weights()] == shapes


@pytest.mark.parametrize("name", NAMES)
def test_training_goes_on_from_stored_weights(name: str) -> None:
    with in_era("2.3"):
        first, second = getattr(optimizers, name)(), getattr(optimizers, name)()
        mine = after_updates(first, count=3)
        theirs = [torch.nn.Parameter(parameter.detach().clone()) for parameter in mine]
        second.build(theirs)
        second.set_weights(first.get_weights())
        for optimizer, parameters in ((first, mine), (second, theirs)):
            optimizer.apply(parameters, [torch.full_like(p, -2.0) for p in parameters])
    for one, other in zip(mine, theirs, strict=True):
        assert torch.equal(one, other)


def test_weights_that_do_not_fit_are_refused() -> None:
    optimizer = optimizers.Adam()
    after_updates(optimizer)
    with pytest.raises(WeightError, match="Adam: weights must have the shapes"):
        optimizer.set_weights(optimizer.get_weights()[:-1])


def test_iterations_may_be_missing_from_older_files() -> None:
    with in_era("2.3"):
        optimizer = optimizers.RMSprop()
        after_updates(optimizer)
        optimizer.set_weights([np.ones((2, 3)), np.ones(4)])
    assert optimizer.iterations == 0
    assert all((weight == 1).all() for weight in optimizer.get_weights()[1:])


def test_a_parameter_without_gradient_stays() -> None:
    optimizer = optimizers.Adam(0.5)
    still, moving = torch.nn.Parameter(torch.ones(2)), torch.nn.Parameter(torch.ones(3))
    optimizer.apply([still, moving], [None, torch.ones(3)])
    assert torch.equal(still, torch.ones(2)) and not torch.equal(moving, torch.ones(3))


@pytest.mark.parametrize("name", NAMES)
def test_without_any_gradient_nothing_is_counted(name: str) -> None:
    optimizer = getattr(optimizers, name)()
    optimizer.apply([torch.nn.Parameter(torch.ones(2))], [None])
    assert optimizer.iterations == 0


def test_parameters_of_several_types_are_updated_together() -> None:
    optimizer = optimizers.Adamax(0.5)
    single = torch.nn.Parameter(torch.ones(2))
    double = torch.nn.Parameter(torch.ones(2, dtype=torch.float64))
    for _ in range(3):
        optimizer.apply([single, double], [torch.ones(2), torch.ones(2, dtype=torch.float64)])
    np.testing.assert_allclose(single.detach().numpy(), double.detach().numpy(), rtol=1e-6)


def test_slots_follow_their_parameter_to_another_type() -> None:
    optimizer = optimizers.Adam(0.5)
    parameter = torch.nn.Parameter(torch.ones(2))
    optimizer.apply([parameter], [torch.ones(2)])
    parameter.data = parameter.data.double()
    optimizer.apply([parameter], [torch.ones(2, dtype=torch.float64)])
    assert optimizer.slots(parameter)["m"].dtype == torch.float64


def test_the_running_mean_takes_the_place_of_the_parameters() -> None:
    optimizer = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2)
    parameter = torch.nn.Parameter(torch.tensor([4.0]))
    optimizer.apply([parameter], [torch.ones(1)])  # 3, mean 3.5
    assert parameter.item() == 3.0
    optimizer.apply([parameter], [torch.ones(1)])  # 2, mean 2.75
    assert parameter.item() == 2.75
    optimizer.apply([parameter], [torch.ones(1)])  # 1.75, mean 2.25
    optimizer.finalize([parameter])
    assert parameter.item() == 2.25


def test_weight_decay_takes_a_part_of_each_weight_away() -> None:
    parameter = torch.nn.Parameter(torch.tensor([2.0]))
    optimizers.SGD(0.5, weight_decay=0.25).apply([parameter], [torch.ones(1)])
    assert parameter.item() == 2.0 * (1 - 0.125) - 0.5


# What one train_on_batch of tf.keras 2.15 and Keras 3.15 made of a model of two Dense layers with
# SGD(0.1, weight_decay=0.5): the first numbers of kernel and bias of each; free ones are larger.
_FREE = [0.4775, 0.0875, 0.42625, 0.175]
_DECAYED = [0.4525, 0.0825, 0.40125, 0.165]


@pytest.mark.parametrize(("era", "names", "variables", "free"), [
    ("2.15", ["bias"], [], [False, True, False, True]),
    ("3", ["bias"], [], [False, True, False, True]),
    ("2.15", ["^first/kernel"], [], [True, False, False, False]),
    ("3", ["^first/kernel"], [], [False, False, False, False]),
    ("2.15", ["^kernel"], [], [False, False, False, False]),
    ("3", ["^kernel"], [], [True, False, True, False]),
    ("2.15", None, [0], [True, False, False, False]),
    ("3", None, [0], [True, False, False, False]),
    ("2.15", ["bias"], [2], [False, True, True, True]),
    ("3", ["bias"], [2], [False, True, True, True]),
])  # fmt: skip
def test_weight_decay_leaves_out_what_is_excluded(
    era: str, names: Any, variables: Any, free: list[bool]
) -> None:
    with in_era(era):
        model = Sequential([Dense(2, name="first", input_shape=(3,)), Dense(1, name="last")])
        values = [np.full((3, 2), 0.5), np.full(2, 0.1), np.full((2, 1), 0.5), np.full(1, 0.2)]
        model.set_weights(values)
        rule = optimizers.SGD(0.1, weight_decay=0.5)
        chosen = [model.weights[place] for place in variables]
        rule.exclude_from_weight_decay(var_list=chosen, var_names=names)
        model.compile(rule, "mse")
        model.train_on_batch(np.arange(12).reshape(4, 3) / 10, np.ones((4, 1)))
        found = [weight.ravel()[0] for weight in model.get_weights()]
        wanted = [_FREE[i] if it else _DECAYED[i] for i, it in enumerate(free)]
        np.testing.assert_allclose(found, wanted, rtol=1e-5)
        if era == "2.15":
            with pytest.raises(StateError, match="before the first update"):
                rule.exclude_from_weight_decay(var_names=["bias"])
        else:
            rule.exclude_from_weight_decay(var_names=["bias"])


def test_apply_takes_gradients_and_then_weights_as_keras_3_has_it() -> None:
    with in_era("3"):
        model = Sequential([Dense(1, input_shape=(2,))])
        before = model.get_weights()
        optimizers.SGD(0.1).apply([torch.ones(2, 1), torch.ones(1)], model.weights)
    for was, now in zip(before, model.get_weights(), strict=True):
        np.testing.assert_allclose(now, was - 0.1, rtol=1e-6)
