"""A module of torch as a layer."""

from __future__ import annotations

from typing import Any

from torch import nn

from kshim.core.checks import optional, shape
from kshim.core.shapes import Shape
from kshim.errors import ArgumentError, NotSupported
from kshim.layers.base import LAYERS, Layer


def torch_module(value: Any) -> nn.Module:
    """Take a module of torch that has its parameters."""
    if not isinstance(value, nn.Module):
        raise ArgumentError("module", "a torch.nn.Module", value)
    if any(isinstance(it, nn.parameter.UninitializedParameter) for it in value.parameters()):
        raise ArgumentError("module", "a module that has run once, not a lazy one", value)
    return value


@LAYERS.register()
class TorchModuleWrapper(Layer):
    """Run a module of torch, and show its parameters as weights.

    Shapes:
        x, y: what the module takes and gives

    Args:
        module: takes and returns tensors.
        output_shape: of the outputs, the batch counted; found by a trial run when left out.

    Source: Keras 3.15 utils/torch_utils.py.
    """

    def __init__(
        self, module: Any, name: str | None = None, output_shape: Any = None, **options: Any
    ) -> None:
        """Hold the module."""
        super().__init__(name=name, **options)
        self.module = torch_module(module)
        self.output_shape_given = optional(shape)(output_shape)

    def build(self, input_shape: Any) -> None:
        """Show the parameters as weights."""
        for name, tensor in self.module.named_parameters():
            self.weight(name.replace(".", "/"), tensor, trainable=tensor.requires_grad)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Return what the module makes of the inputs."""
        return self.module(*args, **kwargs)

    def output_symbols(self, args: tuple[Any, ...], kwargs: dict[str, Any], shapes: Any) -> Any:
        """Return symbols of the shape that was given, or that a trial run shows."""
        if self.output_shape_given is None:
            return self._trial(args, kwargs)
        return super().output_symbols(args, kwargs, shapes)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """Return the shape that was given, or that a trial run shows."""
        if self.output_shape_given is not None:
            return self.output_shape_given
        found: Shape = super().compute_output_shape(input_shape)
        return found

    def get_config(self) -> dict[str, Any]:
        """Refuse: a module is code, which no file of Keras can hold safely."""
        raise NotSupported(
            f"{self.who}: saving must go without torch modules, got {type(self.module).__name__}. "
            "Save the weights (save_weights), and build the model again in code."
        )
