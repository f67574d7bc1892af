"""Declared arguments: checks, defaults, older names, configs, and what is refused."""

from __future__ import annotations

import inspect

import pytest

from kshim.core.arguments import Declared, OldWord, arg
from kshim.core.checks import number, true_or_false, whole_number
from kshim.core.eras import by_era, in_era
from kshim.errors import ArgumentError, UnexpectedArgument


class Brick(Declared):
    """Hold three arguments."""

    width: int = arg(whole_number(at_least=1), was="size")
    weight: float = arg(number(0, 9), by_era({"1.2": 1.0, "2.3": 2.0}))
    hollow: bool = arg(true_or_false, False, saved=False)


class Tile(Brick):
    """Add one of its own."""

    colour: int = arg(whole_number(), 7)


def test_arguments_go_by_place_and_by_name() -> None:
    brick = Brick(3, 4.0, hollow=True)
    assert (brick.width, brick.weight, brick.hollow) == (3, 4.0, True)


def test_a_subclass_puts_its_arguments_behind_those_of_its_base() -> None:
    assert list(Tile.arguments) == ["width", "weight", "hollow", "colour"]
    assert Tile(3, 4.0, True, 5).colour == 5


def test_a_declared_argument_leaves_the_class_body() -> None:
    assert "width" not in vars(Brick)
    assert list(inspect.signature(Brick).parameters)[:2] == ["width", "weight"]


def test_the_config_leaves_out_what_is_not_saved_and_makes_the_same_thing() -> None:
    config = Tile(3, colour=5).get_config()
    assert config == {"width": 3, "weight": 2.0, "colour": 5}
    assert Tile.from_config(config).get_config() == config


@pytest.mark.parametrize(("era", "weight"), [("1.2", 1.0), ("2.2", 1.0), ("2.3", 2.0), ("3", 2.0)])
def test_a_default_may_depend_on_the_era(era: str, weight: float) -> None:
    with in_era(era):
        assert Brick(1).weight == weight


def test_an_older_name_is_understood_with_one_warning() -> None:
    with pytest.warns(OldWord, match="Brick: size is an old word for width"):
        assert Brick(size=3).width == 3


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda: Brick(), UnexpectedArgument, "Brick: width must be given, got no value."),
        (lambda: Brick(1, widht=2), UnexpectedArgument, "got 'widht'. Did you mean 'width'?"),
        (lambda: Brick(1, width=2), UnexpectedArgument, "Brick: width must be given once"),
        (lambda: Brick(1, 2, True, 4), UnexpectedArgument, "at most 3 (width, weight, hollow)"),
        (lambda: Brick(0), ArgumentError, "Brick: width must be a whole number of at least 1, "),
        (lambda: Brick(1, 10), ArgumentError, "weight must be a number between 0 and 9, got 10."),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(call, error, told: str) -> None:
    with pytest.raises(error) as caught:
        call()
    assert told in str(caught.value)
