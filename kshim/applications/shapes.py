"""The shape of the images that an architecture takes, worked out from what a script says."""

from __future__ import annotations

import warnings
from typing import Any

from kshim.core.eras import by_era
from kshim.core.settings import image_data_format
from kshim.errors import ArgumentError

Shape = tuple[int | None, ...]

# With its classifying top an architecture takes images of its own size alone, and without it
# images of three channels alone; or both hold for the weights of ImageNet only.
_IS_FIXED = by_era({"1.2": True, "2.0": False})


def obtain_input_shape(
    input_shape: Any,
    default_size: int,
    min_size: int,
    data_format: str | None = None,
    require_flatten: bool = True,
    weights: Any = None,
    *,
    who: str = "obtain_input_shape",
    **older: Any,
) -> Shape:
    """Return the shape of one image: what a script gave, checked, or else the usual one.

    Args:
        input_shape: (rows, columns, channels), or channels first; None for the usual one.
        default_size: rows and columns of the images that the architecture was made for.
        min_size: the least rows and columns it can take.
        data_format: None for that in force. Keras 1 said `dim_ordering`, "tf" or "th".
        require_flatten: whether rows and columns must be known. Older Kerases said `include_top`.
        weights: "imagenet" asks for three channels.
        who: whom a message names.

    Raises:
        ArgumentError: for a shape that does not fit.

    Source: Keras 1.2.2 applications/imagenet_utils.py; keras_applications 1.0.8; tf.keras 2.15.
    """
    data_format = older.pop("dim_ordering", data_format) or image_data_format()
    flat = older.pop("include_top", require_flatten)
    first = data_format in ("channels_first", "th")
    three = weights == "imagenet" or (_IS_FIXED.value() and not flat)
    given = None if not input_shape else tuple(input_shape)
    channels = 3 if three or given is None else _channels(given, first)
    usual = _shape(first, channels, default_size, default_size)
    if flat and (weights == "imagenet" or _IS_FIXED.value()):
        usual = _shape(first, 3, default_size, default_size)
        if given not in (None, usual):
            raise ArgumentError(
                "input_shape", f"{usual} with include_top=True", given, who=who,
                hint=" Pass include_top=False for images of another shape.",
            )  # fmt: skip
        return usual
    if given is None:
        return usual if flat else _shape(first, 3, None, None)
    _check(given, first, three, min_size, who)
    if flat and None in given:
        raise ArgumentError("input_shape", "known in full with include_top=True", given, who=who)
    return given


def _check(given: Shape, first: bool, three: bool, least: int, who: str) -> None:
    """Refuse a shape of other than three numbers, too small, or of channels that do not fit."""
    if len(given) != 3:
        raise ArgumentError("input_shape", "a tuple of three whole numbers", given, who=who)
    channels = _channels(given, first)
    if three and channels != 3:
        raise ArgumentError("input_shape", "one of 3 channels", given, who=who)
    if channels not in (1, 3):
        warnings.warn(
            f"{who}: takes images of 1 or 3 channels as a rule, and got {channels}.", stacklevel=5
        )
    sides = given[1:] if first else given[:2]
    if any(side is not None and side < least for side in sides):
        raise ArgumentError("input_shape", f"at least {least}x{least}", given, who=who)


def _channels(shape: Shape, first: bool) -> int | None:
    return shape[0] if first else shape[-1]


def _shape(first: bool, channels: int | None, rows: int | None, columns: int | None) -> Shape:
    return (channels, rows, columns) if first else (rows, columns, channels)
