"""Same padding against its definition: enough cells for ceil(size / stride) windows."""

from __future__ import annotations

import itertools

from kshim.nn.padding import same_padding


def test_the_last_of_ceil_size_over_stride_windows_ends_with_the_padding() -> None:
    for size, kernel, stride, dilation in itertools.product(
        range(1, 8), range(1, 5), range(1, 5), range(1, 4)
    ):
        windows = -(-size // stride)
        covered = (windows - 1) * stride + (kernel - 1) * dilation + 1
        padding = same_padding((size,), (kernel,), (stride,), (dilation,))
        assert padding == [max(covered - size, 0)]


def test_each_axis_has_its_own_padding() -> None:
    assert same_padding((5, 6, 7), (3, 2, 4), (1, 2, 3), (2, 1, 1)) == [4, 0, 3]
