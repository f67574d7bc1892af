import numpy as np
import pytest

from kshim.errors import ArgumentError
from kshim.utils.generic import (
    check_for_unexpected_keys,
    func_dump,
    func_load,
    is_all_none,
    object_list_uid,
    slice_arrays,
    to_list,
    transpose_shape,
    unpack_singleton,
)


def test_lists_of_one_and_back() -> None:
    assert to_list(3) == [3]
    assert to_list((1, 2)) == [(1, 2)]
    assert to_list((1, 2), allow_tuple=True) == [1, 2]
    assert unpack_singleton([3]) == 3
    assert unpack_singleton([1, 2]) == [1, 2]
    assert is_all_none((None, None)) and not is_all_none([None, 0])


def test_the_same_objects_have_the_same_text() -> None:
    one, other = object(), object()
    assert object_list_uid([one, other]) == object_list_uid([one, other])
    assert object_list_uid(one) != object_list_uid(other)


def test_rows_are_cut_out_of_each_array() -> None:
    x = np.arange(6).reshape(3, 2)
    assert slice_arrays([x, None], 1, 3)[0].tolist() == [[2, 3], [4, 5]]
    assert slice_arrays([x, None], 1)[1] is None
    assert slice_arrays(x, [2, 0]).tolist() == [[4, 5], [0, 1]]
    with pytest.raises(ArgumentError, match="stop None"):
        slice_arrays(x, [0], 2)


def test_shapes_change_their_layout() -> None:
    assert transpose_shape((2, 3, 4, 5), "channels_first", (1, 2)) == (2, 5, 3, 4)
    assert transpose_shape((2, 3, 4, 5), "channels_last", (1, 2)) == (2, 3, 4, 5)
    with pytest.raises(ArgumentError, match="channels_first"):
        transpose_shape((2, 3), "middle", (1,))


def test_a_function_comes_back_with_its_defaults_and_what_it_closes_over() -> None:
    outer = 5

    def add(x: int, y: int = 2) -> int:
        return x + y + outer

    assert func_load(func_dump(add))(1) == 8
    code, _, closure = func_dump(add)
    assert func_load(code, defaults=(3,), closure=closure)(1) == 9


def test_a_key_nobody_expects_is_named() -> None:
    with pytest.raises(ArgumentError, match=r"also \['c'\]"):
        check_for_unexpected_keys("loss", {"a": 1, "c": 2}, ["a", "b"])
