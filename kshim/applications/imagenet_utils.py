"""What all architectures trained on ImageNet share: pixels in, words for classes out.

Source: Keras 1.2.2 and 2.0.8 applications/imagenet_utils.py, keras_applications 1.0.8, tf.keras
2.15.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from kshim.applications.blocks import channel_axis, padding_for
from kshim.applications.describing import check_activation
from kshim.applications.shapes import obtain_input_shape
from kshim.applications.stored import Stored, located
from kshim.core.eras import by_era
from kshim.core.settings import DATA_FORMATS, floatx, image_data_format
from kshim.core.symbols import Symbol
from kshim.errors import ArgumentError, FileError, UnexpectedArgument, nearest
from kshim.layers.normalization import Normalization

MODES = ("caffe", "tf", "torch")
# Of ImageNet's pixels: blue, green, red from 0 to 255; red, green, blue from 0 to 1.
CAFFE_MEANS = (103.939, 116.779, 123.68)
TORCH_MEANS, TORCH_DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_ORDERINGS = {"tf": "channels_last", "th": "channels_first", "default": None}

CLASS_INDEX: dict[str, Any] | None = None
_CLASS_FILE = "imagenet_class_index.json"
CLASSES = by_era(
    {
        "1.2": Stored(
            _CLASS_FILE, f"https://s3.amazonaws.com/deep-learning-models/image-models/{_CLASS_FILE}"
        ),
        "2.2": Stored(
            _CLASS_FILE,
            f"https://storage.googleapis.com/download.tensorflow.org/data/{_CLASS_FILE}",
            "c2c37ea517e94d9795004a39431a14cb",
        ),
    }
)


def preprocess_input(
    x: Any, data_format: str | None = None, mode: str = "caffe", **older: Any
) -> Any:
    """Bring pixels from 0 to 255 into the range that an architecture was trained on.

        caffe: blue, green, red; the mean of each taken away
        tf: from -1 to 1
        torch: from 0 to 1, then (x - mean) / deviation of each channel

    Args:
        x: an array, a tensor or a symbol. An array of floats is changed in place.
        data_format: None for that in force. Keras 1 said `dim_ordering`, "tf" or "th".
        mode: "caffe", "tf" or "torch".

    Shapes:
        x: (rows, columns, 3) or (batch, rows, columns, 3), or channels first.
    """
    data_format = _data_format(data_format, older)
    if mode not in MODES:
        wanted = "one of caffe, tf, torch"
        raise ArgumentError("mode", wanted, mode, who="preprocess_input")
    if isinstance(x, np.ndarray):
        return _array(x, data_format, mode)
    return _tensor(x, data_format, mode)


def pixels_in(mode: str, module: str) -> Callable[..., Any]:
    """Return a family's own `preprocess_input`, for a mode of its own."""

    def function(x: Any, data_format: str | None = None, **older: Any) -> Any:
        return preprocess_input(x, data_format, **{"mode": mode, **older})

    function.__name__ = function.__qualname__ = "preprocess_input"
    function.__module__, function.__doc__ = module, preprocess_input.__doc__
    return function


def pixels_as_they_are(module: str) -> Callable[..., Any]:
    """Return the `preprocess_input` of a family whose models scale pixels themselves."""

    def preprocess_input(x: Any, data_format: str | None = None) -> Any:
        """Return pixels as they are: the model scales them."""
        return x

    preprocess_input.__qualname__, preprocess_input.__module__ = "preprocess_input", module
    return preprocess_input


def standardized(x: Symbol, greatest: float = 1, name: str | None = None) -> Symbol:
    """Take the means of ImageNet's channels away and divide by their deviations, by a layer.

    Args:
        greatest: what the brightest pixels are in `x`: 1 or 255.
        name: of the layer.
    """
    means = [mean * greatest for mean in TORCH_MEANS]
    variances = [(deviation * greatest) ** 2 for deviation in TORCH_DEVIATIONS]
    layer = Normalization(axis=channel_axis(), mean=means, variance=variances, name=name)
    found: Symbol = layer(x)
    return found


def decode_predictions(preds: Any, top: int = 5) -> list[list[tuple[str, str, Any]]]:
    """Return the likeliest classes of each image: (WordNet's number, word, share).

    Shapes:
        preds: (batch, 1000)

    Args:
        top: how many.

    Raises:
        ArgumentError: for predictions of another shape.
        FileError: the file of the words is not in the cache and cannot be fetched.
    """
    shape = tuple(getattr(preds, "shape", ()))
    if len(shape) != 2 or shape[1] != 1000:
        raise ArgumentError("preds", "of shape (batch, 1000)", preds, who="decode_predictions")
    words = _class_index()
    rows = preds.detach().cpu().numpy() if isinstance(preds, torch.Tensor) else np.asarray(preds)
    return [_likeliest(row, words, top) for row in rows]


def _likeliest(row: NDArray[Any], words: dict[str, Any], top: int) -> list[tuple[str, str, Any]]:
    places = row.argsort()[-top:][::-1]
    return [(*words[str(place)], row[place]) for place in places]


def _class_index() -> dict[str, Any]:
    """Return class by number, read once."""
    global CLASS_INDEX
    if CLASS_INDEX is None:
        path = located(CLASSES.value(), "decode_predictions")
        try:
            CLASS_INDEX = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            raise FileError(f"{path}: must be JSON of the classes' names ({error}).") from error
    return CLASS_INDEX or {}


def _data_format(data_format: str | None, older: dict[str, Any]) -> str:
    unknown = next((word for word in older if word not in _TAKEN), None)
    if unknown is not None:
        raise UnexpectedArgument(
            f"preprocess_input: keyword must be one of data_format, mode, dim_ordering, got "
            f"{unknown!r}.{nearest(unknown, ('data_format', 'mode', 'dim_ordering'))}"
        )
    told = older.get("dim_ordering", data_format)
    found = _ORDERINGS.get(str(told), told) or image_data_format()
    if found not in DATA_FORMATS:
        wanted = f"one of {', '.join(DATA_FORMATS)}"
        raise ArgumentError("data_format", wanted, told, who="preprocess_input")
    return str(found)


# What the function takes besides what it names: Keras 1's word, and keras_applications's modules.
_TAKEN = ("dim_ordering", "backend", "layers", "models", "utils")


def _array(x: NDArray[Any], data_format: str, mode: str) -> NDArray[Any]:
    if not issubclass(x.dtype.type, np.floating):
        x = x.astype(floatx())
    if mode == "tf":
        x /= 127.5
        x -= 1.0
        return x
    axis = -1 if data_format == "channels_last" else x.ndim - 3
    channels = np.moveaxis(x, axis, -1)  # a view
    if mode == "caffe":
        x = np.flip(x, axis)
        np.moveaxis(x, axis, -1)[...] -= np.asarray(CAFFE_MEANS, x.dtype)
        return x
    x /= 255.0
    channels -= np.asarray(TORCH_MEANS, x.dtype)
    channels /= np.asarray(TORCH_DEVIATIONS, x.dtype)
    return x


def _tensor(x: Any, data_format: str, mode: str) -> Any:
    if mode == "tf":
        return x / 127.5 - 1.0
    axis = -1 if data_format == "channels_last" else len(x.shape) - 3
    if mode == "caffe":
        return torch.flip(x, (axis,)) - _along(CAFFE_MEANS, axis)
    return (x / 255.0 - _along(TORCH_MEANS, axis)) / _along(TORCH_DEVIATIONS, axis)


def _along(numbers: tuple[float, ...], axis: int) -> torch.Tensor:
    """Return three numbers that stand along the axis of the channels."""
    return torch.tensor(numbers).reshape((3,) if axis == -1 else (3, 1, 1))


def correct_pad(*given: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the zeros to put around images before a window that moves by two steps.

    Args:
        given: the symbol and the window's size; keras_applications was handed the backend before.
    """
    x, size = given[-2:]
    return padding_for(x, size if isinstance(size, int) else size[0])


def validate_activation(classifier_activation: Any, weights: Any) -> None:
    """Refuse an activation of the last layer that trained weights were not made for."""
    if weights is not None:
        check_activation(classifier_activation, "validate_activation")


_obtain_input_shape = obtain_input_shape
