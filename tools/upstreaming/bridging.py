"""Puts back what Python, numpy, yaml and pytest have dropped since the old Kerases.

None of it is Keras's business, so it stands here and never in kshim.
"""

from __future__ import annotations

import collections
import collections.abc
import importlib.util
import inspect
import re
import sys
import time
import unittest.mock
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

OLD_TYPES = {"bool": bool, "int": int, "float": float, "object": object}
OLD_FUNCTIONS = {"product": np.prod, "cumproduct": np.cumprod, "alltrue": np.all}


def bridge() -> Iterator[str]:
    """Put back what is gone; yield the name of each thing put back."""
    for name, kind in (OLD_TYPES | OLD_FUNCTIONS).items():
        if name not in vars(np):
            setattr(np, name, kind)
            yield f"numpy.{name}"
    for name in ("Mapping", "Iterable", "Sequence", "Callable"):
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))
            yield f"collections.{name}"
    if not hasattr(inspect, "getargspec"):
        vars(inspect)["getargspec"] = _argspec
        yield "inspect.getargspec"
    if not hasattr(time, "clock"):
        vars(time)["clock"] = time.perf_counter
        yield "time.clock"
    if importlib.util.find_spec("mock") is None:
        sys.modules["mock"] = unittest.mock
        yield "mock"
    yield from _bridge_yaml()
    yield from _bridge_argsort()
    yield from _bridge_ragged()
    yield from _bridge_h5py()
    yield from _bridge_split()


def bridge_pictures() -> Iterator[str]:
    """Let matplotlib label as many ticks as there are labels, as it did before 3.3."""
    if importlib.util.find_spec("matplotlib") is None:
        return
    from matplotlib import pyplot

    for name in ("xticks", "yticks"):
        setattr(pyplot, name, _labelling(getattr(pyplot, name)))
        yield f"matplotlib.pyplot.{name} of fewer labels than ticks"


def bridge_pytest() -> None:
    """Let `pytest.warns(None)` record whatever comes, as it did before pytest 8."""
    import pytest

    warns = pytest.warns

    def recording(expected_warning: Any = Warning, *given: Any, **named: Any) -> Any:
        if expected_warning is None:
            return warnings.catch_warnings(record=True)
        return warns(expected_warning, *given, **named)

    pytest.warns = recording


def _argspec(function: Any) -> tuple[Any, ...]:
    spec = inspect.getfullargspec(function)
    kind = collections.namedtuple("ArgSpec", "args varargs keywords defaults")
    return kind(spec.args, spec.varargs, spec.varkw, spec.defaults)


def _labelling(ticks: Any) -> Any:
    def paired(places: Any = None, labels: Any = None, **named: Any) -> Any:
        if places is not None and labels is not None:
            count = min(len(places), len(labels))
            places, labels = places[:count], labels[:count]
        return ticks(places, labels, **named)

    return paired


def _bridge_split() -> Iterator[str]:
    """Split texts as Python did before 3.7: not where a pattern matches nothing."""
    newer = re.split

    def split(pattern: Any, string: Any, maxsplit: int = 0, flags: Any = 0) -> Any:
        compiled = re.compile(pattern, flags)
        if not compiled.match("") or maxsplit:
            return newer(pattern, string, maxsplit, flags)
        parts, end = [], 0
        for match in compiled.finditer(string):
            if match.group():
                parts += [string[end : match.start()], *match.groups()]
                end = match.end()
        return [*parts, string[end:]]

    re.split = split
    yield "re.split"


def _bridge_yaml() -> Iterator[str]:
    if importlib.util.find_spec("yaml") is None:
        return
    import yaml

    load = yaml.load
    yaml.load = lambda stream, Loader=yaml.FullLoader: load(stream, Loader)  # noqa: N803
    yield "yaml.load without a Loader"


def _bridge_argsort() -> Iterator[str]:
    """Sort short arrays as numpy did before 1.25: equal numbers stay in their order."""
    argsort = np.argsort

    def stable(a: Any, axis: int = -1, kind: Any = "stable", order: Any = None) -> Any:
        return argsort(a, axis, kind, order)

    np.argsort = stable
    yield "numpy.argsort"


def _bridge_ragged() -> Iterator[str]:
    """Let numpy compare rows of several lengths as lists, as it did before 1.24."""
    for name in ("max", "min"):
        function = getattr(np, name)

        def of_lists(a: Any, *given: Any, function: Any = function, **named: Any) -> Any:
            try:
                return function(a, *given, **named)
            except ValueError:
                rows = np.empty(len(a), dtype=object)
                rows[:] = a
                return function(rows, *given, **named)

        setattr(np, name, of_lists)
    yield "numpy.max and numpy.min of rows of several lengths"


def _bridge_h5py() -> Iterator[str]:
    """Let files of HDF5 be opened to write unless something else is said, as before h5py 3."""
    import h5py

    opened = h5py.File.__init__

    def open_to_write(self: Any, name: Any, mode: str = "a", *given: Any, **named: Any) -> None:
        opened(self, name, mode, *given, **named)

    h5py.File.__init__ = open_to_write
    h5py.File.fid = property(lambda self: self.id)
    yield "h5py.File without a mode, and its fid"
