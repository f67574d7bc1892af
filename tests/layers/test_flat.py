"""A layer's weights in cuDNN's layout, and the weights of cuDNN's layers in the plain one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim import layers as L
from kshim.core.eras import in_era
from kshim.models import Sequential

GATES = {"recurrent_activation": "sigmoid", "return_sequences": True, "input_shape": (5, 2)}


def models(kind: str) -> tuple[Any, Any]:
    """Return a model of a plain layer, and one of cuDNN's."""
    more = {"reset_after": True} if kind == "GRU" else {}
    flat = getattr(L, f"CuDNN{kind}")
    plain = Sequential([getattr(L, kind)(3, **GATES, **more)])
    return plain, Sequential([flat(3, return_sequences=True, input_shape=(5, 2))])


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("order", [1, -1])
def test_weights_go_from_one_layout_to_the_other(kind: str, order: int, tmp_path: Any) -> None:
    with in_era("2.2"):
        source, target = models(kind)[::order]
        draw = np.random.default_rng(0)
        source.set_weights([draw.normal(size=it.shape) for it in source.get_weights()])
        source.save_weights(tmp_path / "weights.h5")
        target.load_weights(tmp_path / "weights.h5")
        x = draw.normal(size=(2, 5, 2)).astype("float32")
        np.testing.assert_allclose(target.predict(x), source.predict(x), rtol=1e-5, atol=1e-6)
