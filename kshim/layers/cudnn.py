"""CuDNNLSTM and CuDNNGRU: the layers of Keras 2 that kept cuDNN's weights; on any device here.

Source: Keras 2.2.4 layers/cudnn_recurrent.py, and the conversions in engine/saving.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from kshim import activations
from kshim.layers.base import LAYERS
from kshim.layers.flat import flat_bias, flat_matrix
from kshim.layers.gates import Gated
from kshim.layers.recurrent import GRU, LSTM
from kshim.layers.weights import Weight

_FIXED = (
    "activation", "recurrent_activation", "use_bias", "dropout", "recurrent_dropout",
    "implementation", "reset_after", "unroll", "time_major", "zero_output_for_mask",
)  # fmt: skip


class WithFlatWeights(Gated):
    """Show cuDNN's weights: kernels that lie block by block, and two biases end to end."""

    fixed = _FIXED
    activation = staticmethod(activations.tanh)
    recurrent_activation = staticmethod(activations.sigmoid)
    use_bias = True
    dropout = recurrent_dropout = 0.0
    implementation = 2
    reset_after = True
    unroll = time_major = zero_output_for_mask = False

    is_flat = True

    def matrix_conversions(self, key: str) -> dict[str, Any]:
        """Return the ways between cuDNN's matrix and torch's."""
        return flat_matrix(self, key)

    def bias_conversions(self) -> dict[str, Any]:
        """Return the inputs' bias and the states' bias as one, end to end."""
        return {"slots": ("bias_ih_l0", "bias_hh_l0"), **flat_bias(self)}

    def turned_form(self, weight: Weight) -> Weight:
        """Return a weight as the plain layer shows it."""
        plain = Gated.matrix_conversions(self, weight.key) if weight.key != "bias" else self.plain()
        conversions = {"slots": weight.slots, **plain}
        return Weight(self, weight.key, self.recurrence, **conversions, trainable=weight.trainable)

    def plain(self) -> dict[str, Any]:
        """Return the ways between the plain layer's bias and torch's two."""
        raise NotImplementedError(f"{type(self).__name__}: plain must be defined.")


@LAYERS.register()
class CuDNNLSTM(WithFlatWeights, LSTM):
    """Compute an LSTM with sigmoid gates, its weights laid out as cuDNN's.

    Shapes:
        kernel: (features, 4 * units), recurrent_kernel: (units, 4 * units), bias: (8 * units,)

        >>> CuDNNLSTM(units=3)(Input((5, 4))).shape
        (None, 3)
    """

    def initial_bias(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        """Return the first values of the bias: ones for the states' forget gate if asked."""
        first: Callable[..., Tensor] = Gated.initial_bias
        bias = first(self, shape, dtype)
        if self.unit_forget_bias:
            bias[5 * self.units : 6 * self.units] = 1.0
        return bias

    def plain(self) -> dict[str, Any]:
        """Return the ways between one bias and its two parts, the second of them zero."""
        return {
            "to_keras": lambda *parts: sum(self.in_keras_order(part) for part in parts),
            "to_torch": lambda bias: (self.in_torch_order(bias), torch.zeros_like(bias)),
        }


@LAYERS.register()
class CuDNNGRU(WithFlatWeights, GRU):
    """Compute a GRU that resets after the product, its weights laid out as cuDNN's.

    Shapes:
        kernel: (features, 3 * units), recurrent_kernel: (units, 3 * units), bias: (6 * units,)

        >>> CuDNNGRU(units=3)(Input((5, 4))).shape
        (None, 3)
    """

    def plain(self) -> dict[str, Any]:
        """Return the ways between two biases in rows and torch's two."""
        return GRU.bias_conversions(self)
