"""A hyperparameter behaves as the number it holds and as a Keras variable."""

from __future__ import annotations

import numpy as np
import pytest

from kshim.optimizers import Adam
from kshim.optimizers.hyper import Hyper


def test_a_hyper_computes_as_its_number() -> None:
    rate = Hyper(0.5)
    assert (rate * 2, 2 - rate, rate / 2, 1 / rate, -rate) == (1.0, 1.5, 0.25, 2.0, -0.5)
    assert rate < 1 and rate == 0.5 and rate >= Hyper(0.5) and float(rate) == 0.5
    assert f"{rate:.2f}" == "0.50"


def test_a_hyper_reads_as_a_keras_variable() -> None:
    assert Hyper(0.1).numpy() == np.float32(0.1)
    assert Hyper(0.1).numpy().dtype == np.float32
    assert Hyper(3).numpy().dtype == np.int64


def test_setting_an_attribute_keeps_the_variable() -> None:
    optimizer = Adam()
    rate = optimizer.lr
    optimizer.lr = 0.25
    assert optimizer.learning_rate is rate and rate.value == 0.25
    rate.assign(0.125)
    assert optimizer.lr == 0.125
    optimizer.beta_1 = np.float32(0.5)
    assert optimizer.beta_1.value == 0.5


def test_iterations_stay_whole() -> None:
    optimizer = Adam()
    optimizer.iterations = 7
    assert int(optimizer.iterations) == 7 and range(9)[optimizer.iterations] == 7


@pytest.mark.parametrize("old", ["lr", "learning_rate"])
@pytest.mark.filterwarnings("ignore:Adam. lr is an old word")
def test_both_words_for_the_rate_are_understood(old: str) -> None:
    assert Adam(**{old: 0.5}).lr == 0.5
