"""Names, scopes and sessions: what scripts say to TensorFlow through Keras.

There is no session and no graph to choose; what old scripts say about them is taken and let be.

Source: Keras 2.2.4 backend/tensorflow_backend.py.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from kshim.backend.graphs import Function, evaluate
from kshim.core.names import forget_names, next_number
from kshim.core.settings import set_learning_phase
from kshim.core.symbols import Symbol


class Operation:
    """Do something when a session runs it, and give nothing."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act

    def run(self, feed_dict: Any = None, session: Any = None) -> None:
        """Do it."""
        self._act()


class Session:
    """Stand for a TensorFlow session: `run` gives the values of symbols and variables."""

    graph: Any = None
    graph_def: Any = None

    def run(self, fetches: Any = None, feed_dict: Any = None, **options: Any) -> Any:
        """Return the values of what is asked; None for an operation, which has none."""
        feed = dict(feed_dict or {})
        form, flat = _flattened(fetches)
        symbols = [one for one in flat if isinstance(one, Symbol)]
        found = iter(Function(list(feed), symbols)(list(feed.values())) if symbols else ())
        values = [next(found) if isinstance(one, Symbol) else _value(one) for one in flat]
        return form(iter(values))

    def close(self) -> None:
        """Do nothing: no session is open."""

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *problem: object) -> None:
        """Do nothing: no session is open."""


def _flattened(fetches: Any) -> tuple[Callable[[Iterator[Any]], Any], list[Any]]:
    """Return what is asked in one list, and what gives its values their form again."""
    if not isinstance(fetches, Mapping | list | tuple):
        return next, [fetches]
    held = fetches.values() if isinstance(fetches, Mapping) else fetches
    parts = [_flattened(one) for one in held]

    def in_form(values: Iterator[Any]) -> Any:
        made = [make(values) for make, _ in parts]
        if isinstance(fetches, Mapping):
            return dict(zip(fetches, made, strict=True))
        return type(fetches)(made)

    return in_form, [one for _, flat in parts for one in flat]


def _value(asked: Any) -> Any:
    """Return the value of what needs no run of a graph; None for an operation, which has none."""
    if isinstance(asked, Operation):
        asked.run()
        return None
    return None if asked is None else evaluate(asked)


_sessions: list[Any] = [Session()]


def backend() -> str:
    """Return the name of the backend whose numbers these are: tensorflow."""
    return "tensorflow"


def get_session(*inputs: Any) -> Any:
    """Return the session that was set, or one that stands for it."""
    return _sessions[0]


def set_session(session: Any) -> None:
    """Keep a session for `get_session`; torch needs none."""
    _sessions[0] = session


def clear_session() -> None:
    """Start names and numbers again, forget the phase, free what nobody holds."""
    forget_names()
    set_learning_phase(None)
    _sessions[0] = Session()
    gc.collect()


def get_uid(prefix: str = "") -> int:
    """Return the next number for a prefix, from 1."""
    return next_number(prefix)


def reset_uids() -> None:
    """Start all numbers again."""
    forget_names()


@contextmanager
def name_scope(name: str, default_name: Any = None, values: Any = None) -> Iterator[str]:
    """Accept a scope's name; operations have no names here."""
    yield name


def manual_variable_initialization(value: bool) -> None:
    """Accept whether the script initialises variables itself; they always have values here."""


def symbolic(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function as it is; Keras 2.3 marks functions of symbols with this."""
    return function


def available_gpus() -> list[str]:
    """Return the names of the CUDA devices, as TensorFlow gives them."""
    return [f"/device:GPU:{place}" for place in range(torch.cuda.device_count())]
