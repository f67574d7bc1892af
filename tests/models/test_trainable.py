"""compile, fit, evaluate and predict as scripts call them, and what they print."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from kshim import layers as L
from kshim.callbacks import Callback
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, ShapeError, UnexpectedArgument
from kshim.models import Sequential

X = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")
Y = np.ones((20, 1), "float32")


def compiled() -> Sequential:
    model = Sequential([L.Dense(3, input_shape=(4,), name="first"), L.Dense(1, name="last")])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


@pytest.mark.parametrize("x", [X, X.tolist(), [X], {"first_input": X}])
@pytest.mark.parametrize("y", [Y, Y.ravel(), Y.tolist(), [Y], {"last": Y}])
def test_data_are_taken_in_any_form(x: Any, y: Any) -> None:
    model = compiled()
    want = model.evaluate(X, Y, verbose=0)
    np.testing.assert_allclose(model.evaluate(x, y, verbose=0), want, rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda m: m.fit(X, Y, epoches=20), UnexpectedArgument, "Did you mean 'epochs'?"),
        (lambda m: m.evaluate(X, Y, batchsize=2), UnexpectedArgument, "got 'batchsize'"),
        (lambda m: m.predict(X, bath=2), UnexpectedArgument, "got 'bath'"),
        (lambda m: m.fit_generator(iter([]), epoch=2), UnexpectedArgument, "mean 'epochs'?"),
        (lambda m: m.fit(X, np.ones((20, 10))), ShapeError, "Give the last layer 10 units"),
        (lambda m: m.fit(X[:, :3], Y), ShapeError, "must have shape (None, 4), got (None, 3)"),
        (lambda m: m.fit(X, Y[:7]), ShapeError, "y must have as many samples as x, 20, got 7"),
        (lambda m: m.fit(X, {"lasd": Y}), ShapeError, "y must have the keys last, got lasd"),
        (lambda m: m.fit([[1, 2], [3]], Y[:2]), ArgumentError, "must be rows of one length"),
        (lambda m: m.fit(X, Y, batch_size=-1), ArgumentError, "batch_size must be a whole"),
        (lambda m: m.fit(X, Y, validation_data=X), ArgumentError, "must be (x, y) or (x, y, "),
        (lambda m: m.fit(None, Y), ArgumentError, "must be an array of numbers, got None"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(call: Any, error: Any, told: str) -> None:
    with pytest.raises(error) as caught:
        call(compiled())
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_class_weights_weigh_the_loss() -> None:
    model = compiled()
    y = (np.arange(20) % 2).astype("float32")
    made = model.predict(X).ravel()
    want = np.mean(np.where(y == 1, 3.0, 0.5) * (made - y) ** 2)
    model.optimizer.lr = 0.0
    history = model.fit(X, y, class_weight={0: 0.5, 1: 3.0}, batch_size=20, verbose=0)
    np.testing.assert_allclose(history.history["loss"][0], want, rtol=1e-5)


def test_the_last_share_validates_and_does_not_train() -> None:
    model = compiled()
    y = np.concatenate([np.ones(15), np.full(5, 1e6)])
    history = model.fit(X, y, validation_split=0.25, verbose=0).history
    assert history["loss"][0] < 100 < 1e11 < history["val_loss"][0]


def test_callbacks_see_the_validation_data_up_to_keras_2_3() -> None:
    class Watch(Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.seen = self.validation_data

    with in_era("2.3"):
        model, watch = compiled(), Watch()
        model.fit(X, Y, validation_split=0.25, callbacks=[watch], verbose=0)
        x, y, weights = watch.seen
        np.testing.assert_array_equal(x, X[15:])
        np.testing.assert_array_equal(y, Y[15:])
        np.testing.assert_array_equal(weights, np.ones(5))
        assert model.validation_data is watch.seen
        of_generator = Watch()
        model.fit(X, Y, validation_data=iter([(X, Y)]), validation_steps=1,
                  callbacks=[of_generator], verbose=0)  # fmt: skip
    later = Watch()
    compiled().fit(X, Y, validation_data=(X, Y), callbacks=[later], verbose=0)
    assert of_generator.seen is later.seen is None


def test_fit_goes_on_with_the_optimizers_state() -> None:
    one, two = compiled(), compiled()
    two.set_weights(one.get_weights())
    for model in (one, two):
        model.compile("adam", "mse")
    one.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    for _ in range(2):
        two.fit(X, Y, shuffle=False, verbose=0)
    for mine, theirs in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6)


TIME = r"\d+(s|ms|us)"
ENDED = {
    ("2.2", 1): rf"20/20 \[=+\] - 0s {TIME}/step - loss: \S+ - mean_absolute_error: \S+",
    ("2.2", 2): r" - 0s - loss: \S+ - mean_absolute_error: \S+",
    ("2.15", 1): rf"4/4 \[=+\] - 0s {TIME}/step - loss: \S+ - mae: \S+",
    ("2.15", 2): rf"4/4 - 0s - loss: \S+ - mae: \S+ - {TIME}/epoch - {TIME}/step",
}


def lines(capsys: Any) -> list[str]:
    """Return the printed lines, as they stand at the end."""
    printed = capsys.readouterr().out.split("\n")
    return [line.rpartition("\r")[2].rstrip(" ") for line in printed[:-1]]


@pytest.mark.parametrize(("era", "verbose"), list(ENDED))
def test_epochs_are_shown_as_the_era_shows_them(era: str, verbose: int, capsys: Any) -> None:
    with in_era(era):
        compiled().fit(X, Y, epochs=2, batch_size=5, verbose=verbose)
    told = lines(capsys)
    assert (told[0], told[2]) == ("Epoch 1/2", "Epoch 2/2")
    for line in (told[1], told[3]):
        assert re.fullmatch(ENDED[era, verbose], line), line


@pytest.mark.parametrize(
    ("era", "head"),
    [("2.2", ["Train on 10 samples, validate on 10 samples", "Epoch 1/1"]), ("2.15", [])],
)
def test_validation_is_announced_as_the_era_does(era: str, head: list[str], capsys: Any) -> None:
    with in_era(era):
        compiled().fit(X, Y, validation_split=0.5, verbose=2)
    told = lines(capsys)
    assert told[:-1] == head
    assert re.search(r"- val_loss: \S+ - val_\w+: \S+", told[-1])


@pytest.mark.parametrize(
    ("era", "verbose", "shape"),
    [
        ("2.2", 1, rf"20/20 \[=+\] - 0s {TIME}/step"),
        ("2.2", 2, None),
        ("2.15", 1, rf"4/4 \[=+\] - 0s {TIME}/step - loss: \S+ - mae: \S+"),
        ("2.15", 2, rf"4/4 - 0s - loss: \S+ - mae: \S+ - {TIME}/epoch - {TIME}/step"),
    ],
)
def test_an_evaluation_is_shown_once(
    era: str, verbose: int, shape: str | None, capsys: Any
) -> None:
    with in_era(era):
        compiled().evaluate(X, Y, batch_size=5, verbose=verbose)
    told = lines(capsys)
    assert len(told) == (0 if shape is None else 1)
    assert shape is None or re.fullmatch(shape, told[0]), told


@pytest.mark.parametrize("era", ["2.2", "2.15"])
def test_a_prediction_is_shown_when_asked_for(era: str, capsys: Any) -> None:
    with in_era(era):
        compiled().predict(X, batch_size=5, verbose=1)
    end = "20/20" if era == "2.2" else "4/4"
    assert re.fullmatch(rf"{end} \[=+\] - 0s {TIME}/step", lines(capsys)[-1])


def test_verbose_0_prints_nothing(capsys: Any) -> None:
    model = compiled()
    model.fit(X, Y, verbose=0, validation_split=0.5)
    model.evaluate(X, Y, verbose=0)
    model.predict(X, verbose=0)
    assert capsys.readouterr().out == ""
