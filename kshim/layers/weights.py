"""Weights: how Keras sees a tensor that torch keeps in its own layout.

A `Weight` is a handle. It knows its name, its shape in Keras's order and where the torch tensor
lives; reading it gives a view of that tensor, writing to it writes the tensor. It takes part in
torch functions and operators, so that `K.dot(x, layer.kernel)` and `torch.relu(weight)` work.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from kshim.core.eras import rule
from kshim.core.symbols import SymbolShape
from kshim.core.tracing import (
    active_tracing,
    refuse_to_trace,
    standing_for,
    variables_stand,
)
from kshim.errors import WeightError
from kshim.nn.shards import fill, whole

if TYPE_CHECKING:
    from kshim.layers.holding import Holder

Convert = Callable[..., Any]

# What Keras 1 called the weights that later Kerases call otherwise.
_KERAS_1_KEYS = {
    "kernel": "W", "recurrent_kernel": "U", "bias": "b", "embeddings": "W", "alpha": "alphas",
    "moving_mean": "running_mean", "moving_variance": "running_std",
}  # fmt: skip


class Weight:
    """Show tensors of a torch module as one weight in Keras's name, order and shape.

    Attributes:
        key: the name without the layer's, such as kernel.
        owner, slots: the torch module, and the names of its tensors that make up the weight.
        to_keras: gives Keras's tensor from torch's (a view where that can be).
        to_torch: gives the tuple of torch's tensors from Keras's.
        initializer: what makes the first values.
        dim_ordering: Keras 1's word for the order of a kernel's axes, which its initializers ask.
        forms: the weights that are seen in its place in other forms, by the form's name.
        place: where parts of several weights take turns in Keras's order, the turn of this one.
        word: what the name says in the place of the key, where that is another word.
    """

    def __init__(
        self,
        layer: Holder,
        key: str,
        owner: nn.Module,
        slots: tuple[str, ...],
        *,
        to_keras: Convert,
        to_torch: Convert,
        trainable: bool = True,
    ) -> None:
        self.layer, self.key, self.owner, self.slots = layer, key, owner, slots
        self.to_keras, self.to_torch, self.trainable = to_keras, to_torch, trainable
        self.regularizer: Any = None
        self.constraint: Any = None
        self.initializer: Any = None
        self.dim_ordering: str | None = None
        self.forms: dict[str, list[Weight]] = {}
        self.place = 0
        self.word = ""

    @property
    def name(self) -> str:
        """Return the name as Keras gives it: dense_1/kernel:0, in Keras 1 dense_1_W:0."""
        layer = self.layer.name
        if rule("weight_names_have_paths", getattr(self.layer, "era", None)):
            return f"{layer}/{self.word or self.key}:0"
        return f"{layer}_{self.old_key.removeprefix(f'{layer}_')}:0"

    @property
    def old_key(self) -> str:
        """Return Keras 1's word for the key."""
        return _KERAS_1_KEYS.get(self.key, self.key)

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """Return the torch tensors behind the weight, in torch's layout."""
        return tuple(_held(self.owner, slot) for slot in self.slots)

    def read(self) -> Tensor:
        """Return the tensor in Keras's order; gradients flow through it."""
        tracing = active_tracing()
        if tracing is not None:
            return tracing.weight(self)
        if variables_stand():
            return standing_for(self)  # type: ignore[no-any-return]
        return self.to_keras(*[whole(_plain(tensor)) for tensor in self.tensors])

    value = read
    read_value = read

    @property
    def shape(self) -> SymbolShape:
        """Return the shape in Keras's order."""
        return SymbolShape(self.to_keras(*self.tensors).shape)

    _keras_shape = shape

    def get_shape(self) -> SymbolShape:
        """Return the shape, under TensorFlow's old name for it."""
        return self.shape

    def numpy(self) -> np.ndarray[Any, Any]:
        """Return a copy of the values in Keras's order."""
        return self.to_keras(*map(whole, self.tensors)).detach().cpu().numpy().copy()

    eval = numpy

    def assign(self, value: Any) -> Weight:
        """Write new values, given in Keras's order.

        Raises:
            WeightError: when the shape is another.
        """
        refuse_to_trace(f"{self.name} is written to")
        first = self.tensors[0]
        given = value.read() if isinstance(value, Weight) else value
        if isinstance(given, np.ndarray):  # torch takes no steps backwards
            given = np.asarray(given, order="C")
        new = torch.as_tensor(given, device=first.device).detach().to(first.dtype)
        if tuple(new.shape) != tuple(self.shape):
            raise WeightError(
                f"{self.name}: values must have shape {tuple(self.shape)}, got {tuple(new.shape)}."
            )
        self.write(self.tensors, new)
        return self

    @torch.no_grad()
    def write(self, tensors: Sequence[Tensor], value: Tensor) -> None:
        """Write what Keras shows as `value` into tensors like those behind the weight."""
        for tensor, part in zip(tensors, self.to_torch(value), strict=True):
            fill(tensor, part)

    def assign_add(self, value: Any) -> Weight:
        """Add to the values."""
        refuse_to_trace(f"{self.name} is written to")
        return self.assign(self.read().detach() + self._beside(value))

    def assign_sub(self, value: Any) -> Weight:
        """Take from the values."""
        refuse_to_trace(f"{self.name} is written to")
        return self.assign(self.read().detach() - self._beside(value))

    def _beside(self, value: Any) -> Any:
        """Return the other side of an operation: weights read, arrays as tensors of this kind."""
        if isinstance(value, np.ndarray | list):
            first = self.tensors[0]
            return torch.as_tensor(value, dtype=first.dtype, device=first.device)
        return _plain(value)

    def __repr__(self) -> str:
        """Return name and shape."""
        return f"<Weight {self.name!r} shape={tuple(self.shape)}>"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        """Return the values for numpy."""
        return self.numpy().astype(dtype) if dtype is not None else self.numpy()

    def __getattr__(self, name: str) -> Any:
        """Answer as the tensor does in all that is not said here."""
        if name.startswith("__") or name in ("owner", "slots", "to_keras"):
            raise AttributeError(name)
        return getattr(self.read(), name)

    def __len__(self) -> int:
        """Return the size of the first axis."""
        return int(self.shape[0] or 0)

    def __float__(self) -> float:
        """Return the only number."""
        return float(self.numpy().item())

    def __int__(self) -> int:
        """Return the only number, cut off."""
        return int(self.numpy().item())

    @classmethod
    def __torch_function__(
        cls,
        function: Callable[..., Any],
        types: tuple[type, ...],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call a torch function on the tensors that the weights show."""
        named = {key: read_weights(value) for key, value in (kwargs or {}).items()}
        return function(*read_weights(args), **named)


class Part(Weight):
    """Show a part of a torch tensor, or a rearrangement, as one weight: `to_keras` is a view."""

    def __init__(self, whole: Weight, key: str, to_keras: Convert, place: int = 0) -> None:
        """Take the part that `to_keras` shows of the tensors of a weight."""
        super().__init__(
            whole.layer, key, whole.owner, whole.slots,
            to_keras=to_keras, to_torch=_not_apart, trainable=whole.trainable,
        )  # fmt: skip
        self.place = place
        self.regularizer, self.constraint = whole.regularizer, whole.constraint
        self.initializer = whole.initializer

    @torch.no_grad()
    def write(self, tensors: Sequence[Tensor], value: Tensor) -> None:
        """Write a value through the view."""
        self.to_keras(*tensors).copy_(value)


def read_weights(structure: Any) -> Any:
    """Return nested lists, tuples and dicts with the tensor of each weight in its place."""
    if isinstance(structure, Weight):
        return structure.read()
    if type(structure) in (list, tuple):
        return type(structure)(read_weights(item) for item in structure)
    if type(structure) is dict:
        return {key: read_weights(item) for key, item in structure.items()}
    return structure


def reordered(axes: tuple[int, ...] | None) -> tuple[Convert, Convert]:
    """Return the two conversions of a weight whose axes torch keeps in another order.

    Args:
        axes: the order in which Keras's axes stand in torch's tensor; None for the same order.
    """
    if axes is None:
        return _same, _alone
    back = tuple(int(place) for place in np.argsort(axes))
    return (lambda tensor: tensor.permute(axes)), (lambda tensor: (tensor.permute(back),))


def owner_of(root: nn.Module, tensor: Tensor) -> tuple[nn.Module, str]:
    """Return the module below `root` that holds `tensor`, and under which name."""
    for module in root.modules():
        held = {**module._parameters, **module._buffers}
        for name, candidate in held.items():
            if candidate is tensor:
                return module, name
    raise WeightError(f"{type(root).__name__}: a weight must be a tensor of one of its modules.")


def _held(owner: nn.Module, slot: str) -> Tensor:
    """Return a tensor of a module; a layer may show a Weight under the same name."""
    for table in (owner._parameters, owner._buffers):
        held: Tensor | None = table.get(slot)
        if held is not None:
            return held
    found: Tensor = getattr(owner, slot)
    return found


def _same(tensor: Tensor) -> Tensor:
    return tensor


def _alone(tensor: Tensor) -> tuple[Tensor]:
    return (tensor,)


def _not_apart(value: Tensor) -> Any:
    raise WeightError("A part of a tensor cannot be made without the rest of it.")


def _plain(value: Any) -> Any:
    return value.read() if isinstance(value, Weight) else value


def _operator(function: Callable[..., Any], swapped: bool = False) -> Callable[..., Any]:
    def call(self: Weight, *others: Any) -> Any:
        read = [self._beside(other) for other in others]
        return function(*read, self.read()) if swapped else function(self.read(), *read)

    return call


_TWO_SIDED = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")
_ONE_SIDED = ("lt", "le", "gt", "ge", "neg", "abs", "getitem")

for _name in (*_TWO_SIDED, *_ONE_SIDED):
    _function = getattr(operator, _name)
    setattr(Weight, f"__{_name}__", _operator(_function))
    if _name in _TWO_SIDED:
        setattr(Weight, f"__r{_name}__", _operator(_function, swapped=True))
