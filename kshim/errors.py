"""Every error that kshim raises on purpose.

KshimError
├── ArgumentError (ValueError)      a value that cannot be used
│   ├── UnknownName                 a name that no table holds
│   ├── WrongKind (TypeError)       a value of another kind, which Keras calls a TypeError
│   └── WrongWord (AssertionError)  a word that Keras asserts to be one of a few
├── UnexpectedArgument (TypeError)  a keyword nobody declared, or one left out
├── ShapeError (ValueError)         arrays or layers that do not fit together
├── WeightError (ValueError)        weights that do not fit a layer or a model
├── MaskError (TypeError)           a mask reaches a layer that cannot use it
├── StateError (RuntimeError)       a step asked for before the step it needs
├── GraphError (ValueError)         inputs and outputs that form no graph
├── FileError (ValueError)          a file that cannot be read, or is not allowed to be
├── MissingPackage (ImportError)    an extra that is not installed
└── NotSupported (NotImplementedError)   what Keras does and kshim does not
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class KshimError(Exception):
    """Stand for everything that kshim raises on purpose."""


class ArgumentError(KshimError, ValueError):
    """Say that a value cannot be used: who was asked, what was wanted, what was given."""

    def __init__(
        self, what: str, wanted: str, given: Any, *, who: str = "", hint: str = ""
    ) -> None:
        self.what, self.wanted, self.given, self.who, self.hint = what, wanted, given, who, hint
        place = f"{who}: " if who else ""
        super().__init__(f"{place}{what} must be {wanted}, got {shown(given)}.{hint}")

    def at(self, who: str, what: str) -> ArgumentError:
        """Return the same complaint, told of the argument `what` of `who`."""
        kind = type(self)
        if kind.__init__ is not ArgumentError.__init__:
            kind = ArgumentError
        return kind(what, self.wanted, self.given, who=who, hint=self.hint)


class UnknownName(ArgumentError):
    """Say that a name stands in no table, and name the nearest that does."""


class WrongKind(ArgumentError, TypeError):
    """Say that a value is of another kind, where a script may wait for Keras's TypeError."""


class WrongWord(ArgumentError, AssertionError):
    """Say that a word is none of a few, where a script may wait for Keras's AssertionError."""


class UnexpectedArgument(KshimError, TypeError):
    """Say that a keyword is not one of a callable's, or that one it needs is missing."""


class ShapeError(KshimError, ValueError):
    """Say that arrays or layers do not fit together."""


class WeightError(KshimError, ValueError):
    """Say which weights do not fit, all of them at once."""


class MaskError(KshimError, TypeError):
    """Say that a mask reaches a layer that cannot use it."""


class StateError(KshimError, RuntimeError):
    """Say which step has to come first."""


class CallsError(StateError, AttributeError):
    """Say that a layer was called several times, or never, where one call was asked about."""


class GraphError(KshimError, ValueError):
    """Say why inputs and outputs do not form a graph."""


class FileError(KshimError, ValueError):
    """Say what is wrong with a file: its path, the entry in it, the reason."""


class MissingPackage(KshimError, ImportError):
    """Say which package to install."""

    def __init__(self, who: str, package: str, extra: str) -> None:
        super().__init__(f"{who}: needs {package}. Install it: pip install 'kshim[{extra}]'")


class NotSupported(KshimError, NotImplementedError):
    """Say what Keras does and kshim does not, and what to use instead."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the sentence that offers the known name nearest to `name`, or no text at all."""
    words = {word.lower(): word for word in sorted(known)}
    found = difflib.get_close_matches(name.lower(), words, n=1, cutoff=0.6)
    return f" Did you mean {words[found[0]]!r}?" if found else ""


def shown(value: Any) -> str:
    """Return a short text of a value for a message; arrays by kind and shape."""
    shape = getattr(value, "shape", None)
    if shape is not None and not isinstance(value, type):
        return f"{type(value).__name__} of shape {tuple(shape)}"
    text = value if isinstance(value, Shown) else repr(value)
    return text if len(text) <= 200 else f"{text[:197]}..."


class Shown(str):
    """Hold a text that a message shows as it is, without quotes."""
