"""InputSpec: what a layer demands of its inputs, and how it says so."""

from __future__ import annotations

from typing import Any

import pytest

from kshim.errors import ShapeError
from kshim.layers.spec import InputSpec, check_specs


@pytest.mark.parametrize(
    ("spec", "shape", "told"),
    [
        (InputSpec(ndim=2), (None, 3, 4), "must have 2 axes (the batch included), got 3"),
        (InputSpec(min_ndim=3), (None, 3), "must have at least 3 axes, got 2"),
        (InputSpec(max_ndim=2), (None, 3, 4), "must have at most 2 axes, got 3"),
        (InputSpec(axes={-1: 5}), (None, 3), "must have size 5 on axis -1, got 3"),
        (InputSpec(shape=(None, 2, 3)), (None, 2, 4), "must have size 3 on axis 2, got 4"),
    ],
)
def test_a_shape_that_does_not_fit_is_refused(spec: Any, shape: Any, told: str) -> None:
    with pytest.raises(ShapeError) as caught:
        check_specs("Layer", spec, None, shape)
    assert told in str(caught.value)


def test_unknown_sizes_fit_and_so_does_no_spec() -> None:
    check_specs("Layer", InputSpec(axes={-1: 5}, ndim=2), None, (None, None))
    check_specs("Layer", None, None, (None, 3))
    check_specs("Layer", [InputSpec(ndim=2), None], None, [(None, 3), (None,)])
    assert repr(InputSpec(ndim=2)) == "InputSpec(ndim=2)"
