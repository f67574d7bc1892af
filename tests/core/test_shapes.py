"""Shapes: what scripts write for one, and the lengths that follow."""

from __future__ import annotations

from typing import Any

import pytest

from kshim.core import axes, shapes
from kshim.core.symbols import SymbolShape
from kshim.errors import ArgumentError, ShapeError


class Dimension:
    """Stand for TensorFlow 1's size of an axis."""

    def __init__(self, value: int | None) -> None:
        self.value = value


@pytest.mark.parametrize(
    ("given", "shape"),
    [
        ((2, None), (2, None)),
        ([3, 4], (3, 4)),
        (5, (5,)),
        (None, (None,)),
        (SymbolShape((None, 3)), (None, 3)),
        ((Dimension(None), Dimension(3)), (None, 3)),
    ],
)
def test_a_shape_is_read_from_what_scripts_write(given: Any, shape: Any) -> None:
    assert shapes.as_shape(given) == shape


@pytest.mark.parametrize("given", ["ab", (2.5,), ("a", 3)])
def test_what_is_no_shape_is_refused(given: Any) -> None:
    with pytest.raises(ArgumentError, match="a tuple of whole numbers and None"):
        shapes.as_shape(given)


def test_one_shape_is_told_from_several() -> None:
    assert shapes.is_shape((None, 3))
    assert not shapes.is_shape([(None, 3), (None, 4)])


@pytest.mark.parametrize(
    ("arguments", "length"),
    [
        ((7, 3, "valid"), 5),
        ((7, 3, "valid", 2), 3),
        ((7, 3, "same", 2), 4),
        ((7, 3, "causal", 1, 2), 7),
        ((7, 3, "full"), 9),
        ((7, 3, "valid", 1, 2), 3),
        ((None, 3, "same"), None),
    ],
)
def test_windows_are_counted_as_keras_counts_them(arguments: Any, length: int | None) -> None:
    assert shapes.window_length(*arguments) == length


def test_a_window_larger_than_its_axis_is_refused() -> None:
    with pytest.raises(ShapeError, match="Conv: inputs must be at least as large as the window"):
        shapes.check_windows("Conv", (2, 5), (0, 3))


def test_shapes_broadcast_as_numpys_do_and_unknown_sizes_give_way() -> None:
    assert shapes.broadcast("Add", (None, 1, 4), (3, 1)) == (None, 3, 4)
    assert shapes.broadcast("Add", (None, 4), (None, 4)) == (None, 4)
    assert shapes.broadcast("Add", (2, None), (2, 5)) == (2, 5)
    with pytest.raises(ShapeError, match=r"Add: .* got \(2, 3\) and \(2, 4\)"):
        shapes.broadcast("Add", (2, 3), (2, 4))


def test_an_axis_that_makes_weights_must_be_known() -> None:
    assert shapes.known_axis("Dense", (None, 3), -1) == 3
    with pytest.raises(ShapeError, match="Give the first layer an input_shape"):
        shapes.known_axis("Dense", (None, None), -1)
    with pytest.raises(ShapeError, match="Dense: inputs must have an axis 2"):
        shapes.known_axis("Dense", (None, 3), 2)


def test_products_of_unknown_sizes_are_unknown() -> None:
    assert shapes.product((2, 3, 4)) == 24
    assert shapes.product((2, None)) is None


@pytest.mark.parametrize("rank", [3, 4, 5])
def test_the_two_orders_of_channels_undo_each_other(rank: int) -> None:
    first, last = axes.to_first(rank), axes.to_last(rank)
    assert [first[place] for place in last] == list(range(rank))
    assert first[1] == rank - 1


def test_sizes_and_channels_are_read_by_data_format() -> None:
    assert axes.spatial((2, 3, 4, 5), "channels_last") == (3, 4)
    assert axes.spatial((2, 3, 4, 5), "channels_first") == (4, 5)
    assert axes.channels((2, 3, 4, 5), "channels_first") == 3
    assert axes.with_sizes(2, (3, 4), 5, "channels_first") == (2, 5, 3, 4)
    assert axes.channel_axis("channels_last") == -1


@pytest.mark.parametrize(
    ("noise", "inputs", "wanted"),
    [
        (None, (None, 3), None),
        ((None, 1, 4), (None, 3, 4), (None, 1, 4)),
        ((4,), (None, 3, 4), (1, 1, 4)),
        ((2, 3), (None, None), (2, 3)),
    ],
)
def test_noise_stretches_over_the_inputs(noise: Any, inputs: Any, wanted: Any) -> None:
    assert shapes.noise_over("Layer", noise, inputs) == wanted


@pytest.mark.parametrize("noise", [(2, 4), (1, 1, 1, 4), (None, 3, 5)])
def test_noise_of_another_shape_is_refused(noise: Any) -> None:
    with pytest.raises(ShapeError, match="Layer: noise_shape must stretch over inputs of shape"):
        shapes.noise_over("Layer", noise, (None, 3, 4))


def test_axes_that_are_not_there_are_refused() -> None:
    shapes.check_axes("Layer", (0, -3, 2), (None, 3, 4))
    with pytest.raises(ArgumentError, match=r"axis must be axes of inputs of shape \(None, 3\)"):
        shapes.check_axes("Layer", (2,), (None, 3))
