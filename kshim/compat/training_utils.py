"""What scripts borrowed from the inside of Keras's training: `keras.engine.training_utils`.

Source: Keras 2.2.4, 2.3.1 engine/training_utils.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kshim.backend.tensors import of_tensors
from kshim.core.settings import floatx
from kshim.errors import ShapeError
from kshim.losses.reduction import weighted_mean
from kshim.training.feeding import as_tensor, as_weights
from kshim.utils.generic import to_list

CHANNELS = {"mean_squared_error", "binary_crossentropy", "categorical_crossentropy"}


def make_batches(size: int, batch_size: int) -> list[tuple[int, int]]:
    """Return the first sample of each batch, and the one after its last."""
    starts = range(0, size, batch_size)
    return [(start, min(size, start + batch_size)) for start in starts]


def batch_shuffle(index_array: NDArray[Any], batch_size: int) -> NDArray[Any]:
    """Return numbers of samples with whole batches in another order; what is over stays last."""
    whole = len(index_array) // batch_size * batch_size
    batches = index_array[:whole].reshape(-1, batch_size)
    np.random.shuffle(batches)
    return np.append(batches.ravel(), index_array[whole:])


def check_array_length_consistency(inputs: Any, targets: Any, weights: Any = None) -> None:
    """Refuse inputs, targets and weights of different numbers of samples.

    Raises:
        ShapeError: naming the numbers.
    """
    found = [_lengths(one) for one in (inputs, targets, weights)]
    if any(len(one) > 1 for one in found):
        raise ShapeError(f"data: arrays must have as many samples each, got {found}.")
    if found[0] != found[1] or found[1] != found[2]:
        raise ShapeError(f"data: x, y and weights must have as many samples each, got {found}.")


def check_loss_and_target_compatibility(
    targets: Sequence[Any], loss_fns: Sequence[Any], output_shapes: Sequence[Any]
) -> None:
    """Refuse targets whose shape the loss of their output cannot be computed with.

    Raises:
        ShapeError: naming the wanted and the given shape.
    """
    for target, loss, shape in zip(targets, loss_fns, output_shapes):
        if target is None or loss is None:
            continue
        name = _name(loss)
        if name == "categorical_crossentropy" and target.shape[-1] == 1:
            raise ShapeError(
                f"{name}: You are passing a target array of shape {target.shape}; it must be "
                "one-hot, got one column. Use to_categorical, or sparse_categorical_crossentropy."
            )
        same = all(want in (None, got) for want, got in zip(shape[1:], target.shape[1:]))
        if name in CHANNELS and not same:
            raise ShapeError(
                f"{name}: expects targets to have the same shape as the output, "
                f"{tuple(shape)}, got {target.shape}."
            )


def standardize_weights(
    y: NDArray[Any],
    sample_weight: Any = None,
    class_weight: Any = None,
    sample_weight_mode: str | None = None,
) -> NDArray[Any]:
    """Return the weight of each sample: its own times that of its class, 1 without either."""
    if sample_weight is None and class_weight is None:
        return np.ones(y.shape[: 2 if sample_weight_mode == "temporal" else 1], floatx())
    target = as_tensor("y", y)
    [weights] = as_weights("y", sample_weight, class_weight, [target], ["y"])
    return weights.numpy() if weights is not None else np.ones(len(y), floatx())


def weighted_masked_objective(fn: Callable[..., Any] | None) -> Callable[..., Any] | None:
    """Return a loss with weights and a mask: one number for (y_true, y_pred, weights, mask)."""
    if fn is None:
        return None

    @of_tensors
    def weighted(y_true: Any, y_pred: Any, weights: Any = None, mask: Any = None) -> Any:
        return weighted_mean(fn(y_true, y_pred), weights, mask)

    return weighted


def _lengths(arrays: Any) -> set[int]:
    """Return the numbers of samples of arrays; what is not there has 0, as in Keras."""
    if arrays is None:
        return {0}
    listed = to_list(arrays, allow_tuple=True)
    return {one.shape[0] if getattr(one, "ndim", 0) > 0 else 0 for one in listed}


def _name(loss: Any) -> str:
    return str(getattr(loss, "__name__", None) or getattr(loss, "name", ""))
