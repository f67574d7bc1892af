"""Trimmed transposed convolutions against torch's own, cut in numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from kshim.nn.transposed import (
    TrimmedConvTranspose1d,
    TrimmedConvTranspose2d,
    TrimmedConvTranspose3d,
)

KINDS = [TrimmedConvTranspose1d, TrimmedConvTranspose2d, TrimmedConvTranspose3d]


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_cells_are_cut_off_the_ends_only(rank: int) -> None:
    trim = (1, 0, 2)[:rank]
    layer = KINDS[rank - 1](2, 3, 4, stride=2, trim=trim)
    inputs = torch.randn(2, 2, *(3, 4, 5)[:rank])
    layer.trim = (0,) * rank
    uncut = layer(inputs)
    layer.trim = trim
    kept = tuple(slice(0, size - cut) for size, cut in zip(uncut.shape[2:], trim, strict=True))
    torch.testing.assert_close(layer(inputs), uncut[(slice(None), slice(None), *kept)])


def test_it_leaves_as_onnx(export: Callable[..., Any]) -> None:
    layer = TrimmedConvTranspose2d(2, 3, 3, stride=2, trim=(1, 1))
    inputs = torch.randn(2, 2, 4, 5)
    _, run = export(layer, (inputs,))
    told = layer(inputs).detach().numpy()
    np.testing.assert_allclose(run(inputs.numpy())[0], told, rtol=1e-5, atol=1e-6)


def test_the_trim_is_shown() -> None:
    assert "trim=(1,)" in repr(TrimmedConvTranspose1d(2, 3, 3, trim=(1,)))
