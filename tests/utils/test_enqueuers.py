import time
from collections.abc import Iterator

import pytest

from kshim.utils.enqueuers import GeneratorEnqueuer, OrderedEnqueuer
from kshim.utils.sequences import Sequence


class Numbers(Sequence):
    rounds = 0

    def __len__(self) -> int:
        return 5

    def __getitem__(self, index: int) -> int:
        return 10 * self.rounds + index

    def on_epoch_end(self) -> None:
        self.rounds += 1


class Faulty(Numbers):
    def __getitem__(self, index: int) -> int:
        raise IndexError(index)


def test_batches_come_in_order_round_after_round() -> None:
    enqueuer = OrderedEnqueuer(Numbers())
    enqueuer.start(workers=3, max_queue_size=4)
    batches = enqueuer.get()
    assert [next(batches) for _ in range(7)] == [0, 1, 2, 3, 4, 10, 11]
    enqueuer.stop()
    assert not enqueuer.is_running()


def test_what_a_batch_raises_reaches_the_reader() -> None:
    enqueuer = OrderedEnqueuer(Faulty())
    enqueuer.start()
    with pytest.raises(IndexError):
        next(enqueuer.get())


def test_a_generator_is_read_ahead_to_its_end() -> None:
    def numbers() -> Iterator[int]:
        yield from range(3)

    enqueuer = GeneratorEnqueuer(numbers())
    enqueuer.start()
    assert list(enqueuer.get()) == [0, 1, 2]
    enqueuer.stop()


def test_the_end_of_a_round_can_be_waited_for_once_its_batches_are_taken() -> None:
    class Shrinking(Sequence):
        ended = 0

        def __len__(self) -> int:
            return 4 - 2 * self.ended

        def __getitem__(self, number: int) -> int:
            return number * (1 + self.ended)

        def on_epoch_end(self) -> None:
            time.sleep(0.05)
            self.ended += 1

    source = Shrinking()
    enqueuer = OrderedEnqueuer(source)
    enqueuer.start(2, 10)
    batches = enqueuer.get()
    assert [next(batches) for _ in range(4)] == [0, 1, 2, 3]
    enqueuer.join_end_of_epoch()
    assert (source.ended, len(source)) == (1, 2)
    assert [next(batches) for _ in range(2)] == [0, 2]
    enqueuer.stop()
