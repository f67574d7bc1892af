"""SwapEMAWeights: the running means of the weights stand in the model while it is looked at.

Source: Keras 3 callbacks/swap_ema_weights.py.
"""

from __future__ import annotations

from typing import Any

from kshim.callbacks.base import Callback
from kshim.errors import StateError


class SwapEMAWeights(Callback):
    """Let the weights and the running means that the optimizer keeps of them change places.

    The means stand in the model while it is evaluated and predicts.

    Args:
        swap_on_epoch: the means stand in the model from the end of an epoch to the beginning of
            the next, too: for a ModelCheckpoint behind this one.

    Raises:
        StateError: when the model's optimizer keeps no means.
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._swapped = False

    def on_train_begin(self, logs: Any = None) -> None:
        """Refuse an optimizer without means."""
        if not getattr(self.model.optimizer, "use_ema", False):
            raise StateError(
                "SwapEMAWeights: the optimizer must keep running means, got one that does not. "
                "Give it use_ema=True."
            )

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Train on the weights themselves."""
        if self.swap_on_epoch:
            self._show(means=False)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Show the means to the callbacks behind, if that was asked for."""
        if self.swap_on_epoch:
            self._show(means=True)
            if epoch + 1 == self.run.get("epochs") or self.model.stop_training:
                # Training ends by putting the means in the weights' place: they are there.
                self.model.optimizer.keep_averages(self.model.compiled.parameters)
                self._swapped = False

    def on_test_begin(self, logs: Any = None) -> None:
        """Evaluate the means."""
        self._show(means=True)

    def on_test_end(self, logs: Any = None) -> None:
        """Go on with the weights."""
        self._show(means=False)

    def on_predict_begin(self, logs: Any = None) -> None:
        """Predict with the means."""
        self._show(means=True)

    def on_predict_end(self, logs: Any = None) -> None:
        """Go on with the weights."""
        self._show(means=False)

    def _show(self, means: bool) -> None:
        if means != self._swapped:
            self.model.optimizer.swap_averages(self.model.compiled.parameters)
            self._swapped = means
