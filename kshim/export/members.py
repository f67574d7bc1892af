"""Members: how a module of the lowered network is made and called in plain PyTorch.

Where torch's own module computes the same, in training too, it stands there; what `kshim.nn` adds
is carried along only where it is needed.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from kshim.activations import hard_sigmoid
from kshim.errors import NotSupported
from kshim.export.spelling import Given, arguments_of, is_carried
from kshim.graph.lowering import Group
from kshim.nn.convolution import CausalConv1d, SameConvolution
from kshim.nn.masked import Masked, MaskedGRU, MaskedLSTM, MaskedRNN
from kshim.nn.normalization import BatchNormalization
from kshim.nn.padding import same_padding
from kshim.nn.pooling import SamePooling
from kshim.nn.recurrent import GRU, LSTM, Recurrent, SimpleRNN
from kshim.nn.stepped import (
    Stepped,
    SteppedGRU,
    SteppedGRUResetAfter,
    SteppedLSTM,
    SteppedRNN,
    hard_gate,
)  # fmt: skip

Shape = tuple[int, ...]

_POOLS: dict[str, type[nn.Module]] = {
    f"Same{kind}Pool{rank}d": getattr(nn, f"{kind}Pool{rank}d")
    for kind in ("Max", "Avg")
    for rank in (1, 2, 3)
}
_CONVOLUTIONS: dict[int, type[nn.Module]] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
_NORMS: dict[str, type[nn.Module]] = {
    f"BatchNorm{r}d": getattr(nn, f"BatchNorm{r}d") for r in (1, 2, 3)
}
_STEPPED: dict[type[nn.Module], type[Stepped]] = {
    SimpleRNN: SteppedRNN, LSTM: SteppedLSTM, GRU: SteppedGRU,
}  # fmt: skip
_RESET_AFTER: dict[type[nn.Module], type[Stepped]] = {GRU: SteppedGRUResetAfter}
_MASKED: dict[type[nn.Module], type[Masked]] = {
    SimpleRNN: MaskedRNN, LSTM: MaskedLSTM, GRU: MaskedGRU,
}  # fmt: skip
_RECURRENT: dict[type[nn.Module], type[nn.Module]] = {SimpleRNN: nn.RNN, LSTM: nn.LSTM, GRU: nn.GRU}


@dataclass(frozen=True)
class Member:
    """Say how a module or a tensor by itself is made, and what stands around its calls.

    Attributes:
        kind: its class in the file; Parameter or Tensor for a tensor.
        given: the arguments of the constructor.
        state: its tensors, by the names that it gives them, "" for a tensor's own.
        inputs: a pattern for what it is called on.
        settings: patterns of the lines behind the one that makes it.
        states: for a recurrent layer, what its last states look like: "flat" (batch, units) each
            in a tuple, "stacked" (1, batch, units) each in a tuple, or "single", no tuple.
    """

    kind: type[nn.Module] | type[Tensor]
    given: tuple[Given, ...]
    state: dict[str, Tensor] = field(compare=False)
    inputs: str = "{}"
    settings: tuple[str, ...] = ()
    states: str = ""

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Return module and name of what must be carried along."""
        own = [(self.kind.__module__, self.kind.__name__)]
        values = [one.value for one in self.given if is_carried(one.value)]
        found = own if self.kind.__module__.startswith("kshim.nn.") else []
        return found + [(value.__module__, value.__code__.co_name) for value in values]


def member(
    module: nn.Module, shapes: Iterable[tuple[Shape, ...]], masked: bool, who: str
) -> Member:
    """Return how a module is made.

    Args:
        shapes: those of its inputs, in each of its calls those of several runs.
        masked: any of its calls gives a mask.
        who: the layer, as messages name it.

    Raises:
        NotSupported: for a module that cannot be written.
    """
    home = type(module).__module__
    if isinstance(module, Group) or not home.startswith(("torch.nn.", "kshim.nn.")):
        raise NotSupported(
            f"to_source: {who} must be made of torch operations, got a {type(module).__name__}. "
            "If it is yours, write it with K functions or torch operations, without Python "
            "conditions on values."
        )
    plain = None if masked else _of_torch(module, {one for call in shapes for one in call}, who)
    made = plain or Member(type(module), arguments_of(module, who), module.state_dict())
    if isinstance(module, Recurrent) and plain is None:
        made = _stepped(module, made) or _passing_over(module) or made
        made = replace(made, given=_telling(module, made.given, masked), states="flat")
    if isinstance(module, BatchNormalization) and module.frozen:
        made = replace(made, settings=(*made.settings, "{}.frozen = True"))
    weights = list(module.parameters())
    if weights and not any(weight.requires_grad for weight in weights):
        made = replace(made, settings=(*made.settings, "{}.requires_grad_(False)"))
    return made


def member_of_tensor(tensor: Tensor) -> Member:
    """Return how a tensor that is no module's is made; a class can take its sizes."""
    *front, last = tensor.shape or [None]
    sizes = [*(("size", size) for size in front), *([] if last is None else [("features", last)])]
    given = [Given(name, size, False) for name, size in sizes]
    given.append(Given("dtype", tensor.dtype, True, tensor.dtype == torch.float32))
    learns = tensor.requires_grad or not isinstance(tensor, nn.Parameter)
    given.append(Given("requires_grad", tensor.requires_grad, True, learns))
    return Member(type(tensor), tuple(given), {"": tensor})


def _of_torch(module: nn.Module, shapes: set[Shape], who: str) -> Member | None:
    """Return torch's own module that computes the same; None where there is none."""
    if isinstance(module, BatchNormalization):
        return _batch_norm(module)
    if isinstance(module, SameConvolution):
        return _same_convolution(module, shapes, who)
    if isinstance(module, CausalConv1d):
        return _causal(module, who)
    if isinstance(module, SamePooling):
        return _same_pooling(module, shapes)
    if isinstance(module, Recurrent):
        return _recurrence(module)
    return None


def _batch_norm(module: BatchNormalization) -> Member | None:
    kind = _NORMS.get(type(module).__name__)
    usual = module.variance == "unbiased" and module.tracks and not module.zero_debias
    if kind is None or not usual or module.frozen:
        return None
    given = [Given("num_features", module.num_features, False)]
    given += [Given(word, getattr(module, word), True) for word in ("eps", "momentum")]
    state: dict[str, Tensor] = module.state_dict()
    settings: list[str] = []
    if module.weight is None and module.bias is None:
        given.append(Given("affine", False, True))
    elif module.bias is None:
        given.append(Given("bias", False, True))
    elif module.weight is None:  # torch has a scale then; it stays one
        state["weight"] = torch.ones_like(module.bias)
        settings.append("{}.weight.requires_grad_(False)")
    return Member(kind, tuple(given), state, settings=tuple(settings))


def _same_convolution(module: SameConvolution, shapes: set[Shape], who: str) -> Member | None:
    sizes = {shape[2:] for shape in shapes}
    totals = {
        tuple(same_padding(size, module.kernel_size, module.stride, module.dilation))
        for size in sizes
    }
    if len(totals) != 1:
        return None
    (total,) = totals
    given = arguments_of(module, who)
    kind = _CONVOLUTIONS[len(total)]
    if all(cells % 2 == 0 for cells in total):
        halves = tuple(cells // 2 for cells in total)
        same = halves[0] if len(set(halves)) == 1 else halves
        given = (*given, Given("padding", same, True, not any(halves)))
        return Member(kind, _plain(given), module.state_dict())
    ends = [end for cells in reversed(total) for end in (cells // 2, cells - cells // 2)]
    padded = f"nn.functional.pad({{}}, ({', '.join(map(str, ends))}))"
    return Member(kind, _plain(given), module.state_dict(), padded)


def _plain(given: Iterable[Given]) -> tuple[Given, ...]:
    """Return the sizes of a convolution as one would write them: 3 for (3, 3)."""
    sizes = ("kernel_size", "stride", "dilation")
    return tuple(
        replace(one, value=one.value[0])
        if one.name in sizes and isinstance(one.value, tuple) and len(set(one.value)) == 1
        else one
        for one in given
    )


def _causal(module: CausalConv1d, who: str) -> Member:
    past = (module.kernel_size[0] - 1) * module.dilation[0]
    inputs = f"nn.functional.pad({{}}, ({past}, 0))" if past else "{}"
    given = _plain(arguments_of(module, who))
    return Member(nn.Conv1d, given, module.state_dict(), inputs)


def _same_pooling(module: SamePooling, shapes: set[Shape]) -> Member | None:
    totals = {
        tuple(same_padding(shape[2:], module.kernel_size, module.stride, (1,) * module.rank))
        for shape in shapes
    }
    if len(totals) != 1:
        return None
    (total,) = totals
    odd = any(cells % 2 for cells in total)
    surplus = any(c % 2 and step == 1 for c, step in zip(total, module.stride, strict=True))
    if surplus or (odd and module.repeats_edges):
        return None
    kind = _POOLS[type(module).__name__]
    given = [Given("kernel_size", _one(module.kernel_size), False)]
    if module.stride != module.kernel_size:
        given.append(Given("stride", _one(module.stride), True))
    if any(cells // 2 for cells in total):
        given.append(Given("padding", _one(tuple(cells // 2 for cells in total)), True))
    if odd:
        given.append(Given("ceil_mode", True, True))
    if kind.__name__.startswith("Avg") and (odd or any(total)):
        given.append(Given("count_include_pad", False, True))
    return Member(kind, tuple(given), {})


def _stepped(module: Recurrent, made: Member) -> Member | None:
    """Return a plain class of the same steps; None where torch's kernel runs, or things drop."""
    kinds = _RESET_AFTER if getattr(module, "reset_after", False) else _STEPPED
    kind = kinds.get(type(module))
    drops = module.input_dropout or module.recurrent_dropout
    if kind is None or drops or module.is_torch():
        return None
    known = inspect.signature(kind.__init__).parameters
    given = tuple(
        replace(one, value=hard_gate) if one.value is hard_sigmoid else one
        for one in made.given
        if one.name in known
    )
    return replace(made, kind=kind, given=given)


def _telling(module: Recurrent, given: Iterable[Given], masked: bool) -> tuple[Given, ...]:
    """Return the arguments without those that change nothing where nothing is dropped or masked."""
    drops = module.input_dropout or module.recurrent_dropout
    idle = [*([] if drops else ["implementation", "seed"]), *([] if masked else ["shows_start"])]
    return tuple(replace(one, usual=one.usual or one.name in idle) for one in given)


def _one(sizes: tuple[int, ...]) -> Any:
    return sizes[0] if len(set(sizes)) == 1 else sizes


def _passing_over(module: Recurrent) -> Member | None:
    """Return a plain class over torch's kernel that knows masks; None where things drop."""
    found, kind = _recurrence(module), _MASKED.get(type(module))
    if found is None or kind is None:
        return None
    given = [one for one in found.given if one.name != "batch_first"]
    for word in ("go_backwards", "shows_start"):
        given.append(Given(word, getattr(module, word), True, not getattr(module, word)))
    return replace(found, kind=kind, given=tuple(given), inputs="{}")


def _recurrence(module: Recurrent) -> Member | None:
    drops = module.input_dropout or module.recurrent_dropout
    kind = _RECURRENT.get(type(module))
    if kind is None or drops or not module.is_torch():
        return None
    given = [Given("input_size", module.input_size, False)]
    given += [Given("hidden_size", module.hidden_size, False)]
    if module.mode == "RNN_RELU":
        given.append(Given("nonlinearity", "relu", True))
    if not module.bias:
        given.append(Given("bias", False, True))
    given.append(Given("batch_first", True, True))
    one_bias = module.bias and not module.two_biases
    reason = "Keras has one bias where torch has two: the second stays zero."
    settings = (f"{{}}.bias_hh_l0.requires_grad_(False)  # {reason}",)
    return Member(
        kind,
        tuple(given),
        module.state_dict(),
        "{}.flip(1)" if module.go_backwards else "{}",
        settings if one_bias else (),
        "stacked" if kind is nn.LSTM else "single",
    )
