"""EarlyStopping and ReduceLROnPlateau, by the rules of each era."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kshim import backend as K
from kshim.callbacks import EarlyStopping, LearningRateScheduler, ReduceLROnPlateau
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, UnexpectedArgument


class Model:
    """Stand for a model: weights that say which epoch it is, and an optimizer."""

    def __init__(self, rate: float = 1.0) -> None:
        self.stop_training = False
        self.optimizer = SimpleNamespace(learning_rate=rate)
        self.weights: list[Any] = []

    def get_weights(self) -> list[Any]:
        return list(self.weights)

    def set_weights(self, weights: list[Any]) -> None:
        self.weights = weights


def run(callback: Any, values: list[float], name: str = "val_loss") -> tuple[int, Model]:
    """Return how many epochs run, and the model."""
    model = Model()
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        model.weights = [epoch]
        callback.on_epoch_end(epoch, {name: value})
        if model.stop_training:
            break
    callback.on_train_end()
    return epoch + 1, model


FALLING = [3.0, 2.0, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5]


@pytest.mark.parametrize(
    ("era", "patience", "epochs"),
    [
        ("1.2", 0, 3), ("1.2", 1, 4), ("1.2", 2, 5),
        ("2.2", 0, 3), ("2.2", 1, 3), ("2.2", 2, 4),
        ("2.15", 0, 3), ("2.15", 1, 3), ("2.15", 2, 4), ("3", 2, 4),
    ],
)  # fmt: skip
def test_patience_ends_as_in_the_era(era: str, patience: int, epochs: int) -> None:
    with in_era(era):
        assert run(EarlyStopping(patience=patience), FALLING)[0] == epochs


@pytest.mark.parametrize(("era", "epochs"), [("2.2", 1), ("2.15", 2)])
def test_tf_keras_never_stops_after_the_first_epoch(era: str, epochs: int) -> None:
    with in_era(era):
        assert run(EarlyStopping(), [np.nan, np.nan])[0] == epochs


@pytest.mark.parametrize(("era", "epochs"), [("2.2", 2), ("2.15", 2), ("2.15", 4)])
def test_a_baseline_has_to_be_beaten(era: str, epochs: int) -> None:
    values = [3.0, 2.9, 2.8, 2.7] if epochs == 2 else [3.0, 0.5, 2.0, 2.0]
    with in_era(era):
        found = run(EarlyStopping(patience=2, baseline=1.0), values)[0]
    # Better epochs above the baseline reset no patience; in tf.keras they do not stop either.
    assert found == (4 if era == "2.15" else epochs)


def test_small_gains_do_not_count() -> None:
    falling = [3.0, 2.95, 2.9, 2.85, 2.8]
    assert run(EarlyStopping(min_delta=0.5, patience=2), falling)[0] == 3
    assert run(EarlyStopping(min_delta=0.01, patience=2), falling)[0] == 5


@pytest.mark.parametrize(
    ("era", "name", "higher"),
    [
        ("2.2", "val_acc", True), ("2.2", "val_binary_accuracy", True), ("2.2", "auc", False),
        ("2.2", "val_recall", False), ("2.15", "val_accuracy", True), ("2.15", "val_auc", True),
        ("2.15", "val_recall", False), ("2.15", "accuracy_loss", False),
    ],
)  # fmt: skip
def test_mode_auto_guesses_as_the_era_guesses(era: str, name: str, higher: bool) -> None:
    with in_era(era):
        epochs, _ = run(EarlyStopping(name, patience=2), [1.0, 2.0, 3.0, 4.0], name)
    assert (epochs == 4) == higher


@pytest.mark.parametrize(
    ("era", "values", "kept"),
    [
        ("2.2", FALLING, 1), ("2.2", FALLING[:3], 2),
        ("2.15", FALLING, 1), ("2.15", FALLING[:3], 2), ("3", FALLING[:3], 1),
    ],
)  # fmt: skip
def test_the_best_weights_come_back_when_stopped_early(
    era: str, values: list[float], kept: int
) -> None:
    with in_era(era):
        _, model = run(EarlyStopping(patience=2, restore_best_weights=True), values)
    assert model.weights == [kept]


def test_a_second_run_begins_anew_and_stopping_is_told(capsys: Any) -> None:
    callback = EarlyStopping(patience=2, verbose=1)
    assert run(callback, FALLING)[0] == run(callback, FALLING)[0] == 4
    assert callback.stopped_epoch == 3
    assert "Epoch 4: early stopping" in capsys.readouterr().out


def test_a_name_that_is_not_logged_is_told_with_those_that_are() -> None:
    with pytest.warns(RuntimeWarning, match="monitor must be one of loss, got 'val_loss'"):
        run(EarlyStopping(), [1.0], "loss")


def rates(callback: Any, values: list[float], rate: float = 1.0) -> list[float]:
    """Return the rate in force after each epoch."""
    model, found = Model(rate), []
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {"val_loss": value})
        found.append(round(model.optimizer.learning_rate, 6))
    return found


FLAT = [2.0] * 6


@pytest.mark.parametrize(
    ("era", "wanted"),
    [
        ("1.2", [1, 1, 1, 0.5, 0.5, 0.25]),  # counts behind the comparison, once more at first
        ("2.2", [1, 1, 0.5, 0.5, 0.25, 0.25]),
        ("2.15", [1, 1, 0.5, 0.5, 0.25, 0.25]),
    ],
)
def test_the_rate_falls_when_patience_is_at_its_end(era: str, wanted: list[float]) -> None:
    with in_era(era):
        assert rates(ReduceLROnPlateau(factor=0.5, patience=2), FLAT) == wanted


def test_cooldown_waits_and_the_lowest_rate_holds() -> None:
    cooled = ReduceLROnPlateau(factor=0.5, patience=1, cooldown=2)
    assert rates(cooled, FLAT) == [1, 0.5, 0.5, 0.25, 0.25, 0.125]
    low = ReduceLROnPlateau(factor=0.1, patience=1, min_lr=0.05)
    assert rates(low, FLAT) == [1, 0.1, 0.05, 0.05, 0.05, 0.05]


def test_a_gain_must_be_more_than_min_delta_which_keras_1_calls_epsilon() -> None:
    falling = [2.0, 1.9, 1.8, 1.7]
    assert rates(ReduceLROnPlateau(patience=2), falling) == [1, 1, 1, 1]
    for words in ({"min_delta": 1.0}, {"epsilon": 1.0}):
        assert rates(ReduceLROnPlateau(patience=2, **words), falling) == [1, 1, 0.1, 0.1]


@pytest.mark.parametrize(
    ("era", "told"), [("1.2", 0), ("2.0", 0), ("2.2", 1), ("2.3", 1), ("2.15", 0)]
)
def test_keras_2_2_warns_of_epsilon(era: str, told: int) -> None:
    with in_era(era), warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        ReduceLROnPlateau(epsilon=1.0)
    assert len(found) == told


def test_a_rate_that_a_script_holds_in_a_variable_is_written_to() -> None:
    class Held:
        lr = K.variable(1.0)

    rate = Held.lr
    lowering = ReduceLROnPlateau(patience=1, factor=0.5)
    scheduled = LearningRateScheduler(lambda epoch, rate: rate / 4)
    with in_era("2.3"):
        for callback in (lowering, scheduled):
            callback.model = SimpleNamespace(optimizer=Held())
        for _ in range(2):
            lowering.on_epoch_end(0, {"val_loss": 1.0})
        assert float(K.get_value(rate)) == 0.5
        scheduled.on_epoch_begin(0)
    assert float(K.get_value(rate)) == 0.125


@pytest.mark.parametrize(("era", "name"), [("2.2", "lr"), ("2.15", "lr"), ("3", "learning_rate")])
def test_the_rate_is_logged(era: str, name: str) -> None:
    callback = ReduceLROnPlateau()
    callback.set_model(Model(0.25))
    logs = {"val_loss": 1.0}
    with in_era(era):
        callback.on_epoch_end(0, logs)
    assert logs[name] == 0.25


def test_wrong_words_are_refused() -> None:
    with pytest.raises(ArgumentError, match=r"factor must be a number below 1, got 1\.5"):
        ReduceLROnPlateau(factor=1.5)
    with pytest.raises(UnexpectedArgument, match="got 'patient'"):
        ReduceLROnPlateau(patient=2)
    with pytest.raises(ArgumentError, match="mode must be one of auto, min, max, got 'most'"):
        EarlyStopping(mode="most")
