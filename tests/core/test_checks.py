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
