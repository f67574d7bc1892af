"""compile(target_tensors=...): symbols and tensors in the place of y, and lists of one output."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kshim import backend as K
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, NotSupported, ShapeError, UnknownName
from kshim.layers import Dense, Input, concatenate
from kshim.models import Model, load_model

X = np.random.RandomState(2).normal(size=(6, 3)).astype("float32")
Y = np.random.RandomState(3).normal(size=(6, 2)).astype("float32")


def two_outputs() -> Model:
    data = Input((3,))
    outputs = [Dense(2, name="left")(data), Dense(2, name="right")(data)]
    model = Model(data, outputs)
    draw = np.random.RandomState(7)
    model.set_weights([draw.uniform(-0.5, 0.5, w.shape) for w in model.get_weights()])
    return model


def test_a_tensor_takes_the_place_of_y_and_the_rest_is_fed() -> None:
    with in_era("2.2"):
        told, fed = two_outputs(), two_outputs()
        told.compile("sgd", "mse", target_tensors={"right": K.variable(Y)})
        fed.compile("sgd", "mse")
        for _ in range(2):
            assert told.train_on_batch(X, 2 * Y) == pytest.approx(fed.train_on_batch(X, [2 * Y, Y]))
        wanted = fed.evaluate(X, [2 * Y, Y], verbose=0)
        assert told.evaluate(X, 2 * Y, verbose=0) == pytest.approx(wanted)
        assert [one.shape for one in told.predict(X[:4])] == [(4, 2), (4, 2)]
        with pytest.raises(ShapeError, match=r"y must hold 1 targets.* got 2"):
            told.train_on_batch(X, [Y, Y])


def test_symbols_are_fed_and_stand_in_the_models_targets() -> None:
    target = K.placeholder((None, 2))
    with in_era("2.3"):
        model = two_outputs()
        model.compile("sgd", "mse", target_tensors=[target, None])
        assert model.targets[0] is target and len(model.targets) == 2
        assert len(model.targets[1].shape) == 2
        losses = model.fit(X, [Y, Y], verbose=0).history["loss"]
        wanted = K.mean(K.square(model.outputs[0] - model.targets[0]))
        model.evaluate(X, [Y, Y], verbose=0)
        found = K.function([model.input, target], [wanted])([X, Y])[0]
    made = model.predict(X, verbose=0)[0]
    np.testing.assert_allclose(found, np.mean((made - Y) ** 2), rtol=1e-5)
    assert len(losses) == 1


def bad() -> dict[str, tuple[Any, type[Exception], str]]:
    one = K.placeholder((None, 2))
    return {
        "too many": ([one] * 3, ArgumentError, "one for each of 2 outputs, got 3"),
        "unknown": ({"rigth": one}, UnknownName, "Did you mean 'right'"),
        "a number": (3, ArgumentError, "a tensor, a list or a dict of tensors, got 3"),
    }


@pytest.mark.parametrize("case", ["too many", "unknown", "a number"])
def test_targets_that_do_not_fit_are_refused(case: str) -> None:
    given, kind, told = bad()[case]
    with in_era("2.2"), pytest.raises(kind, match=told):
        two_outputs().compile("sgd", "mse", target_tensors=given)


@pytest.mark.parametrize("era", ["1.2", "2.15", "3"])
def test_kerases_without_them_refuse_them(era: str) -> None:
    with in_era(era):
        model = two_outputs()
        with pytest.raises(NotSupported, match=r"target_tensors are of Keras 2\.0 to 2\.3"):
            model.compile("sgd", "mse", target_tensors=[K.placeholder((None, 2))] * 2)


@pytest.mark.parametrize("era", ["1.2", "2.2", "2.15", "3"])
def test_a_list_of_one_output_predicts_an_array(era: str) -> None:
    """Measured on each of them; called again, only Keras 3's gives a list."""
    with in_era(era):
        data = Input((3,))
        model = Model([data], [Dense(2)(data)])
        assert isinstance(model.predict(X), np.ndarray)
        assert isinstance(model.predict_on_batch(X), np.ndarray)
        assert isinstance(model(data), list) == (era == "3")


def own_loss(y_true: Any, y_pred: Any) -> Any:
    return K.mean(K.square(y_true - y_pred), axis=-1) * 3.0


def test_a_loaded_models_own_loss_is_found_when_the_first_batch_asks(tmp_path: Path) -> None:
    with in_era("2.3"):
        data = Input((3,))
        model = Model(data, Dense(2)(data))
        model.compile("sgd", own_loss, metrics=[own_loss])
        model.save(tmp_path / "own.h5")
        again = load_model(tmp_path / "own.h5", custom_objects={"own_loss": own_loss})
        wanted = model.evaluate(X, Y, verbose=0)
        assert again.evaluate(X, Y, verbose=0) == pytest.approx(wanted)


def test_predict_takes_as_many_samples_as_the_first_input_has() -> None:
    left, right = Input((1,)), Input((1,))
    model = Model([left, right], concatenate([left, right]))
    two, four = np.arange(2.0)[:, None], 10 + np.arange(4.0)[:, None]
    with in_era("2.3"):  # recorded from Keras 2.0.8, 2.2.4 and 2.3.1
        assert model.predict([two, four]).tolist() == [[0.0, 10.0], [1.0, 11.0]]
        with pytest.raises(ShapeError, match=r"same number of samples, got \[4, 2\]"):
            model.predict([four, two])
    with in_era("2.15"), pytest.raises(ShapeError, match="same number of samples"):
        model.predict([two, four], verbose=0)
