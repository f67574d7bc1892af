"""tf.train's queues: batches in order, mixed batches, and what stands for their threads."""

from __future__ import annotations

import numpy as np
import pytest

from kshim import backend as K
from kshim.compat.tensorflow import queues
from kshim.core.eras import in_era
from kshim.errors import NotSupported

X = np.arange(10, dtype="float32").reshape(5, 2)
LABELS = np.arange(5, dtype="int32")


def test_batches_come_in_order_and_begin_again() -> None:
    with in_era("2.2"):
        x, labels = queues.batch([X, LABELS], 3, enqueue_many=True)
        assert x.shape == (3, 2) and labels.shape == (3,)
        session = K.get_session()
        rows = [session.run([x, labels]) for _ in range(2)]
    np.testing.assert_array_equal(np.concatenate([row[1] for row in rows]), [0, 1, 2, 3, 4, 0])
    np.testing.assert_array_equal(rows[1][0], X[[3, 4, 0]])


def test_a_mixed_batch_keeps_samples_and_labels_together() -> None:
    with in_era("2.2"):
        found = queues.shuffle_batch({"x": X, "y": LABELS}, 4, 50, 20, enqueue_many=True, seed=3)
        session = K.get_session()
        rows = [session.run(found) for _ in range(10)]
    for row in rows:
        np.testing.assert_array_equal(row["x"], X[row["y"]])
    seen = np.concatenate([row["y"] for row in rows])
    assert set(seen) == set(range(5)) and list(seen[:5]) != list(range(5))


def test_without_enqueue_many_tensors_are_one_sample() -> None:
    with in_era("2.2"):
        [x] = queues.batch([X], 2)
        assert K.get_session().run(x).shape == (2, 5, 2)


def test_there_are_no_threads() -> None:
    waiter = queues.Coordinator()
    assert queues.start_queue_runners(None, waiter) == [] and not waiter.should_stop()
    waiter.request_stop()
    waiter.join([])
    assert waiter.should_stop()
    with pytest.raises(NotSupported, match="no queues"):
        queues.QueueRunner(None, [])
