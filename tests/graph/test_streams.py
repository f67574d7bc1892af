"""Models that draw their own data: the numbers are those of Keras 2.2.4 on TensorFlow 1.14."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim import backend as K
from kshim.compat.tensorflow.data import Dataset, OldIterator
from kshim.core.eras import in_era
from kshim.errors import GraphError, NotSupported
from kshim.graph.streams import DataEnded
from kshim.layers import Dense, Input
from kshim.models import Model

X = (np.arange(30).reshape(10, 3) / 10.0).astype("float32")
Y = (np.arange(10).reshape(10, 1) / 5.0).astype("float32")
WEIGHTS = [np.array([[0.1], [0.2], [-0.3]], "float32"), np.array([0.5], "float32")]


def line(data: Any) -> Model:
    model = Model(data, Dense(1)(data))
    model.set_weights(WEIGHTS)
    return model


def test_fit_without_data_takes_the_next_element_in_each_step() -> None:
    with in_era("2.2"):
        steps = Dataset.from_tensor_slices((X, Y)).repeat().batch(4).make_one_shot_iterator()
        inputs, targets = steps.get_next()
        assert inputs.shape == (None, 3) and targets.shape == (None, 1)
        model = line(Input(tensor=inputs))
        model.compile("sgd", "mse", target_tensors=[targets])
        model.set_weights(WEIGHTS)
        history = model.fit(epochs=2, steps_per_epoch=3, verbose=0).history
        assert history["loss"] == pytest.approx([0.38870526601870853, 0.2036014882226785], rel=1e-5)
        assert model.evaluate(steps=2, verbose=0) == pytest.approx(0.1586157139390707, rel=1e-5)
    kernel, bias = model.get_weights()
    wanted = [0.17954804003238678, 0.28190502524375916, -0.21573804318904877]
    np.testing.assert_allclose(kernel.ravel(), wanted, rtol=1e-5)
    np.testing.assert_allclose(bias, [0.523569643497467], rtol=1e-5)


def test_an_input_may_follow_from_what_variables_and_placeholders_compute() -> None:
    with in_era("2.2"):
        base = K.variable(X)
        model = line(Input(tensor=K.concatenate([base, base * 2.0], axis=0)))
        assert [type(layer).__name__ for layer in model.layers] == ["InputLayer", "Dense"]
        assert model.input_shape == (20, 3)
        model.compile("sgd", "mse")
        loss = model.train_on_batch(None, np.concatenate([Y, Y]))
        assert loss == pytest.approx(0.542, rel=1e-5)
        fed = K.placeholder((2, 3))
        whole = Input(tensor=K.concatenate([K.variable(X[:2]), fed], 0))
        made = Dense(1, weights=WEIGHTS)(whole)
        gradient = K.gradients(K.sum(K.square(made)), fed)[0]
        total, found = K.function([fed], [K.sum(made), gradient])([X[2:4]])
    assert total == pytest.approx(1.8399999, rel=1e-5)
    np.testing.assert_allclose(found, [[0.092, 0.184, -0.276]] * 2, rtol=1e-5)


def test_a_model_of_data_to_be_fed_says_so() -> None:
    with in_era("2.2"):
        fed = K.placeholder((2, 3), name="pixels")
        model = line(Input(tensor=fed * 2.0))
        with pytest.raises(GraphError, match=r"Input: tensor must follow from data.*'pixels'"):
            model.predict(None)


def test_sessions_run_iterators_to_their_end_and_begin_them_anew() -> None:
    with in_era("2.2"):
        steps = Dataset.range(3).make_initializable_iterator()
        number, session = steps.get_next(), K.get_session()
        assert [session.run(number) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(DataEnded, match="must have a next element"):
            session.run(number)
        session.run(steps.initializer)
        assert session.run({"a": number, "b": [number, number + 1]}) == {"a": 0, "b": [0, 1]}


def test_dicts_keep_their_form_and_whole_batches_their_size() -> None:
    with in_era("2.2"):
        steps = OldIterator(Dataset.from_tensor_slices({"x": X, "y": Y}).batch(2, True))
        found = steps.get_next()
        assert {name: one.shape for name, one in found.items()} == {"x": (2, 3), "y": (2, 1)}
        x, y = K.get_session().run([found["x"], found["y"]])
    np.testing.assert_array_equal(x, X[:2])
    np.testing.assert_array_equal(y, Y[:2])


def test_later_eras_have_no_such_iterators() -> None:
    with in_era("2.15"), pytest.raises(NotSupported, match="is of TensorFlow 1"):
        Dataset.range(3).make_one_shot_iterator()
