"""Layers at the end of residual branches: learned scales, and branches left out by chance."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from kshim import initializers
from kshim.core.arguments import arg
from kshim.core.checks import number, whole_number
from kshim.core.eras import by_era
from kshim.core.names import unique_name
from kshim.core.shapes import Shape, known_axis
from kshim.errors import ShapeError
from kshim.layers.base import LAYERS, Layer
from kshim.layers.noise import Noise, below_one
from kshim.nn.dropout import Dropout

# Keras 3 gives the scales no name, so that they are called variable, variable_1 …
_SCALES_ARE_NUMBERED = by_era({"1.2": False, "3": True})


@LAYERS.register()
class LayerScale(Layer):
    """Multiply each channel with a learned number.

        y[..., c] = x[..., c] * gamma[c]

    Shapes:
        x, y: (batch, ..., projection_dim), gamma: (projection_dim,)

    Args:
        init_values: what all numbers are at first.
        projection_dim: how many channels there are.

        >>> LayerScale(init_values=1e-6, projection_dim=4)(Input((5, 6, 4))).shape
        (None, 5, 6, 4)

    Source: tf.keras 2.15 and Keras 3.15 applications/convnext.py; arXiv 2103.17239.
    """

    keras_module = "keras.src.applications.convnext"

    init_values: float = arg(number())
    projection_dim: int = arg(whole_number(at_least=1))

    def build(self, input_shape: Shape) -> None:
        """Make the numbers."""
        if known_axis(self.who, input_shape, -1) != self.projection_dim:
            raise ShapeError(
                f"{self.who}: inputs must have {self.projection_dim} channels, as many as "
                f"projection_dim says, got shape {tuple(input_shape)}."
            )
        self.scale = nn.Parameter(torch.empty(self.projection_dim, dtype=self.torch_dtype))
        start = initializers.Constant(self.init_values)
        self.gamma = self.weight("gamma", self.scale, initializer=start)
        if _SCALES_ARE_NUMBERED.value(self.era):
            self.gamma.word = unique_name("variable")

    def call(self, inputs: Tensor) -> Tensor:
        """Return the scaled inputs."""
        return inputs * self.scale

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape


@LAYERS.register()
class StochasticDepth(Noise):
    """Set whole samples to zero while training, and scale the rest up.

    In front of an addition this leaves the branch out for these samples.

    Args:
        drop_path_rate: the share of samples.

        >>> StochasticDepth(drop_path_rate=0.1)(Input((5, 6, 4))).shape
        (None, 5, 6, 4)

    Source: tf.keras 2.15 and Keras 3.15 applications/convnext.py; arXiv 1603.09382.
    """

    keras_module = "keras.src.applications.convnext"
    supports_masking = False

    drop_path_rate: float = arg(below_one)

    seed = None

    @property
    def seeds_taken(self) -> int:
        """Return how many seeds a call takes from numpy's stream: none, for no old Keras has it."""
        return 0

    def module(self, input_shape: Shape) -> nn.Module:
        """Return the torch module."""
        return Dropout(self.drop_path_rate, (None, *[1] * (len(input_shape) - 1)))
