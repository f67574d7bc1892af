"""Whether code trains or predicts, and choices by that.

Source: Keras 2.2.4 backend/tensorflow_backend.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor

from kshim.backend.comparing import by_number, switch
from kshim.core import settings
from kshim.core.settings import in_phase, set_learning_phase
from kshim.core.symbols import symbols_in
from kshim.core.tracing import active_tracing, refuse_to_trace
from kshim.optimizers.hyper import Hyper

__all__ = [
    "LearningPhase", "in_test_phase", "in_train_phase", "learning_phase", "learning_phase_scope",
    "set_learning_phase",
]  # fmt: skip


class LearningPhase(Hyper):
    """Stand for the phase: 1 while code trains, 0 while it predicts, whenever it is asked.

    It goes into the inputs of `K.function`, into `K.switch` and into arithmetic.
    """

    __slots__ = ()

    def __init__(self) -> None:
        """Hold no number of its own."""

    @property
    def value(self) -> int:  # type: ignore[override]
        """Return 1 or 0."""
        refuse_to_trace("the learning phase is asked for")
        return int(bool(settings.learning_phase()))


_PHASE = LearningPhase()


def learning_phase() -> Any:
    """Return the phase that was set (0 or 1), or what stands for it while none is."""
    settled = settings.learning_phase()
    return _PHASE if settled is None or active_tracing() is not None else int(settled)


@contextmanager
def learning_phase_scope(value: int) -> Iterator[None]:
    """Train (1) or predict (0) inside a `with` block."""
    with in_phase(bool(value)):
        yield


def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """Return x while training, alt otherwise.

    Args:
        x, alt: tensors, or functions that give them.
        training: True, False, or None for the phase in force.
    """
    if isinstance(training, bool | int):
        return _value(x if training else alt)
    phase = _PHASE if training is None else training
    if not isinstance(phase, Hyper):
        return switch(phase, x, alt)
    chosen = _value(x if phase else alt)
    if symbols_in((chosen, x, alt)):
        return by_number(phase)(_value(x), _value(alt))
    return chosen


def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """Return x while predicting, alt otherwise."""
    return in_train_phase(alt, x, training)


def _value(x: Any) -> Any:
    return x() if callable(x) and not symbols_in(x) and not isinstance(x, Tensor) else x
