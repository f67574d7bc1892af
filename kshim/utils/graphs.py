"""Questions about graphs of layers, and what scripts once needed for several devices."""

from __future__ import annotations

import warnings
from typing import Any

from kshim.core.symbols import Symbol
from kshim.graph.order import source_inputs
from kshim.training.distributed import world_size


def get_source_inputs(
    tensor: Any, layer: Any = None, node_index: int | None = None
) -> list[Symbol]:
    """Return the symbols of Input that a symbol is computed from, in the order they are met.

    Args:
        layer, node_index: the call that made the symbol; known from the symbol when left out.

    Source: Keras 2.2.4 engine/network.py.
    """
    return source_inputs(tensor)


def multi_gpu_model(
    model: Any, gpus: Any = None, cpu_merge: bool = True, cpu_relocation: bool = False
) -> Any:
    """Return the model itself: under torchrun it trains on all devices, a batch shared out.

    In one process it stays on one device, and a warning says how several are used.
    """
    if world_size() == 1:
        warnings.warn(
            "multi_gpu_model: returns the model as it is, on one device. For several, start the "
            "script with torchrun.",
            stacklevel=2,
        )
    return model
