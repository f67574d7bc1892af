"""Endless batches of images from the files that a pandas DataFrame names.

Only the frame's own methods are used, so that pandas need not be here but where frames are.

Source: keras_preprocessing 1.1.2 image/dataframe_iterator.py (Keras 2.2.4 and 2.3.1); what
tf.keras 2.15 does otherwise is marked.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from collections.abc import Sequence as Several
from typing import Any

import numpy as np

from kshim.core.eras import by_era
from kshim.core.settings import floatx
from kshim.errors import ArgumentError, UnknownName, WrongKind, nearest
from kshim.preprocessing.image.files import BatchFromFilesMixin, check_word
from kshim.preprocessing.image.iterators import Iterator, part_of
from kshim.preprocessing.image.pictures import FORMATS

WHO = "flow_from_dataframe"
_WITHOUT_CLASSES = ("input", "multi_output", "raw", None)

# Class names that the script gives are sorted; tf.keras numbers them as they are given.
_GIVEN_CLASSES_ARE_SORTED = by_era({"1.2": True, "2.15": False})


class DataFrameIterator(BatchFromFilesMixin, Iterator):
    """Give batches of changed images from the files that a frame names.

    See `ImageDataGenerator.flow_from_dataframe`.
    """

    allowed_class_modes = frozenset(("binary", "categorical", "sparse", *_WITHOUT_CLASSES))

    def __init__(
        self,
        dataframe: Any,
        directory: str | None = None,
        image_data_generator: Any = None,
        x_col: str = "filename",
        y_col: str | Several[str] = "class",
        weight_col: str | None = None,
        target_size: tuple[int, int] = (256, 256),
        color_mode: str = "rgb",
        classes: Several[str] | None = None,
        class_mode: str | None = "categorical",
        batch_size: int = 32,
        shuffle: bool = True,
        seed: int | None = None,
        data_format: str | None = "channels_last",
        save_to_dir: str | None = None,
        save_prefix: str = "",
        save_format: str = "png",
        subset: str | None = None,
        interpolation: str = "nearest",
        dtype: Any = "float32",
        validate_filenames: bool = True,
        *,
        keep_aspect_ratio: bool = False,
    ) -> None:
        self.set_processing_attrs(
            image_data_generator, target_size, color_mode, data_format, save_to_dir,
            save_prefix, save_format, subset, interpolation, keep_aspect_ratio,
        )  # fmt: skip
        self.directory, self.class_mode, self.dtype = directory or "", class_mode, dtype or floatx()
        self._check(dataframe, x_col, y_col, weight_col, classes)
        frame = self._with_files(dataframe, x_col) if validate_filenames else dataframe
        if class_mode not in _WITHOUT_CLASSES:
            frame = self._with_classes(frame, y_col, classes)
        part = part_of(subset, len(frame), image_data_generator)
        frame = frame.iloc[part]
        self.filenames: list[str] = frame[x_col].tolist()
        self.filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        self.samples = len(self.filenames)
        self.sample_weight = frame[weight_col].to_numpy() if weight_col else None
        self._keep_targets(frame, y_col)
        self._tell(validate_filenames)
        super().__init__(self.samples, batch_size, shuffle, seed)

    @property
    def labels(self) -> Any:
        """Return the targets of every picture: class numbers, or the columns themselves."""
        return self._columns if self.class_mode in ("multi_output", "raw") else self.classes

    def _check(
        self, frame: Any, x_col: str, y_col: Any, weight_col: str | None, classes: Any
    ) -> None:
        """Refuse a frame that does not hold what the class mode needs."""
        mode = self.class_mode
        check_word("class_mode", mode, self.allowed_class_modes, WHO)
        if mode == "multi_output" and not isinstance(y_col, list):
            raise WrongKind("y_col", "a list of columns for class_mode='multi_output'", y_col,
                            who=WHO)  # fmt: skip
        needed = [] if mode in ("input", None) else y_col if isinstance(y_col, list) else [y_col]
        _check_columns(frame, [x_col, *needed, *([weight_col] if weight_col else [])])
        _check_kind(frame, x_col, "x_col", (str,), "text")
        if mode in ("binary", "sparse"):
            _check_kind(frame, y_col, "y_col", (str,), f"text for class_mode={mode!r}")
        if mode == "categorical":
            wanted = "text or lists of text for class_mode='categorical'"
            _check_kind(frame, y_col, "y_col", (str, list, tuple), wanted)
        if mode == "binary":
            found = set(classes or frame[y_col])
            if len(found) != 2:
                what = "classes" if classes else f"column {y_col!r}"
                raise ArgumentError(what, "two classes for class_mode='binary'", sorted(found),
                                    who=WHO)  # fmt: skip
        if classes and mode in _WITHOUT_CLASSES:
            warnings.warn(f"{WHO}: classes mean nothing for class_mode={mode!r}.", stacklevel=4)
        if weight_col and not issubclass(frame[weight_col].dtype.type, np.number):
            kind = str(frame[weight_col].dtype)
            raise WrongKind(f"weight_col: column {weight_col!r}", "numbers", kind, who=WHO)

    def _with_files(self, frame: Any, x_col: str) -> Any:
        """Return the rows whose picture is there."""
        there = [_is_picture(os.path.join(self.directory, name)) for name in frame[x_col]]
        if missing := there.count(False):
            first = frame[x_col].tolist()[there.index(False)]
            warnings.warn(
                f"{WHO}: left out {missing} of {len(there)} files of column {x_col!r} that are no "
                f"picture or are not in {self.directory!r}, {first!r} first.",
                stacklevel=4,
            )
        return frame[np.array(there, bool)]

    def _with_classes(self, frame: Any, y_col: Any, classes: Several[str] | None) -> Any:
        """Number the classes; return the rows that belong to one of them."""
        every = [_listed(one) for one in frame[y_col]]
        if classes:
            names = list(dict.fromkeys(classes))
            names = sorted(names) if _GIVEN_CLASSES_ARE_SORTED.value() else names
        else:
            names = sorted({name for some in every for name in some})
        self.class_indices = {name: number for number, name in enumerate(names)}
        held = [not classes or any(name in self.class_indices for name in some) for some in every]
        return frame[np.array(held, bool)]

    def _keep_targets(self, frame: Any, y_col: Any) -> None:
        if self.class_mode == "multi_output":
            self._columns: Any = [np.array(frame[one].tolist()) for one in y_col]
        elif self.class_mode == "raw":
            self._columns = frame[y_col].to_numpy()
        elif self.class_mode not in _WITHOUT_CLASSES:
            self.classes = [self._numbers(label) for label in frame[y_col]]

    def _numbers(self, label: Any) -> int | list[int]:
        if isinstance(label, (list, tuple)):
            return [self.class_indices[one] for one in label if one in self.class_indices]
        return self.class_indices[label]

    def _tell(self, validated: bool) -> None:
        kind = "validated" if validated else "non-validated"
        of_classes = ""
        if self.class_mode not in _WITHOUT_CLASSES:
            of_classes = f" belonging to {len(self.class_indices)} classes"
        print(f"Found {self.samples} {kind} image filenames{of_classes}.")


def _listed(label: Any) -> Iterable[Any]:
    return label if isinstance(label, (list, tuple)) else [label]


def _is_picture(path: str) -> bool:
    return path.lower().endswith(tuple(f".{one}" for one in FORMATS)) and os.path.isfile(path)


def _check_columns(frame: Any, wanted: Several[str]) -> None:
    """Refuse names that are no columns, all of them at once."""
    known = list(map(str, frame.columns))
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        hint = nearest(str(missing[0]), known)
        raise UnknownName("columns", f"some of {', '.join(known)}", missing, who=WHO, hint=hint)


def _check_kind(frame: Any, column: str, what: str, kinds: tuple[type, ...], wanted: str) -> None:
    """Refuse a column that holds another kind of value; tell the first."""
    for value in frame[column]:
        if not isinstance(value, kinds):
            raise WrongKind(f"{what}: column {column!r}", wanted, value, who=WHO)
