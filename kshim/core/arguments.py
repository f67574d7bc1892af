"""Declared arguments: each is spelled once, and the constructor follows from the line.

    class Dense(Layer):
        units: int = arg(whole_number(at_least=1), was="output_dim")
        use_bias: bool = arg(true_or_false, True, was="bias")

A class that inherits from `Declared` collects such lines; its constructor checks and sets them,
understands the older names and the older orders (`core/orders.py`), and `get_config` gives them
back.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from kshim.core.config import to_config
from kshim.core.eras import ERAS, ByEra, current_era, rule
from kshim.core.orders import ORDERS
from kshim.errors import ArgumentError, UnexpectedArgument, nearest

Check = Callable[[Any], Any]
REQUIRED = inspect.Parameter.empty
PACKAGE = __name__.partition(".")[0]


@dataclass(frozen=True)
class Parts:
    """Hold older words that were one argument each, and are the parts of one now."""

    words: tuple[str, ...]


Older: TypeAlias = str | Parts
_ORDERINGS = {"channels_last": "tf", "channels_first": "th"}


def parts(*words: str) -> Parts:
    """Say that an argument was several: `was=parts("nb_row", "nb_col")`."""
    return Parts(words)


@dataclass(frozen=True)
class Argument:
    """Hold what one line says: how to check a value, the default, older names."""

    check: Check
    default: Any = REQUIRED
    was: tuple[Older, ...] = ()
    since: str | None = None
    saved: bool = True
    attribute: str | None = None

    def value_by_default(self) -> Any:
        """Return the default; where it depends on the era, that of the era in force."""
        return self.default.value() if isinstance(self.default, ByEra) else self.default

    def is_known(self) -> bool:
        """Return whether the era in force has the argument."""
        return self.since is None or ERAS.index(self.since) <= ERAS.index(current_era())


def arg(
    check: Check,
    default: Any = REQUIRED,
    *,
    was: Older | tuple[Older, ...] = (),
    since: str | None = None,
    saved: bool = True,
    attribute: str | None = None,
) -> Any:
    """Declare one argument in a class body.

    Args:
        check: takes what the caller gave, returns what is kept, or raises ArgumentError.
        default: passes through `check` too; may be `by_era(...)`.
        was: older names, understood with one warning; one name may stand at several arguments,
            which all get its value.
        since: the first era that knows it; files leave it out while it is at its default.
        saved: whether `get_config` gives it back.
        attribute: where the value is kept, if the argument's own name means something else there.
    """
    older = was if isinstance(was, tuple) else (was,)
    return Argument(check, default, older, since, saved, attribute)


class Declared:
    """Collect the arguments in the class body; set them from the constructor's arguments."""

    arguments: ClassVar[Mapping[str, Argument]] = {}
    # The order of positional arguments by era, where it is not that of the declared lines.
    positions: ClassVar[Any] = None

    def __init_subclass__(cls, **options: Any) -> None:
        """Take the declared arguments out of the class body, behind those of the base classes."""
        super().__init_subclass__(**options)
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Argument)}
        for name in own:
            delattr(cls, name)  # left there it would hide a submodule of the same name
        inherited: dict[str, Argument] = {}
        for base in reversed(cls.__mro__[1:]):
            inherited |= vars(base).get("arguments", {})
        cls.arguments = inherited | own
        if cls.__module__.partition(".")[0] == PACKAGE and cls.__name__ in ORDERS:
            cls.positions = ORDERS[cls.__name__]
        if own and "__init__" not in vars(cls):
            cls.__signature__ = signature(cls.arguments)  # type: ignore[attr-defined]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set every declared argument."""
        self.set_arguments(args, kwargs)

    def set_arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Check what the caller gave, and keep each value under its argument's name."""
        self._keep_arguments(self._by_word(args, kwargs))

    def _by_word(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the caller gave by the present words; words nobody knows stay.

        Raises:
            UnexpectedArgument: for too many positional arguments, or one given twice.
        """
        who = type(self).__name__
        order = _with_parts(self.arguments, self._order(), args, kwargs)
        by_place, by_word = _parts_together(self.arguments, _by_place(who, order, args), kwargs)
        placed = present_words(self.arguments, by_place)
        named = present_words(self.arguments, by_word, warn=who)
        twice = next((name for name in named if name in placed), None)
        if twice is not None:
            raise UnexpectedArgument(f"{who}: {twice} must be given once, got it twice.")
        return placed | named

    def _keep_arguments(self, given: Mapping[str, Any]) -> None:
        """Check values given by the present words, and keep each."""
        checked = bind(type(self).__name__, self.arguments, given)
        for name, value in checked.items():
            setattr(self, self.arguments[name].attribute or name, value)

    @classmethod
    def _order(cls) -> tuple[str, ...]:
        """Return the words of the positional arguments in the era in force."""
        row = cls.positions.value() if cls.positions is not None else None
        return tuple(row or (name for name, it in cls.arguments.items() if it.is_known()))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values; `from_config` makes the same thing of them."""
        return {
            name: to_config(getattr(self, argument.attribute or name))
            for name, argument in self.arguments.items()
            if argument.saved
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """Return what `get_config` of any version described; nobody is told of new words."""
        return cls(**present_words(cls.arguments, config))


def bind(who: str, arguments: Mapping[str, Argument], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the checked value of every argument.

    Raises:
        UnexpectedArgument: for a word nobody declared, or an argument left out.
        ArgumentError: from the argument's check, with the place added.
    """
    unknown = next((word for word in given if word not in arguments), None)
    if unknown is not None:
        hint = nearest(unknown, arguments)
        raise UnexpectedArgument(
            f"{who}: keyword must be one of {', '.join(arguments)}, got {unknown!r}.{hint}"
        )
    missing = [
        name for name, it in arguments.items() if name not in given and it.default is REQUIRED
    ]
    if missing:
        raise UnexpectedArgument(f"{who}: {missing[0]} must be given, got no value.")
    return {name: _checked(who, name, argument, given) for name, argument in arguments.items()}


def present_words(
    arguments: Mapping[str, Argument], given: Mapping[str, Any], warn: str = ""
) -> dict[str, Any]:
    """Return values by the present words in the place of the older ones.

    Args:
        warn: who is told of the new words; nobody where a file is read, or a place is meant.

    Raises:
        UnexpectedArgument: for a part without the others, or a value given under both words.
    """
    found = dict(given)
    for old, names in _older(arguments).items():
        words = (old,) if isinstance(old, str) else old.words
        used = [word for word in words if word in found and word not in arguments]
        if not used:
            continue
        if len(used) < len(words):
            absent = next(word for word in words if word not in used)
            raise UnexpectedArgument(
                f"{warn or 'arguments'}: {absent} must be given beside {used[0]}, got no value."
            )
        if warn:
            _say_new_word(warn, ", ".join(words), " and ".join(names))
        values = tuple(found.pop(word) for word in words)
        for name in names:
            if name in found and warn:
                raise UnexpectedArgument(f"{warn}: {name} must be given once, got it twice.")
            found.setdefault(name, values[0] if isinstance(old, str) else values)
    return found


def signature(arguments: Mapping[str, Argument]) -> inspect.Signature:
    """Return the signature that `help` and editors show."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    ordered = sorted(arguments.items(), key=lambda item: item[1].default is not REQUIRED)
    return inspect.Signature(
        [inspect.Parameter(name, kind, default=it.default) for name, it in ordered]
        + [inspect.Parameter("options", inspect.Parameter.VAR_KEYWORD)]
    )


def _with_parts(
    arguments: Mapping[str, Argument],
    order: tuple[str, ...],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> tuple[str, ...]:
    """Return an order with older parts in the place of one argument, where Keras 2 saw them so.

    From 2.0 to 2.3 `Conv2D(32, 3, 3)` is still a window of 3 by 3; behind it, steps of 3.
    """
    if not rule("numbers_may_be_parts"):
        return order
    for name, argument in arguments.items():
        for older in argument.was:
            if isinstance(older, Parts) and name in order:
                place, words = order.index(name), older.words
                given = [isinstance(one, int) for one in args[place : place + len(words)]]
                count = given.index(False) if False in given else len(given)
                if count and all(word in kwargs for word in words[count:]):
                    return (*order[:place], *words[:count], *order[place + 1 :])
    return order


def _parts_together(
    arguments: Mapping[str, Argument], placed: Mapping[str, Any], named: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return values by place and by word, older parts by word where any of them is."""
    older = [old for argument in arguments.values() for old in argument.was]
    groups = [set(old.words) for old in older if isinstance(old, Parts)]
    moved = {w for group in groups if group & set(named) for w in group & set(placed)}
    by_word = {**named, **{word: placed[word] for word in moved}}
    return {word: value for word, value in placed.items() if word not in moved}, by_word


def _by_place(who: str, order: tuple[str, ...], args: tuple[Any, ...]) -> dict[str, Any]:
    """Return positional arguments by the words of an order."""
    if len(args) > len(order):
        raise UnexpectedArgument(
            f"{who}: positional arguments must be at most {len(order)} "
            f"({', '.join(order)}), got {len(args)}."
        )
    return dict(zip(order, args, strict=False))


def older_values(declared: Any) -> Iterator[tuple[str, Any]]:
    """Yield the values of arguments under their older names, as Keras 1 kept them."""
    for name, argument in declared.arguments.items():
        for old in argument.was if name in vars(declared) else ():
            words = old.words if isinstance(old, Parts) else (old,)
            held = vars(declared)[name]
            several = isinstance(held, tuple) and (isinstance(old, Parts) or len(held) == 1)
            for word, value in zip(words, held if several else [held], strict=False):
                yield word, _ORDERINGS.get(value, value) if word == "dim_ordering" else value


def _older(arguments: Mapping[str, Argument]) -> dict[Older, list[str]]:
    """Return the arguments that each older word, or group of words, stands for."""
    found: dict[Older, list[str]] = {}
    for name, argument in arguments.items():
        for old in argument.was:
            found.setdefault(old, []).append(name)
    return found


def _checked(who: str, name: str, argument: Argument, given: Mapping[str, Any]) -> Any:
    if name not in given:
        return argument.check(argument.value_by_default())
    try:
        return argument.check(given[name])
    except ArgumentError as error:
        raise error.at(who, name) from None


def _say_new_word(who: str, old: str, new: str) -> None:
    told = f"{old} are old words" if "," in old else f"{old} is an old word"
    warnings.warn(f"{who}: {told} for {new}.", OldWord, stacklevel=7)


class OldWord(UserWarning):
    """Tell that an older name of an argument was understood, and name the new one."""
