"""Clipping against numpy, in the way of each era."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim.core.eras import in_era
from kshim.optimizers import SGD


def plain(p: Any, g: Any, kept: dict[str, Any], t: int) -> Any:
    return p - 0.1 * g


def together(gradients: list[Any], limit: float) -> list[Any]:
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    return [g * min(1.0, limit / norm) for g in gradients]


def each(gradients: list[Any], limit: float) -> list[Any]:
    return [g * limit / max(limit, np.sqrt((g**2).sum())) for g in gradients]


@pytest.mark.parametrize("limit", [0.5, 2.0, 100.0])
def test_clipnorm_is_of_all_gradients_up_to_keras_2_3(agrees: Any, limit: float) -> None:
    with in_era("2.3"):
        agrees(SGD(0.1, clipnorm=limit), plain, lambda gradients: together(gradients, limit))


@pytest.mark.parametrize("limit", [0.5, 2.0, 100.0])
def test_clipnorm_is_of_each_gradient_in_tf_keras(agrees: Any, limit: float) -> None:
    agrees(SGD(0.1, clipnorm=limit), plain, lambda gradients: each(gradients, limit))


def test_global_clipnorm_is_of_all_gradients(agrees: Any) -> None:
    agrees(SGD(0.1, global_clipnorm=0.5), plain, lambda gradients: together(gradients, 0.5))


def test_clipvalue_comes_after_clipnorm_up_to_keras_2_3(agrees: Any) -> None:
    def prepare(gradients: list[Any]) -> list[Any]:
        return [np.clip(g, -0.2, 0.2) for g in together(gradients, 1.0)]

    with in_era("2.2"):
        agrees(SGD(0.1, clipnorm=1.0, clipvalue=0.2), plain, prepare)


def test_clipvalue_waits_for_clipnorm_to_be_unset_in_tf_keras(agrees: Any) -> None:
    agrees(SGD(0.1, clipnorm=1.0, clipvalue=0.2), plain, lambda gradients: each(gradients, 1.0))


def test_clipvalue_cuts_every_number(agrees: Any) -> None:
    agrees(SGD(0.1, clipvalue=0.2), plain, lambda gs: [np.clip(g, -0.2, 0.2) for g in gs])
