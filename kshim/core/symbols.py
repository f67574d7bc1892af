"""Symbols and nodes: the graph that is recorded when layers are called before there is data.

A `Symbol` stands for a tensor to come: it knows its shape, its type and the `Node` that makes it.
A `Node` is one call of a layer. Operators and torch functions on symbols record nodes like any
layer; how, is told once through `record_operations_with`, so that this file knows no layer.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kshim.core.recorded import Recorded, uses_learning_phase
from kshim.core.shapes import Shape
from kshim.errors import StateError

Recorder = Callable[[Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]


class Size(int):
    """Be the size of an axis: a number that also answers as TensorFlow's Dimension does."""

    @property
    def value(self) -> int:
        """Return the number."""
        return int(self)


class SymbolShape(tuple[int | None, ...]):
    """Hold a symbol's shape: a tuple that also answers as TensorFlow's TensorShape does."""

    def __getitem__(self, place: Any) -> Any:
        """Return a size, or the shape of some of the axes."""
        found = super().__getitem__(place)
        if isinstance(place, slice):
            return SymbolShape(found)
        return Size(found) if type(found) is int else found

    def is_fully_defined(self) -> bool:
        """Return whether every size is known."""
        return None not in self

    def as_list(self) -> list[int | None]:
        """Return the sizes as a list."""
        return list(self)

    @property
    def ndims(self) -> int:
        """Return the number of axes."""
        return len(self)

    rank = ndims

    @property
    def dims(self) -> list[int | None]:
        """Return the sizes as a list."""
        return list(self)


class Symbol:
    """Stand for a tensor that a graph will compute.

    Attributes:
        shape: the sizes, the batch first, None where unknown.
        dtype: the name of the type, such as float32.
        node: the call that makes it, and `index` among that call's outputs.
        mask: a symbol for its mask, or None when it carries none.
    """

    def __init__(self, shape: Shape, dtype: str, name: str = "") -> None:
        self.shape = SymbolShape(shape)
        self.dtype = dtype
        self.name = name
        self.node: Node | None = None
        self.index = 0
        self.mask: Symbol | None = None

    def get_shape(self) -> SymbolShape:
        """Return the shape, under TensorFlow's old name for it."""
        return self.shape

    @property
    def ndim(self) -> int:
        """Return the number of axes."""
        return len(self.shape)

    def dim(self) -> int:
        """Return the number of axes, as torch asks for it."""
        return len(self.shape)

    @property
    def _keras_shape(self) -> tuple[int | None, ...]:
        return tuple(self.shape)

    @_keras_shape.setter
    def _keras_shape(self, shape: Shape) -> None:
        self.shape = SymbolShape(shape)

    @property
    def _keras_history(self) -> tuple[Any, int, int]:
        if self.node is None:
            raise StateError(f"Symbol {self.name!r}: must be made by a layer, got none.")
        return (self.node.layer, self.node.number, self.index)

    @property
    def _uses_learning_phase(self) -> bool:
        return uses_learning_phase(self)

    @property
    def _keras_mask(self) -> Symbol | None:
        return self.mask

    def __repr__(self) -> str:
        """Return name, shape and type."""
        return f"<Symbol {self.name!r} shape={tuple(self.shape)} dtype={self.dtype}>"

    @classmethod
    def __torch_function__(
        cls,
        function: Callable[..., Any],
        types: tuple[type, ...],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Record a torch function that was called on symbols as a node."""
        return record(function, args, kwargs or {})

    def __bool__(self) -> bool:
        """Refuse: a symbol has no value yet."""
        raise StateError(
            f"{self!r}: a condition must have a value, got a symbol that has none yet. "
            "Use K.switch, or a Layer of your own."
        )

    def __iter__(self) -> Iterator[Symbol]:
        """Refuse: the batch has no length yet."""
        raise StateError(f"{self!r}: cannot be iterated over before there is data. Index it.")


class Node(Recorded):
    """Hold one call of a layer: what went in, in the form it was given, and what came out.

    Attributes:
        args, kwargs: what the layer was called with; symbols may stand anywhere inside.
        outputs: one symbol, or a list of them.
        number: how many calls of the same layer came before.
    """

    def __init__(
        self, layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any], outputs: Any, number: int
    ) -> None:
        self.layer = layer
        # Lists of the script's own may grow later; the call had what stood in them now.
        self.args, self.kwargs = map_symbols(lambda symbol: symbol, (args, kwargs))
        super().__init__()
        self.outputs, self.number = outputs, number
        for index, symbol in enumerate(symbols_in(outputs)):
            symbol.node, symbol.index = self, index
        self.follow()

    @property
    def inputs(self) -> list[Symbol]:  # type: ignore[override]
        """Return the symbols that went in, in order."""
        return symbols_in((self.args, self.kwargs))

    @property
    def key(self) -> str:
        """Return the name of this call: the layer's, with the call's number."""
        return f"{self.layer.name}_ib-{self.number}"


def symbols_in(structure: Any) -> list[Symbol]:
    """Return the symbols inside nested lists, tuples and dicts, in order."""
    if isinstance(structure, Symbol):
        return [structure]
    if isinstance(structure, Mapping):
        structure = structure.values()
    elif not isinstance(structure, list | tuple):
        return []
    return [symbol for item in structure for symbol in symbols_in(item)]


def map_symbols(function: Callable[[Symbol], Any], structure: Any) -> Any:
    """Return nested lists, tuples and dicts with `function` of each symbol in its place."""
    if isinstance(structure, Symbol):
        return function(structure)
    if isinstance(structure, Mapping):
        return {key: map_symbols(function, item) for key, item in structure.items()}
    if type(structure) in (list, tuple):
        return type(structure)(map_symbols(function, item) for item in structure)
    return structure


def record(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Record a function called on symbols as a node, and return its symbols."""
    if _recorder is None:
        raise StateError("Operations on symbols need kshim.layers, which is not imported.")
    return _recorder(function, args, kwargs)


def record_operations_with(recorder: Recorder) -> None:
    """Say what turns a function called on symbols into a node."""
    global _recorder
    _recorder = recorder


_recorder: Recorder | None = None


def _operator(function: Callable[..., Any], swapped: bool = False) -> Callable[..., Any]:
    def call(self: Symbol, *others: Any) -> Any:
        return record(function, (*others, self) if swapped else (self, *others), {})

    return call


_TWO_SIDED = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")
_ONE_SIDED = ("lt", "le", "gt", "ge", "neg", "abs", "getitem", "invert", "and_", "or_")

for _name in (*_TWO_SIDED, *_ONE_SIDED):
    _function = getattr(operator, _name)
    setattr(Symbol, f"__{_name.strip('_')}__", _operator(_function))
    if _name in _TWO_SIDED:
        setattr(Symbol, f"__r{_name}__", _operator(_function, swapped=True))
