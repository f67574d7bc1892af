"""The check that old test suites run on a layer: `layer_test`.

Source: Keras 1.2.2, 2.2.4, 2.3.1 utils/test_utils.py, for what is called with what.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kshim.core.settings import floatx
from kshim.core.shapes import Shape
from kshim.errors import ArgumentError, NotSupported, ShapeError
from kshim.layers.core import Input
from kshim.models.model import Model
from kshim.utils.lookups import has_arg

CLOSE = 1e-3
LONGEST = 4


def layer_test(
    layer_cls: Callable[..., Any],
    kwargs: Mapping[str, Any] | None = None,
    input_shape: Shape | None = None,
    input_dtype: str | None = None,
    input_data: Any = None,
    expected_output: Any = None,
    expected_output_dtype: str | None = None,
    fixed_batch_size: bool = False,
) -> NDArray[Any]:
    """Run a layer through what every layer must stand, and return what it gave.

    Its weights go out and come back, the shape and type it declares are what it gives, the model
    and the layer come back from their configs, and a layer that behaves otherwise in training
    trains.

    Args:
        input_shape: with the batch; unknown lengths are drawn when `input_data` is left out.
        expected_output: what it must give, within a thousandth.
        fixed_batch_size: whether the model is told the batch.

    Raises:
        ShapeError, ArgumentError, AssertionError: where the layer breaks one of these promises.
    """
    kind = str(input_dtype or (floatx() if input_data is None else np.asarray(input_data).dtype))
    fed = _drawn(input_shape, kind) if input_data is None else np.asarray(input_data)
    shape = tuple(input_shape or fed.shape)
    layer = layer_cls(**(kwargs or {}))
    layer.set_weights(layer.get_weights())
    declared = layer.compute_output_shape(shape)
    inputs = Input(batch_shape=shape if fixed_batch_size else (None, *shape[1:]), dtype=kind)
    outputs = layer(inputs)
    if outputs.dtype != (expected_output_dtype or kind):
        raise ArgumentError(layer.name, f"of type {expected_output_dtype or kind}", outputs.dtype)
    model = Model(inputs, outputs)
    given = _given(model, fed, declared, expected_output)
    _check_copy(model, fed, given)
    if has_arg(layer.call, "training"):
        model.compile("rmsprop", "mse")
        model.train_on_batch(fed, given)
    type(layer).from_config({**layer.get_config(), "batch_input_shape": shape})
    return given


def _drawn(shape: Shape | None, kind: str) -> NDArray[Any]:
    if not shape:
        raise ArgumentError("layer_test", "given input_shape or input_data", None)
    sizes = [np.random.randint(1, LONGEST) if one is None else one for one in shape]
    return (10 * np.random.random(sizes)).astype(kind)


def _given(model: Any, fed: NDArray[Any], declared: Shape, expected: Any) -> NDArray[Any]:
    """Return what a model gives, held against what it declared and what was expected."""
    given: NDArray[Any] = model.predict(fed)
    if any(want not in (None, got) for want, got in zip(declared, given.shape)):
        raise ShapeError(f"layer_test: output must be {tuple(declared)}, got {given.shape}.")
    if expected is not None:
        np.testing.assert_allclose(given, expected, rtol=CLOSE)
    return given


def _check_copy(model: Any, fed: NDArray[Any], given: NDArray[Any]) -> None:
    """Hold a model made from a model's config, with its weights, to what the model gave."""
    copy = type(model).from_config(model.get_config())
    if model.weights:
        copy.set_weights(model.get_weights())
        np.testing.assert_allclose(copy.predict(fed), given, rtol=CLOSE)


def tf_file_io_proxy(*names: Any, **options: Any) -> Any:
    """Refuse: Google's storage is not reached from here.

    Raises:
        NotSupported: always.
    """
    raise NotSupported("tf_file_io_proxy: files must be on this machine, got Google's storage.")
