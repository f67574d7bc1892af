"""Loops, decoding, and functions that take what TensorFlow takes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import kshim
from kshim import backend as K
from kshim.core.eras import in_era
from kshim.layers import Input


def running_sum(x, states):
    total = states[0] + x
    return total, [total]


STEPS = np.arange(24, dtype="float32").reshape(2, 4, 3)


def test_rnn_gives_the_last_output_all_outputs_and_the_states() -> None:
    last, outputs, states = K.rnn(running_sum, STEPS, [torch.zeros(2, 3)])
    np.testing.assert_allclose(outputs, np.cumsum(STEPS, 1))
    np.testing.assert_allclose(last, STEPS.sum(1))
    np.testing.assert_allclose(states[0], STEPS.sum(1))


def test_rnn_goes_backwards_and_hands_constants_on() -> None:
    def step(x, states):
        return x * states[1], [states[0]]

    _, outputs, _ = K.rnn(
        step, STEPS, [torch.zeros(2, 3)], go_backwards=True, constants=[torch.tensor(2.0)]
    )
    np.testing.assert_allclose(outputs, 2 * STEPS[:, ::-1])


@pytest.mark.parametrize("zero", [False, True])
def test_rnn_repeats_the_output_at_masked_steps(zero) -> None:
    mask = np.array([[True, False, True, False], [False, True, True, True]])
    _, outputs, states = K.rnn(
        running_sum, STEPS, [torch.zeros(2, 3)], mask=mask, zero_output_for_mask=zero
    )
    sums = np.cumsum(STEPS * mask[..., None], 1)
    wanted = sums * mask[..., None] if zero else sums
    np.testing.assert_allclose(outputs, wanted)
    np.testing.assert_allclose(states[0], sums[:, -1])


def test_map_and_folds_go_through_the_first_axis() -> None:
    x = np.array([1.0, 2.0, 4.0], "float32")
    assert K.map_fn(lambda one: one * 2, x).tolist() == [2, 4, 8]
    assert K.map_fn(lambda pair: pair[0] + pair[1], (torch.tensor(x),) * 2).tolist() == [2, 4, 8]
    assert float(K.foldl(lambda total, one: total - one, x)) == -5
    assert float(K.foldr(lambda total, one: total - one, x)) == 1
    assert float(K.foldl(lambda total, one: total - one, x, initializer=10.0)) == 3


def test_greedy_decoding_merges_repetitions_and_drops_blanks() -> None:
    best = [[0, 0, 2, 0, 1], [2, 1, 1, 2, 2]]
    chances = np.full((2, 5, 3), 0.1, "float32")
    for row, classes in enumerate(best):
        chances[row, range(5), classes] = 0.8
    (labels,), costs = K.ctc_decode(chances, np.array([5, 4]))
    assert labels.tolist() == [[0, 0, 1, -1, -1], [1, -1, -1, -1, -1]]
    np.testing.assert_allclose(costs, -np.log(0.8) * np.array([[5], [4]]), rtol=1e-5)


def test_a_beam_finds_the_paths_and_chances_that_keras_2_2_4_finds() -> None:
    draw = np.random.RandomState(0)
    chances = draw.rand(3, 6, 4).astype("float32") ** 3
    chances /= chances.sum(-1, keepdims=True)
    lengths = np.array([6, 5, 3])
    with kshim.era("2.2"):
        best, second = K.ctc_decode(chances, lengths, greedy=False, beam_width=100, top_paths=2)[0]
        costs = K.ctc_decode(chances, lengths, greedy=False, beam_width=100, top_paths=2)[1]
    assert best.tolist() == [[1, 0, 1, 0], [1, 2, -1, -1], [2, 0, -1, -1]]
    assert second.tolist() == [[1, 0, 1], [0, 2, -1], [0, -1, -1]]
    recorded = [[-2.626985549926758, -2.7726666927337646]]
    np.testing.assert_allclose(costs[:1], recorded, rtol=1e-5)


def test_a_beam_may_merge_equal_neighbours() -> None:
    chances = np.eye(3, dtype="float32")[[2, 0, 2, 0, 1, 2, 1]][np.newaxis]
    for merge, wanted in ((True, [0, 1]), (False, [0, 0, 1, 1])):
        with kshim.era("2.3"):
            [labels], _ = K.ctc_decode(
                chances, [7], greedy=False, beam_width=1, merge_repeated=merge
            )
        assert labels.tolist() == [wanted]


def test_sizes_may_be_tensors() -> None:
    x = torch.arange(12.0).reshape(2, 6)
    assert tuple(K.reshape(x, (K.shape(x)[0], 3, -1)).shape) == (2, 3, 2)
    assert tuple(K.reshape(x, K.concatenate([K.shape(x)[:1], [2, 3]])).shape) == (2, 2, 3)
    assert K.arange(K.shape(x)[1]).tolist() == [0, 1, 2, 3, 4, 5]
    assert K.eval(K.shape(x)[0:2] * 32).tolist() == [64, 192]
    assert K.eval(K.cast(K.reverse(K.shape(x), 0), "float32")).tolist() == [6.0, 2.0]


def test_symbols_tell_their_shape_without_the_batch() -> None:
    data = Input((4, 3))
    assert K.int_shape(data) == (None, 4, 3)
    assert K.ndim(data) == 3
    assert K.int_shape(K.reshape(data, (K.shape(data)[0], 12))) == (None, 12)
    assert K.int_shape(K.dot(data, K.variable(np.ones((3, 5))))) == (None, 4, 5)


def test_older_words_for_arguments_are_understood() -> None:
    x = torch.ones(2, 3)
    with in_era("1.2"):
        assert tuple(K.expand_dims(x, dim=0).shape) == (1, 2, 3)
        drawn = K.eval(K.random_normal((500,), mean=0.0, std=0.1))
    assert drawn.std() < 0.2
    assert tuple(K.temporal_padding(torch.ones(1, 2, 1), 1).shape) == (1, 4, 1)


def test_arrays_of_doubles_become_floatx() -> None:
    assert K.dtype(K.sum(np.ones(3))) == "float32"
    assert K.dtype(K.maximum(torch.ones(3), np.zeros(3))) == "float32"


def test_dropout_zeroes_a_share_and_scales_the_rest() -> None:
    found = K.eval(K.dropout(torch.ones(100, 20), 0.5, noise_shape=(100, 1)))
    assert set(np.unique(found)) == {0.0, 2.0}
    assert (found == found[:, :1]).all()
