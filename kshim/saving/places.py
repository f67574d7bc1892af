"""Places: weights in the layout of Keras 3's own files, by class and position, not by name.

    layers/dense_1/vars/0       the first array of the second Dense
    layers/bidirectional/forward_layer/cell/vars/2
    optimizer/vars/0

A layer's group is called after its class in snake case, numbered where there are several; layers
inside it stand under the names of the attributes that hold them.

Source: files of tf.keras 2.13 to 2.15 and Keras 3.15.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from kshim.core.config import class_name
from kshim.core.eras import in_era
from kshim.core.names import snake_case
from kshim.errors import FileError, WeightError
from kshim.layers.attention import Headed, MultiHeadAttention
from kshim.layers.base import Layer
from kshim.layers.cells import RNN, StackedRNNCells
from kshim.layers.recurrent import Recurrent
from kshim.layers.weights import Weight
from kshim.layers.wrappers import Bidirectional
from kshim.saving.dialects import FUNCTIONAL
from kshim.saving.h5 import Folder
from kshim.saving.streaming import give, put_weight, take
from kshim.saving.weights import WeightsSkipped

LAYERS_FOLDER = "layers"
OLDER_FOLDER = "_layer_checkpoint_dependencies"  # tf.keras 2.12
ARRAYS = "vars"
# What files hold beside weights: states of random generators, and counts of metrics.
BESIDE = ("seed_generator", "random_generator", "_random_generator")
# In whose words classes are named: those of tf.keras and Keras 3 are alike.
NAMES_OF = "3"

Place = tuple[str, Weight]


def is_by_place(folder: Folder) -> bool:
    """Return whether a group holds weights in this layout."""
    return (LAYERS_FOLDER in folder or OLDER_FOLDER in folder) and folder.texts(
        "layer_names"
    ) is None


def places_of(model: Any) -> list[Place]:
    """Return every weight of a model with its path, each once."""
    with in_era(NAMES_OF):
        found = list(_inside(model, ""))
    return list({id(weight): (path, weight) for path, weight in reversed(found)}.values())[::-1]


def write_places(folder: Folder, model: Any) -> None:
    """Write a model's weights into a group."""
    with in_era(NAMES_OF):
        for path in _homes(model, ""):  # tf.keras wants a group for layers without weights too
            folder.need_folder(path)
    for path, weight in places_of(model):
        put_weight(folder, path, weight)


def read_places(folder: Folder, model: Any, *, skip_mismatch: bool = False) -> None:
    """Read a model's weights from a group.

    Raises:
        WeightError: listing all that does not fit; no weight is changed then.
    """
    root = OLDER_FOLDER if LAYERS_FOLDER not in folder else LAYERS_FOLDER
    places = [(_under(root, path), weight) for path, weight in places_of(model)]
    stored = stored_shapes(folder)
    known = {_plain(path): path for path in stored}
    places = [(known.get(_plain(path), path), weight) for path, weight in places]
    wrong = list(_mismatches(places, stored))
    if wrong and not skip_mismatch:
        raise WeightError(f"{folder.file}: weights do not fit: {'; '.join(wrong)}.")
    for found in wrong:
        warnings.warn(f"{folder.file}: {found}; left as it is.", WeightsSkipped, stacklevel=3)
    fitting = [(path, weight) for path, weight in places if _fits(stored.get(path), weight)]
    values = [(weight, take(folder, path, stored[path])) for path, weight in fitting]
    for weight, value in values:
        give(weight, value)


def stored_shapes(folder: Folder) -> dict[str, tuple[int, ...]]:
    """Return the shape of every array of weights in a group, by its path."""
    root = OLDER_FOLDER if LAYERS_FOLDER not in folder else LAYERS_FOLDER
    return dict(_arrays(folder, root, set())) | dict(_arrays(folder, ARRAYS, set()))


def _mismatches(places: Sequence[Place], stored: dict[str, tuple[int, ...]]) -> Iterator[str]:
    """Give what does not fit between a model and what is stored."""
    wanted = dict(places)
    for path, weight in places:
        shape = tuple(int(size or 0) for size in weight.shape)
        if path not in stored:
            yield f"{weight.name} must be stored at {path}, got nothing there"
        elif stored[path] != shape:
            yield f"{weight.name} must have shape {shape}, got {stored[path]} at {path}"
    recurrent = {path.rpartition("/cell/")[0] for path in wanted if "/cell/" in path}
    for path in stored:
        # A stateful layer of Keras 3 keeps its states beside its cell.
        states = path.rpartition(f"/{ARRAYS}/")[0] in recurrent
        if path not in wanted and not states and 0 not in stored[path]:
            yield f"the model must have a weight of shape {stored[path]}, stored at {path}"


def _fits(shape: tuple[int, ...] | None, weight: Weight) -> bool:
    return shape == tuple(int(size or 0) for size in weight.shape)


def _inside(layer: Any, path: str) -> Iterator[Place]:
    """Give the weights of a layer and of those inside it."""
    own = sorted(layer._own_weights, key=lambda weight: not weight.trainable)
    if isinstance(layer, Headed):
        yield from _views(layer, own, path)
        return
    home = f"{path}cell/" if isinstance(layer, Recurrent) and not isinstance(layer, RNN) else path
    for number, weight in enumerate(own):
        yield f"{home}{ARRAYS}/{number}", weight
    for part, inner in _parts(layer):
        yield from _inside(inner, f"{path}{part}/")


def _views(layer: Headed, own: Sequence[Weight], path: str) -> Iterator[Place]:
    """Give the weights of an attention's linear views, each a layer of its own in files."""
    counts: dict[str, int] = {}
    shown = isinstance(layer, MultiHeadAttention) and layer.era == NAMES_OF
    for weight in own:
        view = weight.key.partition("/")[0].removeprefix("attention_")
        number = counts.get(view, 0)
        counts[view] = number + 1
        yield f"{path}{'' if shown else '_'}{view}_dense/{ARRAYS}/{number}", weight


def _homes(layer: Any, path: str) -> Iterator[str]:
    """Give the path of each group that may hold arrays of a layer or of those inside it."""
    yield f"{path}{ARRAYS}"
    if isinstance(layer, Recurrent) and not isinstance(layer, RNN):
        yield f"{path}cell/{ARRAYS}"
    if isinstance(layer, Bidirectional):  # tf.keras keeps the layer as it was given, too
        yield from _homes(layer.layer, f"{path}layer/")
    for part, inner in _parts(layer):
        yield from _homes(inner, f"{path}{part}/")


def _parts(layer: Any) -> Iterator[tuple[str, Any]]:
    """Give the layers directly inside a layer, with their paths below it."""
    if hasattr(layer, "graph") and (layer.graph is not None or hasattr(layer, "add")):
        yield from _numbered(LAYERS_FOLDER, layer.layers)
    elif isinstance(layer, StackedRNNCells):
        yield from _numbered("cells", layer.cells)
    else:
        for name, module in layer._modules.items():
            if isinstance(module, Layer):
                yield name, module
            elif type(module).__name__ == "ModuleList":
                yield from _numbered(name, [it for it in module if isinstance(it, Layer)])


def _numbered(folder: str, layers: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Give layers with their classes' names, numbered where there are several of a class."""
    seen: dict[str, int] = {}
    for layer in layers:
        kind = class_name(layer)
        name = snake_case("Functional" if kind in FUNCTIONAL else kind)
        number = seen.get(name, 0)
        seen[name] = number + 1
        yield f"{folder}/{name}_{number}" if number else f"{folder}/{name}", layer


def _plain(path: str) -> str:
    """Return a path without what tf.keras and Keras 3 put otherwise before an attention's views."""
    return re.sub(r"/_(\w+_dense)/", r"/\1/", path)


def _under(root: str, path: str) -> str:
    return path.replace(LAYERS_FOLDER, root) if root != LAYERS_FOLDER else path


def _arrays(folder: Folder, path: str, seen: set[Any]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Give path and shape of every array of weights below a path.

    Raises:
        FileError: for a group that stands in itself, or at two places.
    """
    if path not in folder:
        return
    if folder.holds_array(path):
        yield path, folder.shape(path)
        return
    inside = folder.folder(path)
    if inside.identity in seen:
        raise FileError(f"{folder.file}: {path} must stand at one place, got it at a second.")
    seen.add(inside.identity)
    for name in inside.names():
        if name not in BESIDE:
            yield from _arrays(folder, f"{path}/{name}", seen)
