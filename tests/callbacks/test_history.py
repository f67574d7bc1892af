"""History: a list of numbers for each name, and the epochs."""

from __future__ import annotations

from kshim.callbacks import History
from kshim.training.tracking import Logs


def test_every_epoch_is_kept_and_a_new_run_begins_anew() -> None:
    history = History()
    for _ in range(2):
        history.on_train_begin()
        history.on_epoch_end(3, Logs(loss=2.0))
        history.on_epoch_end(4, {"loss": 1.0, "val_loss": 5.0})
    assert history.epoch == [3, 4]
    assert history.history == {"loss": [2.0, 1.0], "val_loss": [5.0]}
