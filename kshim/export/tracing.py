"""Tracing: a model through torch's ONNX exporter, in silence, or the layer that stops it."""

from __future__ import annotations

import io
import logging
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from kshim.errors import NotSupported
from kshim.export.entrances import Entrance, Sizes, sample
from kshim.export.needing import need
from kshim.export.recurrence import as_nodes
from kshim.graph.network import Network
from kshim.graph.order import Graph
from kshim.layers.base import Layer

_BATCH = 3  # unlike 0 and 1, which torch does not leave free
_OLDEST_OPSET = 18  # that torch's exporter writes


class _Leaner(TorchFunctionMode):
    """Write what torch's exporter writes clumsily.

    Its max pooling of sequences fixes their length; its attention looks up shapes at every run to
    turn a matrix around.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__name__", "") in ("max_pool1d", "_max_pool1d"):
            return _max_pool_node(*args, **(kwargs or {}))
        if func is functional.scaled_dot_product_attention:
            return _attention(func, *args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))


def _max_pool_node(
    inputs: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Tensor:  # fmt: skip
    """Return the maxima over windows of the last axis, by a node of ONNX's own."""
    given = (kernel_size, kernel_size if stride is None else stride, padding, dilation)
    size, step, pad, spread = (one[0] if isinstance(one, list | tuple) else one for one in given)
    if not isinstance(pad, int):  # of a length that is not known: cells that are never the largest
        shapes = need("torch.fx.experimental.symbolic_shapes")
        if not shapes.statically_known_true(pad == 0):
            inputs = functional.pad(inputs, (pad, pad), value=float("-inf"))
        pad = 0
    room = inputs.shape[2] + 2 * pad - spread * (size - 1) - 1
    attributes: dict[str, Any] = {
        "kernel_shape": [size], "strides": [step], "pads": [pad, pad], "dilations": [spread],
        "ceil_mode": int(ceil_mode),
    }  # fmt: skip
    count = (room + (step - 1 if ceil_mode else 0)) // step + 1
    return torch.onnx.ops.symbolic(
        "MaxPool", [inputs], attributes, dtype=inputs.dtype, shape=[*inputs.shape[:2], count]
    )


def _attention(
    func: Any, query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None,
    dropout_p: float = 0.0, is_causal: bool = False, scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    """Return torch's attention in two products and a softmax."""
    if dropout_p or is_causal or enable_gqa:
        options = {"dropout_p": dropout_p, "is_causal": is_causal, "enable_gqa": enable_gqa}
        with torch._C.DisableTorchFunction():
            attended: Tensor = func(query, key, value, attn_mask, scale=scale, **options)
        return attended
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    scores = query * scale @ key.transpose(-2, -1)
    if attn_mask is not None:
        is_choice = attn_mask.dtype is torch.bool
        scores = scores.masked_fill(~attn_mask, -math.inf) if is_choice else scores + attn_mask
    return torch.softmax(scores, -1) @ value


class Whole(nn.Module):
    """Be the prediction of a model whose `call` is the user's own."""

    def __init__(self, model: Any) -> None:
        """Hold the model."""
        super().__init__()
        self.model = model

    def forward(self, *inputs: Tensor) -> list[Tensor]:
        """Return the outputs."""
        outputs: list[Tensor] = self.model.network.plain(*inputs)
        return outputs


def program_of(
    model: Any,
    entrances: Sequence[Entrance],
    sizes: Sequence[Sizes],
    opset: int | None,
    dynamic: bool,
) -> Any:
    """Return torch's ONNX program of a model, as it predicts, in opset 18 or later.

    Raises:
        NotSupported: naming the layer that ONNX cannot express.
    """
    alone = sum(bool(entrance.free_axes) for entrance in entrances) == 1
    axes = tuple(entrance.axis_names(alone) for entrance in entrances) if dynamic else None
    inputs = tuple(sample(entrances, _BATCH if dynamic else 1, sizes, model.device))

    written = None if opset is None else max(opset, _OLDEST_OPSET)

    def program(module: nn.Module) -> Any:
        free = (axes,) if axes and isinstance(module, Whole) else axes
        with torch.no_grad(), quiet(), as_nodes(module.modules()), _Leaner():
            return torch.onnx.export(
                module, inputs, dynamo=True, verbose=False, optimize=False, opset_version=written,
                dynamic_shapes=free,
            )  # fmt: skip

    network = model.network.plain
    module = network if isinstance(network, nn.Module) else Whole(model)
    try:
        return program(module)
    except torch.onnx.OnnxExporterError as error:
        layer = _layer_in(error, module) or _layer_that_stops(model, program) or model.who
        raise _refusal(layer, error) from error


def outputs_of(model: Any, inputs: Sequence[Tensor]) -> list[Tensor]:
    """Return what the model predicts; a failure is the caller's to tell."""
    predict = model.network.plain
    # A GraphModule that is called, not asked to go forward, prints its failures.
    run = predict.forward if isinstance(predict, nn.Module) else predict
    with torch.inference_mode():
        outputs: list[Tensor] = run(*inputs)
    return outputs


@contextmanager
def predicting(model: Any) -> Iterator[None]:
    """Let every module predict inside the block, and be in its own mode again behind it."""
    network = model.network.plain
    inner = network.modules() if isinstance(network, nn.Module) else ()
    training = [module for module in {*model.modules(), *inner} if module.training]
    for module in training:
        module.training = False
    try:
        yield
    finally:
        for module in training:
            module.training = True


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the exporter from telling of its own insides."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with (
            warnings.catch_warnings(),
            redirect_stdout(io.StringIO()),
            redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _layer_in(error: BaseException | None, module: nn.Module) -> str | None:
    """Return the layer in whose code an error arose, as messages name it."""
    paths = {id(inner): name for name, inner in module.named_modules() if name}
    found = None
    while error is not None:
        frame = error.__traceback__
        while frame is not None:
            owner = frame.tb_frame.f_locals.get("self")
            if isinstance(owner, Layer) and not hasattr(owner, "network"):
                found = owner.who
            elif id(owner) in paths and not isinstance(owner, Layer):
                found = f"layer {paths[id(owner)].partition('.')[0]!r}"
            frame = frame.tb_next
        error = error.__cause__
    return found


def _layer_that_stops(model: Any, program: Callable[[nn.Module], Any]) -> str | None:
    """Return the first layer up to which the graph can no longer be written, found by halving."""
    if model.graph is None:
        return None
    nodes = model.graph.nodes
    first, behind = 0, len(nodes)
    while first < behind:
        middle = (first + behind) // 2
        ends = [symbol for node in nodes[: middle + 1] for symbol in _listed(node.outputs)]
        try:
            program(Network(Graph(model.graph.inputs, ends)).predict)
            first = middle + 1
        except torch.onnx.OnnxExporterError:
            behind = middle
    return nodes[first].layer.who if first < len(nodes) else None


def _refusal(layer: str, error: BaseException) -> NotSupported:
    while error.__cause__ is not None:
        error = error.__cause__
    told = str(error).partition("While executing")[0]  # what follows is of the tracer's own
    reason = " ".join(told.split())[:300].rstrip(".") or type(error).__name__
    return NotSupported(
        f"to_onnx: {layer} must be made of what ONNX can express, got: {reason}. "
        "If it is yours, write it with K functions or torch operations, without numpy and without "
        "Python conditions on values; else give the inputs known lengths, or export the model up "
        "to that layer."
    )


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
