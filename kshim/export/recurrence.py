"""Recurrence: a recurrent layer as one node of ONNX's own, its batch and time both free.

Torch's exporter would write out every step of a known length.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from kshim import activations
from kshim.nn.recurrent import GRU, LSTM, Recurrent, States, reordered

_Activation = Callable[[Tensor], Tensor]

# ONNX's word for an activation, with its alpha and beta where it has them.
_WORDS: dict[_Activation, tuple[str, list[float], list[float]]] = {
    torch.tanh: ("Tanh", [], []),
    torch.sigmoid: ("Sigmoid", [], []),
    torch.relu: ("Relu", [], []),
    activations.softsign: ("Softsign", [], []),
    activations.softplus: ("Softplus", [], []),
    activations.hard_sigmoid: ("HardSigmoid", [0.2], [0.5]),
    activations.hard_sigmoid_of_keras_3: ("HardSigmoid", [1 / 6], [0.5]),
}
# The places of ONNX's gates in torch's: i, o, f, c of i, f, g, o; and z, r, h of r, z, n.
_ORDERS: dict[type[nn.Module], tuple[int, ...]] = {LSTM: (0, 3, 1, 2), GRU: (1, 0, 2)}


@contextmanager
def as_nodes(modules: Iterable[nn.Module]) -> Iterator[None]:
    """Let each recurrent module whose activations ONNX knows be one node inside the block."""
    found = {module for module in modules if isinstance(module, Recurrent) and _words(module)}
    for module in found:
        module.__dict__["run"] = _Node(module)
        if module.go_backwards:
            module.__dict__["forward"] = _Backwards(module).__call__
    try:
        yield
    finally:
        for module in found:
            del module.__dict__["run"]
            module.__dict__.pop("forward", None)


class _Node:
    """Stand in the place of a module's `run`."""

    def __init__(self, module: Recurrent) -> None:
        self.module = module

    def __call__(
        self,
        inputs: Tensor,
        states: States | None,
        lengths: Tensor | None,
        direction: str = "forward",
    ) -> tuple[Tensor, States]:
        """Return the outputs of all steps and the last states, which the node gives."""
        module, count = self.module, self.module.state_count
        batch, time, units = inputs.shape[0], inputs.shape[1], module.hidden_size
        counts = None if lengths is None else lengths.clamp(min=1).to(torch.int32)
        starts = [state.unsqueeze(0) for state in states or ()]
        sequence, *finals = torch.onnx.ops.symbolic_multi_out(
            module.mode.partition("_")[0],
            [inputs.transpose(0, 1), *_weights(module), counts, *starts],
            _attributes(module, direction),
            dtypes=[inputs.dtype] * (1 + count),
            shapes=[(time, 1, batch, units), *[(1, batch, units)] * count],
        )
        return sequence.squeeze(1).transpose(0, 1), tuple(final.squeeze(0) for final in finals)


class _Backwards:
    """Stand in the place of the `forward` of a module that starts at the last step.

    ONNX's node does so by itself; its outputs are in the order of the inputs.
    """

    def __init__(self, module: Recurrent) -> None:
        self.module, self.node = module, _Node(module)

    def __call__(
        self, inputs: Tensor, states: States | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, States]:
        """Return the outputs in the order that the steps are taken in, and the last states."""
        if mask is not None:
            return type(self.module).forward(self.module, inputs, states, mask)
        sequence, finals = self.node(inputs, states, None, "reverse")
        return sequence.flip(1), finals


def _weights(module: Recurrent) -> list[Tensor | None]:
    """Return both matrices and both biases in one, their gates in ONNX's order."""
    order = _ORDERS.get(type(module), (0,))
    matrices = (module.weight_ih_l0, module.weight_hh_l0)
    turned: list[Tensor | None] = [reordered(matrix, order).unsqueeze(0) for matrix in matrices]
    if not module.bias:
        return [*turned, None]
    biases = (module.bias_ih_l0, module.bias_hh_l0)
    return [*turned, torch.cat([reordered(bias, order) for bias in biases]).unsqueeze(0)]


def _attributes(module: Recurrent, direction: str) -> dict[str, Any]:
    words = _words(module)
    assert words is not None
    names, alphas, betas = zip(*words, strict=True)
    given = {"activation_alpha": alphas, "activation_beta": betas}
    listed = {name: [*itertools.chain(*values)] for name, values in given.items()}
    attributes: dict[str, Any] = {name: values for name, values in listed.items() if values}
    if direction != "forward":
        attributes["direction"] = direction
    if isinstance(module, GRU):
        attributes["linear_before_reset"] = int(module.reset_after)
    return {"hidden_size": module.hidden_size, "activations": list(names), **attributes}


def _words(module: Recurrent) -> list[tuple[str, list[float], list[float]]] | None:
    """Return ONNX's words for the gates' activation and that of each state, if it has them all."""
    gates = [module.recurrent_activation] if module.gates > 1 else []
    used = [*gates, *[module.activation] * module.state_count]
    found = [_WORDS[one] for one in used if one in _WORDS]
    return found if len(found) == len(used) else None
