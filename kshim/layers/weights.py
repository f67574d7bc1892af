"""Weights: how Keras sees a tensor that torch keeps in its own layout.

A `Weight` is a handle. It knows its name, its shape in Keras's order and where the torch tensor
lives; reading it gives a view of that tensor, writing to it writes the tensor. It takes part in
torch functions and operators, so that `K.dot(x, layer.kernel)` and `torch.relu(weight)` work.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from kshim.core.symbols import SymbolShape
from kshim.core.tracing import active_tracing, refuse_to_trace
from kshim.errors import WeightError

if TYPE_CHECKING:
    from kshim.layers.holding import Holder

Convert = Callable[..., Any]


class Weight:
    """Show tensors of a torch module as one weight in Keras's name, order and shape.

    Attributes:
        key: the name without the layer's, such as kernel.
        owner, slots: the torch module, and the names of its tensors that make up the weight.
        to_keras: gives Keras's tensor from torch's (a view where that can be).
        to_torch: gives the tuple of torch's tensors from Keras's.
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

    @property
    def name(self) -> str:
        """Return the name as Keras gives it: dense_1/kernel:0."""
        return f"{self.layer.name}/{self.key}:0"

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """Return the torch tensors behind the weight, in torch's layout."""
        return tuple(_held(self.owner, slot) for slot in self.slots)

    def read(self) -> Tensor:
        """Return the tensor in Keras's order; gradients flow through it."""
        tracing = active_tracing()
        if tracing is not None:
            return tracing.weight(self)
        return self.to_keras(*map(_plain, self.tensors))

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
        return self.to_keras(*self.tensors).detach().cpu().numpy().copy()

    eval = numpy

    def assign(self, value: Any) -> Weight:
        """Write new values, given in Keras's order.

        Raises:
            WeightError: when the shape is another.
        """
        refuse_to_trace(f"{self.name} is written to")
        first = self.tensors[0]
        given = value.read() if isinstance(value, Weight) else value
        new = torch.as_tensor(given, device=first.device).detach().to(first.dtype)
        if tuple(new.shape) != tuple(self.shape):
            raise WeightError(
                f"{self.name}: values must have shape {tuple(self.shape)}, got {tuple(new.shape)}."
            )
        with torch.no_grad():
            for tensor, part in zip(self.tensors, self.to_torch(new), strict=True):
                tensor.copy_(part)
        return self

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
        if isinstance(value, np.ndarray):
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
    held = owner._parameters.get(slot)
    held = owner._buffers.get(slot) if held is None else held
    found: Tensor = getattr(owner, slot) if held is None else held
    return found


def _same(tensor: Tensor) -> Tensor:
    return tensor


def _alone(tensor: Tensor) -> tuple[Tensor]:
    return (tensor,)


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
