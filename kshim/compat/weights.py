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
from kshim.saving.h5 import reading, writing
from kshim.saving.weights import read_weights, write_weights


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


def load_weights_from_hdf5_group(f: Any, layers: Sequence[Any], reshape: bool = False) -> None:
    """Read the weights of layers from an open group of h5py's, in order.

    Raises:
        WeightError: listing all that does not fit; no weight is changed then.
    """
    with reading(f) as folder:
        read_weights(folder, _Layers(layers), reshape=reshape)


def load_weights_from_hdf5_group_by_name(
    f: Any, layers: Sequence[Any], skip_mismatch: bool = False, reshape: bool = False
) -> None:
    """Read the weights of those layers that an open group of h5py's has by their names.

    Raises:
        WeightError: listing all that does not fit, unless it may be skipped.
    """
    with reading(f) as folder:
        read_weights(
            folder, _Layers(layers), by_name=True, skip_mismatch=skip_mismatch, reshape=reshape
        )


def save_weights_to_hdf5_group(f: Any, layers: Sequence[Any]) -> None:
    """Write the weights of layers into an open group of h5py's."""
    with writing(f) as folder:
        write_weights(folder, _Layers(layers))


class _Layers:
    """Show some layers as a model that holds them."""

    built, name, who = True, "layers", "layers"
    _own_weights: tuple[Any, ...] = ()

    def __init__(self, layers: Sequence[Any]) -> None:
        self.layers = self.flattened_layers = list(layers)
        self.era = current_era()
