"""Variable: numbers that last outside any layer, read and written as a layer's weights are.

From Keras 2.3 on one that is set on a layer becomes a weight of it.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from kshim.core.names import unique_name
from kshim.layers.holding import Holder
from kshim.layers.weights import Weight, reordered


class Variable(Weight):
    """Hold a tensor that `K.update` writes and that gradients flow to.

    Args:
        tensor: the first values.
        name: made up when left out.
        constraint: what an optimizer does to it after each step.
    """

    def __init__(self, tensor: Tensor, name: str | None = None, constraint: Any = None) -> None:
        """Put the tensor into a module of its own."""
        self.title = name or unique_name("Variable")
        home = Holder.__new__(Holder)
        home.ready()
        home.name = self.title
        learns = tensor.is_floating_point()
        home.register_parameter("values", nn.Parameter(tensor.clone(), requires_grad=learns))
        to_keras, to_torch = reordered(None)
        super().__init__(
            home, "values", home, ("values",),
            to_keras=to_keras, to_torch=to_torch, trainable=learns,
        )  # fmt: skip
        self.constraint = constraint

    @property
    def name(self) -> str:
        """Return the name as TensorFlow gives it: Variable:0."""
        return f"{self.title}:0"
