"""Finite: the first batch whose loss is not a number, or infinite, is told of in one warning."""

from __future__ import annotations

import math
import warnings

import torch
from torch import Tensor

# How many losses of an accelerator are looked at together: looking waits for it.
_TOGETHER = 64


class LossWatch:
    """Look at the loss of each batch, until one is not finite.

    On the CPU each is looked at when it is there; those of an accelerator many at a time.
    """

    def __init__(self) -> None:
        self.seen_bad = False
        self._places: list[tuple[int, int]] = []
        self._losses: list[Tensor] = []

    def add(self, epoch: int, batch: int, loss: Tensor) -> None:
        """Take in the loss of a batch, both counted from 0."""
        if self.seen_bad or (_is_read_at_once(loss) and math.isfinite(_number(loss))):
            return
        self._places.append((epoch, batch))
        self._losses.append(loss.detach())
        if _is_read_at_once(loss) or len(self._losses) >= _TOGETHER:
            self.look()

    def look(self) -> None:
        """Look at the losses that nobody has looked at yet."""
        places, losses = self._places, self._losses
        self._places, self._losses = [], []
        if self.seen_bad or not losses:
            return
        values = torch.stack([_alone(loss) for loss in losses]).tolist()
        for (epoch, batch), value in zip(places, values, strict=True):
            if not math.isfinite(value):
                self._tell(epoch, batch, value)
                return

    def _tell(self, epoch: int, batch: int, value: float) -> None:
        self.seen_bad = True
        warnings.warn(
            f"fit: the loss must be a finite number, got {value} in batch {batch + 1} of epoch "
            f"{epoch + 1}. Lower the learning rate, clip the gradients (clipnorm=1.0), or look for "
            "NaN in the data; TerminateOnNaN() ends a run here.",
            RuntimeWarning,
            stacklevel=2,
        )


def _number(loss: Tensor) -> float:
    return _alone(loss).item()


def _alone(loss: Tensor) -> Tensor:
    """Return a loss as one number; the sum of several is finite where all of them are."""
    return loss if loss.dim() == 0 else loss.sum()


def _is_read_at_once(loss: Tensor) -> bool:
    """Return whether reading a loss waits for no other device."""
    return loss.is_cpu
