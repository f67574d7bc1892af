"""The import hook: serves `keras` and `tensorflow` from kshim, lazily.

Nothing is written to disk. The finder stands at the front of `sys.meta_path`, makes a
module object for every path in `table.MODULES`, and looks a name up in kshim when a script
asks for it. A real keras or tensorflow that may be installed is neither imported nor
changed; if it was imported before, `uninstall` puts it back.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from kshim.compat.absent import reason_for
from kshim.compat.leaks import LEAKS
from kshim.compat.stars import STARS
from kshim.compat.table import KERAS_ROOTS, MODULES, Served
from kshim.core.eras import set_era
from kshim.errors import KshimError, nearest

_ROOTS = {path.partition(".")[0] for path in MODULES}
# Where this module is there, tensorboard takes its own small stand-in for TensorFlow, not ours.
_NO_TENSORFLOW = "tensorboard.compat.notf"
_ABSENT = object()
_displaced: dict[str, ModuleType] = {}


class MissingName(KshimError, ModuleNotFoundError):
    """Say that a script imports a name of Keras or tensorflow that kshim lacks."""


class ServedModule(ModuleType):
    """Stand for a module of the old tree; its names are looked up in kshim when asked for."""

    def __init__(self, name: str, row: Served) -> None:
        super().__init__(name, f"{name}, served by kshim.")
        self._row = row

    def __getattr__(self, name: str) -> object:
        if name == "__all__":
            brought = {name for name in leaks_of(self.__name__) if hasattr(self, name)}
            return sorted({*_public_names(self._row), *self._row.leaked, *brought})
        if name.startswith("__") and name not in self._row.names:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = _find(self.__name__, self._row, name)
        if value is _ABSENT:
            raise AttributeError(_lacks(self.__name__, name))
        if not self._row.names.get(name, "").endswith("()"):
            super().__setattr__(name, value)
        return value

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_") and not isinstance(value, ModuleType):
            # What a script puts in the place of a name holds for kshim's own module, too.
            for module in _sources(self._row):
                if name in vars(module):
                    setattr(module, name, value)
        # Importing keras.layers.merge must not hide Keras 1's function keras.layers.merge.
        own = _own_value(self._row, name) if isinstance(value, ServedModule) else _ABSENT
        super().__setattr__(name, value if own is _ABSENT else own)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *_known_names(self.__name__, self._row)})


class KerasFinder(MetaPathFinder, Loader):
    """Find and load the modules of `table.MODULES`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a served module, None for what is not of the old trees.

        Raises:
            MissingName: kshim has no such module. `from keras.layers import Dnese` ends here
                too: after the module's own names Python asks for a sub-module.
        """
        if _is_served(fullname) or fullname == _NO_TENSORFLOW:
            return ModuleSpec(fullname, self, is_package=True)
        if fullname.partition(".")[0] in _ROOTS:
            parent, _, name = fullname.rpartition(".")
            raise MissingName(_lacks(parent, name))
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the lazy module object."""
        return ServedModule(spec.name, MODULES.get(spec.name, Served()))

    def exec_module(self, module: ModuleType) -> None:
        """Run nothing: the names are looked up when asked for."""


def install(era: str | None = None) -> None:
    """Serve `keras` and `tensorflow` from kshim in this process.

    Args:
        era: the Keras version to speak, one of `kshim.core.eras.ERAS`; None keeps the one
            in force.
    """
    if era is not None:
        set_era(era)
    if not any(isinstance(finder, KerasFinder) for finder in sys.meta_path):
        _displaced.update(_take_modules())
        sys.meta_path.insert(0, KerasFinder())


def uninstall() -> None:
    """Stop serving, forget the served modules, put back what was imported before."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, KerasFinder)]
    _take_modules()
    sys.modules.update(_displaced)
    _displaced.clear()


def _find(path: str, row: Served, name: str) -> object:
    """Return what `name` is in the old module `path`, or `_ABSENT`."""
    value = _own_value(row, name)
    if value is _ABSENT and _is_served(f"{path}.{name}"):
        return importlib.import_module(f"{path}.{name}")
    if value is _ABSENT and name in row.leaked:
        return _resolve(row.leaked[name], root_of(path))
    if value is _ABSENT and name in leaks_of(path):
        return _resolve(LEAKS[name], root_of(path))
    return value


def _own_value(row: Served, name: str) -> object:
    """Return what a row itself calls `name`, sub-modules aside, or `_ABSENT`."""
    if name in row.names:
        return _resolve(row.names[name])
    for module in _sources(row):
        value = getattr(module, name, _ABSENT)
        # kshim's own files (kshim.layers.core) are not the old sub-modules of that name.
        if value is not _ABSENT and not isinstance(value, ModuleType):
            return value
    return _ABSENT


def _resolve(target: str, root: str = "") -> object:
    """Return the object that a target of the table stands for, or `_ABSENT`.

    Args:
        root: what stands before a target that begins with a dot.
    """
    called = target.endswith("()")
    module, _, name = target.removesuffix("()").partition(":")
    module = root + module if module.startswith(".") else module
    if not (_is_served(module) if root and module.startswith(root) else _exists(module)):
        return _ABSENT
    value: object = importlib.import_module(module)
    for part in name.split(".") if name else ():
        value = getattr(value, part, _ABSENT)
    return value() if called and callable(value) else value


def root_of(path: str) -> str:
    """Return the tree of Keras that a module stands in, nothing for one of tensorflow."""
    held = [root for root in KERAS_ROOTS if f"{path}.".startswith(f"{root}.")]
    return max(held, key=len, default="")


def leaks_of(path: str) -> list[str]:
    """Return the names that an old module had from its own imports."""
    root = root_of(path)
    return STARS.get(path.removeprefix(root).removeprefix("."), "").split() if root else []


def _is_served(path: str) -> bool:
    """Return whether the table has a module and kshim has something to fill it with."""
    row = MODULES.get(path)
    return row is not None and (not row.sources or any(map(_exists, row.sources)))


def _sources(row: Served) -> Iterator[ModuleType]:
    for source in row.sources:
        if _exists(source):
            yield importlib.import_module(source)


def _exists(module: str) -> bool:
    """Return whether a module is there (a fault inside it must not look like its absence)."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError as error:
        if error.name and module.startswith(error.name):
            return False
        raise


def _known_names(path: str, row: Served) -> set[str]:
    """Return every public name and sub-module of the old module `path`."""
    start = f"{path}." if path else ""
    inside = (name.removeprefix(start) for name in MODULES if name.startswith(start))
    children = {name.partition(".")[0] for name in inside}
    return {one for one in children if _is_served(start + one)} | set(_public_names(row))


def _public_names(row: Served) -> Iterator[str]:
    """Yield the names that a row's sources define themselves, and the row's own names."""
    yield from (name for name in row.names if not name.startswith("__"))
    for module in _sources(row):
        defined = [name for name in vars(module) if _defines(module, name)]
        yield from getattr(module, "__all__", defined)


def _defines(module: ModuleType, name: str) -> bool:
    """Return whether a public name belongs to a module rather than to one it imports.

    A package (kshim.layers) is what its files define; a file is what it defines itself.
    """
    value = vars(module)[name]
    if name.startswith("_") or isinstance(value, ModuleType):
        return False
    home = str(getattr(value, "__module__", "")) if callable(value) else module.__name__
    return home.startswith("kshim.") if hasattr(module, "__path__") else home == module.__name__


def _lacks(path: str, name: str) -> str:
    """Return the sentence that says that kshim lacks a name, and why, or the nearest it has."""
    whole = f"{path}.{name}".lstrip(".")
    reason = reason_for(whole)
    if reason:
        return f"kshim lacks {whole}: {reason}."
    known = _known_names(path, MODULES.get(path, Served()))
    return f"kshim lacks {whole}.{nearest(name, known)}"


def _take_modules() -> dict[str, ModuleType]:
    """Remove the old trees from sys.modules and return what was there of the real ones."""
    names = [name for name in sys.modules if name.partition(".")[0] in _ROOTS]
    taken = {name: sys.modules.pop(name) for name in names}
    return {name: one for name, one in taken.items() if not isinstance(one, ServedModule)}
