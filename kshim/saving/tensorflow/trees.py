"""Trees: the parts of models and optimizers under the names that TensorFlow gives them.

    layer_with_weights-0/kernel          the first layer that has weights
    layer_with_weights-1/forward_layer/cell/recurrent_kernel
    optimizer/_variables/1               the optimizer's arrays, numbered

Source: checkpoints of tf.keras 2.15.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kshim.core.eras import in_era
from kshim.layers.attention import Headed
from kshim.layers.base import Layer
from kshim.layers.cells import RNN, StackedRNNCells
from kshim.layers.recurrent import Recurrent
from kshim.layers.weights import Weight
from kshim.optimizers.base import Optimizer
from kshim.saving.slots import Slot, further_numbers, has_state, places_of_slots
from kshim.saving.tensorflow.objects import Tree

FORMULAS_OF = "2.15"
# What TensorFlow calls a number of an optimizer, where that is another name than "_name".
FURTHER = {"m_schedule": "_u_product"}


def tree_of(item: Any, weights: Sequence[Weight] = ()) -> Any:
    """Return the tree of a model, layer, optimizer, or of several by name; a variable is a leaf.

    Args:
        weights: those that an optimizer keeps slots for.
    """
    if isinstance(item, Layer):
        return layer_tree(item)
    if isinstance(item, Optimizer):
        return optimizer_tree(item, weights)
    if isinstance(item, Mapping):
        return {str(name): tree_of(part, weights) for name, part in item.items()}
    if isinstance(item, list | tuple):
        return {str(number): tree_of(part, weights) for number, part in enumerate(item)}
    return item


def model_tree(model: Any) -> dict[str, Any]:
    """Return the tree of a model, the optimizer it is trained with included."""
    tree = layer_tree(model)
    if model.compiled is not None:
        tree["optimizer"] = optimizer_tree(model.compiled.optimizer, trained_weights(model))
    return tree


def trained_weights(item: Any) -> list[Weight]:
    """Return the weights that train in a layer, or that a model was compiled to train."""
    compiled = getattr(item, "compiled", None)
    if compiled is None:
        return list(getattr(item, "trainable_weights", ()))
    if not hasattr(compiled, "weights"):  # compiled before it was built
        compiled.take_weights()
    return list(compiled.weights)


def layer_tree(layer: Any) -> dict[str, Any]:
    """Return the tree of a layer's weights and of the layers inside it."""
    own: dict[str, Any] = {}
    if isinstance(layer, Headed):
        for weight in layer._own_weights:
            view, _, name = weight.key.rpartition("/")
            own.setdefault(f"_{view.removeprefix('attention_')}_dense", {})[name] = weight
        return own
    for weight in layer._own_weights:
        own[weight.key.rpartition("/")[2]] = weight
    if own and isinstance(layer, Recurrent) and not isinstance(layer, RNN):
        own = {"cell": own}
    return own | {name: layer_tree(part) for name, part in _parts(layer) if _has_weights(part)}


def optimizer_tree(optimizer: Any, weights: Sequence[Weight]) -> dict[str, Any]:
    """Return the tree of an optimizer's numbers, and of its slots once it has made an update."""
    tree: dict[str, Any] = {"_iterations": optimizer.iterations}
    if optimizer.schedule is None:
        tree["_learning_rate"] = optimizer.learning_rate
    with in_era(FORMULAS_OF):
        places = places_of_slots(optimizer, weights) if has_state(optimizer) else []
        for name in further_numbers(optimizer, places):
            tree[FURTHER.get(name, f"_{name}")] = getattr(optimizer, name)
    if places:
        slots = (Slot(optimizer, place) for place in places[1:])
        numbered = enumerate([optimizer.iterations, *slots])
        tree["_variables"] = {str(number): it for number, it in numbered}
    return tree


def leaves(tree: Tree, path: str = "") -> Iterator[tuple[str, Any]]:
    """Give every leaf of a tree with its path."""
    for name, item in tree.items():
        if isinstance(item, Mapping):
            yield from leaves(item, f"{path}{name}/")
        else:
            yield f"{path}{name}", item


def _parts(layer: Any) -> Iterator[tuple[str, Any]]:
    """Give the layers directly inside a layer, with the names that TensorFlow gives them."""
    if hasattr(layer, "graph") and (layer.graph is not None or hasattr(layer, "add")):
        holding = [part for part in layer.layers if _has_weights(part)]
        yield from ((f"layer_with_weights-{number}", part) for number, part in enumerate(holding))
        return
    if isinstance(layer, StackedRNNCells):
        yield "cells", _Several(layer.cells)
        return
    for name, module in layer._modules.items():
        if isinstance(module, Layer):
            yield name, module
        elif type(module).__name__ == "ModuleList":
            yield name, _Several(module)


def _has_weights(part: Any) -> bool:
    if isinstance(part, _Several):
        return any(_has_weights(inside) for _, inside in part._modules.items())
    return bool(part.weights)


class _Several:
    """Show a list of layers as a layer that holds them by number."""

    _own_weights: Iterable[Weight] = ()

    def __init__(self, modules: Any) -> None:
        named = enumerate(modules)
        self._modules = {str(number): it for number, it in named if isinstance(it, Layer)}
