"""Every layer, under the name Keras gives it."""

from kshim.layers.base import Layer
from kshim.layers.core import (
    Activation,
    ActivityRegularization,
    Dense,
    Dropout,
    Flatten,
    Input,
    InputLayer,
    Lambda,
    Masking,
    Permute,
    RepeatVector,
    Reshape,
)
from kshim.layers.operations import Operation
from kshim.layers.spec import InputSpec

__all__ = [
    "Activation", "ActivityRegularization", "Dense", "Dropout", "Flatten", "Input", "InputLayer",
    "InputSpec", "Lambda", "Layer", "Masking", "Operation", "Permute", "RepeatVector", "Reshape",
]  # fmt: skip
