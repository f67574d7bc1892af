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

Flat = tuple[Tensor, Tensor]
Plainly = Callable[..., Sequence[Tensor]]  # of projected, weight, state and cell
_back = torch.ops.aten


@dataclass(frozen=True)
class Curve:
    """Hold an activation: what it makes of a tensor, and what it makes of gradients, in place.

    Attributes:
        bend: takes the tensor, and where the outcome goes.
        unbend: takes the gradients, and what `bend` made.
    """

    bend: Callable[[Tensor, Tensor], Tensor]
    unbend: Callable[[Tensor, Tensor], Tensor]


def _hard_sigmoid(slope: float, middle: float) -> Curve:
    def unbend(grad: Tensor, made: Tensor) -> Tensor:
        inside = _back.hardtanh_backward.grad_input
        return inside(grad, made, 0.0, 1.0, grad_input=grad).mul_(slope)  # type: ignore[no-any-return]

    return Curve(lambda x, y: torch.mul(x, slope, out=y).add_(middle).clamp_(0.0, 1.0), unbend)


_CURVES = {
    "Tanh": Curve(
        lambda x, y: torch.tanh(x, out=y),
        lambda grad, y: _back.tanh_backward.grad_input(grad, y, grad_input=grad),
    ),
    "Sigmoid": Curve(
        lambda x, y: torch.sigmoid(x, out=y),
        lambda grad, y: _back.sigmoid_backward.grad_input(grad, y, grad_input=grad),
    ),
    "Relu": Curve(
        lambda x, y: torch.clamp(x, min=0.0, out=y),
        lambda grad, y: _back.threshold_backward.grad_input(grad, y, 0, grad_input=grad),
    ),
    "Softsign": Curve(
        lambda x, y: torch.div(x, 1 + x.abs(), out=y),
        lambda grad, y: grad.mul_((1 - y.abs()).square_()),
    ),
}


def takes_steps(projected: Tensor) -> bool:
    """Return whether the gradient by hand serves: in plain torch, which nobody looks through."""
    watched = torch.compiler.is_compiling() or torch.jit.is_tracing()
    mapped = torch._C._functorch.maybe_current_level() is not None
    mixed = torch.is_autocast_enabled(projected.device.type)
    return type(projected) is Tensor and not (watched or mapped or mixed)


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

    def __call__(
        self, module: Any, projected: Tensor, weight: Tensor, states: Flat, masks: Any
    ) -> Any:
        """Return the states and the cells after every step.

        Shapes:
            projected: (time, batch, 4 * units), the inputs' share, whose memory is used where
                nothing learns; weight: (4 * units, units); in both the gates i, f, o come first
            states: (batch, units) each
            outcome: (time, batch, units) each
        """
        kept, kept_by_gate = masks
        if kept_by_gate is not None or not takes_steps(projected):
            return module.plain_steps(projected, weight, states, masks)

        def plainly(projected: Tensor, weight: Tensor, *states: Tensor) -> list[Tensor]:
            made = module.plain_steps(projected, weight, states, masks)
            return [torch.stack(history) for history in made]

        given = (projected, weight, *states, kept)
        return _Steps.apply(*given, self, plainly)  # type: ignore[no-untyped-call]

    def curves(self) -> tuple[Curve, Curve]:
        """Return the curves of the gates and of the content."""
        hard = self.gate == "HardSigmoid"
        return _hard_sigmoid(self.slope, 0.5) if hard else _CURVES[self.gate], _CURVES[self.new]


class _Steps(torch.autograd.Function):
    """Take all steps at once, as far as autograd sees."""

    @staticmethod
    def forward(
        ctx: Any, projected: Tensor, weight: Tensor, state: Tensor, cell: Tensor,
        kept: Tensor | None, quick: QuickSteps, plainly: Plainly,
    ) -> Flat:  # fmt: skip
        """Return the states and the cells after every step."""
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
            ctx.quick, ctx.plainly = quick, plainly
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
        return found, d_weight, d_state, d_cell, None, None, None


def _again(ctx: Any, grads: Sequence[Tensor | None]) -> Any:
    """Return the gradients as tensors that have gradients themselves."""
    given = ctx.saved_tensors[:4]
    made = ctx.plainly(*given)
    reached = [place for place, grad in enumerate(grads) if grad is not None]
    wanted = [it for it in given if it.requires_grad]
    found = iter(torch.autograd.grad(
        [made[place] for place in reached], wanted, [grads[place] for place in reached],
        create_graph=True, allow_unused=True,
    ))  # fmt: skip
    return (*(next(found) if it.requires_grad else None for it in given), None, None, None)
