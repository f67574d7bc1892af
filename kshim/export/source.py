"""Source: a model as a file of plain PyTorch, for people to own, with no trace of Keras in it.

The lowered network is written out: a class with its modules in `__init__` and its straight-line
code in `forward`. What `kshim.nn` adds to torch is carried along, only where it is used. The
written class is made, loaded and compared with the model before its file takes its place.
"""

from __future__ import annotations

import importlib
import linecache
import os
import types
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from kshim.core.replacing import with_usual_mode
from kshim.errors import ArgumentError, MissingPackage, NotSupported, StateError
from kshim.export.entrances import Sizes, entrances_of, fitting_sizes, sample
from kshim.export.onnx import drafted
from kshim.export.tracing import outputs_of, predicting
from kshim.export.writing import Written, write
from kshim.graph.marks import MAKER
from kshim.graph.pieces import need_whole

_BATCHES = (2, 5, 1)


def to_source(
    model: Any,
    path: str | os.PathLike[str],
    *,
    weights: str | os.PathLike[str] | None = None,
    tolerance: float = 1e-6,
) -> Path:
    """Write a model as a Python file that imports torch alone, and its weights beside it.

    Both files appear when the written class loads the weights and predicts as the model does.

    Args:
        weights: the file of the weights, .safetensors or .pt; `<path>.safetensors` in the place
            of .py when left out.
        tolerance: how much an output may differ: absolute below 1, else relative.

    Returns:
        The path of the weights, for `load_state_dict`.

    Raises:
        MissingPackage: for .safetensors when safetensors is not installed.
        NotSupported: naming the layer that cannot be written, or the output that differs.
        StateError: for a model that has no weights yet.
    """
    place = Path(path)
    kept = place.with_suffix(".safetensors") if weights is None else Path(weights)
    if kept.suffix not in (".safetensors", ".pt"):
        raise ArgumentError("weights", "a .safetensors or .pt file", str(weights), who="to_source")
    text, module = _made(model, tolerance)
    with drafted(kept) as weights_draft, drafted(place) as source_draft:
        _save(module, weights_draft, kept.suffix)
        source_draft.write_text(text, encoding="utf-8")
    return kept


def to_torch(model: Any, tolerance: float = 1e-6) -> nn.Module:
    """Return a model as a module of plain torch, with copies of its weights, ready to predict.

    Raises:
        NotSupported: naming the layer that cannot be written, or the output that differs.
        StateError: for a model that has no weights yet.
    """
    return _made(model, tolerance)[1]


def _made(model: Any, tolerance: float) -> tuple[str, nn.Module]:
    """Return the source, and what it makes with the model's weights, once both agree."""
    if not model.inputs:
        raise StateError(f"{model.who}: must be built to be exported. Call predict on data first.")
    need_whole(model, "exported")
    entrances = entrances_of(model, model.input_names)

    def runs(sizes: Sequence[Sizes]) -> None:
        outputs_of(model, sample(entrances, 2, sizes, model.device))

    with predicting(model):
        choices = fitting_sizes(entrances, runs)
        feeds = [
            sample(entrances, batch, sizes, model.device)
            for batch, sizes in zip(_BATCHES, choices, strict=True)
        ]
        written = write(model, feeds)
        module = _load(written, model)
        for feed in feeds:
            _compare(model, written, module, feed, tolerance)
    return written.text, module


def _load(written: Written, model: Any) -> nn.Module:
    """Make the written class with the model's weights."""
    home = types.ModuleType(written.name.lower())
    file = f"<{written.name}>"
    linecache.cache[file] = (len(written.text), None, written.text.splitlines(True), file)
    # The text is our own: names are words, values are numbers, words and torch's names.
    exec(compile(written.text, file, "exec"), home.__dict__)
    module: nn.Module = home.__dict__[written.name]()
    state = {name: tensor.detach().clone() for name, tensor in written.state.items()}
    module.load_state_dict(state, strict=True)
    return module.to(model.device).eval()


def _compare(
    model: Any, written: Written, module: nn.Module, feed: Sequence[Tensor], tolerance: float
) -> None:
    """Refuse a module that computes something else than the model."""
    wanted = outputs_of(model, feed)
    with torch.inference_mode():
        made = module(*feed)
    found = [made] if isinstance(made, Tensor) else list(made)
    for name, own, other in zip(model.output_names, wanted, found, strict=True):
        if not _alike(own, other, tolerance):
            layer = _first_apart(model, written, module, feed, tolerance)
            raise NotSupported(
                f"to_source: output {name!r} of the source must be within {tolerance:g} of the "
                f"model, and is not; the first layer that differs is {layer!r}. Write the model "
                "with to_onnx instead."
            )


def _first_apart(
    model: Any, written: Written, module: nn.Module, feed: Sequence[Tensor], tolerance: float
) -> str:
    """Return the first layer whose module gives something else in the source than in the model."""
    network = model.network.plain
    owns, others = _heard(network, feed), _heard(module, feed)
    last = ""
    for node in network.graph.nodes:
        last = str(node.meta.get(MAKER) or last)
        if node.op != "call_module":
            continue
        own, other = owns[str(node.target)], others[written.places[str(node.target)]]
        if not own or not other or not _alike(own.pop(0), other.pop(0), tolerance):
            return last
    return last


def _heard(module: nn.Module, feed: Sequence[Tensor]) -> dict[str, list[Tensor]]:
    """Run a module and return what each module inside gave, the first tensor of every call."""
    found: dict[str, list[Tensor]] = defaultdict(list)

    def note(name: str) -> Any:
        def hook(_: nn.Module, __: Any, outputs: Any) -> None:
            while not isinstance(outputs, Tensor):
                outputs = outputs[0]
            found[name].append(outputs)

        return hook

    inner = [(name, one) for name, one in module.named_modules(remove_duplicate=False) if name]
    handles = [one.register_forward_hook(note(name)) for name, one in inner]
    try:
        with torch.inference_mode():
            module(*feed)
    finally:
        for handle in handles:
            handle.remove()
    return found


def _alike(own: Tensor, other: Tensor, tolerance: float) -> bool:
    if own.shape != other.shape or own.dtype != other.dtype:
        return False
    return torch.allclose(
        own.double(), other.double(), rtol=tolerance, atol=tolerance, equal_nan=True
    )


def _save(module: nn.Module, place: Path, suffix: str) -> None:
    state = {name: tensor.cpu().contiguous() for name, tensor in module.state_dict().items()}
    if suffix == ".pt":
        torch.save(state, place)
        return
    try:
        safetensors = importlib.import_module("safetensors.torch")
    except ModuleNotFoundError as error:
        raise MissingPackage("to_source", "safetensors", "safetensors") from error
    with with_usual_mode(place):
        safetensors.save_file({name: tensor.clone() for name, tensor in state.items()}, place)
