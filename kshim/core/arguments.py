"""Declared arguments: each is spelled once, and the constructor follows from the line.

    class Dense(Layer):
        units: int = arg(whole_number(at_least=1), was="output_dim")
        use_bias: bool = arg(true_or_false, True, was="bias")

A class that inherits from `Declared` collects such lines; its constructor checks and sets them,
understands the older names, and `get_config` gives them back.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from kshim.core.config import to_config
from kshim.core.eras import ByEra
from kshim.errors import ArgumentError, UnexpectedArgument, nearest

Check = Callable[[Any], Any]
REQUIRED = inspect.Parameter.empty


@dataclass(frozen=True)
class Argument:
    """Hold what one line says: how to check a value, the default, older names."""

    check: Check
    default: Any = REQUIRED
    was: tuple[str, ...] = ()
    since: str | None = None
    saved: bool = True
    name: str = field(default="", compare=False)

    def value_by_default(self) -> Any:
        """Return the default; where it depends on the era, that of the era in force."""
        return self.default.value() if isinstance(self.default, ByEra) else self.default


def arg(
    check: Check,
    default: Any = REQUIRED,
    *,
    was: str | tuple[str, ...] = (),
    since: str | None = None,
    saved: bool = True,
) -> Any:
    """Declare one argument in a class body.

    Args:
        check: takes what the caller gave, returns what is kept, or raises ArgumentError.
        default: passes through `check` too; may be `by_era(...)`.
        was: older names, understood with one warning.
        since: the first era that knows it; files leave it out while it is at its default.
        saved: whether `get_config` gives it back.
    """
    return Argument(check, default, (was,) if isinstance(was, str) else was, since, saved)


class Declared:
    """Collect the arguments in the class body; set them from the constructor's arguments."""

    arguments: ClassVar[Mapping[str, Argument]] = {}

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
        if own and "__init__" not in vars(cls):
            cls.__signature__ = signature(cls.arguments)  # type: ignore[attr-defined]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set every declared argument."""
        self.set_arguments(args, kwargs)

    def set_arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Check what the caller gave, and keep each value under its argument's name."""
        for name, value in bind(type(self).__name__, self.arguments, args, kwargs).items():
            setattr(self, name, value)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values; `from_config` makes the same thing of them."""
        return {
            name: to_config(getattr(self, name))
            for name, argument in self.arguments.items()
            if argument.saved
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """Return what `get_config` described."""
        return cls(**config)


def bind(
    who: str,
    arguments: Mapping[str, Argument],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the checked value of every argument.

    Raises:
        UnexpectedArgument: for a keyword nobody declared, one given twice, or one left out.
        ArgumentError: from the argument's check, with the place added.
    """
    given = _named(who, arguments, args, kwargs)
    missing = [
        name for name, it in arguments.items() if name not in given and it.default is REQUIRED
    ]
    if missing:
        raise UnexpectedArgument(f"{who}: {missing[0]} must be given, got no value.")
    return {name: _checked(who, name, argument, given) for name, argument in arguments.items()}


def signature(arguments: Mapping[str, Argument]) -> inspect.Signature:
    """Return the signature that `help` and editors show."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    ordered = sorted(arguments.items(), key=lambda item: item[1].default is not REQUIRED)
    return inspect.Signature(
        [inspect.Parameter(name, kind, default=it.default) for name, it in ordered]
        + [inspect.Parameter("options", inspect.Parameter.VAR_KEYWORD)]
    )


def _named(
    who: str,
    arguments: Mapping[str, Argument],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the given values under their present names."""
    if len(args) > len(arguments):
        raise UnexpectedArgument(
            f"{who}: positional arguments must be at most {len(arguments)} "
            f"({', '.join(arguments)}), got {len(args)}."
        )
    given = dict(zip(arguments, args, strict=False))
    present = {old: name for name, argument in arguments.items() for old in argument.was}
    for key, value in kwargs.items():
        name = present.get(key, key)
        if name not in arguments:
            hint = nearest(key, arguments)
            raise UnexpectedArgument(
                f"{who}: keyword must be one of {', '.join(arguments)}, got {key!r}.{hint}"
            )
        if name in given:
            raise UnexpectedArgument(f"{who}: {name} must be given once, got it twice.")
        if name != key:
            _say_new_word(who, key, name)
        given[name] = value
    return given


def _checked(who: str, name: str, argument: Argument, given: Mapping[str, Any]) -> Any:
    if name not in given:
        return argument.check(argument.value_by_default())
    try:
        return argument.check(given[name])
    except ArgumentError as error:
        raise error.at(who, name) from None


def _say_new_word(who: str, old: str, new: str) -> None:
    warnings.warn(f"{who}: {old} is an old word for {new}.", OldWord, stacklevel=6)


class OldWord(UserWarning):
    """Tell that an older name of an argument was understood, and name the new one."""
