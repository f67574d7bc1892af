"""EinsumDense: a Dense layer along any axes, written as an equation of letters."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from kshim import activations, constraints, initializers, regularizers
from kshim.core.arguments import arg
from kshim.core.checks import optional, sizes, text
from kshim.core.eras import by_era
from kshim.core.shapes import Shape
from kshim.errors import ArgumentError, ShapeError
from kshim.layers.base import LAYERS, Layer
from kshim.layers.spec import InputSpec
from kshim.nn.einsum import EinsumDense as EinsumModule

_FANS_GO_BY_AXES = by_era({"1.2": False, "3": True})
_SHOWS_WHAT_WAS_ASKED = by_era({"1.2": False, "3": True})
_FORMS = re.compile(
    r"(?P<left>\.\.\.)?(?P<inputs>[a-zA-Z]+)(?P<right>\.\.\.)?,(?P<kernel>[a-zA-Z]+)"
    r"->(?(left)\.\.\.)(?P<outputs>[a-zA-Z]+)(?(right)\.\.\.)"
)


def equation(value: Any) -> str:
    """Take an equation of letters, such as ab,bc->ac, ...x,xy->...y or ab...,bc->ac... ."""
    plain = text(value).replace(" ", "")
    found = _FORMS.fullmatch(plain)
    if found is None or (found["left"] and found["right"]):
        wanted = "an equation such as 'ab,bc->ac', '...x,xy->...y' or 'ab...,bc->ac...'"
        raise ArgumentError("value", wanted, value)
    return plain


@LAYERS.register()
class EinsumDense(Layer):
    """Multiply inputs and a kernel as an equation says, add a bias, apply an activation.

    Shapes:
        kernel: as the equation's second term, bias: the sizes of `bias_axes`, 1 between them

    Args:
        equation: inputs, kernel, outputs; "..." may stand for axes at the start or at the end.
        output_shape: the sizes of the outputs without the batch, and without those for which
            "..." stands.
        bias_axes: letters of the outputs along which there is a bias; None for no bias.

        >>> EinsumDense(equation="ab,bc->ac", output_shape=3)(Input((4,))).shape
        (None, 3)

    Source: tf.keras 2.15 layers/core/einsum_dense.py.
    """

    equation: str = arg(equation)
    output_shape: Any = arg(sizes(1), attribute="wanted_shape")
    activation: Callable[[Tensor], Tensor] = arg(activations.get, None)
    bias_axes: str | None = arg(optional(text), None)
    kernel_initializer: Any = arg(initializers.of_weight, "glorot_uniform")
    bias_initializer: Any = arg(initializers.of_weight, "zeros")
    kernel_regularizer: Any = arg(regularizers.get, None)
    bias_regularizer: Any = arg(regularizers.get, None)
    activity_regularizer: Any = arg(regularizers.get, None)
    kernel_constraint: Any = arg(constraints.get, None)
    bias_constraint: Any = arg(constraints.get, None)

    def build(self, input_shape: Shape) -> None:
        """Make kernel and bias."""
        sizes = self._sizes(input_shape)
        terms = self._terms()
        self.einsum = EinsumModule(
            self.equation, [self._known(letter, sizes, input_shape) for letter in terms["kernel"]],
            self._bias_shape(sizes, input_shape), dtype=self.torch_dtype,
        )  # fmt: skip
        self.input_spec = self._spec(sizes, len(input_shape))
        inward = [letter not in terms["outputs"] for letter in terms["kernel"]]
        first = fanned(self.kernel_initializer, inward, self.era)
        self.kernel = self.weight("kernel", self.einsum.weight, initializer=first)
        self.bias = None
        if self.einsum.bias is not None:
            self.bias = self.weight("bias", self.einsum.bias)

    def call(self, inputs: Tensor) -> Tensor:
        """Return the activated sums."""
        return self.activation(self.einsum(inputs))

    def output_symbols(self, args: tuple[Any, ...], kwargs: dict[str, Any], shapes: Any) -> Any:
        """Return a symbol of the outputs; in Keras 3 with no more sizes than were asked for."""
        if _SHOWS_WHAT_WAS_ASKED.value(self.era):
            return super().output_symbols(args, kwargs, shapes)
        return self._trial(args, kwargs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape asked for, with the batch and the axes that "..." stands for."""
        terms, rest = self._terms(), self._unnamed(input_shape)
        if terms["left"]:
            return (*input_shape[: max(rest, 1)], *self.wanted_shape)
        tail = input_shape[len(input_shape) - rest :] if rest else ()
        return (input_shape[0], *self.wanted_shape, *tail)

    def _terms(self) -> dict[str, str]:
        found = _FORMS.fullmatch(self.equation)
        return found.groupdict() if found is not None else {}

    def _unnamed(self, input_shape: Shape) -> int:
        """Return for how many axes the dots stand."""
        terms = self._terms()
        count = len(input_shape) - len(terms["inputs"])
        if count < 0 or (count and not (terms["left"] or terms["right"])):
            raise ShapeError(
                f"{self.who}: inputs must have as many axes as {self.equation!r} names, "
                f"got shape {tuple(input_shape)}."
            )
        return count

    def _sizes(self, input_shape: Shape) -> dict[str, int | None]:
        """Return the size of each letter.

        Raises:
            ShapeError: where inputs and outputs do not agree.
        """
        terms, rest = self._terms(), self._unnamed(input_shape)
        outputs = self.compute_output_shape(input_shape)
        extra = len(outputs) - len(terms["outputs"])
        if extra != rest:
            raise ShapeError(
                f"{self.who}: output_shape must have a size for each letter of {self.equation!r} "
                f"behind the batch, got {tuple(self.wanted_shape)}."
            )
        start = rest if terms["left"] else 0
        sizes = dict(zip(terms["inputs"], input_shape[start:], strict=False))
        for letter, size in zip(terms["outputs"], outputs[start:], strict=False):
            known = sizes.get(letter)
            if None not in (known, size) and known != size:
                raise ShapeError(
                    f"{self.who}: output_shape must have the inputs' size {known} along "
                    f"{letter!r}, got {size}."
                )
            sizes[letter] = size if known is None else known
        return sizes

    def _known(self, letter: str, sizes: dict[str, int | None], input_shape: Shape) -> int:
        size = sizes.get(letter)
        if size is None:
            raise ShapeError(
                f"{self.who}: the size of {letter!r} must be known to make weights, got inputs "
                f"of shape {tuple(input_shape)} and output_shape {tuple(self.wanted_shape)}."
            )
        return size

    def _spec(self, sizes: dict[str, int | None], rank: int) -> InputSpec:
        """Return what inputs must be from now on: of the sizes that the kernel has."""
        terms = self._terms()
        letters, kernel = terms["inputs"], terms["kernel"]
        start = -len(letters) if terms["left"] else 0
        axes = {
            place: sizes[letter] for place, letter in enumerate(letters, start) if letter in kernel
        }
        dotted = terms["left"] or terms["right"]
        return InputSpec(ndim=None if dotted else rank, min_ndim=len(letters), axes=axes)

    def _bias_shape(
        self, sizes: dict[str, int | None], input_shape: Shape
    ) -> tuple[int, ...] | None:
        """Return the sizes of the biased axes, from the first of them on."""
        if not self.bias_axes:
            return None
        terms = self._terms()
        strange = next((it for it in self.bias_axes if it not in terms["outputs"]), None)
        if strange is not None:
            wanted = f"letters of the outputs {terms['outputs']!r}"
            raise ArgumentError("bias_axes", wanted, self.bias_axes, who=self.who)
        first = min(terms["outputs"].index(letter) for letter in self.bias_axes)
        named = [
            self._known(letter, sizes, input_shape) if letter in self.bias_axes else 1
            for letter in terms["outputs"][first:]
        ]
        ones = [1] * (self._unnamed(input_shape) if terms["right"] else 0)
        return (*named, *ones)


def fanned(initializer: Any, inward: Sequence[bool], era: str) -> Any:
    """Return an initializer that knows which axes of a kernel face the inputs.

    Up to tf.keras 2.15 a kernel of several axes is taken for that of a convolution.
    """
    scaled = isinstance(initializer, initializers.VarianceScaling | initializers.NamedScaling)
    if not scaled or not _FANS_GO_BY_AXES.value(era):
        return initializer
    order = sorted(range(len(inward)), key=lambda axis: not inward[axis])
    back = [order.index(axis) for axis in range(len(order))]

    def draw(shape: Sequence[int], dtype: Any = None) -> Tensor:
        rows = math.prod(shape[axis] for axis in order if inward[axis])
        matrix = initializers.initial_value(initializer, (rows, math.prod(shape) // rows), dtype)
        return matrix.reshape([shape[axis] for axis in order]).permute(back)

    return draw
