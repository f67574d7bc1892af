"""SpectralNormalization: a layer whose kernel is kept at a largest singular value of 1."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from kshim import initializers
from kshim.core.arguments import arg
from kshim.core.checks import whole_number
from kshim.core.eras import by_era
from kshim.core.settings import learning_phase
from kshim.errors import ArgumentError
from kshim.layers.base import LAYERS, takes
from kshim.layers.spec import check_specs
from kshim.layers.weights import Weight
from kshim.layers.wrappers import Wrapper

_KERNEL_COMES_FIRST = by_era({"1.2": False, "3": True})


@LAYERS.register()
class SpectralNormalization(Wrapper):
    """Divide the kernel of a layer by its largest singular value, at each training step.

    The singular value is found by the power method, from a vector that is kept as a state. At
    rest the layer inside runs as it is.

    Shapes:
        x, y: those of the layer inside; vector_u: (1, last size of the kernel)

    Args:
        layer: has a `kernel`, or `embeddings`.
        power_iterations: rounds of the power method at each step.

        >>> SpectralNormalization(layer=Dense(3))(Input((4,))).shape
        (None, 3)

    Source: tf.keras 2.15 layers/normalization/spectral_normalization.py; arXiv 1802.05957.
    """

    power_iterations: int = arg(whole_number(at_least=1), 1)

    def build(self, input_shape: Any = None) -> None:
        """Make the weights of the layer inside, and the vector."""
        super().build(input_shape)
        found = [getattr(self.layer, name, None) for name in ("kernel", "embeddings")]
        matrices = [one for one in found if isinstance(one, Weight)]
        if not matrices:
            wanted = "a layer with a kernel or embeddings"
            raise ArgumentError("layer", wanted, type(self.layer).__name__, who=self.who)
        self.normalized = matrices[0]
        self.vector = self.add_weight(
            name="vector_u", shape=(1, int(self.normalized.shape[-1] or 0)),
            initializer=initializers.TruncatedNormal(stddev=0.02), trainable=False,
        )  # fmt: skip

    def call(self, inputs: Tensor, training: Any = None) -> Any:
        """Return what the layer inside makes of the inputs, its kernel normalised if training."""
        if learning_phase() if training is None else training:
            self.normalize_weights()
        options = {"training": training} if takes(type(self.layer), "training") else {}
        return self.layer(inputs, **options)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the output's shape of the layer inside."""
        check_specs(self.layer.who, self.layer.input_spec, None, input_shape)
        return self.layer.compute_output_shape(input_shape)

    @property
    def weights(self) -> list[Weight]:
        """Return all weights; Keras 3 counts the kernel among this layer's own."""
        found = super().weights
        if not (self.built and _KERNEL_COMES_FIRST.value(self.era)):
            return found
        own = [self.normalized, self.vector]
        return [*own, *(weight for weight in found if weight not in own)]

    @torch.no_grad()
    def normalize_weights(self) -> None:
        """Divide the kernel by its largest singular value."""
        kernel = self.normalized.read()
        matrix = kernel.reshape(-1, kernel.shape[-1])
        across = self.vector.read()
        for _ in range(self.power_iterations):
            down = _of_length_1(across @ matrix.t())
            across = _of_length_1(down @ matrix)
        largest = down @ matrix @ across.t()
        self.vector.assign(across)
        self.normalized.assign(kernel / largest)


def _of_length_1(vector: Tensor) -> Tensor:
    return functional.normalize(vector, dim=-1, eps=1e-6)
