"""Generators that a thread reads ahead give the numbers that reading in turn gives."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from kshim import layers as L
from kshim.callbacks import BackupAndRestore, LambdaCallback
from kshim.core.eras import in_era
from kshim.models import Sequential
from kshim.training import ahead
from kshim.training.ahead import read_ahead

X, Y = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")


@pytest.fixture(autouse=True)
def _ends() -> Iterator[None]:
    """Let no test leave a thread."""
    yield
    assert not [it for it in threading.enumerate() if it.name == "kshim-generator"]


def model() -> Any:
    made = Sequential([L.Dense(1, kernel_initializer="ones", input_shape=(2,)), L.Dropout(0.0)])
    made.compile("sgd", "mse")
    return made


def generated(where: list[Any], used: Any = None, fails_at: int = -1) -> Iterator[Any]:
    place = 0
    while True:
        if place == fails_at:
            raise KeyError("its own")
        where.append(threading.current_thread() is threading.main_thread())
        if used is not None:
            used.predict(X)
        yield X * (place + 1) * 0.1, Y
        place += 1


# The threads that Keras 2.2.4, 2.3.1 and tf.keras 2.15 were seen to read in; kshim reads no
# further than the epoch goes, where Keras has read max_queue_size + 2 items more by its end.
@pytest.mark.parametrize(("era", "workers", "by_thread"), [
    ("2.2", 0, False), ("2.2", 1, True), ("2.2", 3, True), ("2.3", 1, True),
    ("2.15", 0, False), ("2.15", 1, False), ("2.15", 2, True),
])  # fmt: skip
@pytest.mark.parametrize("waiting", [1, 10])
def test_who_reads_does_not_change_what_is_learned(
    era: str, workers: int, by_thread: bool, waiting: int
) -> None:
    with in_era(era):
        where: list[Any] = []
        one = model()
        history = one.fit(generated(where, one), steps_per_epoch=4, epochs=2, verbose=0,
                          workers=workers, max_queue_size=waiting)  # fmt: skip
        assert where == [not by_thread] * 8
        assert history.history == in_turn(4, 2).history


def in_turn(steps: int, epochs: int) -> Any:
    return model().fit(
        generated([]), steps_per_epoch=steps, epochs=epochs, verbose=0, workers=0
    )  # fmt: skip


def test_samples_are_counted_in_the_words_of_keras_1() -> None:
    with in_era("1.2"):
        where: list[Any] = []
        model().fit_generator(generated(where), samples_per_epoch=10, nb_epoch=2, verbose=0,
                              nb_worker=2, max_q_size=3, pickle_safe=True)  # fmt: skip
        assert where == [False] * 6


def test_evaluation_and_prediction_read_ahead_too() -> None:
    with in_era("2.2"):
        where: list[Any] = []
        one = model()
        one.evaluate_generator(generated(where), steps=3)
        assert one.predict_generator(generated(where), steps=3, workers=2).shape == (12, 1)
        assert where == [False] * 6


def test_what_a_generator_raises_comes_as_itself_behind_the_batches_before_it() -> None:
    with in_era("2.2"):
        trained: list[int] = []
        heard = LambdaCallback(on_batch_end=lambda batch, logs: trained.append(batch))
        began = time.monotonic()
        with pytest.raises(KeyError, match="its own"):
            model().fit_generator(generated([], fails_at=3), steps_per_epoch=5, verbose=0,
                                  callbacks=[heard])  # fmt: skip
        assert trained == [0, 1, 2]
        assert time.monotonic() - began < 5


def test_what_was_read_too_much_waits_for_the_next_run() -> None:
    with in_era("2.2"):
        one, source = model(), generated([])
        stopping = LambdaCallback(on_batch_end=lambda batch, logs: setattr(
            one, "stop_training", batch == 1))  # fmt: skip
        one.fit_generator(source, steps_per_epoch=20, verbose=0, callbacks=[stopping])
        assert float(next(ahead.waited(source))[0][0, 0]) == pytest.approx(0.3)


def test_a_run_that_is_kept_reads_in_turn(tmp_path: Any) -> None:
    with in_era("2.2"):
        where: list[Any] = []
        model().fit(generated(where), steps_per_epoch=2, verbose=0,
                    callbacks=[BackupAndRestore(tmp_path)])  # fmt: skip
        assert where == [True] * 2


def test_no_more_is_read_than_may_wait() -> None:
    read: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(9):
            read.append(number)
            yield number

    items = read_ahead(numbers(), 2, lambda item: False)
    assert next(items) == 0
    time.sleep(0.2)
    assert read == [0, 1, 2]
    items.close()


def test_an_array_that_is_filled_again_is_read_as_it_was() -> None:
    def filled() -> Iterator[Any]:
        held = {"x": np.zeros(2)}
        for number in range(5):
            held["x"][:] = number
            yield held, [torch.full((1,), number)]

    found = [(x["x"][0], int(y[0])) for x, y in read_ahead(filled(), 9, lambda item: False)]
    assert found == [(number, number) for number in range(5)]


def test_a_generator_that_never_gives_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "PATIENCE", 0.1)
    release = threading.Event()

    def stuck() -> Iterator[int]:
        yield 1
        release.wait()

    items = read_ahead(stuck(), 2, lambda item: False)
    assert next(items) == 1
    with pytest.warns(RuntimeWarning, match="must give an item within"):
        items.close()
    release.set()
    time.sleep(0.1)


class Stop(BaseException):
    pass


def test_a_generator_goes_on_where_it_is_in_the_process_that_was_stopped(tmp_path: Any) -> None:
    def run(source: Any, *callbacks: Any) -> Any:
        return model().fit(source, steps_per_epoch=2, epochs=3, verbose=0, shuffle=False,
                           callbacks=list(callbacks))  # fmt: skip

    def stop(epoch: int, logs: Any) -> None:
        raise Stop

    source = generated([])
    with pytest.raises(Stop):
        run(source, LambdaCallback(on_epoch_begin=lambda epoch, logs: epoch == 1 and stop(0, {})),
            BackupAndRestore(tmp_path))  # fmt: skip
    mine, whole = run(source, BackupAndRestore(tmp_path)), run(generated([]))
    assert mine.history == whole.history


def test_a_generator_that_is_further_than_the_run_is_told_of(tmp_path: Any) -> None:
    def stop(batch: int, logs: Any) -> None:
        raise Stop

    def run(*callbacks: Any) -> Any:
        return model().fit(source, steps_per_epoch=3, epochs=2, verbose=0,
                           callbacks=[*callbacks, BackupAndRestore(tmp_path)])  # fmt: skip

    source, seen = generated([]), []
    late = LambdaCallback(on_train_batch_end=lambda batch, logs: (
        seen.append(batch), len(seen) == 5 and stop(0, {})))  # fmt: skip
    with pytest.raises(Stop):
        run(late)
    with pytest.warns(RuntimeWarning, match="2 items further"):
        run()
