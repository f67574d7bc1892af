"""Whether targets fit the outputs they are compared with, said once before training starts.

Source: Keras 2.2.4 engine/training_utils.py, whose wording of the cures is not ours.
"""

from __future__ import annotations

from typing import Any

from kshim.core.shapes import Shape
from kshim.errors import ShapeError
from kshim.losses import crossentropy, margins, regression
from kshim.losses.logits import function_of, options_of
from kshim.losses.names import function_name, get

_OF_COLUMNS = (crossentropy.categorical_crossentropy, crossentropy.categorical_focal_crossentropy)
_OF_EACH = (
    *_OF_COLUMNS,
    crossentropy.binary_crossentropy,
    crossentropy.binary_focal_crossentropy,
    margins.hinge,
    margins.squared_hinge,
    margins.categorical_hinge,
    regression.mean_squared_error,
    regression.mean_absolute_error,
    regression.mean_absolute_percentage_error,
    regression.mean_squared_logarithmic_error,
    regression.log_cosh,
    regression.huber,
    regression.cosine_similarity,
    regression.kl_divergence,
    regression.poisson,
)


def check_targets(loss: Any, y_true_shape: Shape, y_pred_shape: Shape, output_name: str) -> None:
    """Refuse targets that do not fit an output; losses of the user's own take anything.

    Args:
        loss: a name, a function or a loss object.

    Raises:
        ShapeError: naming the output, the wanted and the given shape, and the likely cure.
    """
    loss = get(loss) if isinstance(loss, str) else loss
    function = function_of(loss)
    wanted = _wanted_shape(function, tuple(y_pred_shape), options_of(loss).get("axis", -1))
    given = tuple(y_true_shape)
    if wanted is None or _fits(given, wanted):
        return
    cure = _cure(function, given, tuple(y_pred_shape))
    raise ShapeError(
        f"output {output_name!r}: targets for {function_name(function)} must be of shape "
        f"{(None, *wanted[1:])}, got {(None, *given[1:])}. {cure}"
    )


def _wanted_shape(function: Any, y_pred: Shape, axis: int) -> Shape | None:
    if function is crossentropy.sparse_categorical_crossentropy and len(y_pred) > 1:
        place = axis % len(y_pred)
        return (*y_pred[:place], *y_pred[place + 1 :], 1)
    return y_pred if function in _OF_EACH else None


def _fits(given: Shape, wanted: Shape) -> bool:
    """Return whether the shapes agree behind the batch, with or without a last axis of 1."""
    one_less = wanted[:-1] if len(wanted) > 1 and wanted[-1] in (1, None) else wanted
    one_more = (*wanted, 1)
    return any(_agree(given, shape) for shape in (wanted, one_less, one_more))


def _agree(given: Shape, wanted: Shape) -> bool:
    pairs = zip(given[1:], wanted[1:], strict=False)
    return len(given) == len(wanted) and all(one == two or None in (one, two) for one, two in pairs)


def _cure(function: Any, given: Shape, y_pred: Shape) -> str:
    numbers = len(given) < len(y_pred) or given[-1] == 1
    if function is crossentropy.sparse_categorical_crossentropy:
        if len(given) == len(y_pred) and given[-1] == y_pred[-1]:
            return "One-hot targets go with categorical_crossentropy."
        return "Give one class number for each prediction."
    if function in _OF_COLUMNS and numbers:
        return (
            "Class numbers go with sparse_categorical_crossentropy, or through "
            f"to_categorical(y, {y_pred[-1]})."
        )
    if len(given) == len(y_pred) and given[:-1][1:] == y_pred[:-1][1:]:
        units = "unit" if given[-1] == 1 else "units"
        return (
            f"Give the last layer {given[-1]} {units} instead of {y_pred[-1]}, "
            "or check the targets."
        )
    return "Check the targets, or put the last layer in their shape."
