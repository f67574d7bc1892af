"""Dropout that drops whole slices together."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from kshim.nn.drawing import keeping, stream_of


class Dropout(nn.Dropout):
    """Zero parts of the input while training, scale the rest by 1 / (1 - p).

    Args:
        p: the part that is zeroed.
        noise_shape: the shape of what is drawn, spread over the input; None takes the input's
            size along that axis, 1 drops or keeps the whole axis together.
        seed: where a stream of the module's own begins; None draws from torch's.

    Source: Dropout(noise_shape=...) of Keras.
    """

    def __init__(
        self,
        p: float = 0.5,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
    ) -> None:
        """Keep the rate, and the shape of the noise if it is not the input's."""
        super().__init__(p)
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)
        self.seed, self.stream = seed, stream_of(seed)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the inputs, in training with parts of them zeroed."""
        if not self.training:
            return inputs
        sizes = zip(self.noise_shape or (None,) * inputs.dim(), inputs.shape, strict=True)
        noise = inputs.new_ones([given or size for given, size in sizes])
        return inputs * keeping(noise, self.p, self.stream)

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        return f"p={self.p}, noise_shape={self.noise_shape}, seed={self.seed}"
