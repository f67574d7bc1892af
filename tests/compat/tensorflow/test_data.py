from typing import Any

import numpy as np
import pytest
import torch

from kshim.compat.tensorflow.data import AUTOTUNE, Dataset, TFRecordDataset
from kshim.errors import ArgumentError, NotSupported
from kshim.layers import Dense
from kshim.models import Sequential

X = np.arange(10, dtype="float32").reshape(5, 2)


def values(dataset: Any) -> list[Any]:
    return [one.tolist() if hasattr(one, "tolist") else one for one in dataset.as_numpy_iterator()]


def test_rows_come_in_the_form_of_their_arrays() -> None:
    rows = list(Dataset.from_tensor_slices((X, {"y": np.arange(5)})))
    assert len(rows) == 5
    first, named = rows[1]
    assert first.tolist() == [2.0, 3.0] and int(named["y"]) == 1
    with pytest.raises(ArgumentError, match="as many rows"):
        Dataset.from_tensor_slices((X, np.arange(4)))


def test_batches_repeat_take_and_skip() -> None:
    numbers = Dataset.range(5)
    assert values(numbers.batch(2)) == [[0, 1], [2, 3], [4]]
    assert values(numbers.batch(2, drop_remainder=True)) == [[0, 1], [2, 3]]
    assert values(numbers.repeat(2).skip(3).take(3)) == [3, 4, 0]
    assert (len(numbers.batch(2)), len(numbers.repeat(3)), len(numbers.skip(7))) == (3, 15, 0)
    assert int(numbers.repeat().cardinality()) == -1
    assert values(numbers.batch(2).unbatch()) == [0, 1, 2, 3, 4]
    with pytest.raises(TypeError, match="must be known"):
        len(numbers.filter(lambda one: one > 2))


def test_functions_see_a_tuples_parts_and_work_lazily() -> None:
    seen: list[int] = []

    def double(one: Any, other: Any) -> Any:
        seen.append(int(one))
        return one * 2, other

    made = Dataset.zip((Dataset.range(4), Dataset.range(9))).map(double, AUTOTUNE).prefetch(1)
    assert seen == []
    assert [int(one) for one, _ in made.take(2)] == [0, 2]
    assert seen == [0, 1]
    assert values(Dataset.range(6).filter(lambda one: one % 2 == 0)) == [0, 2, 4]
    assert values(Dataset.range(2).concatenate(Dataset.range(1))) == [0, 1, 0]
    assert int(Dataset.range(4).reduce(0, lambda state, one: state + one)) == 6


def test_shuffling_repeats_with_its_seed_and_loses_nothing() -> None:
    mixed = Dataset.range(20).shuffle(5, seed=3, reshuffle_each_iteration=False)
    assert values(mixed) == values(mixed) != list(range(20))
    assert sorted(values(mixed)) == list(range(20))
    again = Dataset.range(20).shuffle(20, seed=3)
    assert values(again) != values(again)


def test_batches_of_different_lengths_are_filled_up() -> None:
    rows = Dataset.from_generator(lambda: iter([[1], [2, 3], [4]]))
    assert values(rows.padded_batch(2)) == [[[1, 0], [2, 3]], [[4]]]


def test_a_model_trains_on_one() -> None:
    model = Sequential([Dense(1, input_dim=2)])
    model.compile("sgd", "mse")
    dataset = Dataset.from_tensor_slices((X, X[:, :1])).shuffle(5).batch(2)
    history = model.fit(dataset, epochs=2, verbose=0)
    assert len(history.history["loss"]) == 2
    assert model.predict(Dataset.from_tensor_slices(X).batch(2)).shape == (5, 1)
    model.fit(dataset.repeat(), steps_per_epoch=4, verbose=0)


def test_records_are_refused() -> None:
    with pytest.raises(NotSupported, match="records cannot be read"):
        TFRecordDataset("file")
    assert isinstance(next(iter(Dataset.range(1))), torch.Tensor)


def test_an_element_has_shapes_and_types() -> None:
    pairs = Dataset.from_tensor_slices({"x": np.ones((5, 3), "float32"), "y": np.arange(5)})
    spec = pairs.batch(2).element_spec
    assert spec["x"].shape == (None, 3) and spec["x"].dtype == torch.float32
    assert pairs.element_spec["y"].shape == () and pairs.element_spec["y"].dtype == torch.int64
    assert pairs.batch(2, drop_remainder=True).element_spec["x"].shape == (2, 3)


def numbers(data: Any) -> list[int]:
    return [int(one) for one in data]


def test_data_sets_take_turns() -> None:
    # As TensorFlow 2.15.1 gave them.
    six = Dataset.range(6).interleave(lambda x: Dataset.from_tensors(x).repeat(3), cycle_length=2)
    assert numbers(six) == [0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3, 4, 5, 4, 5, 4, 5]
    longer = Dataset.range(5).interleave(
        lambda x: Dataset.from_tensors(x).repeat(int(x) + 1), cycle_length=3, block_length=2
    )
    assert numbers(longer) == [0, 1, 1, 2, 2, 3, 3, 2, 3, 3, 4, 4, 4, 4, 4]


def test_windows_are_data_sets() -> None:
    seven = Dataset.range(7)
    assert [numbers(one) for one in seven.window(3)] == [[0, 1, 2], [3, 4, 5], [6]]
    whole = [numbers(one) for one in seven.window(3, shift=2, drop_remainder=True)]
    assert whole == [[0, 1, 2], [2, 3, 4], [4, 5, 6]]
    apart = [numbers(one) for one in seven.window(2, shift=3, stride=2, drop_remainder=True)]
    assert apart == [[0, 2], [3, 5]]
    pairs = Dataset.zip((Dataset.range(3), Dataset.range(3, 6))).window(2)
    assert [(numbers(a), numbers(b)) for a, b in pairs] == [([0, 1], [3, 4]), ([2], [5])]
    rows = seven.window(4, 1, drop_remainder=True).flat_map(lambda one: one.batch(4))
    assert [row.tolist() for row in rows][-1] == [3, 4, 5, 6]


def test_elements_are_left_out_and_carried_along() -> None:
    assert numbers(Dataset.range(9).take_while(lambda x: x < 4)) == [0, 1, 2, 3]
    assert numbers(Dataset.from_tensor_slices([1, 2, 1, 3, 2]).unique()) == [1, 2, 3]
    summed = Dataset.range(4).scan(0, lambda total, x: (total + x, total + x))
    assert numbers(summed) == [0, 1, 3, 6]
    assert [len(one) for one in Dataset.range(7).batch(2).rebatch(3)] == [3, 3, 1]
    assert list(Dataset.range(2).enumerate().as_numpy_iterator()) == [(0, 0), (1, 1)]


def test_windows_of_data_without_an_end_are_given_one_by_one() -> None:
    # As TensorFlow 2.15.1 gave them.
    ever = Dataset.range(5).repeat()
    assert [numbers(one) for one in ever.window(2, shift=3).take(3)] == [[0, 1], [3, 4], [1, 2]]
    assert numbers(ever.unique().take(5)) == [0, 1, 2, 3, 4]
