"""What scripts borrowed from the inside of Keras's saving: `keras.engine.saving`.

Source: Keras 2.2.4, 2.3.1 engine/saving.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kshim.core.eras import current_era
from kshim.errors import WeightError
from kshim.layers.holding import assign_all, weights_in
from kshim.saving.dialects import era_of


def preprocess_weights_for_loading(
    layer: Any,
    weights: Sequence[Any],
    original_keras_version: str | None = None,
    original_backend: str | None = None,
    reshape: bool = False,
) -> list[Any]:
    """Return weights in the form in which an older Keras kept them as the layer takes them now.

    The layer itself is left as it is.

    Args:
        original_keras_version: of the Keras that the weights are from; the one in force when left
            out.

    Raises:
        WeightError: when the layer knows no form of such shapes.
    """
    era = era_of(original_keras_version) or current_era()
    if hasattr(layer, "from_old_weights"):
        return list(layer.from_old_weights(list(weights), era))
    before = layer.get_weights()
    try:
        shapes = [tuple(one.shape) for one in weights]
        assign_all(layer.name, weights_in(layer, era, shapes), weights)
        return [weight.numpy() for weight in layer.weights]
    except WeightError:
        if [one.shape for one in before] == [one.shape for one in weights]:
            return list(weights)
        raise
    finally:
        layer.set_weights(before)
