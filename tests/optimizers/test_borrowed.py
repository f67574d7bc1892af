"""Optimizers and schedulers of torch's own train a model as a loop of torch's does."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from kshim import backend, callbacks
from kshim.errors import ArgumentError, NotSupported, StateError
from kshim.layers import Dense
from kshim.models import Sequential, load_model

X = np.random.RandomState(0).normal(size=(48, 4)).astype("f4")
Y = X.sum(axis=1, keepdims=True)
RULES: dict[str, Any] = {
    "sgd": lambda it: torch.optim.SGD(it, lr=0.1, momentum=0.9),
    "adamw": lambda it: torch.optim.AdamW(it, lr=0.01),
    "rprop": lambda it: torch.optim.Rprop(it, lr=0.01),
    "groups": lambda it: torch.optim.SGD(
        [{"params": it[:2]}, {"params": it[2:], "lr": 0.01}], lr=0.1
    ),
}


@pytest.fixture
def model() -> Any:
    return Sequential([Dense(8, activation="tanh", input_dim=4), Dense(1)])


def loop(module: Any, rule: Any, epochs: int, scheduler: Any = None) -> list[float]:
    """Train as torch's users do, in batches of 16; return the mean loss of every epoch."""
    told = []
    for _ in range(epochs):
        losses = []
        for start in range(0, len(X), 16):
            x, y = (torch.as_tensor(it[start : start + 16]) for it in (X, Y))
            loss = torch.nn.functional.mse_loss(module(x), y)
            rule.zero_grad()
            loss.backward()
            rule.step()
            losses.append(float(loss.detach()))
        told.append(float(np.mean(losses)))
        if scheduler is not None:
            scheduler.step()
    return told


def fit(model: Any, epochs: int = 3, **options: Any) -> Any:
    return model.fit(X, Y, batch_size=16, epochs=epochs, shuffle=False, verbose=0, **options)


@pytest.mark.parametrize("rule", RULES)
def test_it_trains_as_torchs_own_loop(model: Any, rule: str) -> None:
    twin = copy.deepcopy(model)
    wanted = loop(twin, RULES[rule](list(twin.parameters())), 3)
    model.compile(RULES[rule](list(model.parameters())), "mse")
    np.testing.assert_allclose(fit(model).history["loss"], wanted, rtol=1e-5)
    for mine, theirs in zip(model.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-6)
    assert int(model.optimizer.iterations) == 9


def test_a_scheduler_takes_a_step_behind_every_epoch(model: Any) -> None:
    twin = copy.deepcopy(model)
    rule = RULES["sgd"](list(twin.parameters()))
    wanted = loop(twin, rule, 4, torch.optim.lr_scheduler.StepLR(rule, 2, 0.1))
    own = torch.optim.lr_scheduler.StepLR(RULES["sgd"](list(model.parameters())), 2, 0.1)
    model.compile(own, "mse")
    np.testing.assert_allclose(fit(model, 4).history["loss"], wanted, rtol=1e-5)
    assert float(model.optimizer.lr) == pytest.approx(0.001)


def test_a_plateau_is_found_by_what_is_validated_on(model: Any) -> None:
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau
    rule = plateau(torch.optim.SGD(model.parameters(), lr=0.0), patience=0, factor=0.5)
    rule.optimizer.param_groups[0]["lr"] = 1e-12
    rule.min_lrs, rule.eps = [0.0], 0.0
    model.compile(rule, "mse")
    fit(model, 4, validation_data=(X, Y))
    assert float(model.optimizer.lr) == pytest.approx(1.25e-13)


def test_the_rate_is_read_and_set_as_keras_does(model: Any) -> None:
    model.compile(RULES["groups"](list(model.parameters())), "mse")
    assert backend.get_value(model.optimizer.lr) == pytest.approx(0.1)
    backend.set_value(model.optimizer.lr, 0.2)
    assert [it["lr"] for it in model.optimizer.rule.param_groups] == pytest.approx([0.2, 0.02])
    fit(model, 2, callbacks=[callbacks.LearningRateScheduler(lambda epoch: 0.5**epoch)])
    assert float(model.optimizer.learning_rate) == 0.5


def test_frozen_layers_stay(model: Any) -> None:
    model.layers[0].trainable = False
    before = model.layers[0].get_weights()
    model.compile(RULES["sgd"](list(model.parameters())), "mse")
    fit(model)
    for mine, theirs in zip(model.layers[0].get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_files_hold_the_model_without_it(model: Any, tmp_path: Path) -> None:
    model.compile(RULES["sgd"](list(model.parameters())), "mse")
    fit(model)
    for name in ("m.h5", "m.keras"):
        with pytest.warns(UserWarning, match="must be Keras's to go into a file, got torch's SGD"):
            model.save(tmp_path / name)
        again = load_model(tmp_path / name)
        np.testing.assert_array_equal(again.predict(X), model.predict(X))
        assert again.optimizer is None
    with pytest.raises(NotSupported, match="Keep its state_dict"):
        model.optimizer.get_config()


def test_its_state_goes_on(model: Any) -> None:
    def scheduled(one: Any) -> Any:
        return torch.optim.lr_scheduler.StepLR(RULES["sgd"](list(one.parameters())), 1, 0.5)

    model.compile(scheduled(model), "mse")
    fit(model)
    twin = copy.deepcopy(model)
    twin.compile(scheduled(twin), "mse")
    twin.optimizer.load_state_dict(copy.deepcopy(model.optimizer.state_dict()))
    assert fit(twin).history == fit(model).history


def test_parameters_of_another_model_are_refused(model: Any) -> None:
    other = Sequential([Dense(1, input_dim=4)])
    model.compile(RULES["sgd"](list(other.parameters())), "mse")
    with pytest.raises(StateError, match="got a SGD that lacks 4 of 4"):
        fit(model)


def test_a_class_that_is_not_called_is_refused(model: Any) -> None:
    with pytest.raises(ArgumentError, match="optimizer must be"):
        model.compile(torch.optim.SGD, "mse")
