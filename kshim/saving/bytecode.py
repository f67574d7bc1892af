"""Bytecode: a function of the user's own, as Kerases put it into files; run only when told to.

Kerases store the compiled code of a lambda, which only the Python that compiled it can run. Unless
`load_model` is called with `safe_mode=False`, such code is refused before it is decoded.

Source: files of Keras 1.2.2 to tf.keras 2.15 and Keras 3; Python's marshal and dis modules.
"""

from __future__ import annotations

import base64
import binascii
import builtins
import dis
import importlib
import marshal
import sys
from collections.abc import Callable, Iterator, Mapping
from types import CellType, CodeType, FunctionType
from typing import Any

from kshim.core.registry import custom_objects
from kshim.core.scoped import Scoped
from kshim.errors import FileError

# Whether the user said that code in the file being loaded is to be run.
TRUSTED: Scoped[bool] = Scoped("trusted", False)

# What Kerases find under these names when code from a file runs; the last two where the program
# has them. The backend stands on a floor above this one, and is brought in by what asks for it.
ALWAYS = {"K": "kshim.backend", "np": "numpy"}
WHERE_IMPORTED = {"tf": "tensorflow", "keras": "keras"}


def is_bytecode(stored: Any, kind: Any = "lambda") -> bool:
    """Return whether an entry of a config is code, in the words of any Keras.

    Args:
        stored: the entry.
        kind: what stands beside it under its name with `_type`.
    """
    if isinstance(stored, Mapping):
        return stored.get("class_name") == "__lambda__"
    listed = isinstance(stored, list | tuple) and len(stored) == 3 and isinstance(stored[0], str)
    return listed and kind == "lambda"


def with_functions(config: Any, where: str) -> Any:
    """Return a config with the functions that its own code makes.

    Args:
        config: of one object; what stands deeper in it stays as it is.
        where: named in messages.

    Raises:
        FileError: when the code is not of this Python, or damaged.
    """
    if not isinstance(config, Mapping):
        return config
    made = dict(config)
    for key, stored in config.items():
        if is_bytecode(stored, config.get(f"{key}_type")):
            made[key] = function_of(stored, f"{where}: {key} of {config.get('name')!r}")
            made.pop(f"{key}_type", None)
    return made


def function_of(stored: Any, where: str) -> Callable[..., Any]:
    """Return the function that stands in a file as code, its defaults and what it closes over.

    Raises:
        FileError: when the code is not of this Python, or damaged.
    """
    parts = stored["config"] if isinstance(stored, Mapping) else stored
    if isinstance(parts, Mapping):
        parts = [parts.get("code"), parts.get("defaults"), parts.get("closure")]
    text, defaults, closure = parts
    code = _code(text, where)
    cells = tuple(CellType(_as_tuples(it)) for it in closure or ())
    if len(cells) != len(code.co_freevars):
        needed = len(code.co_freevars)
        raise FileError(f"{where} must close over {needed} values, got {len(cells)}.")
    given = _as_tuples(defaults) if defaults is not None else None
    return FunctionType(code, _surroundings(), code.co_name, given, cells)


def _code(text: Any, where: str) -> CodeType:
    """Return the code in a text, checked as far as code can be."""
    version = ".".join(str(number) for number in sys.version_info[:2])
    content = _bytes(text)
    try:
        code = marshal.loads(content)
    except (ValueError, TypeError, EOFError, RecursionError, MemoryError, SystemError):
        code = None
    if not isinstance(code, CodeType) or not all(_runs_here(it, content) for it in _within(code)):
        raise FileError(
            f"{where} must be bytecode of Python {version}, got that of another, or damaged: "
            "supply the function itself through custom_objects, by the name of its layer."
        )
    return code


def _bytes(text: Any) -> bytes:
    """Return the bytes in a text: base64, or a letter a byte in Keras 1 and the first of 2."""
    try:
        return base64.b64decode("".join(str(text).split()).encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return str(text).encode("raw_unicode_escape")


def _within(code: CodeType) -> Iterator[CodeType]:
    """Yield a code and all that are made inside it."""
    waiting = [code]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += [it for it in one.co_consts if isinstance(it, CodeType)]


def _runs_here(code: CodeType, content: bytes) -> bool:
    """Return whether the instructions are those of this Python.

    An unknown one tells; so does Python itself, which clears what it takes for its instructions'
    own room: what it shows must be what the file holds.
    """
    try:
        names = [step.opname for step in dis.get_instructions(code)]
    except (IndexError, ValueError, KeyError):  # an instruction that names what is not there
        return False
    return not any(name.startswith("<") for name in names) and code.co_code in content


def _surroundings() -> dict[str, Any]:
    """Return what code from a file finds by name."""
    found: dict[str, Any] = {"__builtins__": builtins}
    found |= {name: importlib.import_module(module) for name, module in ALWAYS.items()}
    served = {name: sys.modules.get(module) for name, module in WHERE_IMPORTED.items()}
    return found | {name: it for name, it in served.items() if it} | dict(custom_objects())


def _as_tuples(value: Any) -> Any:
    """Return a value with lists as tuples again, as they were before JSON."""
    return tuple(_as_tuples(it) for it in value) if isinstance(value, list) else value
