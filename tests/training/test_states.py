"""States: plain values are copied and put back into the objects that stand there."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from kshim import backend as K
from kshim.optimizers.hyper import Hyper
from kshim.training import states
from kshim.training.states import (
    Attributes,
    NotPlain,
    put_into,
    random_states,
    same,
    set_random_states,
    tree_of,
)

PLAIN = [
    None, True, 3, 2.5, 1j, "text", b"bytes", float("inf"), [1, [2]], (1, "a"), {1, 2},
    {"a": 1, 2: (3,)}, np.arange(3), np.float32(1.5), np.array("word"), torch.ones(2, 3),
]  # fmt: skip


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_a_tree_is_a_copy(value: Any) -> None:
    tree = tree_of(value)
    assert same(tree, tree_of(value))
    assert type(tree) is type(value)
    if isinstance(value, np.ndarray | torch.Tensor | list | dict):
        assert tree is not value


@pytest.mark.parametrize("value", [object(), [object()], lambda: 1, torch.nn.Linear(1, 1), open])
def test_what_is_not_plain_has_no_tree(value: Any) -> None:
    with pytest.raises(NotPlain):
        tree_of(value)


def test_a_list_in_itself_has_no_tree() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(NotPlain):
        tree_of(value)


def test_what_is_larger_than_the_room_has_no_tree() -> None:
    with pytest.raises(NotPlain):
        tree_of([np.zeros(10), np.zeros(10)], limit=100)


def draws(stream: Any) -> Any:
    return [stream.random() for _ in range(3)]


STREAMS = {
    "random": lambda: random.Random(3),
    "RandomState": lambda: np.random.RandomState(3),
    "Generator": lambda: np.random.default_rng(3),
}


@pytest.mark.parametrize("make", STREAMS.values(), ids=STREAMS)
def test_a_stream_goes_on_where_it_was(make: Any) -> None:
    stream = make()
    draws(stream)
    tree, wanted = tree_of(stream), draws(stream)
    there = make()
    assert put_into(there, tree) is there
    assert draws(there) == wanted
    assert draws(put_into(None, tree)) == wanted


def test_a_stream_of_torch_goes_on_where_it_was() -> None:
    stream = torch.Generator().manual_seed(3)
    tree, wanted = tree_of(stream), torch.rand(3, generator=stream)
    assert torch.equal(torch.rand(3, generator=put_into(torch.Generator(), tree)), wanted)


def test_variables_and_numbers_of_optimizers_keep_their_place() -> None:
    variable, number = K.variable(np.ones(2)), Hyper(3)
    kept = [tree_of(variable), tree_of(number)]
    K.set_value(variable, np.zeros(2))
    number.assign(5)
    assert put_into(variable, kept[0]) is variable
    assert put_into(number, kept[1]) is number
    np.testing.assert_array_equal(K.get_value(variable), [1, 1])
    assert number.value == 3


def test_lists_dicts_and_arrays_keep_their_place() -> None:
    values = [[1, 2, 3], {"a": [1]}, np.arange(3)]
    trees = [tree_of(value) for value in values]
    values[0].append(4)  # type: ignore[attr-defined]
    values[1]["b"] = 2  # type: ignore[index]
    values[2][:] = 0  # type: ignore[index]
    for value, tree in zip(values, trees, strict=True):
        assert put_into(value, tree) is value
        assert same(tree_of(value), tree)


def test_attributes_that_changed_are_told_and_put_back() -> None:
    owner = SimpleNamespace(count=0, kept=1, best=None, order=[1, 2], odd=object(), flag=False)
    watched = Attributes(owner, ("kept",))
    owner.count, owner.kept, owner.best, owner.new = 5, 6, np.ones(2), "new"
    owner.order.reverse()
    changed = watched.changed()
    assert changed.keys() == {"count", "best", "order", "new"}
    other = SimpleNamespace(count=0, kept=1, best=None, order=[1, 2], odd=object(), flag=False)
    again = Attributes(other, ("kept",))
    other.flag = True  # as it was when noted, in the run that is taken up
    again.put_back(changed)
    assert (other.count, other.kept, other.order, other.new, other.flag) == (
        5, 1, [2, 1], "new", False,
    )  # fmt: skip
    np.testing.assert_array_equal(other.best, [1, 1])


def test_what_is_large_at_the_beginning_is_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "LARGEST", room := 4000)
    owner = SimpleNamespace(
        x=np.zeros((room // 8, 9), "uint8"), small=np.zeros(2), order=np.arange(room // 4),
        names=[f"{number:099}" for number in range(room // 50)],
    )  # fmt: skip
    watched = Attributes(owner)
    owner.x[0] = owner.small[0] = owner.order[0] = 1
    owner.names.reverse()
    assert watched.changed().keys() == {"small", "order", "names"}


def test_the_streams_of_the_process_go_on_where_they_were() -> None:
    states = random_states()
    wanted = [random.random(), np.random.random(), torch.rand(2)]
    set_random_states(states)
    assert same([random.random(), np.random.random(), torch.rand(2)], wanted)
