"""Workers: the same items in the same order whoever makes them, and what goes wrong is told."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from typing import Any

import numpy as np
import pytest
import torch

from kshim import layers as L
from kshim.callbacks import LambdaCallback
from kshim.errors import StateError
from kshim.models import Sequential
from kshim.preprocessing.image import ImageDataGenerator
from kshim.training.workers import Workers

ORDER = [3, 1, 4, 0, 2]


class Source:
    """Give numbers, and do something at one of them."""

    def __init__(self, at: int | None = None, do: Any = None) -> None:
        self.at, self.do = at, do

    def __getitem__(self, index: int) -> Any:
        if index == self.at:
            self.do()
        return index * 10


class Odd(Exception):
    """Be an error that cannot be unpickled."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


def fail(error: Exception) -> Any:
    raise error


@pytest.mark.parametrize("workers", [Workers(), Workers(0), Workers(3), Workers(2, True)])
@pytest.mark.parametrize("first", [0, 2])
def test_items_come_in_order(workers: Workers, first: int) -> None:
    items = workers.items(Source(), ORDER, first, workers.seed())
    assert list(items) == [index * 10 for index in ORDER[first:]]


@pytest.mark.parametrize("workers", [Workers(3), Workers(2, True)])
def test_an_error_is_raised_as_itself(workers: Workers) -> None:
    items = workers.items(Source(4, lambda: fail(KeyError("none"))), ORDER, 0, workers.seed())
    assert [next(items), next(items)] == [30, 10]
    with pytest.raises(KeyError, match="none") as raised:
        next(items)
    if workers.processes:
        assert "in __getitem__" in str(raised.value.__cause__)


def test_an_error_that_cannot_be_sent_is_told_of() -> None:
    items = Workers(1, True).items(Source(4, lambda: fail(Odd("a", "b"))), ORDER, 0, 1)
    with pytest.raises(RuntimeError, match="Odd: ab"):
        list(items)


class Unsendable:
    """Give what cannot be sent from a process to another."""

    def __getitem__(self, index: int) -> Any:
        return lambda: index


def test_an_item_that_cannot_be_sent_is_told_of() -> None:
    with pytest.raises((AttributeError, TypeError), match=r"[Pp]ickle"):
        list(Workers(1, True).items(Unsendable(), ORDER, 0, 1))


@pytest.mark.parametrize("die", [lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: os._exit(3)])
def test_a_worker_that_dies_is_an_error_within_seconds(die: Any) -> None:
    began = time.monotonic()
    with pytest.raises(RuntimeError, match="worker"):
        list(Workers(2, True).items(Source(4, die), ORDER, 0, 1))
    assert time.monotonic() - began < 10


class Mortal(torch.utils.data.Dataset[Any]):
    """Be a data set whose worker is killed at an item."""

    def __len__(self) -> int:
        return 40

    def __getitem__(self, index: int) -> Any:
        if index == 20:
            os.kill(os.getpid(), signal.SIGKILL)
        return np.ones(3, "float32"), np.ones(1, "float32")


def test_a_worker_of_torchs_loader_that_dies_ends_fit_within_seconds() -> None:
    model = Sequential([L.Dense(1, input_shape=(3,))])
    model.compile("sgd", "mse")
    data = torch.utils.data.DataLoader(Mortal(), 4, num_workers=2)
    began = time.monotonic()
    with pytest.raises(RuntimeError, match="worker"):
        model.fit(data, verbose=0)
    assert time.monotonic() - began < 10
    assert not multiprocessing.active_children()


def test_every_image_is_seen_once_whoever_reads_it() -> None:
    pictures = np.arange(12, dtype="float32").reshape(12, 1, 1, 1)
    for workers in (Workers(3), Workers(2, True)):
        flow = ImageDataGenerator().flow(pictures, batch_size=2)
        items = workers.items(flow, range(6), 0, workers.seed())
        assert sorted(np.concatenate(list(items)).ravel()) == list(range(12))


class Drawing:
    """Give numbers from numpy's stream."""

    def __getitem__(self, index: int) -> Any:
        return np.random.random()


def test_processes_draw_the_same_however_many_they_are() -> None:
    one, two = (list(Workers(n, True).items(Drawing(), ORDER, 0, 7)) for n in (1, 2))
    rest = list(Workers(2, True).items(Drawing(), ORDER, 3, 7))
    assert one == two
    assert rest == one[3:]
    assert len(set(one)) == len(ORDER)


def test_nobody_is_left_when_a_reader_goes() -> None:
    threads = threading.active_count()
    for workers in (Workers(2, True), Workers(3)):
        items = workers.items(Source(), ORDER * 20, 0, workers.seed())
        next(items)
        items.close()  # type: ignore[attr-defined]
    began = time.monotonic()
    while threading.active_count() > threads and time.monotonic() - began < 5:
        time.sleep(0.01)
    assert threading.active_count() <= threads
    assert not multiprocessing.active_children()


class Asleep:
    """Give batches, each after a while; a Sequence without its base."""

    def __len__(self) -> int:
        return 24

    def __getitem__(self, index: int) -> Any:
        time.sleep(0.05)
        return np.ones((2, 3), "float32"), np.ones((2, 1), "float32")


@pytest.mark.parametrize("word", ["fit", "evaluate", "predict"])
def test_four_threads_are_faster_than_none(word: str) -> None:
    model = Sequential([L.Dense(1, input_shape=(3,))])
    model.compile("sgd", "mse")

    def seconds(workers: int) -> float:
        began = time.monotonic()
        getattr(model, word)(Asleep(), workers=workers, verbose=0)
        return time.monotonic() - began

    assert seconds(1) > 24 * 0.05
    assert seconds(4) < 0.7 * 24 * 0.05


@pytest.mark.parametrize("word", ["fit", "evaluate", "predict"])
def test_no_worker_outlives_an_error_of_a_callback(word: str) -> None:
    model = Sequential([L.Dense(1, input_shape=(3,))])
    model.compile("sgd", "mse")
    hooks = ("on_train_batch_end", "on_test_batch_end", "on_predict_batch_end")
    failing = LambdaCallback(**{hook: lambda *told: fail(KeyError("mine")) for hook in hooks})
    words = {"callbacks": [failing], "workers": 2, "use_multiprocessing": True, "verbose": 0}
    with pytest.raises(KeyError, match="mine") as raised:
        getattr(model, word)(Asleep(), **words)
    assert raised.tb is not None  # what keeps the frames of the error alive
    assert not multiprocessing.active_children()


def test_a_batch_that_cannot_be_made_ends_fit_as_itself_within_seconds() -> None:
    class Broken(Asleep):
        def __getitem__(self, index: int) -> Any:
            return fail(StateError("broken")) if index == 5 else super().__getitem__(index)

    model = Sequential([L.Dense(1, input_shape=(3,))])
    model.compile("sgd", "mse")
    for words in ({}, {"workers": 3}, {"workers": 2, "use_multiprocessing": True}):
        began = time.monotonic()
        with pytest.raises(StateError, match="broken"):
            model.fit(Broken(), verbose=0, **words)
        assert time.monotonic() - began < 5
