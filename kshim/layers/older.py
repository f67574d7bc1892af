"""How Keras 1 showed weights: kernels with their axes elsewhere, gates one by one.

In the form "turned" stands what a layer's twin on another device showed: cuDNN's flat arrays for a
plain LSTM or GRU, and the other way round.

Source: Keras 1.2.2 layers/convolutional.py and layers/recurrent.py, asked for their weights; the
conversions in Keras 2.2.4 engine/saving.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from kshim.layers.weights import Part, Weight

Forms = Mapping[str, list[Weight]]
View = Callable[[Tensor], Tensor]

_DIM_ORDERINGS = {"channels_last": "tf", "channels_first": "th"}


def kernel_forms(weight: Weight, data_format: str, views: Mapping[str, View]) -> Forms:
    """Return a kernel as Keras 1 showed it, in the order of axes that its data format had.

    Args:
        views: what is seen of torch's tensor, for channels_last and for channels_first.
    """
    part = Part(weight, weight.old_key, views[data_format])
    part.dim_ordering = _DIM_ORDERINGS[data_format]
    return {"keras1": [part]}


def convolution_forms(weight: Weight, data_format: str, rank: int) -> Forms:
    """Return the kernel of a convolution, torch's (filters, channels, *sizes).

    Keras 1 kept (*sizes, channels, filters) for `tf`, torch's order for `th`, and took a line for
    an image of one column: (length, 1, channels, filters), its first values drawn as for `th`.
    """
    if rank == 1:
        part = Part(weight, weight.old_key, lambda tensor: tensor.permute(2, 1, 0).unsqueeze(1))
        part.dim_ordering = "th"
        return {"keras1": [part]}
    axes = (*range(2, rank + 2), 1, 0)
    views = {"channels_last": lambda tensor: tensor.permute(axes), "channels_first": _as_it_is}
    return kernel_forms(weight, data_format, views)


def gate_forms(
    weight: Weight, gates: Mapping[str, int], units: int, turned: View, initializers: Any = None
) -> Forms:
    """Return each gate's part of a weight, in Keras 1's order, or all of it ("packed").

    Args:
        gates: Keras 1's letters in its order, with the place of each block in torch's tensor.
        turned: what Keras shows of one block.
        initializers: what makes the first values of a gate, by its letter; else the weight's.
    """
    made: list[Weight] = []
    for place, (letter, block) in enumerate(gates.items()):
        part = Part(
            weight, f"{weight.old_key}_{letter}", _block(block * units, units, turned), place
        )
        part.initializer = (initializers or {}).get(letter, weight.initializer)
        made.append(part)
    return {"keras1": made, "packed": [weight]}


def _block(start: int, units: int, turned: View) -> View:
    return lambda tensor: turned(tensor[start : start + units])


def _as_it_is(tensor: Tensor) -> Tensor:
    return tensor
