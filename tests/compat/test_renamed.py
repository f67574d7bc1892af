"""Losses and metrics have the names of their era when a script asks for them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from kshim import losses as kshim_losses
from kshim.compat.renamed import losses, metrics
from kshim.core.eras import in_era
from kshim.errors import ShapeError
from kshim.losses.targets import check_targets

UP_TO_2_3 = {
    "logcosh": "logcosh",
    "cosine": "cosine_proximity",
    "cosine_similarity": "cosine_proximity",
    "kld": "kullback_leibler_divergence",
    "huber_loss": "huber_loss",
}


@pytest.mark.parametrize("name", UP_TO_2_3)
def test_a_function_is_called_as_in_its_era_and_does_the_same(name: str) -> None:
    kept: Any = getattr(kshim_losses, name)
    data = torch.rand(3, 4), torch.rand(3, 4)
    for era in ("2.2", "2.3"):
        with in_era(era):
            found = getattr(losses, name)()
            assert (found.__name__, found.__doc__) == (UP_TO_2_3[name], kept.__doc__)
            assert found is getattr(losses, name)()
            np.testing.assert_array_equal(found(*data), kept(*data))
            assert kshim_losses.get(kshim_losses.serialize(found)) is kept
    with in_era("2.15"):
        assert getattr(losses, name)() is kept


def test_metrics_are_called_so_too() -> None:
    with in_era("2.3"):
        assert metrics.cosine_proximity().__name__ == "cosine_proximity"
        assert metrics.kld().__name__ == "kullback_leibler_divergence"


def test_targets_that_do_not_fit_are_refused_under_either_name() -> None:
    with in_era("2.3"), pytest.raises(ShapeError, match="targets for logcosh must be"):
        check_targets(losses.logcosh(), (2, 5), (2, 3), "out")
