"""Transforms of one image as a numpy array: turned, moved, sheared, zoomed, flipped, recoloured.

The `random_…` functions draw from `np.random` in Keras's order.

Source: keras_preprocessing 1.1.2 image/affine_transformations.py (Keras 2.2.4), and
tf.keras 2.15 preprocessing/image.py where the eras differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kshim.core.eras import by_era
from kshim.errors import ArgumentError
from kshim.preprocessing.image.packages import pillow, scipy
from kshim.preprocessing.image.pictures import array_to_img, img_to_array

Image = NDArray[Any]

# The centre of turning is half a pixel past the middle, and from tf.keras half a pixel before.
_CENTRE_SHIFT = by_era({"1.2": 0.5, "2.15": -0.5})
# tf.keras takes the matrix as (x, y) where it was (row, column).
_MATRIX_IS_X_FIRST = by_era({"1.2": False, "2.15": True})
# The separate random functions forgot which axes are rows and columns: they centre on 0 and 1.
_CENTRES_ON_ITS_AXES = by_era({"1.2": True, "2.2": False, "2.15": True})


def apply_affine_transform(
    x: Image,
    theta: float = 0,
    tx: float = 0,
    ty: float = 0,
    shear: float = 0,
    zx: float = 1,
    zy: float = 1,
    row_axis: int = 0,
    col_axis: int = 1,
    channel_axis: int = 2,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> Image:
    """Return an image turned, moved, sheared and zoomed, in this order of matrices.

    Args:
        theta: angle in degrees.
        tx, ty: shift along rows and columns, in pixels.
        shear: angle in degrees.
        zx, zy: zoom along rows and columns; above 1 is smaller.
        fill_mode: what lies outside: "constant" (`cval`), "nearest", "reflect" or "wrap".
        order: of the spline between pixels, 0 to 5.
    """
    if (theta, tx, ty, shear, zx, zy) == (0, 0, 0, 0, 1, 1):
        return x
    matrix = _about_centre(
        _matrix(theta, tx, ty, shear, zx, zy), x.shape[row_axis], x.shape[col_axis]
    )
    if _MATRIX_IS_X_FIRST.value() and col_axis > row_axis:
        matrix = matrix[[1, 0, 2]][:, [1, 0, 2]]
    ndimage = scipy("ndimage", "apply_affine_transform")
    moved = [
        ndimage.affine_transform(
            channel, matrix[:2, :2], matrix[:2, 2], order=order, mode=fill_mode, cval=cval
        )
        for channel in np.moveaxis(x, channel_axis, 0)
    ]
    return np.stack(moved, axis=channel_axis)


def apply_transform(
    x: Image,
    transform_matrix: Image,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
) -> Image:
    """Return an image moved by a matrix of its own, without mixing pixels: Keras 1's function.

    Shapes:
        transform_matrix: (3, 3), from (row, column, 1) of the result to that of `x`.

    Source: Keras 1.2.2 and 2.0.8 preprocessing/image.py.
    """
    matrix = np.asarray(transform_matrix)
    ndimage = scipy("ndimage", "apply_transform")
    moved = [
        ndimage.affine_transform(
            channel, matrix[:2, :2], matrix[:2, 2], order=0, mode=fill_mode, cval=cval
        )
        for channel in np.moveaxis(x, channel_axis, 0)
    ]
    return np.stack(moved, axis=channel_axis)


def transform_matrix_offset_center(matrix: Image, x: int, y: int) -> Image:
    """Return a matrix that does the same about the centre of an image of `x` rows, `y` columns."""
    return _about_centre(np.asarray(matrix), x, y)


def apply_channel_shift(x: Image, intensity: float, channel_axis: int = 0) -> Image:
    """Return an image with a number added, clipped to its own darkest and brightest value."""
    return np.clip(x + intensity, x.min(), x.max())


def apply_brightness_shift(x: Image, brightness: float, scale: bool = True) -> Image:
    """Return an image made brighter (above 1) or darker by Pillow.

    Args:
        scale: spread the values over 0 to 255 first; without, only what does not fit there,
            and back afterwards.
    """
    low, high = np.min(x), np.max(x)
    fits = low >= 0 and high <= 255
    picture = array_to_img(x, "channels_last", scale=scale or not fits)
    enhance = pillow("ImageEnhance", "apply_brightness_shift")
    shifted = img_to_array(enhance.Brightness(picture).enhance(brightness), "channels_last")
    return shifted if scale or fits else shifted / 255 * (high - low) + low


def flip_axis(x: Image, axis: int) -> Image:
    """Return an image mirrored along an axis."""
    return np.flip(x, axis)


def random_rotation(
    x: Image,
    rg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Image:
    """Return an image turned by up to `rg` degrees either way."""
    theta = np.random.uniform(-rg, rg)
    axes = _axes(row_axis, col_axis, channel_axis)
    return apply_affine_transform(
        x, theta=theta, **axes, fill_mode=fill_mode, cval=cval, order=interpolation_order
    )


def random_shift(
    x: Image,
    wrg: float,
    hrg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Image:
    """Return an image moved by up to these shares of its width and height."""
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    axes = _axes(row_axis, col_axis, channel_axis)
    return apply_affine_transform(
        x, tx=tx, ty=ty, **axes, fill_mode=fill_mode, cval=cval, order=interpolation_order
    )


def random_shear(
    x: Image,
    intensity: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Image:
    """Return an image sheared by up to `intensity` degrees either way."""
    shear = np.random.uniform(-intensity, intensity)
    axes = _axes(row_axis, col_axis, channel_axis)
    return apply_affine_transform(
        x, shear=shear, **axes, fill_mode=fill_mode, cval=cval, order=interpolation_order
    )


def random_zoom(
    x: Image,
    zoom_range: Sequence[float],
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Image:
    """Return an image zoomed by two numbers drawn between the two of `zoom_range`."""
    _check_pair("zoom_range", zoom_range, "random_zoom")
    zx, zy = drawn_zoom(zoom_range)
    axes = _axes(row_axis, col_axis, channel_axis)
    return apply_affine_transform(
        x, zx=zx, zy=zy, **axes, fill_mode=fill_mode, cval=cval, order=interpolation_order
    )


def random_channel_shift(x: Image, intensity_range: float, channel_axis: int = 0) -> Image:
    """Return an image with a number up to `intensity_range` added or taken away."""
    shift = np.random.uniform(-intensity_range, intensity_range)
    return apply_channel_shift(x, shift, channel_axis)


def random_brightness(x: Image, brightness_range: Sequence[float], scale: bool = True) -> Image:
    """Return an image made brighter or darker by a factor drawn from the range."""
    _check_pair("brightness_range", brightness_range, "random_brightness")
    low, high = brightness_range
    return apply_brightness_shift(x, np.random.uniform(low, high), scale)


def drawn_zoom(zoom_range: Sequence[float]) -> tuple[float, float]:
    """Return two zooms between the two numbers; (1, 1) draws nothing."""
    if zoom_range[0] == zoom_range[1] == 1:
        return 1.0, 1.0
    zx, zy = np.random.uniform(zoom_range[0], zoom_range[1], 2)
    return float(zx), float(zy)


def _matrix(theta: float, tx: float, ty: float, shear: float, zx: float, zy: float) -> Image:
    """Return the matrix from places in the new image to places in the old one."""
    turn, lean = np.deg2rad(theta), np.deg2rad(shear)
    rotation = [[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]]
    shift = [[1, 0, tx], [0, 1, ty], [0, 0, 1]]
    slant = [[1, -np.sin(lean), 0], [0, np.cos(lean), 0], [0, 0, 1]]
    zoom = [[zx, 0, 0], [0, zy, 0], [0, 0, 1]]
    product: Image = reduce(np.dot, map(np.array, (rotation, shift, slant, zoom)))
    return product


def _about_centre(matrix: Image, rows: int, columns: int) -> Image:
    """Return a matrix that acts about the image's centre instead of its corner."""
    across, down = (size / 2 + _CENTRE_SHIFT.value() for size in (rows, columns))
    there = np.array([[1, 0, across], [0, 1, down], [0, 0, 1]])
    back = np.array([[1, 0, -across], [0, 1, -down], [0, 0, 1]])
    centred: Image = there @ matrix @ back
    return centred


def _axes(row_axis: int, col_axis: int, channel_axis: int) -> dict[str, Any]:
    if _CENTRES_ON_ITS_AXES.value():
        return {"row_axis": row_axis, "col_axis": col_axis, "channel_axis": channel_axis}
    return {"row_axis": 0, "col_axis": 1, "channel_axis": channel_axis}


def _check_pair(what: str, given: Sequence[float], who: str) -> None:
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise ArgumentError(what, "two numbers", given, who=who)
