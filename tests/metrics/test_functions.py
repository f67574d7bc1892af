"""Keras's functions as metrics with a state."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kshim.core.eras import in_era
from kshim.metrics import functions
from kshim.metrics.means import FunctionMean
from kshim.metrics.names import METRICS, deserialize, serialize

EVERY = [METRICS.find(name) for name in METRICS.names() if isinstance(METRICS.find(name), type)]
MEANS = [kind for kind in EVERY if issubclass(kind, FunctionMean)]


@pytest.mark.parametrize("kind", MEANS, ids=lambda kind: kind.__name__)
def test_a_config_makes_the_same_metric_through_json(kind: type[FunctionMean]) -> None:
    metric = kind(name="mine")
    again = deserialize(json.loads(json.dumps(serialize(metric))))
    assert type(again) is kind
    assert again.get_config() == metric.get_config()


def test_arguments_stand_in_the_order_of_keras() -> None:
    assert functions.BinaryAccuracy("mine", None, 0.7).threshold == 0.7
    assert functions.TopKCategoricalAccuracy(3, "mine").k == 3
    assert functions.MeanRelativeError([1.0], "mine").name == "mine"


def test_names_are_those_of_keras() -> None:
    named = {kind.__name__: kind().name for kind in MEANS}
    assert named["KLDivergence"] == "kullback_leibler_divergence"
    assert named["LogCoshError"] == "logcosh"
    assert named["CosineSimilarity"] == "cosine_similarity"
    assert named["SparseCategoricalAccuracy"] == "sparse_categorical_accuracy"


@pytest.mark.parametrize(("era", "sign"), [("2.2", -1), ("2.3", 1), ("2.15", 1)])
def test_the_cosine_metric_turns_positive_in_keras_2_3(era: str, sign: int) -> None:
    with in_era(era):
        value = functions.cosine_proximity([[3.0, 4.0]], [[3.0, 4.0]])
    np.testing.assert_allclose(value, [sign], rtol=1e-6)
