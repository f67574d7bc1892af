"""`ImageDataGenerator`: images changed at random while a model trains on them.

Source: keras_preprocessing 1.1.2 image/image_data_generator.py (Keras 2.2.4).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kshim.core.eras import by_era
from kshim.core.settings import DATA_FORMATS, floatx, image_data_format
from kshim.errors import ArgumentError, ShapeError
from kshim.preprocessing.image.dataframes import DataFrameIterator
from kshim.preprocessing.image.files import DirectoryIterator
from kshim.preprocessing.image.iterators import NumpyArrayIterator
from kshim.preprocessing.image.old_frames import as_asked
from kshim.preprocessing.image.packages import scipy
from kshim.preprocessing.image.transforms import (
    Image,
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    drawn_zoom,
    flip_axis,
)

Range = float | int | Sequence[float] | None
FUZZ = 1e-6

# Brightness spreads an image over 0 to 255 first; tf.keras keeps the image's own range.
_BRIGHTNESS_SPREADS = by_era({"1.2": True, "2.15": False})


class ImageDataGenerator:
    """Change images at random and bring them to one scale, batch by batch.

    Args:
        featurewise_center, featurewise_std_normalization: subtract the mean and divide by the
            standard deviation that `fit` learned for each channel.
        samplewise_center, samplewise_std_normalization: the same with each image's own.
        zca_whitening: remove the correlations that `fit` learned, `zca_epsilon` added.
        rotation_range: degrees, either way.
        width_shift_range, height_shift_range: below 1 a share of the size; from 1 pixels; a
            list, one of its pixels either way.
        brightness_range: two factors.
        shear_range: degrees, either way.
        zoom_range: two factors, or how far from 1.
        channel_shift_range: a number added to all values, either way.
        fill_mode, cval: what lies outside the image, see `apply_affine_transform`.
        horizontal_flip, vertical_flip: mirror every second image.
        rescale: a factor, applied after the changes.
        preprocessing_function: from an image to an image, applied before `rescale`.
        data_format, dtype: None is what `K.image_data_format()` and `K.floatx()` say.
        validation_split: the share that `subset="validation"` gets.
    """

    def __init__(
        self,
        featurewise_center: bool = False,
        samplewise_center: bool = False,
        featurewise_std_normalization: bool = False,
        samplewise_std_normalization: bool = False,
        zca_whitening: bool = False,
        zca_epsilon: float = 1e-6,
        rotation_range: float = 0,
        width_shift_range: Range = 0.0,
        height_shift_range: Range = 0.0,
        brightness_range: Sequence[float] | None = None,
        shear_range: float = 0.0,
        zoom_range: float | Sequence[float] = 0.0,
        channel_shift_range: float = 0.0,
        fill_mode: str = "nearest",
        cval: float = 0.0,
        horizontal_flip: bool = False,
        vertical_flip: bool = False,
        rescale: float | None = None,
        preprocessing_function: Callable[[Image], Image] | None = None,
        data_format: str | None = None,
        validation_split: float = 0.0,
        interpolation_order: int = 1,
        dtype: Any = None,
    ) -> None:
        self.rotation_range, self.shear_range = rotation_range, shear_range
        self.width_shift_range, self.height_shift_range = width_shift_range, height_shift_range
        self.zoom_range = _zoom_pair(zoom_range)
        self.brightness_range = _brightness_pair(brightness_range)
        self.channel_shift_range = channel_shift_range
        self.fill_mode, self.cval = fill_mode, cval
        self.interpolation_order = interpolation_order
        self.horizontal_flip, self.vertical_flip = horizontal_flip, vertical_flip
        self.rescale, self.preprocessing_function = rescale, preprocessing_function
        self.data_format = _data_format(data_format)
        self.dtype = dtype or floatx()
        self._validation_split = _share(validation_split)
        first = self.data_format == "channels_first"
        self.channel_axis, self.row_axis, self.col_axis = (1, 2, 3) if first else (3, 1, 2)
        self.samplewise_center = samplewise_center or samplewise_std_normalization
        self.samplewise_std_normalization = samplewise_std_normalization
        self.zca_whitening, self.zca_epsilon = zca_whitening, zca_epsilon
        self.featurewise_std_normalization = featurewise_std_normalization and not zca_whitening
        self.featurewise_center = (
            featurewise_center or zca_whitening or self.featurewise_std_normalization
        )
        self.mean: Image | None = None
        self.std: Image | None = None
        self.principal_components: Image | None = None

    def flow(
        self,
        x: Any,
        y: ArrayLike | None = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: ArrayLike | None = None,
        seed: int | None = None,
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
    ) -> NumpyArrayIterator:
        """Return endless batches of changed images from arrays.

        Args:
            x: images of four axes; or (images, other arrays that pass unchanged).
            subset: "training" or "validation", by `validation_split`.
            save_to_dir: a folder to save every picture to.
        """
        return NumpyArrayIterator(
            x, y, self, batch_size, shuffle, sample_weight, seed, self.data_format,
            save_to_dir, save_prefix, save_format, subset, self.dtype,
        )  # fmt: skip

    def flow_from_directory(
        self,
        directory: str,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        follow_links: bool = False,
        subset: str | None = None,
        interpolation: str = "nearest",
        keep_aspect_ratio: bool = False,
    ) -> DirectoryIterator:
        """Return endless batches of changed images from a folder with a folder for each class.

        Args:
            target_size: (height, width) of every image.
            class_mode: targets as "categorical" rows, "binary" or "sparse" numbers, "input"
                the images themselves, None no targets.
            keep_aspect_ratio: cut the middle out rather than stretch.
        """
        return DirectoryIterator(
            directory, self, target_size, color_mode, classes, class_mode, batch_size, shuffle,
            seed, self.data_format, save_to_dir, save_prefix, save_format, follow_links, subset,
            interpolation, self.dtype, keep_aspect_ratio=keep_aspect_ratio,
        )  # fmt: skip

    def flow_from_dataframe(
        self,
        dataframe: Any,
        directory: str | None = None,
        x_col: str = "filename",
        y_col: str | Sequence[str] = "class",
        weight_col: str | None = None,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Sequence[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        validate_filenames: bool = True,
        **older: Any,
    ) -> DataFrameIterator:
        """Return endless batches of changed images from the files that a pandas frame names.

        Args:
            dataframe: a row for each picture.
            directory: the folder that names in `x_col` are relative to; None where they are whole.
            x_col: the column of file names.
            y_col: the column, or the list of columns, of targets.
            weight_col: the column of sample weights, which come as a third part of each batch.
            target_size: (height, width) of every image.
            classes: the classes to keep; None keeps all, numbered in order of their names.
            class_mode: targets as "categorical" rows (of one class, or of a list of classes),
                "binary" or "sparse" numbers, "input" the images themselves, "raw" the values of
                the columns, "multi_output" a list of the columns, None no targets; "other" is the
                old word for "raw".
            subset: "training" or "validation", by `validation_split`.
            validate_filenames: leave out rows whose picture is not there, with a warning.
            **older: `has_ext`, `sort` and `drop_duplicates` of old versions, see `old_frames.py`.

        Raises:
            ArgumentError: a column is missing, or does not hold what `class_mode` needs.
        """
        if class_mode == "other":
            warnings.warn(
                "flow_from_dataframe: class_mode 'other' is now called 'raw'.",
                DeprecationWarning,
                stacklevel=2,
            )
            class_mode = "raw"
        return DataFrameIterator(
            as_asked(dataframe, directory, x_col, older), directory, self, x_col, y_col,
            weight_col, target_size, color_mode, classes, class_mode, batch_size, shuffle, seed,
            self.data_format, save_to_dir, save_prefix, save_format, subset, interpolation,
            self.dtype, validate_filenames,
        )  # fmt: skip

    def fit(
        self, x: ArrayLike, augment: bool = False, rounds: int = 1, seed: int | None = None
    ) -> None:
        """Learn mean, deviation and correlations from images, as far as they are used.

        Args:
            augment: learn from changed images, `rounds` of each.
        """
        images: Image = np.array(x, self.dtype)
        if images.ndim != 4:
            raise ShapeError(f"ImageDataGenerator.fit: x must have 4 axes, got {images.shape}.")
        if seed is not None:
            np.random.seed(seed)
        if self.rescale:
            images *= self.rescale
        if augment:
            images = np.array([self.random_transform(one) for _ in range(rounds) for one in images])
            images = images.astype(self.dtype)
        others = (0, self.row_axis, self.col_axis)
        if self.featurewise_center:
            self.mean = np.mean(images, axis=others, keepdims=True)[0]
            images -= self.mean
        if self.featurewise_std_normalization:
            self.std = np.std(images, axis=others, keepdims=True)[0]
            images /= self.std + FUZZ
        if self.zca_whitening:
            self.principal_components = self._components(images.reshape(len(images), -1))

    def standardize(self, x: Image) -> Image:
        """Return an image brought to scale; the array given is changed, as in Keras."""
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if self.rescale:
            x *= self.rescale
        if self.samplewise_center:
            x -= np.mean(x, keepdims=True)
        if self.samplewise_std_normalization:
            x /= np.std(x, keepdims=True) + FUZZ
        if self.featurewise_center:
            x -= self._learned("mean", 0.0)
        if self.featurewise_std_normalization:
            x /= self._learned("std", 1.0 - FUZZ) + FUZZ
        if self.zca_whitening:
            flat = x.reshape(-1, int(np.prod(x.shape[-3:])))
            whitening = self._learned("principal_components", np.eye(flat.shape[1]))
            x = np.dot(flat, whitening).reshape(x.shape)
        return x

    def get_random_transform(
        self, img_shape: Sequence[int], seed: int | None = None
    ) -> dict[str, Any]:
        """Return a transform drawn at random, for `apply_transform`."""
        if seed is not None:
            np.random.seed(seed)
        theta = _drawn(self.rotation_range)
        tx = _drawn_shift(self.height_shift_range, img_shape[self.row_axis - 1])
        ty = _drawn_shift(self.width_shift_range, img_shape[self.col_axis - 1])
        shear = _drawn(self.shear_range)
        zx, zy = drawn_zoom(self.zoom_range)
        # Both coins are thrown whether or not their flip is wanted.
        horizontal, vertical = (bool(np.random.random() < 0.5) for _ in range(2))
        channel = _drawn(self.channel_shift_range) if self.channel_shift_range else None
        between = self.brightness_range
        bright = None if between is None else np.random.uniform(between[0], between[1])
        return {
            "theta": theta, "tx": tx, "ty": ty, "shear": shear, "zx": zx, "zy": zy,
            "flip_horizontal": horizontal and self.horizontal_flip,
            "flip_vertical": vertical and self.vertical_flip,
            "channel_shift_intensity": channel,
            "brightness": bright,
        }  # fmt: skip

    def apply_transform(self, x: Image, transform_parameters: dict[str, Any]) -> Image:
        """Return an image changed as the parameters say; what they leave out stays."""
        told: Callable[..., Any] = transform_parameters.get
        rows, columns, channels = self.row_axis - 1, self.col_axis - 1, self.channel_axis - 1
        x = apply_affine_transform(
            x, told("theta", 0), told("tx", 0), told("ty", 0), told("shear", 0),
            told("zx", 1), told("zy", 1), rows, columns, channels,
            self.fill_mode, self.cval, self.interpolation_order,
        )  # fmt: skip
        if told("channel_shift_intensity") is not None:
            x = apply_channel_shift(x, told("channel_shift_intensity"), channels)
        if told("flip_horizontal"):
            x = flip_axis(x, columns)
        if told("flip_vertical"):
            x = flip_axis(x, rows)
        if told("brightness") is not None:
            x = apply_brightness_shift(x, told("brightness"), _BRIGHTNESS_SPREADS.value())
        return x

    def random_transform(self, x: Image, seed: int | None = None) -> Image:
        """Return an image changed at random."""
        return self.apply_transform(x, self.get_random_transform(x.shape, seed))

    def _components(self, flat: Image) -> NDArray[Any]:
        """Return the matrix that removes the correlations between the pixels."""
        linalg = scipy("linalg", "ImageDataGenerator(zca_whitening=True)")
        vectors, values, _ = linalg.svd(np.dot(flat.T, flat) / len(flat))
        scale = 1.0 / np.sqrt(values[np.newaxis] + self.zca_epsilon)
        whitening: NDArray[Any] = (vectors * scale).dot(vectors.T)
        return whitening

    def _learned(self, name: str, unfit: Any) -> Any:
        """Return what `fit` learned, or with a warning what changes nothing."""
        learned = getattr(self, name)
        if learned is None:
            warnings.warn(
                f"ImageDataGenerator: {name} is not known before fit(images) was called.",
                stacklevel=4,
            )
        return unfit if learned is None else learned


def _drawn(reach: float) -> float:
    """Return a number up to `reach` either way; 0 draws nothing."""
    return float(np.random.uniform(-reach, reach)) if reach else 0.0


def _drawn_shift(reach: Any, size: int) -> float:
    """Return a shift in pixels: of a share of the size, of pixels, or one of a list."""
    if reach is None or (np.ndim(reach) == 0 and not reach):
        return 0.0
    try:  # a list, or a whole number n for 0 … n - 1
        shift = np.random.choice(reach) * np.random.choice([-1, 1])
    except ValueError:
        shift = np.random.uniform(-reach, reach)
    return float(shift * size if np.max(reach) < 1 else shift)


def _zoom_pair(given: Any) -> list[float]:
    if isinstance(given, (int, float)):
        return [1 - given, 1 + given]
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        raise ArgumentError("zoom_range", "one or two numbers", given, who="ImageDataGenerator")
    return [*given]


def _brightness_pair(given: Any) -> Sequence[float] | None:
    if given is not None and (not isinstance(given, (tuple, list)) or len(given) != 2):
        raise ArgumentError("brightness_range", "two numbers", given, who="ImageDataGenerator")
    return given


def _data_format(given: str | None) -> str:
    chosen = given or image_data_format()
    if chosen not in DATA_FORMATS:
        wanted = f"one of {', '.join(DATA_FORMATS)}"
        raise ArgumentError("data_format", wanted, given, who="ImageDataGenerator")
    return chosen


def _share(given: float) -> float:
    if given and not 0 < given < 1:
        raise ArgumentError("validation_split", "from 0 to 1", given, who="ImageDataGenerator")
    return given
