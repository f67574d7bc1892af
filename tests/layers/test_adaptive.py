"""Adaptive pooling: windows that share out the cells evenly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim.errors import ArgumentError, ShapeError
from kshim.layers import adaptive
from kshim.layers.base import LAYERS
from kshim.layers.core import Input


def pooled(x: np.ndarray, sizes: tuple[int, ...], reduce: Any) -> np.ndarray:
    """Return the windows floor(i * n / m) to ceil((i + 1) * n / m) of each axis, reduced."""
    made = np.empty((len(x), *sizes, x.shape[-1]), x.dtype)
    for place in np.ndindex(*sizes):
        ends = [
            slice(i * n // m, -(-(i + 1) * n // m))
            for i, n, m in zip(place, x.shape[1:-1], sizes, strict=True)
        ]
        window = x[(slice(None), *ends)]
        made[(slice(None), *place)] = reduce(window, axis=tuple(range(1, x.ndim - 1)))
    return made


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(("word", "reduce"), [("Average", np.mean), ("Max", np.max)])
@pytest.mark.parametrize("form", ["channels_last", "channels_first"])
def test_windows_share_out_the_cells(rank: int, word: str, reduce: Any, form: str) -> None:
    sizes = (3, 2, 4)[:rank]
    x = np.random.default_rng(0).normal(size=(2, *(7, 5, 6)[:rank], 3)).astype("float32")
    layer = getattr(adaptive, f"Adaptive{word}Pooling{rank}D")(sizes, data_format=form)
    given = x if form == "channels_last" else np.moveaxis(x, -1, 1)
    outputs = layer(given).numpy()
    assert layer.compute_output_shape(given.shape) == outputs.shape
    last = outputs if form == "channels_last" else np.moveaxis(outputs, 1, -1)
    np.testing.assert_allclose(last, pooled(x, sizes, reduce), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("size", [0, (2, 3, 4), "all"])
def test_output_sizes_that_fit_no_image_are_refused(size: Any) -> None:
    with pytest.raises(ArgumentError, match="AdaptiveMaxPooling2D: output_size must be"):
        adaptive.AdaptiveMaxPooling2D(size)


def test_inputs_of_another_rank_are_refused() -> None:
    with pytest.raises(ShapeError):
        adaptive.AdaptiveAveragePooling2D(2)(Input((4, 3)))


def test_config_makes_the_same_layer() -> None:
    layer = adaptive.AdaptiveAveragePooling2D((2, 3), "channels_first")
    again = LAYERS.make({"class_name": type(layer).__name__, "config": layer.get_config()})
    assert again.get_config() == layer.get_config()
