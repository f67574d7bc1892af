"""MaxNumBoundingBoxes: cut and filled boxes. Images pass: test_conformance.py."""

from __future__ import annotations

import numpy as np
import pytest

from kshim.errors import ArgumentError
from kshim.layers import MaxNumBoundingBoxes


def boxed(*shape: int) -> dict[str, np.ndarray]:
    boxes = np.arange(float(np.prod(shape) * 4)).reshape(*shape, 4)
    return {"boxes": boxes, "labels": boxes[..., 0]}


@pytest.mark.parametrize("fill", [-1, 7])
@pytest.mark.parametrize("count", [0, 2, 3, 5])
def test_boxes_and_labels_become_as_many_as_asked(count: int, fill: int) -> None:
    images, given = np.ones((2, 5, 6, 3), "float32"), boxed(2, 3)
    layer = MaxNumBoundingBoxes(count, fill, bounding_box_format="xyxy")
    made = layer({"images": images, "bounding_boxes": given})
    padding = ((0, 0), (0, max(count - 3, 0)))
    boxes = np.pad(given["boxes"], (*padding, (0, 0)), constant_values=fill)[:, :count]
    labels = np.pad(given["labels"], padding, constant_values=fill)[:, :count]
    np.testing.assert_array_equal(made["bounding_boxes"]["boxes"], boxes)
    np.testing.assert_array_equal(made["bounding_boxes"]["labels"], labels)
    np.testing.assert_array_equal(made["images"], images)


def test_boxes_of_one_image_are_cut_too() -> None:
    data = {"images": np.ones((5, 6, 3)), "bounding_boxes": boxed(3)}
    made = MaxNumBoundingBoxes(2)(data)["bounding_boxes"]
    assert made["boxes"].shape == (2, 4) and made["labels"].tolist() == [0.0, 4.0]


def test_what_is_no_boxes_and_labels_is_refused() -> None:
    data = {"images": np.ones((5, 6, 3)), "bounding_boxes": {"boxes": np.ones((2, 4))}}
    with pytest.raises(ArgumentError, match="bounding_boxes must be a dict of boxes and labels"):
        MaxNumBoundingBoxes(2)(data)
