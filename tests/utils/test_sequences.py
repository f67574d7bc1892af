"""`Sequence`, the data set of numbered batches."""

from __future__ import annotations

import pytest

from kshim.errors import NotSupported
from kshim.utils.sequences import Sequence


class Squares(Sequence):
    def __getitem__(self, index: int) -> int:
        return index * index

    def __len__(self) -> int:
        return 4


def test_it_yields_its_batches_in_order() -> None:
    assert [*Squares()] == [0, 1, 4, 9]
    assert Squares().on_epoch_end() is None


def test_what_a_subclass_must_define_is_named() -> None:
    with pytest.raises(NotSupported, match=r"Sequence: must define __len__"):
        len(Sequence())
    with pytest.raises(NotSupported, match=r"Sequence: must define __getitem__"):
        Sequence()[0]
