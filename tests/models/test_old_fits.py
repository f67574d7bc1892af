"""What `fit` of Keras 2 takes, tells and refuses beside what later ones do."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from kshim import backend as K
from kshim import layers
from kshim.callbacks import Callback
from kshim.core.eras import in_era
from kshim.models import Model, Sequential
from kshim.utils.sequences import Sequence


def compiled() -> Any:
    model = Sequential([layers.Dense(1, input_shape=(3,))])
    model.compile("sgd", "mse")
    return model


def test_sparse_matrices_are_taken_as_what_they_hold() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    x = sparse.random(6, 3, density=0.5, random_state=0, dtype="float32").tocsr()
    model = compiled()
    np.testing.assert_array_equal(
        model.predict(x, verbose=0), model.predict(x.toarray(), verbose=0)
    )
    model.fit(x, sparse.csr_matrix(np.ones((6, 1))), validation_split=0.5, verbose=0)
    inputs = [layers.Input((3,)), layers.Input((3,))]
    several = Model(inputs, layers.add(inputs))
    np.testing.assert_allclose(several.predict([x, x], verbose=0), 2 * x.toarray(), rtol=1e-6)


@pytest.mark.parametrize("era", ["2.2", "2.15"])
def test_a_loss_without_a_gradient_is_refused(era: str) -> None:
    with in_era(era):
        inputs = layers.Input((3,))
        hidden = layers.Dense(4)(inputs)
        rounded = layers.Lambda(lambda x: K.cast(K.reshape(K.argmax(x), (-1, 1)), "float32"))
        model = Model(inputs, rounded(hidden))
        model.compile("sgd", "mse")
        with pytest.raises(ValueError, match="loss must depend on weights that train"):
            model.fit(np.ones((2, 3)), np.ones((2, 1)), verbose=0)


class Shrinking(Sequence):
    """Halve its length behind each epoch."""

    length = 4

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, number: int) -> Any:
        return np.ones((2, 3)), np.ones((2, 1))

    def on_epoch_end(self) -> None:
        self.length //= 2


# Keras 2.3.1 tells it behind each epoch, 2.2.4 and tf.keras 2.15 once.
@pytest.mark.parametrize(("era", "told"), [("2.2", [4]), ("2.3", [4, 2, 1]), ("2.15", [4])])
def test_callbacks_hear_how_long_the_next_epoch_is(era: str, told: list[int]) -> None:
    heard: list[Any] = []

    class Listening(Callback):
        def set_params(self, params: Any) -> None:
            heard.append(params["steps"])

    with in_era(era):
        compiled().fit(Shrinking(), epochs=2, verbose=0, callbacks=[Listening()])
    assert heard == told


@pytest.mark.parametrize(("era", "told"), [("1.2", 0), ("2.2", 1), ("2.3", 1), ("2.15", 0)])
def test_a_generator_for_several_processes_is_warned_of(era: str, told: int) -> None:
    def endless() -> Iterator[Any]:
        while True:
            yield np.ones((2, 3)), np.ones((2, 1))

    with in_era(era), warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        compiled().fit_generator(endless(), 2, 1, verbose=0, use_multiprocessing=True, workers=2)
    assert sum("Sequence" in str(one.message) for one in found) == told
