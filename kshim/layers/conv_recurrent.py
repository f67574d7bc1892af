"""Recurrent layers over images: ConvLSTM1D, ConvLSTM2D, ConvLSTM3D, ConvRNN2D and its cell.

Source: Keras 2.2.4 layers/convolutional_recurrent.py; other ranks from tf.keras 2.15.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from kshim import activations, constraints, initializers, regularizers
from kshim.core.arguments import arg, parts
from kshim.core.axes import channel_axis, spatial, with_sizes
from kshim.core.checks import (
    data_format,
    number,
    numbers,
    one_of,
    optional,
    true_or_false,
    whole_number,
)
from kshim.core.eras import by_era
from kshim.core.shapes import Shape, check_windows, known_axis, need_rank, window_length
from kshim.errors import ArgumentError, ShapeError
from kshim.initializers import initial_value
from kshim.layers.base import LAYERS
from kshim.layers.cells import RNN, a_cell
from kshim.layers.channels import refuse_strides_with_dilation
from kshim.layers.gates import Ordered, forget_bias, implementation
from kshim.layers.older import Forms, gate_forms
from kshim.layers.recurrent import Recurrent, States, listed, sequence_shape
from kshim.layers.seeds import seeds_of_dropout
from kshim.layers.spec import InputSpec
from kshim.layers.weights import Weight
from kshim.nn.conv_recurrent import ConvLSTM

_ORDER = (
    "filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate", "activation",
    "recurrent_activation", "use_bias", "kernel_initializer", "recurrent_initializer",
    "bias_initializer", "unit_forget_bias", "kernel_regularizer", "recurrent_regularizer",
    "bias_regularizer", "activity_regularizer", "kernel_constraint", "recurrent_constraint",
    "bias_constraint", "return_sequences", "return_state", "go_backwards", "stateful", "dropout",
    "recurrent_dropout",
)  # fmt: skip
_OLD_GATES = {"i": 0, "c": 2, "f": 1, "o": 3}  # Keras 1's order, with torch's places


def never(value: Any) -> bool:
    """Take False alone: a layer over images does not unroll, nor keep time in front."""
    if true_or_false(value):
        raise ArgumentError("value", "False", value)
    return False


def an_image_cell(value: Any) -> Any:
    """Take a cell over images, or the config of one."""
    made = a_cell(value)
    if not hasattr(made, "state_shape"):
        raise ArgumentError("value", "a cell over images, with state_shape", value)
    return made


class ConvGates(Ordered):
    """Hold kernel, recurrent kernel and bias of a convolution's LSTM."""

    order: ClassVar[tuple[str, ...]] = _ORDER
    rank: int

    filters: int = arg(whole_number(at_least=1), was="nb_filter")
    kernel_size: tuple[int, ...] = arg(numbers(1))
    strides: tuple[int, ...] = arg(numbers(1), 1)
    padding: str = arg(one_of("valid", "same"), "valid", was="border_mode")
    data_format: str = arg(data_format, None, was="dim_ordering")
    dilation_rate: tuple[int, ...] = arg(numbers(1), 1)
    activation: Callable[[Tensor], Tensor] = arg(activations.get, "tanh")
    recurrent_activation: Callable[[Tensor], Tensor] = arg(
        activations.get, by_era({"1.2": "hard_sigmoid", "3": "sigmoid"}), was="inner_activation"
    )
    use_bias: bool = arg(true_or_false, True)
    kernel_initializer: Any = arg(initializers.of_weight, "glorot_uniform", was="init")
    recurrent_initializer: Any = arg(initializers.of_weight, "orthogonal", was="inner_init")
    bias_initializer: Any = arg(initializers.of_weight, "zeros")
    unit_forget_bias: bool = arg(forget_bias, True, was="forget_bias_init")
    kernel_regularizer: Any = arg(regularizers.get, None, was="W_regularizer")
    recurrent_regularizer: Any = arg(regularizers.get, None, was="U_regularizer")
    bias_regularizer: Any = arg(regularizers.get, None, was="b_regularizer")
    kernel_constraint: Any = arg(constraints.get, None)
    recurrent_constraint: Any = arg(constraints.get, None)
    bias_constraint: Any = arg(constraints.get, None)
    dropout: float = arg(number(0, 1), 0.0, was="dropout_W")
    recurrent_dropout: float = arg(number(0, 1), 0.0, was="dropout_U")
    seed: int | None = arg(optional(whole_number()), None, since="3")
    implementation: int = arg(implementation, 1, was="consume_less", saved=False)

    @property
    def seeds_taken(self) -> int:
        """Return how many seeds a call takes from numpy's stream up to Keras 2.3."""
        rates = (self.dropout, self.recurrent_dropout)
        return sum(seeds_of_dropout(rate, self.seed, len(_OLD_GATES)) for rate in rates)

    def make_module(self, channels: int, **options: Any) -> None:
        """Make torch's module, and hold its tensors as Keras's weights."""
        self.recurrence = ConvLSTM(
            channels, self.filters, self.kernel_size, self.strides, self.padding,
            self.dilation_rate, bias=self.use_bias, activation=self.activation,
            recurrent_activation=self.recurrent_activation, dropout=self.dropout,
            recurrent_dropout=self.recurrent_dropout,
            seed=self.seed, dtype=self.torch_dtype, **options,
        )  # fmt: skip
        # torch keeps (4 * filters, channels, *sizes); Keras shows (*sizes, channels, 4 * filters).
        axes = (*range(2, self.rank + 2), 1, 0)
        module = self.recurrence
        self.kernel = self.weight("kernel", module.weight_ih, axes=axes)
        self.recurrent_kernel = self.weight("recurrent_kernel", module.weight_hh, axes=axes)
        self.bias = None
        if module.bias is not None:
            self.bias = self.weight("bias", module.bias, initializer=self.initial_bias)

    def older_forms(self, weight: Weight) -> Forms:
        """Return the parts of each gate, as Keras 1 showed them."""
        axes = (*range(2, self.rank + 2), 1, 0)
        last = self.data_format == "channels_last" and weight.key != "bias"
        starts = dict.fromkeys("icfo" if weight.key == "bias" else "", self.bias_initializer)
        if starts and self.unit_forget_bias:
            starts["f"] = initializers.Ones()
        return gate_forms(
            weight, _OLD_GATES, self.filters,
            lambda block: block.permute(axes) if last else block, starts,
        )  # fmt: skip

    def initial_bias(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        """Return the first values of the bias: ones for the forget gate if asked."""
        if not self.unit_forget_bias:
            return initial_value(self.bias_initializer, shape, self.torch_dtype)
        sizes = (self.filters, 2 * self.filters)
        first, rest = (initial_value(self.bias_initializer, (n,), self.torch_dtype) for n in sizes)
        return torch.cat([first, torch.ones_like(first), rest])

    def run_module(
        self, inputs: Any, states: States | None, mask: Any
    ) -> tuple[Any, tuple[Any, ...]]:
        """Return the outputs of all steps, in the order taken, and the last states."""
        given = {"states": None if states is None else tuple(map(self._inward, states))}
        given |= {"mask": mask}
        made = self.recurrence(
            self._inward(inputs, 2), **{key: it for key, it in given.items() if it is not None}
        )
        return self._outward(made[0], 2), tuple(self._outward(made[1][place]) for place in (0, 1))

    def state_shape(self, shape: Shape) -> Shape:
        """Return the shape of one sample's state, for one step's inputs of a shape."""
        sizes = spatial(shape, self.data_format)
        moves = zip(sizes, self.kernel_size, self.strides, self.dilation_rate, strict=True)
        lengths = [
            window_length(size, window, self.padding, stride, dilation)
            for size, window, stride, dilation in moves
        ]
        check_windows(self.who, sizes, lengths)
        return with_sizes(None, lengths, self.filters, self.data_format)[1:]

    def _inward(self, tensor: Any, lead: int = 1) -> Any:
        """Return a tensor with its channels behind the leading axes."""
        if self.data_format == "channels_first":
            return tensor
        last = lead + self.rank
        return torch.permute(tensor, (*range(lead), last, *range(lead, last)))

    def _outward(self, tensor: Any, lead: int = 1) -> Any:
        """Return a tensor with its channels where the data format has them."""
        if self.data_format == "channels_first":
            return tensor
        return torch.permute(tensor, (*range(lead), *range(lead + 1, lead + 1 + self.rank), lead))


class ConvRecurrent(ConvGates, Recurrent):
    """Keep a cell behind three gates, every product of an LSTM being a convolution.

    Called on `x`, on `[x, h, c]`, or on `x` with `initial_state=`.

    Shapes (channels_last):
        x: (batch, time, *sizes, channels), h, c: (batch, *new sizes, filters)
        y: (batch, *new sizes, filters), or (batch, time, ...) with `return_sequences`
        kernel: (*kernel_size, channels, 4 * filters), recurrent_kernel: (*kernel_size, filters,
        4 * filters), bias: (4 * filters,), in blocks i, f, c, o

    Args:
        filters: how many channels come out.
        kernel_size: of both convolutions.
        strides, padding, dilation_rate: of that over the inputs; the states keep their sizes.
        unit_forget_bias: the forget gate's bias starts at one.
        dropout, recurrent_dropout: parts of inputs and states zeroed while training.
    """

    unroll: bool = arg(never, False)
    time_major: bool = arg(never, False, since="2.15")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments; the states' sizes are known with the inputs'."""
        self.one_state: Shape = ()
        super().__init__(*args, **kwargs)
        self.input_spec = [InputSpec(ndim=self.rank + 3)]
        refuse_strides_with_dilation(self.who, self.strides, self.dilation_rate)

    @property
    def state_sizes(self) -> Sequence[Any]:
        """Return the shape of one sample of h and of c."""
        return [self.one_state, self.one_state]

    @property
    def output_size(self) -> Any:
        """Return the shape of one sample of one step's output."""
        return self.one_state

    def build(self, input_shape: Any) -> None:
        """Make kernels and bias, and the states of a stateful layer."""
        shape = sequence_shape(input_shape)
        need_rank(self.who, shape, self.rank + 3)
        step = (shape[0], *shape[2:])
        axis = channel_axis(self.data_format)
        channels = known_axis(self.who, step, axis)
        self.one_state = self.state_shape(step)
        self.make_module(channels, go_backwards=self.go_backwards)
        if self.stateful and None in shape[2:]:
            raise ShapeError(
                f"{self.who}: a stateful layer must know the sizes of its inputs, "
                f"got shape {tuple(shape)}."
            )
        self.make_states(input_shape)
        spec = InputSpec(ndim=len(shape), axes={axis if axis < 0 else axis + 1: channels})
        self.input_spec = [spec, *self.input_spec[1:]]

    def run(
        self, inputs: Any, states: States | None, mask: Any, constants: list[Any]
    ) -> tuple[Any, States]:
        """Return the outputs of all steps, in the order taken, and the last states."""
        if mask is not None and mask.dim() != 2:
            raise ShapeError(
                f"{self.who}: a mask must have 2 axes (batch, time), got {mask.dim()}."
            )
        return self.run_module(inputs, states, mask)

    def last_output(self, sequence: Any, finals: States) -> Any:
        """Return the output of the last step, which is the first of the last states."""
        return finals[0]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the output, and those of the states if they are asked for."""
        shape = sequence_shape(input_shape)
        self.one_state = self.state_shape((shape[0], *shape[2:]))
        return super().compute_output_shape(shape)


@LAYERS.register()
class ConvLSTM1D(ConvRecurrent):
    """Take lines through an LSTM of convolutions: (batch, time, steps, channels).

    >>> ConvLSTM1D(filters=2, kernel_size=3)(Input((3, 5, 4))).shape
    (None, 3, 2)
    """

    rank = 1


@LAYERS.register()
class ConvLSTM2D(ConvRecurrent):
    """Take images through an LSTM of convolutions: (batch, time, rows, columns, channels).

    >>> ConvLSTM2D(filters=2, kernel_size=3)(Input((3, 5, 6, 4))).shape
    (None, 3, 4, 2)
    """

    rank = 2

    kernel_size: tuple[int, ...] = arg(numbers(2), was=parts("nb_row", "nb_col"))
    strides: tuple[int, ...] = arg(numbers(2), 1, was="subsample")
    dilation_rate: tuple[int, ...] = arg(numbers(2), 1)


@LAYERS.register()
class ConvLSTM3D(ConvRecurrent):
    """Take blocks through an LSTM of convolutions.

    Shapes:
        x: (batch, time, depth, rows, columns, channels)

        >>> ConvLSTM3D(filters=2, kernel_size=3)(Input((3, 5, 6, 7, 4))).shape
        (None, 3, 4, 5, 2)
    """

    rank = 3

    kernel_size: tuple[int, ...] = arg(numbers(3))
    strides: tuple[int, ...] = arg(numbers(3), 1)
    dilation_rate: tuple[int, ...] = arg(numbers(3), 1)


@LAYERS.register()
class ConvLSTM2DCell(ConvGates):
    """Take one step of a ConvLSTM2D.

    Shapes (channels_last):
        x: (batch, rows, columns, channels), states and output: (batch, *new sizes, filters)

    Source: Keras 2.2.4 layers/convolutional_recurrent.py.
    """

    rank = 2

    kernel_size: tuple[int, ...] = arg(numbers(2))
    strides: tuple[int, ...] = arg(numbers(2), 1)
    dilation_rate: tuple[int, ...] = arg(numbers(2), 1)

    @property
    def state_size(self) -> tuple[int, int]:
        """Return the channels of h and of c."""
        return (self.filters, self.filters)

    def build(self, input_shape: Any) -> None:
        """Make kernels and bias."""
        shape = sequence_shape(input_shape)
        need_rank(self.who, shape, self.rank + 2)
        refuse_strides_with_dilation(self.who, self.strides, self.dilation_rate)
        self.make_module(known_axis(self.who, shape, channel_axis(self.data_format)))

    def call(self, inputs: Any, states: Any) -> tuple[Any, list[Any]]:
        """Return the output of one step, and the states behind it."""
        _, finals = self.run_module(torch.unsqueeze(inputs, 1), tuple(listed(states)), None)
        return finals[0], list(finals)

    def run_sequence(
        self, inputs: Any, states: States | None, mask: Any
    ) -> tuple[Any, tuple[Any, ...]]:
        """Return the outputs of all steps, and the states behind the last."""
        return self.run_module(inputs, states, mask)

    def unroll(self, unrolls: bool) -> None:
        """Do nothing: steps over images are taken one by one in any case."""


@LAYERS.register()
class ConvRNN2D(RNN):
    """Take a sequence of images through a cell, step by step.

    Shapes (channels_last):
        x: (batch, time, rows, columns, channels)
        y: (batch, *new sizes, filters), or (batch, time, ...) with `return_sequences`

    Args:
        cell: one with `state_shape`, the shape of a sample's state for a step's input shape.

        >>> ConvRNN2D(ConvLSTM2DCell(2, 3))(Input((3, 5, 6, 4))).shape
        (None, 3, 4, 2)

    Source: Keras 2.2.4 layers/convolutional_recurrent.py.
    """

    sequence_spec = InputSpec(ndim=5)
    cell: Any = arg(an_image_cell)
    unroll: bool = arg(never, False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments; the states' sizes are known with the inputs'."""
        self.one_state: Shape = ()
        super().__init__(*args, **kwargs)

    @property
    def state_sizes(self) -> Sequence[Any]:
        """Return the shape of one sample of each state."""
        return [self.one_state for _ in listed(self.cell.state_size)]

    @property
    def output_size(self) -> Any:
        """Return the shape of one sample of one step's output."""
        return self.one_state

    def build(self, input_shape: Any) -> None:
        """Make the cell's weights, and the states of a stateful layer."""
        self._take_sizes(sequence_shape(input_shape))
        super().build(input_shape)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the output, and those of the states if they are asked for."""
        shape = sequence_shape(input_shape)
        self._take_sizes(shape)
        return super().compute_output_shape(shape)

    def _take_sizes(self, shape: Shape) -> None:
        need_rank(self.who, shape, 5)
        self.one_state = self.cell.state_shape((shape[0], *shape[2:]))
