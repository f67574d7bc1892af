"""What hooks are told and what callbacks know of a run, as the real Kerases were seen to do.

Each was run with six samples in batches of four, mse and mae, and a callback that wrote down its
calls: Keras 1.2.2, 2.2.4, 2.3.1, tf.keras 2.15.0 and Keras 3.15 on torch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from kshim import layers as L
from kshim.callbacks import Callback
from kshim.core.eras import in_era
from kshim.models import Sequential

WORDS = "train_begin train_end epoch_begin epoch_end batch_begin batch_end"
RUNS = [f"{run}_{end}" for run in ("test", "predict") for end in ("begin", "end")]
BATCHES = [f"{run}_batch_{end}" for run in ("train", "test", "predict") for end in ("begin", "end")]
X, Y = np.ones((6, 2)), np.ones((6, 1))


class Listener(Callback):
    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, Any] = {}


def _hook(name: str) -> Any:
    def hear(self: Listener, *told: Any) -> None:
        logs = told[-1]
        self.told[name] = None if logs is None else sorted(logs)

    return hear


for _name in [*WORDS.split(), *RUNS, *BATCHES]:
    setattr(Listener, f"on_{_name}", _hook(_name))

SIZED, VALUES = ["batch", "size"], ["loss", "mae"]
ALL = [*VALUES, "val_loss", "val_mae"]
OLD = {
    "epoch_begin": [], "epoch_end": ALL, "batch_begin": SIZED,
    "batch_end": ["batch", "loss", "mae", "size"],
}  # fmt: skip
NEW = {
    "train_begin": [], "train_end": ALL, "epoch_begin": [], "epoch_end": ALL,
    "train_batch_begin": [], "train_batch_end": VALUES, "test_begin": [], "test_end": VALUES,
    "test_batch_begin": [], "test_batch_end": VALUES,
}  # fmt: skip
FIT = {
    "1.2": {**OLD, "train_begin": [], "train_end": []},
    "2.2": {**OLD, "train_begin": [], "train_end": []},
    "2.3": {
        "train_begin": None, "train_end": None, "epoch_begin": [], "epoch_end": ALL,
        "train_batch_begin": SIZED, "train_batch_end": OLD["batch_end"], "test_begin": None,
        "test_end": None, "test_batch_begin": SIZED, "test_batch_end": OLD["batch_end"],
    },
    "2.15": NEW,
    "3": NEW,
}  # fmt: skip
TWO = ["batch_size", "do_validation", "epochs", "metrics", "samples", "steps", "verbose"]
STREAM = ["do_validation", "epochs", "metrics", "steps", "verbose"]
SHORT = ["epochs", "steps", "verbose"]
PARAMS = {
    "1.2": ["batch_size", "do_validation", "metrics", "nb_epoch", "nb_sample", "verbose"],
    "2.2": TWO, "2.3": TWO, "2.15": SHORT, "3": SHORT,
}  # fmt: skip


@pytest.fixture(params=FIT)
def era(request: Any) -> Iterator[str]:
    with in_era(request.param):
        yield request.param


def compiled() -> Sequential:
    model = Sequential([L.Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def short(name: str) -> str:
    return name.replace("mean_absolute_error", "mae")


def test_hooks_of_fit_are_told_what_the_era_tells(era: str) -> None:
    heard = Listener()
    compiled().fit(
        X, Y, batch_size=4, verbose=0, epochs=1, validation_data=(X, Y), callbacks=[heard]
    )
    told = {k: None if it is None else sorted(map(short, it)) for k, it in heard.told.items()}
    # Up to 2.2 nothing is heard of validation there; kshim tells of evaluations alone.
    assert told == FIT[era]
    assert sorted(heard.params) == PARAMS[era]


def test_streams_have_no_samples_and_no_batch_size(era: str) -> None:
    def gen() -> Iterator[Any]:
        while True:
            yield X, Y

    heard = Listener()
    words = {"samples_per_epoch": 12} if era == "1.2" else {"steps_per_epoch": 2}
    compiled().fit_generator(gen(), epochs=1, verbose=0, callbacks=[heard], **words)
    if era != "1.2":
        assert sorted(heard.params) == (STREAM if era in ("2.2", "2.3") else SHORT)


@pytest.mark.parametrize(
    ("era", "hooks"),
    [
        ("2.3", {"predict_begin": None, "predict_batch_begin": SIZED,
                 "predict_batch_end": ["batch", "outputs", "size"], "predict_end": None}),
        ("2.15", {"predict_begin": [], "predict_batch_begin": [],
                  "predict_batch_end": ["outputs"], "predict_end": []}),
    ],
)  # fmt: skip
def test_predictions_are_told_with_their_outputs(era: str, hooks: dict[str, Any]) -> None:
    class Keeping(Listener):
        def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
            super().on_predict_batch_end(batch, logs)
            found = logs["outputs"]
            kept.append(found[0] if isinstance(found, list) else found)

    kept: list[Any] = []
    with in_era(era):
        heard = Keeping()
        made = compiled().predict(X, batch_size=4, verbose=0, callbacks=[heard])
        assert heard.told == hooks
        np.testing.assert_array_equal(np.concatenate(kept), made)
        expected = ["batch_size", "samples", "steps", "verbose"] if era == "2.3" else SHORT
        assert sorted(heard.params) == expected
