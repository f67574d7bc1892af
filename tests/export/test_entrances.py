"""What a model takes in, and the data made to try it on."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from kshim.errors import ShapeError
from kshim.export.entrances import Entrance, Sizes, entrances_of, fitting_sizes, sample
from kshim.layers.core import Dense, Flatten, Input
from kshim.layers.embeddings import Embedding
from kshim.models.model import Model

CPU = torch.device("cpu")
SEQUENCE = Entrance("words", (None, None, 4), torch.float32, None)
PICTURE = Entrance("picture", (None, None, None, 3), torch.float32, None)


def test_free_axes_bear_the_names_people_give_them() -> None:
    assert SEQUENCE.axis_names(alone=True) == {0: "batch", 1: "time"}
    assert PICTURE.axis_names(alone=True) == {0: "batch", 1: "height", 2: "width"}


def test_free_axes_of_several_inputs_bear_the_inputs_names_too() -> None:
    assert SEQUENCE.axis_names(alone=False) == {0: "batch", 1: "words_time"}


def test_indices_stay_below_the_length_of_the_table_they_look_up() -> None:
    words, sizes, kind = Input((5,)), Input((4,)), Input((3,), dtype="int32")
    looked_up = Flatten()(Embedding(3, 2)(words))
    model = Model([words, sizes, kind], [looked_up, Dense(2)(sizes), Flatten()(kind)])
    entrances = entrances_of(model, ["words", "sizes", "kind"])
    assert [entrance.limit for entrance in entrances] == [3, None, 2]
    numbers = sample(entrances, 40, [(), (), ()], CPU)
    assert set(numbers[0].unique().tolist()) == {0, 1, 2}
    assert [tuple(each.shape) for each in numbers] == [(40, 5), (40, 4), (40, 3)]
    assert [each.dtype for each in numbers] == [torch.float32, torch.float32, torch.int32]


def test_the_same_data_are_made_every_time() -> None:
    first, second = (sample([SEQUENCE], 3, [(7,)], CPU)[0] for _ in range(2))
    assert torch.equal(first, second)
    assert tuple(first.shape) == (3, 7, 4)


def test_axes_are_given_unequal_sizes() -> None:
    choices = fitting_sizes([SEQUENCE, PICTURE], lambda sizes: None)
    assert choices == [[(5,), (6, 7)], [(8,), (9, 10)], [(13,), (14, 15)]]


def test_axes_that_must_be_equal_are_given_equal_sizes() -> None:
    choices = fitting_sizes([PICTURE], _equal)
    assert choices == [[(5, 5)], [(8, 8)], [(13, 13)]]


def test_a_network_that_needs_length_is_given_it() -> None:
    choices = fitting_sizes([SEQUENCE], _at_least_twenty)
    assert [size for ((size,),) in choices] == [32, 64, 96]


def test_a_model_that_runs_on_no_length_is_refused_with_the_reason() -> None:
    with pytest.raises(ShapeError, match=r"none of 5 to 2048 runs \(never\)"):
        fitting_sizes([SEQUENCE], _never)


def _equal(sizes: Sequence[Sizes]) -> None:
    ((height, width),) = sizes
    if height != width:
        raise ValueError("unequal")


def _at_least_twenty(sizes: Sequence[Sizes]) -> None:
    if sizes[0][0] < 20:
        raise ValueError("too short")


def _never(sizes: Sequence[Sizes]) -> None:
    raise ValueError("never")
