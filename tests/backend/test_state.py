"""Variables are made, read and written."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kshim import backend as K
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, WeightError
from kshim.layers import Dense, Input
from kshim.models import Model
from kshim.optimizers.hyper import Hyper


def test_a_variable_keeps_its_value_type_and_name() -> None:
    made = K.variable(np.arange(6).reshape(2, 3), name="table")
    assert made.name == "table:0"
    assert K.int_shape(made) == (2, 3)
    assert K.dtype(made) == "float32"
    assert K.count_params(made) == 6
    np.testing.assert_array_equal(K.get_value(made), [[0, 1, 2], [3, 4, 5]])


def test_a_variable_takes_the_type_that_is_asked() -> None:
    assert K.get_value(K.variable([1, 2], dtype="int32")).dtype == np.int32
    with pytest.raises(ArgumentError, match="number type"):
        K.variable(1.0, dtype="quaternion")


def test_updates_write_at_once_where_there_is_no_graph() -> None:
    made = K.variable([1.0, 2.0])
    K.update(made, [3.0, 4.0])
    K.update_add(made, 1.0)
    K.update_sub(made, torch.tensor([0.5, 0.0]))
    assert K.get_value(made).tolist() == [3.5, 5.0]
    K.moving_average_update(made, K.zeros((2,)), 0.5)
    assert K.get_value(made).tolist() == [1.75, 2.5]


def test_set_value_refuses_another_shape() -> None:
    with pytest.raises(WeightError, match=r"\(2,\), got \(3,\)"):
        K.set_value(K.zeros((2,)), [1.0, 2.0, 3.0])


def test_weights_of_a_model_are_read_and_written_like_variables() -> None:
    data = Input((3,))
    layer = Dense(2)
    Model(data, layer(data))
    K.batch_set_value([(layer.kernel, np.full((3, 2), 5.0)), (layer.bias, [1.0, 2.0])])
    kernel, bias = K.batch_get_value([layer.kernel, layer.bias])
    assert (kernel == 5).all()
    assert bias.tolist() == [1.0, 2.0]


def test_an_optimizers_number_is_read_and_written_like_a_variable() -> None:
    rate = Hyper(0.5)
    K.set_value(rate, np.float32(0.25))
    assert K.get_value(rate) == 0.25
    assert float(K.eval(K.square(rate))) == 0.0625


def test_gradients_flow_into_a_variable() -> None:
    factor = K.variable([2.0, 3.0])
    loss = K.sum(K.square(factor * torch.tensor([1.0, 10.0])))
    assert K.gradients(loss, factor)[0].tolist() == [4.0, 600.0]


def test_zeros_ones_and_eye_make_variables() -> None:
    for made in (K.zeros((2, 3)), K.ones((2,)), K.eye(3)):
        assert K.is_variable(made)
    assert K.eval(K.eye(2)).tolist() == [[1, 0], [0, 1]]
    assert K.eval(K.zeros_like(K.ones((2, 3)))).tolist() == [[0, 0, 0], [0, 0, 0]]


def test_random_variables_lie_where_they_should() -> None:
    flat = K.get_value(K.random_uniform_variable((1000,), 2.0, 3.0))
    assert 2.0 <= flat.min() < flat.max() < 3.0
    bell = K.get_value(K.random_normal_variable((2000,), 1.0, 0.1))
    assert abs(bell.mean() - 1.0) < 0.02
    cut = K.eval(K.truncated_normal((2000,), stddev=2.0))
    assert np.abs(cut).max() <= 4.0


def test_a_seed_gives_the_same_draw_again() -> None:
    one, other = (K.eval(K.random_uniform((5,), seed=3)) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    whole = K.eval(K.random_uniform((100,), 0, 3, dtype="int32"))
    assert set(whole) == {0, 1, 2}
    assert set(K.eval(K.random_binomial((100,), p=0.5))) == {0.0, 1.0}


def test_clear_session_starts_numbers_again() -> None:
    K.clear_session()
    assert [K.get_uid("dense"), K.get_uid("dense")] == [1, 2]
    K.clear_session()
    assert K.get_uid("dense") == 1


def test_a_session_runs_variables_and_symbols() -> None:
    session = K.get_session()
    place = K.placeholder((None, 2))
    fed = session.run([K.sum(place)], feed_dict={place: np.ones((3, 2))})
    assert fed[0] == 6.0
    assert session.run(K.variable(4.0)) == 4.0
    assert session.run(None) is None


def test_only_symbols_made_by_layers_are_keras_tensors() -> None:
    assert K.is_keras_tensor(Input((2,)))
    assert not K.is_keras_tensor(torch.ones(2))
    with pytest.raises(ValueError, match="must be a tensor"):
        K.is_keras_tensor(np.ones(2))


def test_what_functions_make_counts_as_a_layers_from_tf_keras_on() -> None:
    for era, counts in (("1.2", False), ("2.2", False), ("2.3", False), ("2.15", True)):
        with in_era(era):
            data = Input((2,))
            assert K.is_keras_tensor(Dense(1)(data))
            assert K.is_keras_tensor(K.exp(data)) is counts
            assert K.is_keras_tensor(Input(tensor=K.concatenate([data, data], 0)))
