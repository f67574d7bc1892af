"""Pictures on disk and in Pillow, and the arrays that they are to a model."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kshim.core.eras import by_era
from kshim.core.settings import DATA_FORMATS, floatx, image_data_format
from kshim.errors import ArgumentError, ShapeError
from kshim.preprocessing.image.packages import pillow

FORMATS = ("png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff")
INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
# Colour mode -> the Pillow modes to leave as they are, the first to convert others to.
COLOR_MODES = {"grayscale": ("L", "I;16", "I"), "rgba": ("RGBA",), "rgb": ("RGB",)}
CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}

# Before the darkest pixel became 0, only negative pixels were lifted.
_DARKEST_IS_ZERO = by_era({"1.2": False, "2.2": True})


def load_img(
    path: str | os.PathLike[str] | IO[bytes],
    grayscale: bool = False,
    color_mode: str = "rgb",
    target_size: Sequence[int] | None = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Any:
    """Return a picture from a file as Pillow's Image.

    Args:
        grayscale: the older way to say color_mode="grayscale".
        color_mode: "rgb", "rgba" or "grayscale".
        target_size: (height, width) to resize to; None keeps the picture's.
        interpolation: one of `INTERPOLATIONS`.
        keep_aspect_ratio: cut the middle out rather than stretch.

    Source: keras_preprocessing 1.1.2 image/utils.py; keep_aspect_ratio from tf.keras 2.15.
    """
    mode = "grayscale" if grayscale else color_mode
    if mode not in COLOR_MODES:
        raise ArgumentError("color_mode", f"one of {', '.join(COLOR_MODES)}", mode, who="load_img")
    content = path.read() if hasattr(path, "read") else Path(path).read_bytes()
    picture = pillow("Image", "load_img").open(io.BytesIO(content))
    if picture.mode not in COLOR_MODES[mode]:
        picture = picture.convert(COLOR_MODES[mode][0])
    if target_size is None or picture.size == (target_size[1], target_size[0]):
        return picture
    return _resized(picture, (target_size[1], target_size[0]), interpolation, keep_aspect_ratio)


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> NDArray[Any]:
    """Return a picture as an array of three axes.

    Args:
        data_format: where to put the channels; None is `K.image_data_format()`.
        dtype: None is `K.floatx()`.
    """
    array = np.asarray(img, dtype or floatx())
    if array.ndim not in (2, 3):
        raise ShapeError(f"img_to_array: img must have 2 or 3 axes, got {array.ndim}.")
    cube: NDArray[Any] = array[..., np.newaxis] if array.ndim == 2 else array
    return cube.transpose(2, 0, 1) if _channels_first(data_format) else cube


def array_to_img(
    x: ArrayLike, data_format: str | None = None, scale: bool = True, dtype: Any = None
) -> Any:
    """Return an array of three axes as Pillow's Image; 1, 3 or 4 channels.

    Args:
        scale: spread the values over 0 to 255.
    """
    array = np.asarray(x, dtype or floatx())
    if array.ndim != 3:
        raise ShapeError(f"array_to_img: x must have 3 axes, got the shape {array.shape}.")
    if _channels_first(data_format):
        array = array.transpose(1, 2, 0)
    return _picture(_spread(array) if scale else array)


def save_img(
    path: Any,
    x: ArrayLike,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **options: Any,
) -> None:
    """Write an array as a picture; `options` go to Pillow's `save`."""
    picture = array_to_img(x, data_format, scale)
    if picture.mode == "RGBA" and file_format in ("jpg", "jpeg"):
        warnings.warn("save_img: JPG has no alpha channel; it is left out.", stacklevel=2)
        picture = picture.convert("RGB")
    picture.save(path, format=file_format, **options)


def list_pictures(directory: str, ext: str | Sequence[str] = FORMATS) -> list[str]:
    """Return the paths of the pictures in a folder and the folders below it."""
    endings = tuple(f".{one}" for one in ([ext] if isinstance(ext, str) else ext))
    return [
        str(Path(folder, name))
        for folder, _, names in os.walk(directory)
        for name in names
        if name.lower().endswith(endings)
    ]


def pictures_below(folder: str, follow_links: bool = False) -> Iterator[str]:
    """Yield the paths of the pictures below a folder, in Keras's order: by folder, by name."""
    for place, _, names in sorted(
        os.walk(folder, followlinks=follow_links), key=lambda one: one[0]
    ):
        for name in sorted(names):
            if name.lower().endswith(FORMATS):
                yield str(Path(place, name))


def _resized(
    picture: Any, size: tuple[int, int], interpolation: str, keep_aspect_ratio: bool
) -> Any:
    if interpolation not in INTERPOLATIONS:
        wanted = f"one of {', '.join(INTERPOLATIONS)}"
        raise ArgumentError("interpolation", wanted, interpolation, who="load_img")
    way = pillow("Image", "load_img").Resampling[interpolation.upper()]
    return picture.resize(size, way, box=_middle(picture.size, size) if keep_aspect_ratio else None)


def _middle(old: tuple[int, int], new: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the largest box in the middle of a picture with the proportions of `new`."""
    width = min(old[0], old[1] * new[0] // new[1])
    height = min(old[1], old[0] * new[1] // new[0])
    left, top = (old[0] - width) // 2, (old[1] - height) // 2
    return left, top, left + width, top + height


def _spread(array: NDArray[Any]) -> NDArray[Any]:
    """Return values spread over 0 to 255."""
    lowest = array.min()
    lifted: NDArray[Any] = array - (lowest if _DARKEST_IS_ZERO.value() else min(lowest, 0))
    highest = lifted.max()
    if highest != 0:
        lifted /= highest
    lifted *= 255
    return lifted


def _picture(array: NDArray[Any]) -> Any:
    image = pillow("Image", "array_to_img")
    channels = array.shape[2]
    if channels in (3, 4):
        return image.fromarray(array.astype("uint8"))
    if channels != 1:
        raise ShapeError(f"array_to_img: x must have 1, 3 or 4 channels, got {channels}.")
    # Pillow holds grey values beyond a byte as 32-bit whole numbers.
    return image.fromarray(array[..., 0].astype("int32" if array.max() > 255 else "uint8"))


def _channels_first(data_format: str | None) -> bool:
    given = data_format or image_data_format()
    if given not in DATA_FORMATS:
        raise ArgumentError("data_format", f"one of {', '.join(DATA_FORMATS)}", given)
    return given == "channels_first"
