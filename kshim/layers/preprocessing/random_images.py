"""What the random layers on images share: their factors, and how labels and masks go along.

A layer takes images, or (as in Keras 3) a dict of `images` with `labels`, `segmentation_masks` and
`bounding_boxes`, which meet the same chance as their images.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from kshim.core.axes import to_first, to_last
from kshim.core.checks import is_several, number, one_of, optional, whole_number
from kshim.core.eras import rule
from kshim.core.settings import learning_phase
from kshim.core.shapes import Shape
from kshim.core.tracing import collected_losses
from kshim.errors import ArgumentError, NotSupported, ShapeError, UnexpectedArgument, nearest
from kshim.layers.preprocessing.data import as_data
from kshim.layers.preprocessing.images import ImageLayer
from kshim.layers.words import checked
from kshim.nn.augmentation import Augmentation, Limits

FILL_MODES = ("reflect", "wrap", "constant", "nearest")
MOVED = ("images", "labels", "segmentation_masks")
PARTS = (*MOVED, "bounding_boxes")
BOX_FORMATS = (
    "xyxy", "yxyx", "xywh", "center_xywh", "center_yxhw", "rel_xyxy", "rel_yxyx", "rel_xywh",
    "rel_center_xywh",
)  # fmt: skip


def factor(at_least: float | None = None, at_most: float | None = None) -> Any:
    """Take a number, which stands for both directions, or the limits (lowest, highest)."""
    one = number(at_least, at_most)

    def check(value: Any) -> Any:
        if not is_several(value):
            kept = one(value)
            one(-kept)
            return kept
        low, high = (one(item) for item in _two(value))
        if high < low:
            raise ArgumentError("value", "a number or (lowest, highest)", value)
        return low, high

    return check


def limits_of(value: Any) -> Limits:
    """Return the limits that a factor stands for."""
    return value if isinstance(value, tuple) else (-abs(value), abs(value))


def limits(value: Any) -> Limits:
    """Take two numbers, in any order."""
    low, high = sorted(number()(item) for item in _two(value))
    return low, high


def value_range(value: Any) -> Limits:
    """Take the lowest and the highest value, in any order."""
    low, high = limits(value)
    if low == high:
        raise ArgumentError("value", "two numbers that differ", value)
    return low, high


def share(value: Any) -> Limits:
    """Take a number between -1 and 1, or two; return the limits."""
    bounded = number(-1, 1)
    if not is_several(value):
        return limits_of(bounded(value))
    return limits(tuple(bounded(item) for item in _two(value)))


def contrast(value: Any) -> Any:
    """Take a number from 0 to 1, or two: how far the contrast falls and rises."""
    if not is_several(value):
        return number(0, 1)(value)
    down, up = _two(value)
    return number(0, 1)(down), number(0)(up)


def contrast_limits(value: Any, era: str) -> Limits:
    """Return the limits of the factor that a rise of contrast, or a fall and a rise, stand for."""
    alone = value if rule("contrast_falls", era) else 0
    down, up = value if isinstance(value, tuple) else (alone, value)
    return 1 - down, 1 + up


def chance(value: Any) -> Limits:
    """Take a number from 0 to 1, the highest one, or two; return the limits."""
    bounded = number(0, 1)
    return limits(tuple(map(bounded, _two(value)))) if is_several(value) else (0, bounded(value))


def slant(value: Any) -> Limits:
    """Take a number from 0 to 1, for both ways, or the limits; those of both ways as well."""
    bounded = number(0, 1)
    if not is_several(value):
        return limits_of(bounded(value))
    low, high = (number()(item) for item in _two(value))
    if low == -high:
        return limits_of(bounded(abs(high)))
    return limits((bounded(low), bounded(high)))


def bits(value: Any) -> tuple[int, int]:
    """Take a whole number from 1 to 8, or two; return the limits."""
    given = _two(value) if is_several(value) else (1, value)
    for item in given:
        number(1, 8)(item)
    low, high = sorted(whole_number()(item) for item in given)
    return low, high


def trains_alone(kwargs: Mapping[str, Any]) -> bool:
    """Return whether nobody around a call, nor the call, says if there is training."""
    alone = collected_losses() is None and learning_phase() is None
    return alone and kwargs.get("training") is None


class RandomLayer(ImageLayer):
    """Change images at random while training.

    Called by itself, outside any model, the layer trains unless told otherwise.

    Args:
        bounding_box_format: of boxes that come along (Keras 3); only kept.
    """

    images: Augmentation
    channels: tuple[int, ...] = ()  # how many there may be; () for any number

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments."""
        form = kwargs.pop("bounding_box_format", None)
        self.bounding_box_format = checked(
            type(self).__name__, "bounding_box_format", optional(one_of(*BOX_FORMATS)), form
        )
        super().__init__(*args, **kwargs)

    def build(self, input_shape: Shape) -> None:
        """Make the torch module."""
        axis = -1 if self.data_format == "channels_last" else -3
        if self.channels and input_shape[axis] not in (None, *self.channels):
            wanted = " or ".join(map(str, self.channels))
            raise ShapeError(
                f"{self.who}: inputs must have {wanted} channels, got shape {tuple(input_shape)}."
            )
        super().build(input_shape)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute on tensors, arrays or lists, or on a dict of images and what belongs to them."""
        if trains_alone(kwargs):
            kwargs["training"] = True
        given = args[0] if args else kwargs.get("inputs")
        if isinstance(given, Mapping):
            return self._together(given, kwargs.get("training"))
        return super().forward(*args, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values."""
        form = self.bounding_box_format
        return super().get_config() | ({} if form is None else {"bounding_box_format": form})

    def boxes(self, boxes: Any) -> Any:
        """Return boxes as they are, where what stands in an image stays where it is.

        Raises:
            NotSupported: where it moves.
        """
        if self.images.moves:
            raise NotSupported(
                f"{self.who}: bounding_boxes are not moved along. "
                "Leave them out, and move the images alone."
            )
        return boxes

    def _together(self, data: Mapping[str, Any], training: Any) -> dict[str, Any]:
        """Return a dict of images and what belongs to them, all changed by the same chance."""
        check_parts(self.who, data)
        phase = learning_phase() if training is None else bool(training)
        images = _numbers(self.who, "images", data["images"])
        self.build_once(tuple(images.shape))
        single = images.dim() == 3
        parts = {key: self._inward(key, data[key], single) for key in MOVED if key in data}
        with self._in_mode(self.training if phase is None else phase):
            changed = self.images.with_parts(parts)
        found = {key: self._outward(key, it, single) for key, it in changed.items()}
        if "bounding_boxes" in data:
            found["bounding_boxes"] = self.boxes(data["bounding_boxes"])
        return found

    def _inward(self, key: str, value: Any, single: bool) -> Tensor:
        """Return a part of the data as a batch, channels first."""
        values = _numbers(self.who, key, value)
        values = torch.unsqueeze(values, 0) if single else values
        turned = key != "labels" and self.data_format == "channels_last"
        return torch.permute(values, to_first(4)) if turned else values

    def _outward(self, key: str, values: Tensor, single: bool) -> Tensor:
        """Return a part of the data as it came."""
        turned = key != "labels" and self.data_format == "channels_last"
        values = torch.permute(values, to_last(4)) if turned else values
        return torch.squeeze(values, 0) if single else values


class WarpLayer(RandomLayer):
    """Show each image through a random transform.

    Args:
        fill_mode: what lies beyond the edges: reflect, wrap, constant (`fill_value`) or nearest.
        interpolation: nearest or bilinear.
    """

    fill_mode: str
    interpolation: str
    seed: int | None
    fill_value: float

    def filling(self) -> dict[str, Any]:
        """Return the arguments that all warps have."""
        return {
            "fill_mode": self.fill_mode,
            "interpolation": self.interpolation,
            "fill_value": self.fill_value,
            "seed": self.seed,
            "by_pixel": rule("warps_by_pixel", self.era),
        }


def _numbers(who: str, key: str, value: Any) -> Tensor:
    """Return a part of the data as a tensor."""
    found = as_data(value)
    if not isinstance(found, Tensor):
        raise ArgumentError(key, "an array of numbers", value, who=who)
    return found


def check_parts(who: str, data: Mapping[str, Any]) -> None:
    """Refuse a dict without images, or with what no layer knows."""
    unknown = next((key for key in data if key not in PARTS), None)
    if unknown is not None or "images" not in data:
        given = repr(unknown) if unknown is not None else "no images"
        raise UnexpectedArgument(
            f"{who}: inputs must be images, or a dict of {', '.join(PARTS)}, got {given}."
            f"{nearest(str(unknown), PARTS)}"
        )


def _two(value: Any) -> tuple[Any, Any]:
    """Take two items.

    Raises:
        ArgumentError: when there are more, or fewer.
    """
    items = tuple(value) if is_several(value) else ()
    if len(items) != 2:
        raise ArgumentError("value", "a number or two", value)
    return items
