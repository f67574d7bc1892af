"""Optimizers of tf.keras before 2.11: configs, files, words. Their curves: test_recorded.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kshim.core.eras import in_era
from kshim.errors import UnexpectedArgument
from kshim.layers import Dense
from kshim.models import Sequential, load_model
from kshim.optimizers import legacy
from tests.recorded import Recorded, recorded

CASES = [
    case
    for case in recorded("optimizers", "tf.keras-2.15.0")
    if case.spec["class_name"].startswith("legacy.")
]


def made(case: Recorded) -> Any:
    return getattr(legacy, case.spec["class_name"].partition(".")[2])(**case.spec["arguments"])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_config_is_that_of_tf_keras(case: Recorded) -> None:
    config = made(case).get_config()
    assert config.keys() == case.spec["config"].keys()
    for key, value in case.spec["config"].items():
        assert config[key] == (pytest.approx(value) if isinstance(value, float) else value)


@pytest.mark.parametrize("ending", [".h5", ".keras"])
@pytest.mark.parametrize("name", sorted(legacy.LEGACY.names()))
def test_a_file_brings_the_same_optimizer_back(name: str, ending: str, tmp_path: Path) -> None:
    model = Sequential([Dense(2, input_shape=(3,))])
    model.compile(legacy.LEGACY.find(name)(learning_rate=0.05), "mse")
    data = np.ones((4, 3), "float32"), np.zeros((4, 2), "float32")
    model.train_on_batch(*data)
    model.save(tmp_path / f"model{ending}")
    again = load_model(tmp_path / f"model{ending}")
    assert type(again.optimizer) is type(model.optimizer)
    assert again.train_on_batch(*data) == pytest.approx(model.train_on_batch(*data), rel=1e-6)
    assert again.train_on_batch(*data) == pytest.approx(model.train_on_batch(*data), rel=1e-6)


@pytest.mark.parametrize("word", ["weight_decay", "use_ema", "jit_compile"])
def test_what_came_later_is_refused(word: str) -> None:
    with pytest.raises(UnexpectedArgument, match=word):
        legacy.Adam(**{word: True})


def test_the_name_stands_behind_the_rules_own_arguments() -> None:
    made = legacy.SGD(0.1, 0.9, True, "mine")
    assert (made.nesterov, made.name) == (True, "mine")


def test_decay_divides_the_rate_but_for_nadam() -> None:
    with in_era("2.15"):
        falling, still = (
            kind(learning_rate=0.1, decay=1.0) for kind in (legacy.Adam, legacy.Nadam)
        )
    falling.iterations = still.iterations = 1
    assert (falling.rate(), still.rate()) == (0.05, 0.1)
