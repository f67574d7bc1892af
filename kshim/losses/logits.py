"""The crossentropies that read logits, for a model that ends in softmax or sigmoid.

From Keras 2.3 on a crossentropy behind such a layer takes what went into it: no clip, no loss of
small probabilities (`rule("crossentropy_finds_logits")`).

Source: tf.keras 2.15 backend.py.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

from kshim.losses import crossentropy
from kshim.losses.classes import FunctionLoss, LossFunctionWrapper

_ENDS: dict[Callable[..., Any], str] = {
    crossentropy.binary_crossentropy: "sigmoid",
    crossentropy.categorical_crossentropy: "softmax",
    crossentropy.sparse_categorical_crossentropy: "softmax",
    crossentropy.categorical_focal_crossentropy: "softmax",
}


def logits_form(loss: Any, activation: str | None = None) -> Any | None:
    """Return the same loss of logits, or None when it has no such form.

    Args:
        loss: a function or a loss object.
        activation: the model's last operation, softmax or sigmoid; a loss that belongs to the
            other one has no form. None asks for neither.
    """
    end = _ENDS.get(function_of(loss))
    if end is None or activation not in (None, end) or options_of(loss).get("from_logits"):
        return None
    if isinstance(loss, LossFunctionWrapper):
        return _changed(loss, options={**loss.options, "from_logits": True})
    if isinstance(loss, FunctionLoss):
        return _changed(loss, from_logits=True)
    return partial(loss, from_logits=True)


def function_of(loss: Any) -> Any:
    """Return the function behind a loss: of an object its own, of a function itself.

    Of a function that is served under an older name, the one that kshim keeps.
    """
    if isinstance(loss, LossFunctionWrapper | FunctionLoss):
        return loss.function
    function = loss.func if isinstance(loss, partial) else loss
    return getattr(function, "twin_of", function)


def options_of(loss: Any) -> dict[str, Any]:
    """Return the arguments that a loss gives to its function."""
    if isinstance(loss, partial):
        return loss.keywords
    return loss.options if isinstance(loss, LossFunctionWrapper | FunctionLoss) else {}


def _changed(loss: Any, **attributes: Any) -> Any:
    changed = copy.copy(loss)
    for name, value in attributes.items():
        setattr(changed, name, value)
    return changed
