"""Lowering: a graph of layers becomes one flat `torch.fx` graph over plain torch modules.

The layers' own `call` is traced, once. What is left is straight-line code over modules named after
the Keras layers. A layer whose code cannot be traced stays in the graph as a module of its own.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, fx, nn
from torch.overrides import TorchFunctionMode

from kshim.core.eras import in_era
from kshim.core.symbols import Node, symbols_in
from kshim.core.tracing import AsksForHistory, CannotTrace, Measured, tracing_with
from kshim.errors import GraphError
from kshim.graph.marks import CALLS, MAKER, RESULT
from kshim.graph.order import Graph
from kshim.graph.precision import MARK, is_mixed
from kshim.layers.base import Layer, takes
from kshim.layers.holding import Holder
from kshim.layers.weights import Weight
from kshim.nn.casting import cast_float
from kshim.nn.history import by_itself

_RANDOM = re.compile(
    r"^(rand|randn|randint|randperm|normal|bernoulli|multinomial|poisson|dropout\w*|"
    r"alpha_dropout|feature_\w*dropout|uniform_|normal_|bernoulli_|exponential_|\w*rand\w*_like)$"
)


_HALVES = (torch.float16, torch.bfloat16)
_RESERVED = frozenset(dir(fx.GraphModule(nn.Module(), fx.Graph()))) | {"constants"}


def _asks_for_shape(proxy: fx.Proxy) -> Any:
    """Stay out of the graph: what asks for a shape in TensorFlow's words runs as it is."""
    raise CannotTrace("the shape is asked for")


class Sizes(fx.proxy.Attribute):
    """Stand for a tensor's shape while layers are traced."""

    as_list = is_fully_defined = _asks_for_shape
    ndims = rank = dims = property(_asks_for_shape)


class Ranked(fx.Proxy):
    """Stand for a tensor while layers are traced; the rank is known where a layer hands it on."""

    rank: int | None = None

    def dim(self) -> Any:
        """Return the number of axes."""
        return super().__getattr__("dim")() if self.rank is None else self.rank

    @property
    def ndim(self) -> Any:
        """Return the number of axes."""
        return super().__getattr__("ndim") if self.rank is None else self.rank

    @property
    def shape(self) -> Sizes:
        """Return what stands for the sizes."""
        return Sizes(self, "shape")

    get_shape = _asks_for_shape
    _keras_shape = property(_asks_for_shape)


class Group(nn.Module):
    """Hold the tensors and modules of a layer that has more than one."""


class Lowering(fx.Tracer):
    """Trace the layers of one graph.

    After `lower`, `root` holds the modules under the layers' names, `graph` the code: its output
    is (outputs, masks, losses), each a list.
    """

    proxy_class = Ranked

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.keras_graph = graph
        self.tree = nn.Module()
        self.losses: list[Any] = []
        self._module_paths: dict[int, str] = {}
        self._tensor_paths: dict[int, str] = {}
        self._scope: list[str] = []
        self._calls: list[tuple[str, int]] = []
        self._count = 0
        self._maker: str | None = None
        self.mixed = is_mixed(graph.layers)
        self._half: torch.dtype | None = None
        self.apart: list[fx.Node] = []  # what gradients are taken by, or of, inside a layer

    def lower(self) -> fx.Graph:
        """Return the traced graph.

        Raises:
            GraphError: for an operation outside any layer that cannot be traced.
        """
        try:
            with tracing_with(self), _NoChance():
                traced = self.trace(self.tree)
        except CannotTrace as problem:
            raise GraphError(
                f"Model: operations on symbols must be traceable, got one where {problem}. "
                "Compute it inside a Layer of your own."
            ) from problem
        _set_apart(traced, dict.fromkeys(self.apart))
        return traced

    # What torch.fx asks of a tracer.

    def create_args_for_root(
        self, root_fn: Any, is_module: bool, concrete_args: Any = None
    ) -> tuple[Callable[..., Any], list[Any]]:
        """Make one placeholder for each input of the Keras graph."""
        names = _unique(symbol.name.partition("/")[0] for symbol in self.keras_graph.input_symbols)
        inputs = [self.create_proxy("placeholder", name, (), {}) for name in names]
        return self._run, inputs

    def proxy(self, node: fx.Node) -> Ranked:
        """Make the stand-in for a traced value."""
        return Ranked(node, self)

    def call_module(
        self,
        m: nn.Module,
        forward: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Write the call of a torch module into the graph; a layer's own call is traced."""
        path = self._module_paths.get(id(m))
        if path is None:
            raise CannotTrace(f"{type(m).__name__} belongs to no layer")
        return self.create_proxy("call_module", path, args, kwargs)

    def create_arg(self, a: Any) -> Any:
        """Return what stands for an argument: weights by path, constants as buffers."""
        if isinstance(a, np.generic):  # as numpy's argmax gives, which fx does not take
            a = a.item()
        if isinstance(a, Weight):
            a = self.weight(a)
        if isinstance(a, Tensor):
            path = self._tensor_paths.get(id(a))
            if path is None and (a.requires_grad or a.grad_fn is not None):
                raise CannotTrace("a tensor that learns belongs to no layer")
            return self.create_node("get_attr", path or self._constant(a), (), {})
        return super().create_arg(a)

    def create_node(self, *args: Any, **kwargs: Any) -> fx.Node:
        """Make a node, marked with its layer, and with the type it works in where that is half."""
        node = super().create_node(*args, **kwargs)
        node.meta |= {MAKER: self._maker, CALLS: tuple(self._calls)}
        if self._half is not None:
            node.meta[MARK] = self._half
        return node

    # What layers ask of the lowering while it runs.

    def inline(self, layer: Layer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Trace a layer that another one calls."""
        if takes(type(layer), "training") or not layer.built:
            raise CannotTrace(f"{layer.name} asks for the phase")
        nested = getattr(layer, "graph", None)
        if isinstance(nested, Graph):
            outputs, _ = self._call_nested(layer, nested, args, kwargs.get("mask"))
            return layer.in_output_form(outputs)
        with in_era(layer.era):
            options = layer.call_options(args, kwargs, kwargs.get("mask"), None)
            return self._traced(layer, args, options)

    def weight(self, weight: Weight) -> Any:
        """Return the stand-in for a weight, in Keras's order."""
        paths = [self._tensor_paths.get(id(tensor)) for tensor in weight.tensors]
        if None in paths and type(weight.layer) is Holder:  # a variable that no layer has
            paths = [self._constant(tensor) for tensor in weight.tensors]
        if None in paths:
            raise CannotTrace(f"{weight.name} belongs to no layer of this graph")
        parts = [self.create_proxy("get_attr", str(path), (), {}) for path in paths]
        return weight.to_keras(*parts)

    def add_loss(self, value: Any) -> None:
        """Add a term to the loss of the graph, or a value that is measured."""
        self.losses.append(value)

    # The walk over the Keras graph.

    def _run(self, *inputs: Any) -> tuple[list[Any], list[Any], list[Any]]:
        outputs, masks = self._walk(self.keras_graph, inputs, [None] * len(inputs))
        return outputs, masks, self.losses

    def _walk(
        self, graph: Graph, inputs: Iterable[Any], masks: Iterable[Any]
    ) -> tuple[list[Any], list[Any]]:
        inputs = list(inputs)
        for proxy, symbol in zip(inputs, graph.input_symbols, strict=True):
            _rank(proxy, symbol)
        ends, known = graph.run(inputs, list(masks), self._call_node)
        count, last = len(graph.output_symbols), len(ends) - len(graph.measured)
        self.losses += ends[count:last]
        self.losses += map(Measured, graph.measured, ends[last:])
        return ends[:count], known[:count]

    def _call_node(
        self, node: Node, args: tuple[Any, ...], kwargs: dict[str, Any], mask: Any
    ) -> tuple[Any, Any]:
        layer = node.layer
        mask = mask if kwargs.get("mask") is None else kwargs["mask"]
        nested = getattr(layer, "graph", None)
        with self._made_by(layer):
            if isinstance(nested, Graph):
                outputs, masks = self._call_nested(layer, nested, args, mask)
            else:
                outputs = self._call_layer(node, args, kwargs, mask)
                with in_era(layer.era):
                    masks = layer.compute_mask(args[0], mask)
                self._mark_result(outputs)
        for symbol, proxy in zip(symbols_in(node.outputs), _flat(outputs), strict=False):
            _rank(proxy, symbol)
        for symbol, proxy in zip(symbols_in(node.outputs), _flat(masks), strict=False):
            _rank(proxy, symbol.mask)
        return outputs, masks

    @contextmanager
    def _made_by(self, layer: Layer) -> Iterator[None]:
        """Mark the nodes that are written inside the block with the layer's path."""
        before, self._maker = self._maker, self._path(layer)
        try:
            yield
        finally:
            self._maker = before

    def _mark_result(self, outputs: Any) -> None:
        """Mark the node of a layer's first output, unless another layer made it."""
        for made in _flat(outputs)[:1]:
            if isinstance(made, fx.Proxy) and made.node.meta.get(MAKER) == self._maker:
                made.node.meta.setdefault(RESULT, self._maker)

    def _traced(self, layer: Layer, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Trace a layer's `call`, and its penalties; in a mixed graph, in the policy's types."""
        kind = layer.cast_kind(mixed=True) if self.mixed else None
        if kind is None:
            outputs = layer.call(*args, **options)
            self._penalise(layer, outputs)
            return outputs
        work = layer.work_kind()
        args, options = self._cast((args, options), work if layer.needs_float32 else kind)
        before, self._half = self._half, work if work in _HALVES else None
        try:
            outputs = layer.call(*args, **options)
        finally:
            self._half = before
        self._penalise(layer, self._cast(outputs, torch.float32))
        return self._cast(outputs, kind)

    def _cast(self, structure: Any, kind: torch.dtype) -> Any:
        """Return nested lists, tuples and dicts with stand-ins for floats of one type."""
        if isinstance(structure, dict):
            return {key: self._cast(value, kind) for key, value in structure.items()}
        if isinstance(structure, list | tuple):
            return type(structure)(self._cast(item, kind) for item in structure)
        if not isinstance(structure, fx.Proxy):
            return structure
        before, self._half = self._half, None
        made: Any = self.create_proxy("call_function", cast_float, (structure, kind), {})
        made.rank = getattr(structure, "rank", None)
        self._half = before
        return made

    def _penalise(self, layer: Layer, outputs: Any) -> None:
        """Add the activity penalties of a layer's outputs to the losses."""
        if layer.activity_regularizer is not None:
            self.losses += layer.penalties(_flat(outputs))

    def _call_nested(
        self, layer: Layer, graph: Graph, args: tuple[Any, ...], mask: Any
    ) -> tuple[Any, Any]:
        """Trace the graph of a model inside this one, under the model's name."""
        inputs = _flat(args[0])
        self._count += 1
        self._calls.append((self._path(layer), self._count))
        self._scope.append(_path_word(layer.name))
        try:
            return self._walk(graph, inputs, _flat(mask) or [None] * len(inputs))
        finally:
            self._scope.pop()
            self._calls.pop()

    def _call_layer(
        self, node: Node, args: tuple[Any, ...], kwargs: dict[str, Any], mask: Any
    ) -> Any:
        """Trace a layer's `call`; where that cannot be, write the layer itself into the graph."""
        layer = node.layer
        options = layer.call_options(args, kwargs, mask if _any(mask) else None, None)
        fixed = kwargs.get("training") is not None and layer.acts_otherwise_in_training
        if not fixed and not takes(type(layer), "training"):
            options.pop("training", None)
            self._place(layer, plain(layer))
            kept, losses = list(self.graph.nodes), len(self.losses)
            try:
                with in_era(layer.era):
                    return self._traced(layer, args, options)
            except Exception as problem:  # whatever the user's code makes of a stand-in
                _forget(self.graph, kept)
                del self.losses[losses:]
                if isinstance(problem, AsksForHistory):
                    self.apart += [made.node for made in _proxies((args, options))]
        options.pop("training", None)
        if kwargs.get("training") is not None:
            options["training"] = kwargs["training"]
        path = self._place(layer, layer)
        kind = layer.cast_kind(mixed=True) if self.mixed else None
        if kind is not None:
            args = self._cast(args, kind)
        made: Any = self.create_proxy("call_module", path, args, options)
        if not isinstance(node.outputs, list):
            return made if kind is None else self._cast(made, kind)
        outputs = [made[place] for place in range(len(node.outputs))]
        return outputs if kind is None else self._cast(outputs, kind)

    # Where modules and tensors stand in the lowered module.

    def _path(self, layer: Layer) -> str:
        """Return a layer's name behind those of the models that it is in."""
        return ".".join([*self._scope, _path_word(layer.name)])

    def _place(self, layer: Layer, module: nn.Module | None) -> str:
        """Put a layer's module into the tree under the layer's name, and remember the paths."""
        path = self._path(layer)
        if module is None:
            return path
        known = self._module_paths.get(id(module))
        if known is not None or (isinstance(module, Group) and self._has_placed(module)):
            return known or path
        _attach(self.tree, path, module)
        for name, inner in module.named_modules():
            self._module_paths[id(inner)] = f"{path}.{name}" if name else path
        for name, tensor in _tensors(module):
            self._tensor_paths[id(tensor)] = f"{path}.{name}"
        return path

    def _has_placed(self, group: nn.Module) -> bool:
        """Return whether all that a group holds stands in the tree, as a part of another layer."""
        inner = [module for module in group.modules() if not isinstance(module, Group)]
        held = [*inner, *(tensor for _, tensor in _tensors(group))]
        known = self._module_paths.keys() | self._tensor_paths.keys()
        return bool(held) and all(id(thing) in known for thing in held)

    def _constant(self, value: Tensor) -> str:
        """Keep a constant as a buffer that no state_dict shows."""
        if "constants" not in self.tree._modules:
            self.tree.add_module("constants", Group())
        holder = self.tree.get_submodule("constants")
        name = f"value_{len(holder._buffers)}"
        holder.register_buffer(name, value.detach(), persistent=False)
        self._tensor_paths[id(value)] = f"constants.{name}"
        self._kept_constants = [*getattr(self, "_kept_constants", []), value]
        return f"constants.{name}"


def plain(layer: nn.Module) -> nn.Module | None:
    """Return the torch module that a layer comes down to; None when it holds nothing.

    A layer around one module is that module. A layer with more is a `Group` that shares the
    layer's own tables of tensors, so that both always show the same ones.
    """
    if not isinstance(layer, Layer | nn.ModuleList | nn.ModuleDict):
        return layer
    children = {name: plain(child) for name, child in layer._modules.items() if child is not None}
    held = {name: child for name, child in children.items() if child is not None}
    if not layer._parameters and not layer._buffers:
        if not held:
            return None
        if len(held) == 1 and isinstance(layer, Layer):
            return next(iter(held.values()))
    group = Group()
    group.__dict__["_parameters"] = layer._parameters
    group.__dict__["_buffers"] = layer._buffers
    for name, child in held.items():
        group.add_module(name, child)
    return group


class _NoChance(TorchFunctionMode):
    """Refuse random functions while layers are traced: their values would be frozen in."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if _RANDOM.match(getattr(func, "__name__", "")):
            raise CannotTrace(f"{func.__name__} draws random numbers")
        return func(*args, **(kwargs or {}))


def _tensors(module: nn.Module) -> list[tuple[str, Tensor]]:
    named = [*module.named_parameters(remove_duplicate=False)]
    return named + [*module.named_buffers(remove_duplicate=False)]


def _attach(tree: nn.Module, path: str, module: nn.Module) -> None:
    *scope, name = path.split(".")
    for word in scope:
        if word not in tree._modules:
            tree.add_module(word, Group())
        tree = tree.get_submodule(word)
    tree._modules[name] = module


def _forget(graph: fx.Graph, kept: list[fx.Node]) -> None:
    """Take back what an attempt wrote into the graph."""
    keep = set(kept)
    for node in reversed(list(graph.nodes)):
        if node not in keep:
            graph.erase_node(node)


def _set_apart(graph: fx.Graph, nodes: Iterable[fx.Node]) -> None:
    """Let all that uses a value use one tensor, by which gradients can be taken.

    The layout pass does not look behind it: a layer is given the very tensor others compute from.
    """
    for node in nodes:
        entrance = [one for one in graph.nodes if one.op == "placeholder"]
        with graph.inserting_after(entrance[-1] if node in entrance else node):
            apart = graph.call_function(by_itself, (node,))
        apart.meta |= {key: node.meta.get(key) for key in (MAKER, CALLS)}
        for user in [one for one in node.users if one is not apart]:
            user.replace_input_with(node, apart)


def _proxies(structure: Any) -> Iterator[fx.Proxy]:
    """Give the stand-ins inside nested lists, tuples and dicts."""
    if isinstance(structure, fx.Proxy):
        yield structure
    elif isinstance(structure, dict | list | tuple):
        for item in structure.values() if isinstance(structure, dict) else structure:
            yield from _proxies(item)


def _path_word(name: str) -> str:
    """Return a layer's name as that of a torch module: `train` and the like get an underscore."""
    word = name.replace(".", "_")
    return f"{word}_" if word in _RESERVED or keyword.iskeyword(word) else word


def _unique(names: Iterable[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        word = re.sub(r"\W", "_", name) or "input"
        found.append(word if word not in found else f"{word}_{len(found)}")
    return found


def _rank(proxy: Any, symbol: Any) -> None:
    if isinstance(proxy, Ranked) and symbol is not None:
        proxy.rank = len(symbol.shape)


def _flat(value: Any) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else [value]


def _any(mask: Any) -> bool:
    return any(item is not None for item in _flat(mask))
