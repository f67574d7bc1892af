"""Pipeline: several layers one behind the other, as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import is_several
from kshim.core.tracing import know_rank
from kshim.errors import ArgumentError
from kshim.layers.base import LAYERS, Layer
from kshim.layers.preprocessing.random_images import check_parts, trains_alone


def layers_in_order(value: Any) -> list[Layer]:
    """Take layers, or their configs."""
    items = list(value) if is_several(value) and not isinstance(value, Mapping) else [None]
    made = [LAYERS.make(item) if isinstance(item, Mapping) else item for item in items]
    found = [item for item in made if isinstance(item, Layer)]
    if len(found) < len(made):
        raise ArgumentError("value", "a list of layers", value)
    return found


@LAYERS.register()
class Pipeline(Layer):
    """Apply several layers one behind the other.

    Called by itself, outside any model, it trains unless told otherwise, as in Keras 3. A dict of
    images and what belongs to them goes through layers that take one.

    Shapes:
        x: what the first layer takes, y: what the last one makes

    Args:
        layers: in their order.

        >>> Pipeline(layers=[Rescaling(1 / 255), CenterCrop(3, 2)])(Input((5, 6, 3))).shape
        (None, 3, 2, 3)

    Source: Keras 3.15 layers/preprocessing/pipeline.py.
    """

    supports_masking = True

    layers: list[Layer] = arg(layers_in_order)

    def build(self, input_shape: Any) -> None:
        """Make the weights of the layers."""
        self.ranks = []
        for layer in self.layers:
            self.ranks.append(len(input_shape))
            layer.build_once(input_shape)
            input_shape = layer.compute_output_shape(input_shape)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute on tensors, arrays or lists, or on a dict of images and what belongs to them."""
        if trains_alone(kwargs):
            kwargs["training"] = True
        given = args[0] if args else kwargs.get("inputs")
        if not isinstance(given, Mapping):
            return super().forward(*args, **kwargs)
        check_parts(self.who, given)
        for layer in self.layers:
            given = layer(given, training=kwargs.get("training"))
        return given

    def call(self, inputs: Tensor) -> Any:
        """Return what the last layer makes."""
        for layer, rank in zip(self.layers, self.ranks, strict=True):
            inputs = layer(know_rank(inputs, rank))
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape that the last layer makes."""
        for layer in self.layers:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape
