"""Losses and metrics against what real Kerases were recorded to give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim import losses, metrics
from kshim.core.eras import in_era
from kshim.losses.names import LOSSES
from kshim.metrics.names import METRICS
from tests.recorded import Recorded, recorded

HOMES = {"losses": losses, "metrics": metrics}
REGISTRIES = {"losses": LOSSES, "metrics": METRICS}


def cases(kind: str, owner: str) -> list[Any]:
    """Return the recorded cases of a kind that the Keras of that time knew."""
    found = [case for case in recorded("losses") if not case.spec.get("refused")]
    wanted = [case for case in found if (case.spec["kind"], case.spec["owner"]) == (kind, owner)]
    return [pytest.param(case, id=str(case)) for case in wanted]


@pytest.mark.parametrize("case", cases("function", "losses") + cases("function", "metrics"))
def test_a_function_gives_keras_values_and_gradients(case: Recorded) -> None:
    """Keras 2.2 averages top-k itself; tf.keras keeps its column of size 1."""
    y_pred = torch.tensor(case.arrays["predictions"], requires_grad=True)
    with in_era(case.era):
        function = HOMES[case.spec["owner"]].get(case.spec["called"])
        value = function(torch.tensor(case.arrays["targets"]), y_pred)
    wanted = case.arrays["value"]
    value = value.reshape(wanted.shape) if wanted.size == value.numel() else value.mean()
    np.testing.assert_allclose(value.detach().numpy(), wanted, rtol=1e-5, atol=1e-6)
    if value.requires_grad:
        value.sum().backward()
        np.testing.assert_allclose(
            y_pred.grad.numpy(), case.arrays["gradient"], rtol=1e-4, atol=1e-5
        )


@pytest.mark.parametrize("case", cases("class", "losses"))
def test_a_loss_object_gives_keras_number(case: Recorded) -> None:
    arrays = case.arrays
    with in_era(case.era):
        loss = LOSSES.find(case.spec["called"])(**case.spec.get("arguments", {}))
        value = loss(arrays["targets"], arrays["predictions"], arrays.get("sample_weight"))
    np.testing.assert_allclose(value.numpy(), arrays["value"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("case", cases("class", "metrics"))
def test_a_metric_object_gives_keras_result_after_each_batch(case: Recorded) -> None:
    arrays = case.arrays
    weight = arrays.get("sample_weight")
    with in_era(case.era):
        metric = METRICS.find(case.spec["called"])(**case.spec.get("arguments", {}))
        for place, rows in enumerate((slice(0, 3), slice(3, None))):
            metric.update_state(
                arrays["targets"][rows],
                arrays["predictions"][rows],
                sample_weight=None if weight is None else weight[rows],
            )
            np.testing.assert_allclose(
                metric.result().numpy(), arrays[f"result_{place}"], rtol=1e-5, atol=1e-6
            )
