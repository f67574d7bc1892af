"""Weights in HDF5: one group a layer, in Keras's order and shapes.

A group's attribute `layer_names` lists the layers, that of each layer's group, `weight_names`, its
arrays: the trainable ones first, those of a nested model all in its one group.

Source: Keras 2.2.4 engine/saving.py, tf.keras 2.15 saving/legacy/hdf5_format.py.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kshim.core.eras import ERAS, VERSIONS
from kshim.errors import FileError, StateError, WeightError
from kshim.layers.holding import assign_all, weights_in
from kshim.layers.weights import Weight
from kshim.saving.dialects import era_of
from kshim.saving.h5 import Folder
from kshim.saving.streaming import give, put_weight, take
from kshim.saving.theano import is_of_theano, turn_kernels, warn_of_padding

TOP_LEVEL = "top_level_model_weights"


@dataclass(frozen=True)
class StoredLayer:
    """Hold what a file says of one layer's weights, before they are read.

    Attributes:
        names, shapes: of its arrays, in order.
        era: that of the Keras that wrote the file.
        of_theano: whether it wrote it on Theano.
    """

    name: str
    folder: Folder
    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    era: str
    of_theano: bool

    def arrays(self) -> list[np.ndarray[Any, Any]]:
        """Return the arrays."""
        return [self.folder.array(name) for name in self.names]

    def waiting(self) -> list[Any]:
        """Return the arrays; those that will surely be there, as a place in the file."""
        told = zip(self.names, self.shapes, strict=True)
        return [take(self.folder, name, shape) for name, shape in told]


class OwnWeights:
    """Show the weights that a model holds beside its layers, as a layer of their own."""

    name = TOP_LEVEL
    non_trainable_weights: tuple[Weight, ...] = ()

    def __init__(self, model: Any) -> None:
        self.trainable_weights = list(model._own_weights)


class WeightsSkipped(UserWarning):
    """Tell that weights in a file do not fit a layer, and were left out as was asked."""


def write_weights(folder: Folder, model: Any) -> None:
    """Write a model's weights into a group."""
    folder.put_texts("layer_names", [layer.name for layer in model.flattened_layers])
    folder.put_text("backend", "tensorflow")
    folder.put_text("keras_version", VERSIONS[model.era])
    for layer in model.flattened_layers:
        # There already if an earlier layer's name goes on from this one's, after a slash.
        _write_layer(folder.need_folder(layer.name), file_order(layer))
    if model._own_weights:
        _write_layer(folder.new_folder(TOP_LEVEL), file_order(OwnWeights(model)))


def read_weights(
    folder: Folder,
    model: Any,
    *,
    by_name: bool = False,
    skip_mismatch: bool = False,
    reshape: bool = False,
) -> None:
    """Read a model's weights from a group, or from the weights of a whole model in it.

    Raises:
        WeightError: listing all that does not fit; no weight is changed then.
    """
    if not model.built:
        raise StateError(
            f"{model.who}: weights must be made before they are loaded, got none yet. Call the "
            "model on data first, or give its first layer an input_shape."
        )
    stored = stored_layers(folder)
    pairs = _by_name(model, stored) if by_name else _in_order(folder.file, model, stored)
    wrong = {it.name: found for layer, it in pairs if (found := _mismatch(layer, it, reshape))}
    if wrong and not skip_mismatch:
        raise WeightError(f"{folder.file}: weights do not fit: {'; '.join(wrong.values())}.")
    for found in wrong.values():
        warnings.warn(f"{folder.file}: {found}; left as it is.", WeightsSkipped, stacklevel=3)
    fitting = [(layer, it) for layer, it in pairs if it.name not in wrong]
    values = [(layer, it, _values(layer, it, reshape)) for layer, it in fitting]
    for layer, it, arrays in values:
        if _converts(layer):
            assign_all(f"{folder.file}: {layer.name!r}", file_order(layer), arrays)
        else:
            for weight, value in zip(_stored_form(layer, it), arrays, strict=True):
                give(weight, value)
    if any(it.of_theano for it in stored):
        turn_kernels(layer for layer, _ in fitting)
        warn_of_padding(folder.file, model.flattened_layers)


def stored_layers(folder: Folder) -> list[StoredLayer]:
    """Return what a file says of each layer's weights.

    Raises:
        FileError: when it holds no weights of a Keras model.
    """
    listed = folder.texts("layer_names")
    if listed is None and "model_weights" in folder:
        return stored_layers(folder.folder("model_weights"))
    if listed is None:
        raise FileError(
            f"{folder.file}: attribute layer_names must list the layers, got none. "
            "Save the model or its weights as a plain .h5 file."
        )
    era = era_of(folder.text("keras_version")) or ERAS[0]  # only Keras 1 does not say
    backend = folder.text("backend")
    names = [*listed, *([TOP_LEVEL] if TOP_LEVEL in folder else [])]
    return [_stored(folder, name, era, backend) for name in names]


def file_order(layer: Any) -> list[Weight]:
    """Return a layer's weights in the order of files: the trainable ones first."""
    listed = [*layer.trainable_weights, *layer.non_trainable_weights]
    return list({id(weight): weight for weight in listed}.values())


def _write_layer(folder: Folder, weights: Sequence[Weight]) -> None:
    names: list[str] = []
    for weight in weights:
        names.append(_unlike(weight.name, names))
    folder.put_texts("weight_names", names)
    for name, weight in zip(names, weights, strict=True):
        put_weight(folder, name, weight)


def _unlike(name: str, taken: Sequence[str]) -> str:
    """Return the name, with a number where two nested layers have weights of one name."""
    stem = name.removesuffix(":0")
    numbered = (f"{stem}_{number}:0" for number in range(1, len(taken) + 2))
    return name if name not in taken else next(it for it in numbered if it not in taken)


def _stored(folder: Folder, name: str, era: str, backend: str | None) -> StoredLayer:
    inside = folder.folder(name)
    names = tuple(inside.texts("weight_names") or [])
    turned = is_of_theano(backend, era, names)
    return StoredLayer(name, inside, names, tuple(map(inside.shape, names)), era, turned)


def _by_name(model: Any, stored: Sequence[StoredLayer]) -> list[tuple[Any, StoredLayer]]:
    """Return each layer that the file knows by its name, with the stored one."""
    known = {it.name: it for it in stored if it.names}
    return [(layer, known[layer.name]) for layer in _holding(model) if layer.name in known]


def _in_order(
    file: str, model: Any, stored: Sequence[StoredLayer]
) -> list[tuple[Any, StoredLayer]]:
    """Return each layer that has weights with the stored one at its place.

    Raises:
        WeightError: when there are more or fewer of them.
    """
    layers, held = _holding(model), [it for it in stored if it.names]
    if len(layers) != len(held):
        raise WeightError(
            f"{file}: layers with weights must be {len(layers)}, as in {model.name!r} "
            f"({_listing(layer.name for layer in layers)}), got {len(held)} "
            f"({_listing(it.name for it in held)})."
        )
    return list(zip(layers, held, strict=True))


def _holding(model: Any) -> list[Any]:
    """Return the layers that have weights, and the model's own weights behind them."""
    own = [OwnWeights(model)] if model._own_weights else []
    return [layer for layer in model.flattened_layers if file_order(layer)] + own


def _stored_form(layer: Any, stored: StoredLayer) -> list[Weight]:
    """Return a layer's weights in the form in which the Keras that wrote a file knew them."""
    if _converts(layer):
        return file_order(layer)
    return weights_in(layer, stored.era, stored.shapes)


def _mismatch(layer: Any, stored: StoredLayer, reshape: bool) -> str:
    """Return what does not fit between a layer and what is stored, or no text at all."""
    weights = _stored_form(layer, stored)
    wanted = [tuple(int(size or 0) for size in weight.shape) for weight in weights]
    if _converts(layer):
        enough = 2 * sum(map(math.prod, wanted)) + 64
        fits = sum(map(math.prod, stored.shapes)) <= enough
        return "" if fits else f"{layer.name} must have at most {enough} numbers"
    if len(wanted) != len(stored.shapes):
        return (
            f"{layer.name} must have {len(wanted)} arrays {_listing(wanted)}, "
            f"got {len(stored.shapes)} {_listing(stored.shapes)} from {stored.name}"
        )
    same = math.prod if reshape else tuple
    wrong = [
        f"{weight.name} must have shape {want}, got {got}"
        for weight, want, got in zip(weights, wanted, stored.shapes, strict=True)
        if same(want) != same(got)
    ]
    return "; ".join(wrong)


def _values(layer: Any, stored: StoredLayer, reshape: bool) -> list[Any]:
    """Return the stored arrays as the layer takes them: converted or reshaped if need be."""
    if _converts(layer):
        made: list[Any] = layer.from_old_weights(stored.arrays(), stored.era)
        return made
    if reshape:
        shapes = [weight.shape for weight in _stored_form(layer, stored)]
        return [array.reshape(it) for array, it in zip(stored.arrays(), shapes, strict=True)]
    return stored.waiting()


def _converts(layer: Any) -> bool:
    """Return whether the layer itself makes its weights of those that older Kerases stored."""
    return hasattr(layer, "from_old_weights")


def _listing(items: Any) -> str:
    shown = [str(item) for item in items]
    return ", ".join(shown[:12]) + (", ..." if len(shown) > 12 else "") or "none"
