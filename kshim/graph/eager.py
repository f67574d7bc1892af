"""Eager: the stand-in for a lowered network of a model that is a class of the user's own.

Its `call` runs as it is written, batch after batch; there is no graph to lower.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from kshim.core.eras import in_era
from kshim.core.settings import in_phase, phase_for
from kshim.layers.base import takes


class Eager:
    """Answer as `Network` does, by calling the model."""

    def __init__(self, model: Any, outputs: int) -> None:
        self.model = model
        self.ends: list[str | None] = [None] * outputs
        self.modules: dict[str, nn.Module] = {}
        self._training = False

    def full(self, *inputs: Tensor) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
        """Return outputs, masks, losses and logits, each a list."""
        outputs = self.predict(*inputs)
        nothing = [None] * len(outputs)
        masks = [getattr(output, "_keras_mask", None) for output in outputs]
        return outputs, masks, [], nothing

    def predict(self, *inputs: Tensor) -> list[Any]:
        """Return the outputs."""
        given: Any = inputs[0] if len(inputs) == 1 else list(inputs)
        options = {"training": self._training} if takes(type(self.model), "training") else {}
        with in_phase(self._training), in_era(self.model.era):
            made = self.model._computed((given,), options)
        return list(made) if isinstance(made, list | tuple) else [made]

    @property
    def plain(self) -> Any:
        """Return what gives the outputs: a class of the user's own has one way alone."""
        return self.predict

    @contextmanager
    def in_mode(self, training: bool) -> Iterator[None]:
        """Let the layers train or predict inside the block, and be as before behind it."""
        before = self.model.training
        self._training = phase_for(training)
        self.model.train(self._training)
        try:
            yield
        finally:
            self._training = False
            self.model.train(before)
