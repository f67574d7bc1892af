"""Stream batches: generators, sequences and loaders, epoch by epoch, and led back to a place."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from kshim.core.eras import in_era
from kshim.errors import StateError
from kshim.training.batches import Batch
from kshim.training.stream_batches import StreamBatches


def seen(batches: Any) -> list[list[int]]:
    """Return the samples of one epoch, batch by batch."""
    return [batch.inputs[0].tolist() for batch in batches.epoch()]


def item(start: int) -> list[int]:
    return [start, start + 1]


def prepare(values: Any) -> Batch:
    return Batch([torch.as_tensor(values)])


def counting() -> Iterator[list[int]]:
    """Give pairs of numbers for ever."""
    start = 0
    while True:
        yield item(start)
        start += 2


class Indexed:
    """Give pairs by index, and count the ends of epochs."""

    ended = asked = 0

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> list[int]:
        self.asked += 1
        return item(index * 2)

    def on_epoch_end(self) -> None:
        self.ended += 1


class Pairs:
    """Be something that can be iterated over, without a length."""

    def __iter__(self) -> Iterator[list[int]]:
        return iter([item(0), item(2)])


def test_a_generator_goes_on_where_the_last_epoch_left_it() -> None:
    batches = StreamBatches(counting(), prepare, steps=2)
    batches.peek()
    assert seen(batches) == [[0, 1], [2, 3]]
    assert seen(batches) == [[4, 5], [6, 7]]


def test_what_is_iterated_anew_begins_anew_and_tells_its_length() -> None:
    batches = StreamBatches(Pairs(), prepare)
    assert batches.steps is None
    assert seen(batches) == seen(batches) == [[0, 1], [2, 3]]
    assert batches.steps == 2
    with in_era("2.3"):
        assert len(seen(StreamBatches(Pairs(), prepare, steps=3))) == 3


def test_an_indexed_source_is_asked_once_for_each_batch_and_told_of_the_end() -> None:
    source = Indexed()
    batches = StreamBatches(source, prepare)
    batches.peek()
    assert seen(batches) == [[0, 1], [2, 3], [4, 5]]
    assert (source.ended, source.asked, batches.steps) == (1, 3, 3)


def test_an_indexed_source_is_shuffled_by_pythons_seed_as_keras_does() -> None:
    random.seed(3)
    batches = StreamBatches(Indexed(), prepare, shuffle=True)
    mine = [pair[0] // 2 for _ in range(2) for pair in seen(batches)]
    random.seed(3)
    order = list(range(3))
    wanted = []
    for _ in range(2):
        random.shuffle(order)
        wanted += order
    assert mine == wanted


def test_a_generator_that_ends_too_soon_is_told_how_many_it_gave() -> None:
    with in_era("2.3"):
        batches = StreamBatches(iter([item(0)]), prepare, steps=2)
    with pytest.raises(StateError, match="must give 2 batches an epoch, got 1 batches of 2"):
        seen(batches)
    with pytest.raises(StateError, match="must give at least one batch, got none"):
        StreamBatches(iter([]), prepare).peek()


def test_an_epoch_of_keras_1_has_samples() -> None:
    batches = StreamBatches(counting(), prepare, samples=5)
    assert len(seen(batches)) == 3
    assert batches.samples == 5


SOURCES = {
    "generator": (counting, {"steps": 3}),
    "sequence": (Indexed, {"shuffle": True}),
    "sequence of more steps": (Indexed, {"shuffle": True, "steps": 5}),
    "loader": (Pairs, {"steps": 2}),
    "samples": (counting, {"samples": 5}),
}


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("stop", [1, 2])
def test_an_epoch_goes_on_where_it_was(name: str, stop: int) -> None:
    make, words = SOURCES[name]

    def begun() -> StreamBatches:
        random.seed(1)
        batches = StreamBatches(make(), prepare, watched=True, **words)  # type: ignore[arg-type]
        batches.peek()
        return batches

    whole = begun()
    wanted = [seen(whole), seen(whole)]
    stopped = begun()
    seen(stopped)
    running = stopped.epoch()
    for _ in range(stop):
        next(running)
    state, streams = stopped.state_dict(), random.getstate()
    rest = begun()
    rest.load_state_dict(state, within=True)
    random.setstate(streams)
    assert rest.given == stop
    assert seen(rest) == wanted[1][stop:]
    if make is Indexed:
        assert rest.source.ended == 2


# What tf.keras 2.15.0 did with a data set of five batches, as loss per epoch counts them.
@pytest.mark.parametrize(
    ("steps", "wanted"),
    [(3, [[0, 1, 2], [3, 4]]), (5, [[0, 1, 2, 3, 4]] * 3), (7, [[0, 1, 2, 3, 4]])],
)
def test_steps_of_a_data_set_go_on_where_the_epoch_before_stopped(
    steps: int, wanted: list[Any]
) -> None:
    class Five:
        def __iter__(self) -> Any:
            return iter([item(number) for number in range(5)])

        def __len__(self) -> int:
            return 5

    with in_era("2.15"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        batches = StreamBatches(Five(), prepare, steps=steps, goes_on=True)
        found = []
        while len(found) < 3 and not batches.ran_out:
            found.append([first for first, _ in seen(batches)])
    assert found == wanted


def test_data_that_run_out_end_the_run_with_a_warning_in_tf_keras() -> None:
    with in_era("2.15"):
        batches = StreamBatches(iter([item(0), item(1), item(2)]), prepare, steps=2)
        assert len(seen(batches)) == 2 and not batches.ran_out
        with pytest.warns(RuntimeWarning, match="must give 2 batches an epoch, got 1 .* ends here"):
            assert len(seen(batches)) == 1
        assert batches.ran_out
