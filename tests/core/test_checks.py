"""Checks of arguments: what each takes, what it makes of it, what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim.core import checks
from kshim.core.settings import image_data_format
from kshim.errors import ArgumentError

TAKEN: list[tuple[Any, Any, Any]] = [
    (checks.whole_number(), 3.0, 3),
    (checks.whole_number(), np.int64(4), 4),
    (checks.number(), np.float32(0.5), 0.5),
    (checks.number(), 2, 2),
    (checks.true_or_false, 1, True),
    (checks.true_or_false, np.bool_(False), False),
    (checks.text, "word", "word"),
    (checks.one_of("valid", "same"), "SAME", "same"),
    (checks.one_of(1, 2), 2, 2),
    (checks.optional(checks.text), None, None),
    (checks.numbers(2), 3, (3, 3)),
    (checks.numbers(2), [2, 3], (2, 3)),
    (checks.shape, [None, 3], (None, 3)),
    (checks.shape, 4, (4,)),
    (checks.data_format, "th", "channels_first"),
    (checks.data_format, None, image_data_format()),
    (checks.function, len, len),
    (checks.sizes(0), [None, 0, 3], (None, 0, 3)),
    (checks.sizes(1, count=2), (2, 3), (2, 3)),
    (checks.several_whole_numbers, -1, (-1,)),
    (checks.several_whole_numbers, np.array([1, 2]), (1, 2)),
    (checks.several(checks.number(), "numbers"), (1.5, 2), [1.5, 2]),
    (checks.shape_or_function, len, len),
    (checks.shape_or_function, [2, None], (2, None)),
    (checks.shape_or_function, [(2,), (3, 4)], [(2,), (3, 4)]),
]
REFUSED: list[tuple[Any, Any, str]] = [
    (checks.whole_number(), 2.5, "a whole number"),
    (checks.whole_number(), True, "a whole number"),
    (checks.whole_number(at_least=1), 0, "of at least 1"),
    (checks.number(0), -1.0, "at least 0"),
    (checks.number(at_most=1), 2, "at most 1"),
    (checks.number(), "3", "a number"),
    (checks.true_or_false, 2, "True or False"),
    (checks.text, 3, "a text"),
    (checks.one_of("valid", "same"), "sane", "Did you mean 'same'?"),
    (checks.numbers(2), (1, 2, 3), "2 of them"),
    (checks.numbers(2), (0, 1), "each at least 1"),
    (checks.shape, "ab", "a tuple of whole numbers"),
    (checks.data_format, "sideways", "channels_last"),
    (checks.function, 3, "a function"),
    (checks.whole_number(), float("nan"), "a whole number"),
    (checks.whole_number(), float("inf"), "a whole number"),
    (checks.whole_number(), 10**30, "in 64 bits"),
    (checks.number(0, 1), float("nan"), "between 0 and 1"),
    (checks.numbers(1), b"x", "a whole number"),
    (checks.sizes(1), (2, 0), "of at least 1 or None"),
    (checks.sizes(1), "ab", "of at least 1 or None"),
    (checks.sizes(1, unknown=False), (2, None), "of whole numbers of at least 1, got"),
    (checks.sizes(1, count=4), (2, 3), "a tuple of 4 whole numbers"),
    (checks.several_whole_numbers, [], "a whole number or several"),
    (checks.several_whole_numbers, [1, "x"], "a whole number or several"),
    (checks.several(checks.number(), "two numbers", count=2), [1], "two numbers"),
    (checks.several(checks.number(), "numbers"), "12", "numbers"),
    (checks.shape_or_function, "x", "a shape or a function"),
    (checks.shape_or_function, [1, (2,)], "a shape or a function"),
]


@pytest.mark.parametrize(("check", "given", "kept"), TAKEN)
def test_a_check_gives_what_is_kept(check: Any, given: Any, kept: Any) -> None:
    found = check(given)
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(("check", "given", "told"), REFUSED)
def test_a_check_refuses_and_says_what_it_wants(check: Any, given: Any, told: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        check(given)
    assert told in str(caught.value)
