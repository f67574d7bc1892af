"""MaxNumBoundingBoxes: as many boxes for each image of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from kshim.core.arguments import arg
from kshim.core.checks import data_format, whole_number
from kshim.errors import ArgumentError
from kshim.layers.base import LAYERS
from kshim.layers.preprocessing.data import as_data
from kshim.layers.preprocessing.random_images import RandomLayer
from kshim.nn.augmentation import Unchanged


@LAYERS.register()
class MaxNumBoundingBoxes(RandomLayer):
    """Cut or fill the boxes beside images to one number; the images pass.

    Called on a dict of `images` and `bounding_boxes`, itself a dict of `boxes`, (batch, n, 4), and
    `labels`, (batch, n).

    Args:
        max_number: how many boxes there are afterwards.
        fill_value: what stands for boxes and labels that are missing.

        >>> MaxNumBoundingBoxes(max_number=3)(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/max_num_bounding_box.py.
    """

    max_number: int = arg(whole_number(0))
    fill_value: int = arg(whole_number(), -1, saved=False)
    data_format: str = arg(data_format, None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return Unchanged()

    def boxes(self, boxes: Any) -> Any:
        """Return so many boxes, and their labels."""
        if not isinstance(boxes, Mapping) or set(boxes) != {"boxes", "labels"}:
            wanted = "a dict of boxes and labels"
            raise ArgumentError("bounding_boxes", wanted, boxes, who=self.who)
        return {
            "boxes": self._filled(as_data(boxes["boxes"]), behind=1),
            "labels": self._filled(as_data(boxes["labels"]), behind=0),
        }

    def _filled(self, values: Any, behind: int) -> Tensor:
        """Return values of which the last axis but `behind` is as long as was asked."""
        kept = values.narrow(-1 - behind, 0, min(self.max_number, values.shape[-1 - behind]))
        missing = self.max_number - kept.shape[-1 - behind]
        return F.pad(kept, [0, 0] * behind + [0, missing], value=self.fill_value)
