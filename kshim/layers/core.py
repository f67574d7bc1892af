"""The layers every model has: Input, Dense, Activation, and those that only reshape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from kshim import activations, constraints, initializers, regularizers
from kshim.core.arguments import arg
from kshim.core.axes import to_last
from kshim.core.checks import (
    anything,
    data_format,
    function,
    number,
    optional,
    shape,
    shape_or_function,
    sizes,
    true_or_false,
    whole_number,
)
from kshim.core.config import FunctionName, named_function, to_config
from kshim.core.eras import by_era, rule
from kshim.core.names import unique_name
from kshim.core.settings import floatx
from kshim.core.shapes import Shape, known_axis, noise_over, product
from kshim.core.symbols import Node, Symbol
from kshim.errors import ArgumentError, ShapeError, UnexpectedArgument, nearest
from kshim.layers.base import LAYERS, Layer
from kshim.layers.inference import dtype_name
from kshim.layers.seeds import seeds_of_dropout
from kshim.layers.spec import InputSpec
from kshim.layers.weights import Weight
from kshim.nn.dropout import Dropout as ShapedDropout

_INPUT_WORDS = (
    "batch_input_shape", "input_dtype", "trainable", "ragged", "type_spec", "optional", "tensor",
)  # fmt: skip
_NAMED_BY_CHANCE = by_era({"1.2": False, "2.3": True, "2.15": False})


@LAYERS.register()
class InputLayer(Layer):
    """Stand where data enters a graph.

    Shapes:
        y: (batch, *shape)

    Args:
        input_shape: of one sample; or `batch_input_shape`, the batch counted.
        dtype: the type of the data, float32 unless said otherwise.

    Source: Keras 2.2.4 engine/input_layer.py.
    """

    sparse: bool = arg(true_or_false, False)
    held: Any = None  # the data themselves, where the script gave them once and for all
    # A symbol may stand there too: then the layer passes on what the symbol's graph computes.

    def __init__(
        self,
        input_shape: Any = None,
        batch_size: int | None = None,
        batch_input_shape: Any = None,
        dtype: Any = None,
        input_tensor: Any = None,
        sparse: bool = False,
        name: str | None = None,
        batch_shape: Any = None,
        **options: Any,
    ) -> None:
        """Make the layer and the symbol of its data."""
        _refuse_others("InputLayer", options)
        whole = batch_input_shape if batch_input_shape is not None else batch_shape
        if input_tensor is not None and whole is None:
            whole = tuple(input_tensor.shape)
        if input_tensor is not None and dtype is None:
            dtype = _dtype_of(input_tensor)
        if whole is None and input_shape is None:
            raise UnexpectedArgument("Input: shape must be given, got none.")
        given = (
            _sizes("batch_shape", whole)
            if whole is not None
            else (_batch(batch_size), *_sizes("shape", input_shape))
        )
        super().__init__(
            sparse=sparse,
            name=name or unique_name(rule("inputs_are_called"), rule("first_input_has_number")),
            dtype=dtype or options.get("input_dtype") or floatx(),
            batch_input_shape=given,
            trainable=options.get("trainable", True),
        )
        self.built = True
        self.__dict__["held"] = input_tensor
        if self.compute_dtype != "string":
            _ = self.torch_dtype  # refused where there is none
        symbol = Symbol(given, self.compute_dtype, name=self.name)
        before = (input_tensor,) if isinstance(input_tensor, Symbol) else ()
        self.inbound_nodes.append(Node(self, before, {}, symbol, number=0))

    def call(self, inputs: Any) -> Any:
        """Return what comes from the graph before it as it is."""
        return inputs

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values."""
        kept = super().get_config()
        return {key: kept[key] for key in ("batch_input_shape", "dtype", "sparse", "name")}


def _dtype_of(value: Any) -> str:
    if isinstance(value, Symbol):
        return value.dtype
    tensor = value.tensors[0] if isinstance(value, Weight) else torch.as_tensor(value)
    return dtype_name(tensor)


def _sizes(what: str, value: Any) -> Shape:
    """Return a shape of data to come."""
    try:
        kept: Shape = sizes(0)(value)
    except ArgumentError as error:
        raise error.at("Input", what) from None
    return kept


def _batch(value: Any) -> int | None:
    """Return how many samples a batch has, if that is known."""
    try:
        kept: int | None = optional(whole_number(at_least=0))(value)
    except ArgumentError as error:
        raise error.at("Input", "batch_size") from None
    return kept


def _refuse_others(who: str, options: Mapping[str, Any]) -> None:
    """Refuse words that no Keras has for data to come."""
    unknown = next((word for word in options if word not in _INPUT_WORDS), None)
    if unknown is not None:
        known = ("shape", "batch_shape", "name", "dtype", "sparse", "batch_size", *_INPUT_WORDS)
        hint = nearest(unknown, known)
        raise UnexpectedArgument(
            f"{who}: keyword must be one of {', '.join(known)}, got {unknown!r}.{hint}"
        )


def Input(
    shape: Any = None,
    batch_shape: Any = None,
    name: str | None = None,
    dtype: Any = None,
    sparse: bool = False,
    tensor: Any = None,
    batch_size: int | None = None,
    **options: Any,
) -> Symbol:
    """Return the symbol of data to come.

    Args:
        shape: of one sample, None where unknown; or `batch_shape`, the batch counted.
        tensor: the data themselves, a tensor, a variable, or a symbol of what computes them:
            nothing is fed to this input then. A symbol that Input made is returned as it is.

        >>> Input((None, 4)).shape
        (None, None, 4)

    Source: Keras 2.2.4 engine/input_layer.py.
    """
    _refuse_others("Input", options)
    if isinstance(tensor, Symbol) and isinstance(getattr(tensor.node, "layer", None), InputLayer):
        return tensor
    if tensor is not None:
        shape = None
    whole = batch_shape if batch_shape is not None else options.pop("batch_input_shape", None)
    if isinstance(shape, int):
        raise ArgumentError("shape", f"a tuple such as ({shape},)", shape, who="Input")
    layer = InputLayer(
        input_shape=shape,
        batch_size=batch_size,
        batch_input_shape=whole,
        dtype=dtype,
        sparse=sparse,
        name=name,
        input_tensor=tensor,
    )
    symbol: Symbol = layer.output
    return symbol


@LAYERS.register()
class Dense(Layer):
    """Mix the last axis through a learned matrix, add a bias, apply an activation.

        y[..., j] = activation(sum_i x[..., i] * kernel[i, j] + bias[j])

    Shapes:
        x: (batch, ..., features), y: (batch, ..., units)
        kernel: (features, units), bias: (units,) or None

        >>> Dense(units=3)(Input((4,))).shape
        (None, 3)

    Source: Keras 2.2.4 layers/core.py; older names from 1.2.2.
    """

    units: int = arg(whole_number(at_least=1), was="output_dim")
    activation: Callable[[Tensor], Tensor] = arg(activations.get, None)
    use_bias: bool = arg(true_or_false, True, was="bias")
    kernel_initializer: Any = arg(initializers.of_weight, "glorot_uniform", was="init")
    bias_initializer: Any = arg(initializers.of_weight, "zeros")
    kernel_regularizer: Any = arg(regularizers.get, None, was="W_regularizer")
    bias_regularizer: Any = arg(regularizers.get, None, was="b_regularizer")
    activity_regularizer: Any = arg(regularizers.get, None)
    kernel_constraint: Any = arg(constraints.get, None, was="W_constraint")
    bias_constraint: Any = arg(constraints.get, None, was="b_constraint")

    supports_masking = True

    def build(self, input_shape: Shape) -> None:
        """Make kernel and bias."""
        if len(input_shape) < 2:
            raise ShapeError(f"{self.who}: inputs must have at least 2 axes, got {input_shape}.")
        features = known_axis(self.who, input_shape, -1)
        self.linear = nn.Linear(features, self.units, bias=self.use_bias, dtype=self.torch_dtype)
        # torch keeps (units, features); Keras shows (features, units).
        self.kernel = self.weight("kernel", self.linear.weight, axes=(1, 0))
        self.bias = self.weight("bias", self.linear.bias) if self.use_bias else None
        self.input_spec = InputSpec(min_ndim=2, axes={-1: features})

    def call(self, inputs: Tensor) -> Tensor:
        """Return the activated sums."""
        return self.activation(self.linear(inputs))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape with `units` as the last size."""
        return (*input_shape[:-1], self.units)


@LAYERS.register()
class Activation(Layer):
    """Apply an activation function to every number.

    Shapes:
        x, y: (batch, ...), the same

    Args:
        activation: its name, or a function of tensors.

        >>> Activation(activation="relu")(Input((4,))).shape
        (None, 4)

    Source: Keras 2.2.4 layers/core.py.
    """

    activation: Callable[[Tensor], Tensor] = arg(activations.get)
    supports_masking = True

    def call(self, inputs: Tensor) -> Tensor:
        """Return the activated inputs."""
        return self.activation(inputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape


@LAYERS.register()
class Dropout(Layer):
    """Set a share of the inputs to zero while training, and scale the rest up.

    Shapes:
        x, y: (batch, ...), the same

    Args:
        rate: the share that is dropped, from 0 to 1.
        noise_shape: the shape of the mask; sizes of 1 share one draw along that axis.
        seed: of what is dropped; the same again in every layer that has it.

        >>> Dropout(rate=0.5)(Input((4,))).shape
        (None, 4)

    Source: Keras 2.2.4 layers/core.py.
    """

    rate: float = arg(number(0, 1), was="p")
    noise_shape: Shape | None = arg(optional(sizes(1)), None)
    seed: int | None = arg(optional(whole_number()), None)
    supports_masking = True
    acts_otherwise_in_training = True

    def build(self, input_shape: Shape) -> None:
        """Make the torch module."""
        shared = noise_over(self.who, self.noise_shape, input_shape)
        plain = shared is None and self.seed is None
        self.dropout = (
            nn.Dropout(self.rate) if plain else ShapedDropout(self.rate, shared, self.seed)
        )

    @property
    def seeds_taken(self) -> int:
        """Return how many seeds a call takes from numpy's stream up to Keras 2.3."""
        return seeds_of_dropout(self.rate, self.seed)

    def call(self, inputs: Tensor) -> Tensor:
        """Return the inputs, some of them dropped while training."""
        dropped: Tensor = self.dropout(inputs)
        return dropped

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape


@LAYERS.register()
class Flatten(Layer):
    """Lay all axes but the batch end to end, channels last whatever the data format.

    Shapes:
        x: (batch, ...), y: (batch, product of the rest)

        >>> Flatten()(Input((5, 4))).shape
        (None, 20)

    Source: Keras 2.2.4 layers/core.py.
    """

    data_format: str = arg(data_format, by_era({"1.2": "channels_last", "2.2": None}), since="2.2")
    keeps_dtype = True
    input_spec = InputSpec(min_ndim=1)

    def record(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Record a call on symbols; Keras 2.3 takes a number for a name from numpy's stream."""
        if _NAMED_BY_CHANCE.value(self.era):
            np.random.randint(10_000)
        return super().record(args, kwargs)

    def call(self, inputs: Tensor) -> Tensor:
        """Return one row a sample."""
        rank = inputs.dim()
        if self.data_format == "channels_first" and rank > 2:
            inputs = torch.permute(inputs, to_last(rank))
        return torch.flatten(inputs, 1) if rank > 1 else torch.unsqueeze(inputs, 1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (batch, product of the rest)."""
        return (input_shape[0], product(input_shape[1:]))


@LAYERS.register()
class Reshape(Layer):
    """Give each sample another shape.

    Shapes:
        x: (batch, *sizes), y: (batch, *target_shape)

    Args:
        target_shape: the new shape without the batch; one size may be -1, which fits the rest.

        >>> Reshape(target_shape=(2, 2))(Input((4,))).shape
        (None, 2, 2)

    Source: Keras 2.2.4 layers/core.py.
    """

    target_shape: Shape = arg(sizes(-1))
    keeps_dtype = True

    def call(self, inputs: Tensor) -> Tensor:
        """Return the same numbers in the new shape."""
        if -1 in self.target_shape or None in self.target_shape:
            sizes = [-1 if size is None else size for size in self.target_shape]
            return torch.reshape(inputs, (inputs.shape[0], *sizes))
        return torch.reshape(inputs, (-1, *self.target_shape))  # type: ignore[arg-type]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the batch and the target, its -1 filled in."""
        target = [-1 if size is None else size for size in self.target_shape]
        known = product(size for size in target if size != -1) or 1
        given = product(input_shape[1:])
        fits = given is None or (given % known == 0 if -1 in target else given == known)
        if target.count(-1) > 1 or not fits:
            raise ShapeError(
                f"{self.who}: target_shape must hold as many numbers as a sample, "
                f"got {tuple(target)} for inputs of shape {tuple(input_shape)}."
            )
        filled = None if given is None else given // known
        return (input_shape[0], *(filled if size == -1 else size for size in target))


@LAYERS.register()
class Permute(Layer):
    """Put the axes of each sample in another order.

    Shapes:
        x: (batch, *sizes), y: (batch, the sizes in the new order)

    Args:
        dims: the new order, counted from 1 (the batch is not counted): (2, 1) swaps two axes.

        >>> Permute(dims=(2, 1))(Input((5, 4))).shape
        (None, 4, 5)

    Source: Keras 2.2.4 layers/core.py.
    """

    dims: tuple[int, ...] = arg(shape)
    keeps_dtype = True

    def build(self, input_shape: Shape) -> None:
        """Check that the order names every axis once."""
        if sorted(self.dims) != list(range(1, len(input_shape))):
            raise ShapeError(
                f"{self.who}: dims must name every axis from 1 to {len(input_shape) - 1} once, "
                f"got {tuple(self.dims)}."
            )

    def call(self, inputs: Tensor) -> Tensor:
        """Return the axes in the new order."""
        return torch.permute(inputs, (0, *self.dims))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the sizes in the new order."""
        return (input_shape[0], *(input_shape[axis] for axis in self.dims))


@LAYERS.register()
class RepeatVector(Layer):
    """Repeat each sample's vector n times.

    Shapes:
        x: (batch, features), y: (batch, n, features)

        >>> RepeatVector(n=3)(Input((4,))).shape
        (None, 3, 4)

    Source: Keras 2.2.4 layers/core.py.
    """

    n: int = arg(whole_number(at_least=1))
    keeps_dtype = True
    input_spec = InputSpec(ndim=2)

    def call(self, inputs: Tensor) -> Tensor:
        """Return n copies along a new axis 1."""
        return torch.unsqueeze(inputs, 1).expand(-1, self.n, -1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (batch, n, features)."""
        return (input_shape[0], self.n, input_shape[1])


@LAYERS.register()
class Masking(Layer):
    """Skip the steps at which every feature equals a value.

    Shapes:
        x, y: (batch, time, ...), mask: (batch, time)

    Args:
        mask_value: the value that marks a step to be skipped.

        >>> Masking()(Input((5, 4))).shape
        (None, 5, 4)

    Source: Keras 2.2.4 layers/core.py.
    """

    mask_value: float = arg(number(), 0.0)
    supports_masking = True

    def call(self, inputs: Tensor) -> Tensor:
        """Return the inputs with zeros at the steps that are skipped."""
        kept = torch.any(torch.ne(inputs, self.mask_value), dim=-1, keepdim=True)
        return inputs * kept.to(dtype=getattr(torch, self.compute_dtype))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return True at the steps that count."""
        return torch.any(torch.ne(inputs, self.mask_value), dim=-1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape


def keywords(value: Any) -> dict[str, Any]:
    """Take keywords for a function, by name; None for no keywords."""
    if not isinstance(value, Mapping | None):
        raise ArgumentError("value", "keywords by name", value)
    return dict(value or {})


@LAYERS.register()
class Lambda(Layer):
    """Apply a function of the user's own.

    Shapes:
        x: any, y: what the function makes

    Args:
        function: takes the inputs (and the mask, if it has a parameter of that name).
        output_shape: of one sample, or a function of the input's shape; found by a trial run when
            left out.
        mask: the mask of the outputs, or a function of inputs and mask.
        arguments: keywords for the function.

    Source: Keras 2.2.4 layers/core.py.
    """

    function: Callable[..., Any] = arg(function)
    output_shape: Any = arg(optional(shape_or_function), None, attribute="output_shape_rule")
    mask: Any = arg(anything, None)
    arguments = arg(keywords, None, attribute="arguments_given")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take the function and what is known of its results."""
        super().__init__(*args, **kwargs)
        self.supports_masking = self.mask is not None

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Return what the function makes of the inputs."""
        code = getattr(self.function, "__code__", None)
        named = dict(self.arguments_given)
        if code is not None and "mask" in code.co_varnames[: code.co_argcount]:
            named.setdefault("mask", mask)
        made = self.function(inputs, **named)
        lone = type(made) in (list, tuple) and len(made) == 1 and rule("calls_unpack_one")
        return made[0] if lone else made

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask that was given, or made by the function that was given."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def output_symbols(self, args: tuple[Any, ...], kwargs: dict[str, Any], shapes: Any) -> Any:
        """Return symbols of the shape that was given, or that a trial run shows."""
        return self._trial(args, kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values; the function is told by its name."""
        name, rule = FunctionName(self.function), self.output_shape_rule
        return super().get_config() | {
            "function": name,
            "function_type": "lambda" if name == "<lambda>" else "function",
            "output_shape": to_config(rule) if not callable(rule) else FunctionName(rule),
            "arguments": to_config(self.arguments_given),
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Lambda:
        """Return the layer; the function must be one that is known under its name."""
        words = {k: named_function(one) for k, one in config.items() if k != "function_type"}
        if isinstance(words["function"], str):
            words["function"] = LAYERS.find(words["function"])
        return cls(**words)


@LAYERS.register()
class ActivityRegularization(Layer):
    """Let the inputs pass, and add a penalty for their size to the loss.

    Shapes:
        x, y: (batch, ...), the same

    Args:
        l1, l2: the weights of the sum of absolute values and of squares.

        >>> ActivityRegularization(l2=0.1)(Input((4,))).shape
        (None, 4)

    Source: Keras 2.2.4 layers/core.py.
    """

    l1: float = arg(number(0), 0.0)
    l2: float = arg(number(0), 0.0)
    supports_masking = True
    input_spec = InputSpec(min_ndim=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make the penalty."""
        super().__init__(*args, **kwargs)
        self.activity_regularizer = regularizers.L1L2(l1=self.l1, l2=self.l2)

    def call(self, inputs: Tensor) -> Tensor:
        """Return the inputs."""
        return inputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape


__all__ = [
    "Activation", "ActivityRegularization", "Dense", "Dropout", "Flatten", "Input", "InputLayer",
    "Lambda", "Masking", "Permute", "RepeatVector", "Reshape",
]  # fmt: skip
