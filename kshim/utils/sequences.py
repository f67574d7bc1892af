"""Data read batch by batch from an object that knows how many batches it has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kshim.errors import NotSupported


class Sequence:
    """Stand for a data set of numbered batches; subclass it and give the first two methods.

    `fit`, `evaluate` and `predict` read batch 0 to `len(self) - 1`, in any order, and call
    `on_epoch_end` after each round. Where a run is kept (`BackupAndRestore`), so are the attributes
    that change in it and hold plain values, such as an order; for others, define `state_dict()`
    and `load_state_dict(state)`.
    """

    use_sequence_api = True

    def __getitem__(self, index: int) -> Any:
        """Return batch number `index`: inputs, (inputs, targets) or with weights third."""
        raise NotSupported(f"{type(self).__name__}: must define __getitem__(self, index).")

    def __len__(self) -> int:
        """Return the number of batches."""
        raise NotSupported(f"{type(self).__name__}: must define __len__(self).")

    def on_epoch_end(self) -> None:
        """Run after every epoch; a subclass shuffles here."""

    def __iter__(self) -> Iterator[Any]:
        """Yield every batch once."""
        return (self[index] for index in range(len(self)))
