"""The running means stand in the model while it is looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim import layers as L
from kshim import optimizers
from kshim.callbacks import LambdaCallback, SwapEMAWeights
from kshim.errors import StateError
from kshim.models import Sequential

X = np.ones((4, 1), "float32")
Y = np.zeros((4, 1), "float32")


def model_with(optimizer: Any) -> Sequential:
    """Return a model of one weight, 1 at the start, whose gradient is 2 * weight."""
    model = Sequential([L.Dense(1, use_bias=False, kernel_initializer="ones", input_shape=(1,))])
    model.compile(optimizer, "mse")
    return model


def test_means_are_evaluated_and_weights_trained() -> None:
    model = model_with(optimizers.SGD(0.25, use_ema=True, ema_momentum=0.5))
    swap = SwapEMAWeights()
    history = model.fit(X, Y, epochs=2, validation_data=(X, Y), callbacks=[swap], verbose=0).history
    # The weight halves at each step; its mean starts as the weight does.
    weights = [0.5, 0.25]
    means = [0.5 * 1.0 + 0.5 * 0.5, 0.5 * 0.75 + 0.5 * 0.25]
    np.testing.assert_allclose(history["loss"], [1.0, weights[0] ** 2], rtol=1e-6)
    np.testing.assert_allclose(history["val_loss"], np.square(means), rtol=1e-6)
    np.testing.assert_allclose(model.evaluate(X, Y, callbacks=[swap], verbose=0), means[1] ** 2)


@pytest.mark.parametrize("on_epoch", [False, True])
def test_callbacks_behind_see_the_means_at_the_end_of_epochs_if_asked(on_epoch: bool) -> None:
    model = model_with(optimizers.SGD(0.25, use_ema=True, ema_momentum=0.5))
    seen: list[float] = []
    look = LambdaCallback(on_epoch_end=lambda *_: seen.append(model.get_weights()[0].item()))
    model.fit(X, Y, epochs=2, callbacks=[SwapEMAWeights(on_epoch), look], verbose=0)
    np.testing.assert_allclose(seen, [0.75, 0.5] if on_epoch else [0.5, 0.25])


def test_an_optimizer_without_means_is_refused() -> None:
    with pytest.raises(StateError, match="Give it use_ema=True"):
        model_with("sgd").fit(X, Y, callbacks=[SwapEMAWeights()], verbose=0)
