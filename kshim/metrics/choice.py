"""Which function the words 'accuracy' and 'crossentropy' stand for at an output.

Source: Keras 2.2.4 engine/training.py, 2.3.1 engine/training_utils.py; tf.keras 2.15
engine/compile_utils.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from kshim.core.eras import rule
from kshim.core.shapes import Shape
from kshim.losses import crossentropy
from kshim.losses.logits import function_of
from kshim.losses.names import get as get_loss
from kshim.metrics import accuracies
from kshim.metrics.names import CROSSENTROPY_WORDS

_KINDS: dict[str, tuple[Callable[..., Tensor], Callable[..., Tensor]]] = {
    "binary": (accuracies.binary_accuracy, crossentropy.binary_crossentropy),
    "sparse": (
        accuracies.sparse_categorical_accuracy,
        crossentropy.sparse_categorical_crossentropy,
    ),
    "categorical": (accuracies.categorical_accuracy, crossentropy.categorical_crossentropy),
}


def accuracy_for(
    loss: Any,
    y_pred_shape: Shape,
    y_true_shape: Shape | None = None,
    word: str = "accuracy",
) -> Callable[..., Tensor]:
    """Return the function that 'accuracy', 'acc', 'crossentropy' or 'ce' stands for.

    Up to Keras 2.3 the loss has a say; in tf.keras the shapes alone.
    """
    by_shapes = rule("accuracy_goes_by_shapes") and y_true_shape is not None
    if by_shapes:
        kind = _kind_by_shapes(tuple(y_pred_shape), tuple(y_true_shape or ()))
    else:
        kind = _kind_by_loss(loss, tuple(y_pred_shape))
    return _KINDS[kind][word in CROSSENTROPY_WORDS]


def _kind_by_shapes(y_pred: Shape, y_true: Shape) -> str:
    if y_pred[-1] == 1:
        return "binary"
    return "sparse" if len(y_true) < len(y_pred) or y_true[-1] == 1 else "categorical"


def _kind_by_loss(loss: Any, y_pred: Shape) -> str:
    function = function_of(get_loss(loss) if isinstance(loss, str) else loss)
    if y_pred[-1] == 1 or function is crossentropy.binary_crossentropy:
        return "binary"
    sparse = function is crossentropy.sparse_categorical_crossentropy
    return "sparse" if sparse else "categorical"
