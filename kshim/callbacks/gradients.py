"""Gradients of the loss of arrays by a model's weights, for callbacks that write them down.

Source: Keras 2.2.4 and 2.3.1 callbacks, TensorBoard(write_grads=True).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kshim.layers.weights import Weight


def gradients_of(
    model: Any, arrays: Sequence[Any]
) -> Iterator[tuple[Weight, np.ndarray[Any, Any]]]:
    """Yield each weight that trains, with the gradient of the loss in Keras's order.

    Dropout and the like rest, and nothing is changed.

    Args:
        arrays: inputs, targets and weights of the samples, as callbacks are given them.
    """
    stepper = model.ready_stepper()
    count = len(model.inputs)
    behind = (len(arrays) - count) // 2
    parts = arrays[:count], arrays[count : count + behind], arrays[count + behind :]
    x, y, weights = (part[0] if len(part) == 1 else list(part) for part in parts)
    with stepper.network.in_mode(False):
        found = stepper.gradients(model.batch_of((x, y, weights), None))
    by_tensor = dict(zip(map(id, stepper.compiled.parameters), found, strict=True))
    for weight in model.trainable_weights:
        given = [by_tensor.get(id(tensor)) for tensor in weight.tensors]
        if all(one is not None for one in given):
            yield weight, weight.to_keras(*given).detach().cpu().numpy()
