"""The steps of an LSTM that torch's kernel does not know, with their gradient by hand.

Autograd would keep some twenty tensors of every step and multiply for the weights at each. Here
steps and gradients work in place, and the gradient of the weights is one product over all steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from kshim.nn.recurrent import reordered

Flat = tuple[Tensor, Tensor]
_back = torch.ops.aten


@dataclass(frozen=True)
class Curve:
    """Hold an activation in three forms.

    Attributes:
        plain: by operations that autograd follows.
        bend: takes the tensor, and where the outcome goes.
        unbend: takes gradients, which it changes in place, and what `bend` made.
    """

    plain: Callable[[Tensor], Tensor]
    bend: Callable[[Tensor, Tensor], Tensor]
    unbend: Callable[[Tensor, Tensor], Tensor]


_CURVES = {
    "Tanh": Curve(
        torch.tanh,
        lambda x, y: torch.tanh(x, out=y),
        lambda grad, y: _back.tanh_backward.grad_input(grad, y, grad_input=grad),
    ),
    "Sigmoid": Curve(
        torch.sigmoid,
        lambda x, y: torch.sigmoid(x, out=y),
        lambda grad, y: _back.sigmoid_backward.grad_input(grad, y, grad_input=grad),
    ),
    # A hard sigmoid is a line and a clip; the line goes into the weights.
    "HardSigmoid": Curve(
        lambda x: x.clamp(0.0, 1.0),
        lambda x, y: torch.clamp(x, 0.0, 1.0, out=y),
        lambda grad, y: _back.hardtanh_backward.grad_input(grad, y, 0.0, 1.0, grad_input=grad),
    ),
    "Relu": Curve(
        torch.relu,
        lambda x, y: torch.clamp(x, min=0.0, out=y),
        lambda grad, y: _back.threshold_backward.grad_input(grad, y, 0, grad_input=grad),
    ),
    "Softsign": Curve(
        lambda x: x / (1 + x.abs()),
        lambda x, y: torch.div(x, 1 + x.abs(), out=y),
        lambda grad, y: grad.mul_((1 - y.abs()).square_()),
    ),
}


@dataclass(frozen=True)
class QuickSteps:
    """Take the steps of an LSTM whose activations are known here.

    Args:
        gate: "Sigmoid", or "HardSigmoid", which is clip(slope * x + 0.5, 0, 1).
        new: of the content and the cell: "Tanh", "Relu" or "Softsign".
    """

    gate: str
    new: str
    slope: float = 0.2

    def takes(self, module: Any, inputs: Tensor) -> bool:
        """Return whether it serves: in plain torch, which nobody looks through, dropped alike."""
        drops = module.training and (module.input_dropout or module.recurrent_dropout)
        watched = torch.compiler.is_compiling() or torch.jit.is_tracing()
        mapped = torch._C._functorch.maybe_current_level() is not None
        mixed = torch.is_autocast_enabled(inputs.device.type)
        plain = type(inputs) is Tensor and not (watched or mapped or mixed)
        return plain and not (drops and module.drops_apart)

    def __call__(self, module: Any, inputs: Tensor, states: Flat | None) -> Flat:
        """Return the states and the cells after every step of an LSTM module.

        Shapes:
            inputs: (batch, time, features), states: (batch, units) each
            outcome: (time, batch, units) each
        """
        units, order = module.hidden_size, module.loop_order
        matrices = [reordered(it, order) for it in (module.weight_ih_l0, module.weight_hh_l0)]
        bias = module.input_bias()
        if self.gate == "HardSigmoid":
            of_gates = torch.arange(4 * units, device=inputs.device) < 3 * units
            factor = inputs.new_ones(4 * units).masked_fill(of_gates, self.slope)
            middle = inputs.new_zeros(4 * units).masked_fill(of_gates, 0.5)
            matrices = [matrix * factor.unsqueeze(1) for matrix in matrices]
            bias = middle if bias is None else torch.addcmul(middle, bias, factor)
        projected = functional.linear(inputs.transpose(0, 1), matrices[0], bias)
        states = states or (projected.new_zeros(inputs.shape[0], units),) * 2
        kept, _ = module.state_masks(states)
        made: Flat = _Steps.apply(projected, matrices[1], *states, kept, self)  # type: ignore[no-untyped-call]
        return made

    def curves(self) -> tuple[Curve, Curve]:
        """Return the curves of the gates and of the content."""
        return _CURVES[self.gate], _CURVES[self.new]


def _plainly(
    projected: Tensor, weight: Tensor, state: Tensor, cell: Tensor, kept: Tensor | None,
    quick: QuickSteps,
) -> Flat:  # fmt: skip
    """Do what `_Steps` does by operations that autograd follows, as often as one likes."""
    (gate, new), units, transposed = quick.curves(), weight.shape[1], weight.t()
    states, cells = [], []
    for share in projected.unbind(0):
        state = state if kept is None else state * kept
        inner, content = torch.addmm(share, state, transposed).split([3 * units, units], 1)
        into, stay, out = gate.plain(inner).chunk(3, 1)
        cell = torch.addcmul(into * new.plain(content), stay, cell)
        state = out * new.plain(cell)
        states.append(state)
        cells.append(cell)
    return torch.stack(states), torch.stack(cells)


class _Steps(torch.autograd.Function):
    """Take all steps at once, as far as autograd sees."""

    @staticmethod
    def forward(
        ctx: Any, projected: Tensor, weight: Tensor, state: Tensor, cell: Tensor,
        kept: Tensor | None, quick: QuickSteps,
    ) -> Flat:  # fmt: skip
        """Return the states and the cells after every step.

        Where nothing learns, the memory of the projected inputs is used.
        """
        (gate, new), units, transposed = quick.curves(), weight.shape[1], weight.t()
        learns = any(ctx.needs_input_grad)
        gates = torch.empty_like(projected) if learns else projected
        inner, content = gates.split([3 * units, units], 2)
        states, cells, bent = (projected.new_empty((*projected.shape[:2], units)) for _ in "hca")
        rows = (projected, gates, inner, *inner.split(units, 2), content, states, cells, bent)
        before, carried = state, cell
        for share, all_4, all_3, i, f, o, g, h, c, a in zip(*map(Tensor.unbind, rows), strict=True):
            given = before if kept is None else before * kept
            torch.addmm(share, given, transposed, out=all_4)
            gate.bend(all_3, all_3)
            new.bend(g, g)
            torch.mul(i, g, out=c).addcmul_(f, carried)
            new.bend(c, a)
            torch.mul(o, a, out=h)
            before, carried = h, c
        if learns:
            made = (gates, states, cells, bent)
            ctx.save_for_backward(projected, weight, state, cell, kept, *made)
            ctx.quick = quick
            ctx.set_materialize_grads(False)
        return states, cells

    @staticmethod
    def backward(ctx: Any, d_states: Tensor | None, d_cells: Tensor | None) -> Any:
        """Return the gradients of projected, weight, state and cell."""
        if torch.is_grad_enabled():
            return _again(ctx, (d_states, d_cells))
        _, weight, state, cell, kept, gates, states, cells, bent = ctx.saved_tensors
        gate, new = ctx.quick.curves()
        units = weight.shape[1]
        found = torch.empty_like(gates)
        of_gates, of_found = (
            (it.narrow(2, 0, 3 * units), *it.split(units, 2)) for it in (gates, found)
        )
        added = ([None] * len(gates) if it is None else it.unbind() for it in (d_states, d_cells))
        carried = [cell, *cells.unbind()[:-1]]
        rows = map(Tensor.unbind, (bent, *of_gates, found, *of_found))
        steps = [*zip(*added, carried, *rows, strict=True)]
        d_state, d_cell, spare = torch.zeros_like(state), torch.zeros_like(cell), state.clone()
        for dh, dc, c, a, ifo, i, f, o, g, d_all, d_ifo, d_i, d_f, d_o, d_g in reversed(steps):
            if dh is not None:
                d_state += dh
            if dc is not None:
                d_cell += dc
            d_cell += new.unbend(torch.mul(d_state, o, out=spare), a)
            torch.mul(d_cell, g, out=d_i)
            torch.mul(d_cell, c, out=d_f)
            torch.mul(d_state, a, out=d_o)
            gate.unbend(d_ifo, ifo)
            new.unbend(torch.mul(d_cell, i, out=d_g), g)
            d_cell *= f
            torch.mm(d_all, weight, out=d_state)
            if kept is not None:
                d_state *= kept
        given = torch.cat([state.unsqueeze(0), states[:-1]])
        given = given if kept is None else given * kept
        d_weight = found.flatten(0, 1).t() @ given.flatten(0, 1)
        return found, d_weight, d_state, d_cell, None, None


def _again(ctx: Any, grads: Sequence[Tensor | None]) -> Any:
    """Return the gradients as tensors that have gradients themselves."""
    projected, weight, state, cell, kept = ctx.saved_tensors[:5]
    given = (projected, weight, state, cell)
    made = _plainly(*given, kept, ctx.quick)
    reached = [place for place, grad in enumerate(grads) if grad is not None]
    wanted = [it for it in given if it.requires_grad]
    found = iter(torch.autograd.grad(
        [made[place] for place in reached], wanted, [grads[place] for place in reached],
        create_graph=True, allow_unused=True,
    ))  # fmt: skip
    return (*(next(found) if it.requires_grad else None for it in given), None, None)
