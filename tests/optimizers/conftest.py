"""Run an optimizer beside a rule that is written in numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

SHAPES = ((2, 3), (4,))
STEPS = 6

Rule = Callable[[np.ndarray, np.ndarray, dict[str, Any], int], np.ndarray]


def draw(turn: int) -> list[np.ndarray]:
    """Return one array for each parameter."""
    random = np.random.RandomState(turn)
    return [random.normal(size=shape).astype(np.float32) for shape in SHAPES]


@pytest.fixture
def agrees() -> Callable[..., None]:
    """Return a check that an optimizer makes the steps of a numpy rule.

    The rule takes a parameter, its gradient, what it keeps between steps, and the number of the
    step: from 1, or one more where TensorFlow 1 counts the step before it is made (`ahead`).
    `prepare` changes all gradients of a step first.
    """

    def check(
        optimizer: Any,
        rule: Rule,
        prepare: Callable[..., Any] | None = None,
        ahead: int = 0,
    ) -> None:
        parameters = [torch.nn.Parameter(torch.from_numpy(value)) for value in draw(0)]
        values: list[Any] = [value.astype(np.float64) for value in draw(0)]
        kept: list[dict[str, Any]] = [{} for _ in values]
        for step in range(1, STEPS + 1):
            # Gradients may lie in memory otherwise than their parameters, as autograd gives them.
            strided = [torch.from_numpy(np.asfortranarray(value)) for value in draw(step)]
            optimizer.apply(parameters, strided)
            gradients = [value.astype(np.float64) for value in draw(step)]
            gradients = prepare(gradients) if prepare else gradients
            values = [
                rule(*each, step + ahead) for each in zip(values, gradients, kept, strict=True)
            ]
            for parameter, value in zip(parameters, values, strict=True):
                np.testing.assert_allclose(parameter.detach().numpy(), value, rtol=1e-5, atol=1e-6)

    return check
