"""Functions: the table of those that graphs and their files name, as Keras's manual tells them.

Source: names in files of tf.keras 2.15 and Keras 3.15.
"""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from kshim.core.eras import rule
from kshim.core.names import snake_case
from kshim.errors import ArgumentError

# Where the classes of Keras 3's operations live, but for the most, which are in its numpy file.
_FILES = {
    "nn": "Sigmoid Softplus Softsign Elu Relu6 Selu Relu Softmax LogSoftmax LeakyRelu Gelu Silu",
    "math": "Rsqrt Logsumexp",
    "core": "Cast",
}


@dataclass(frozen=True)
class Stored:
    """Hold one function and what files call it.

    Attributes:
        function: takes tensors first; its parameters have the names of Keras's `K` functions.
        tensorflow: its names below `tf`; the first is the one written.
        keras: the class of the operation in Keras 3.
        tensorflow_words, keras_words: what they call the parameters, where that differs.
        tensors: how many parameters are tensors; Keras 3 keeps the others in the config.
    """

    function: Callable[..., Any]
    tensorflow: tuple[str, ...]
    keras: str
    tensorflow_words: Mapping[str, str] = field(default_factory=dict)
    keras_words: Mapping[str, str] = field(default_factory=dict)
    tensors: int = 1

    @property
    def parameters(self) -> list[str]:
        """Return the names of the parameters."""
        return list(signature(self.function).parameters)

    @property
    def module(self) -> str:
        """Return the module in which Keras 3 keeps the operation's class."""
        found = [name for name, classes in _FILES.items() if self.keras in classes.split()]
        return f"keras.src.ops.{found[0] if found else 'numpy'}"


def known_function(function: Any) -> Stored | None:
    """Return the row of the table for a function of kshim, torch or Python's operators."""
    return BY_FUNCTION.get(function) or BY_BACKEND.get(_own_name(function))


def called(function: Any) -> str:
    """Return what the era calls a layer around a function, without its number."""
    found, form = known_function(function), rule("operations_are_called")
    if found is None or form == "plain":
        word = getattr(function, "__name__", type(function).__name__).strip("_")
        return f"op_{word}"
    return f"tf.{found.tensorflow[0]}" if form == "tensorflow" else snake_case(found.keras)


def class_around(function: Any, era: str | None = None) -> str:
    """Return what the era calls the class of a layer around a function."""
    found = known_function(function)
    if found and rule("operations_are_called", era) == "keras":
        return found.keras
    return "SlicingOpLambda" if found and found.keras == "GetItem" else "TFOpLambda"


def _own_name(function: Any) -> str:
    """Return the name of a function of `K`, and of nothing else."""
    home = str(getattr(function, "__module__", ""))
    own = home.startswith("kshim.backend.") or home == "kshim.activations"
    return getattr(function, "__name__", "") if own else ""


@functools.cache
def signature(function: Callable[..., Any]) -> inspect.Signature:
    """Return the signature of a function."""
    return inspect.signature(function)


def values_in(value: Any) -> Any:
    """Return an argument with slices, dots and tensors in place of what files write for them."""
    if isinstance(value, list | tuple):
        return tuple(values_in(item) for item in value)
    if not isinstance(value, Mapping):
        return value
    kind, told = value.get("class_name"), value.get("config", value)
    if kind == "__ellipsis__":
        return Ellipsis
    if kind in ("__numpy__", "__tensor__"):
        return torch.as_tensor(told["value"], dtype=getattr(torch, str(told["dtype"])))
    if kind in ("__slice__", None) and set(told) == {"start", "stop", "step"}:
        return slice(told["start"], told["stop"], told["step"])
    return value


def index_in(value: Any, write_slice: Callable[[slice], Any]) -> Any:
    """Return an argument with what files write for slices in place of these."""
    if isinstance(value, list | tuple):
        return [index_in(item, write_slice) for item in value]
    return write_slice(value) if isinstance(value, slice) else value


def without_dots(key: Any, rank: int) -> Any:
    """Return an index with the whole slices that `...` stands for; files have no word for it."""
    parts = list(key) if isinstance(key, tuple) else [key]
    places = [place for place, part in enumerate(parts) if part is Ellipsis]
    if not places:
        return key
    axes = sum(part is not None and part is not Ellipsis for part in parts)
    start = places[0]
    return (*parts[:start], *[slice(None)] * (rank - axes), *parts[start + 1 :])


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


def _reduction(function: Callable[..., Any]) -> Callable[..., Any]:
    def reduce(x: Tensor, axis: Any = None, keepdims: bool = False) -> Tensor:
        axes = tuple(range(x.dim())) if axis is None else _axes(axis)
        made: Tensor = function(x, axes, keepdims)
        return made

    return reduce


def _product(x: Tensor, axis: Any, keepdims: bool) -> Tensor:
    for one in sorted((each % x.dim() for each in _tuple(axis)), reverse=True):
        x = torch.prod(x, one, keepdim=keepdims)
    return x


def _tuple(axis: Any) -> tuple[int, ...]:
    return tuple(axis) if isinstance(axis, list | tuple) else (axis,)


def _unary(function: Callable[..., Tensor]) -> Callable[..., Any]:
    def apply(x: Tensor) -> Tensor:
        return function(x)

    return apply


def _binary(function: Callable[..., Any]) -> Callable[..., Any]:
    def apply(x: Any, y: Any) -> Any:
        return function(x, y)

    return apply


def _with_tensor(function: Callable[..., Tensor]) -> Callable[..., Any]:
    """Return a function of two tensors that takes numbers too."""

    def apply(x: Any, y: Any) -> Tensor:
        kind = next(it for it in (x, y) if isinstance(it, Tensor))
        first, other = (torch.as_tensor(it, dtype=kind.dtype, device=kind.device) for it in (x, y))
        return function(first, other)

    return apply


def _matmul(x: Tensor, y: Tensor, transpose_a: bool = False, transpose_b: bool = False) -> Tensor:
    first = x.transpose(-1, -2) if transpose_a else x
    return first @ (y.transpose(-1, -2) if transpose_b else y)


def _reshape(x: Tensor, shape: Any) -> Tensor:
    return torch.reshape(x, tuple(shape))


def _permute(x: Tensor, pattern: Any = None) -> Tensor:
    axes = range(x.dim() - 1, -1, -1) if pattern is None else pattern
    return torch.permute(x, tuple(axes))


def _expand_dims(x: Tensor, axis: int = -1) -> Tensor:
    return torch.unsqueeze(x, axis)


def _squeeze(x: Tensor, axis: Any = None) -> Tensor:
    return torch.squeeze(x) if axis is None else torch.squeeze(x, _tuple(axis))


def _concatenate(tensors: Any, axis: int = -1) -> Tensor:
    return torch.cat(list(tensors), axis)


def _stack(x: Any, axis: int = 0) -> Tensor:
    return torch.stack(list(x), axis)


def _getitem(x: Tensor, key: Any) -> Tensor:
    return x[key]


def _cast(x: Tensor, dtype: str) -> Tensor:
    kind = getattr(torch, str(dtype), None)
    if not isinstance(kind, torch.dtype):
        raise ArgumentError("dtype", "the name of a type of numbers", dtype, who="cast")
    return x.to(kind)


def _clip(x: Tensor, min_value: Any, max_value: Any) -> Tensor:
    return torch.clamp(x, min_value, max_value)


def _softmax(x: Tensor, axis: int = -1) -> Tensor:
    return torch.softmax(x, axis)


def _log_softmax(x: Tensor, axis: int = -1) -> Tensor:
    return torch.log_softmax(x, axis)


def _leaky_relu(x: Tensor, alpha: float = 0.2) -> Tensor:
    return F.leaky_relu(x, alpha)


def _gelu(x: Tensor, approximate: bool = False) -> Tensor:
    return F.gelu(x, approximate="tanh" if approximate else "none")


def _tile(x: Tensor, n: Any) -> Tensor:
    return torch.tile(x, tuple(_tuple(n)))


def _reverse(x: Tensor, axes: Any) -> Tensor:
    return torch.flip(x, _tuple(axes))


def _where(condition: Tensor, x: Any, y: Any) -> Tensor:
    return torch.where(condition, x, y)


_UNARY: Sequence[tuple[Any, str, str]] = (
    (torch.abs, "math.abs abs", "Absolute"),
    (torch.exp, "math.exp exp", "Exp"),
    (torch.log, "math.log", "Log"),
    (torch.log1p, "math.log1p", "Log1p"),
    (torch.sqrt, "math.sqrt sqrt", "Sqrt"),
    (torch.rsqrt, "math.rsqrt", "Rsqrt"),
    (torch.square, "math.square square", "Square"),
    (torch.neg, "math.negative negative", "Negative"),
    (torch.sign, "math.sign sign", "Sign"),
    (torch.round, "math.round round", "Round"),
    (torch.floor, "math.floor floor", "Floor"),
    (torch.ceil, "math.ceil", "Ceil"),
    (torch.sin, "math.sin sin", "Sin"),
    (torch.cos, "math.cos cos", "Cos"),
    (torch.tanh, "math.tanh tanh nn.tanh", "Tanh"),
    (torch.sigmoid, "math.sigmoid sigmoid nn.sigmoid", "Sigmoid"),
    (torch.reciprocal, "math.reciprocal", "Reciprocal"),
    (F.softplus, "math.softplus nn.softplus", "Softplus"),
    (F.softsign, "nn.softsign math.softsign", "Softsign"),
    (F.elu, "nn.elu", "Elu"),
    (F.selu, "nn.selu", "Selu"),
    (F.relu6, "nn.relu6", "Relu6"),
    (torch.relu, "nn.relu", "Relu"),
    (F.silu, "nn.silu", "Silu"),
    (torch.zeros_like, "zeros_like", "ZerosLike"),
    (torch.ones_like, "ones_like", "OnesLike"),
    (torch.logical_not, "math.logical_not", "LogicalNot"),
)
_BINARY: Sequence[tuple[Any, str, str]] = (
    (operator.add, "__operators__.add math.add add", "Add"),
    (operator.sub, "math.subtract subtract", "Subtract"),
    (operator.mul, "math.multiply multiply", "Multiply"),
    (operator.truediv, "math.truediv math.divide divide truediv", "TrueDivide"),
    (operator.floordiv, "math.floordiv", "FloorDivide"),
    (operator.mod, "math.floormod math.mod", "Mod"),
    (operator.pow, "math.pow pow", "Power"),
    (operator.gt, "math.greater greater", "Greater"),
    (operator.ge, "math.greater_equal greater_equal", "GreaterEqual"),
    (operator.lt, "math.less less", "Less"),
    (operator.le, "math.less_equal less_equal", "LessEqual"),
    (operator.eq, "math.equal equal", "Equal"),
    (operator.ne, "math.not_equal not_equal", "NotEqual"),
    (operator.and_, "math.logical_and", "LogicalAnd"),
    (operator.or_, "math.logical_or", "LogicalOr"),
)
TABLE: Sequence[Stored] = (
    *(Stored(_unary(it), tuple(names.split()), keras) for it, names, keras in _UNARY),
    *(Stored(_binary(it), tuple(names.split()), keras, tensors=2) for it, names, keras in _BINARY),
    Stored(_with_tensor(torch.maximum), ("math.maximum", "maximum"), "Maximum", tensors=2),
    Stored(_with_tensor(torch.minimum), ("math.minimum", "minimum"), "Minimum", tensors=2),
    *(
        Stored(_reduction(function), (f"math.{name}", name), keras)
        for function, name, keras in (
            (torch.sum, "reduce_sum", "Sum"),
            (torch.mean, "reduce_mean", "Mean"),
            (torch.amax, "reduce_max", "Max"),
            (torch.amin, "reduce_min", "Min"),
            (_product, "reduce_prod", "Prod"),
            (torch.logsumexp, "reduce_logsumexp", "Logsumexp"),
        )
    ),
    Stored(_matmul, ("linalg.matmul", "matmul"), "Matmul", {"y": "b"}, tensors=2),
    Stored(_reshape, ("reshape",), "Reshape", {}, {"shape": "newshape"}),
    Stored(_permute, ("compat.v1.transpose", "transpose"), "Transpose", {"pattern": "perm"},
           {"pattern": "axes"}),
    Stored(_expand_dims, ("expand_dims",), "ExpandDims"),
    Stored(_squeeze, ("compat.v1.squeeze", "squeeze"), "Squeeze"),
    Stored(_concatenate, ("concat",), "Concatenate"),
    Stored(_stack, ("stack",), "Stack"),
    Stored(_cast, ("cast",), "Cast"),
    Stored(_clip, ("clip_by_value",), "Clip",
           {"min_value": "clip_value_min", "max_value": "clip_value_max"},
           {"min_value": "x_min", "max_value": "x_max"}),
    Stored(_softmax, ("nn.softmax", "math.softmax"), "Softmax"),
    Stored(_log_softmax, ("nn.log_softmax",), "LogSoftmax"),
    Stored(_leaky_relu, ("nn.leaky_relu",), "LeakyRelu", {},
           {"alpha": "negative_slope"}),
    Stored(_gelu, ("nn.gelu",), "Gelu"),
    Stored(_tile, ("tile",), "Tile", {"n": "multiples"}, {"n": "repeats"}),
    Stored(_reverse, ("reverse",), "Flip", {"axes": "axis"}, {"axes": "axis"}),
    Stored(_where, ("where",), "Where", tensors=3),
    Stored(_getitem, ("__operators__.getitem",), "GetItem", {"key": "slice_spec"}, tensors=2),
)  # fmt: skip

BY_TENSORFLOW = {name: stored for stored in TABLE for name in stored.tensorflow}
BY_KERAS = {stored.keras: stored for stored in TABLE}
BY_KERAS["Divide"] = BY_KERAS["TrueDivide"]
# Functions of Python and torch that scripts call on symbols.
BY_FUNCTION: Mapping[Any, Stored] = {
    **{stored.function: stored for stored in TABLE},
    **{function: BY_KERAS[keras] for function, _, keras in (*_UNARY, *_BINARY)},
    operator.neg: BY_KERAS["Negative"],
    operator.matmul: BY_KERAS["Matmul"],
    operator.getitem: BY_KERAS["GetItem"],
    torch.matmul: BY_KERAS["Matmul"],
    F.relu: BY_KERAS["Relu"],
}
# Kshim's own K functions, and what they are in the table.
_BACKEND = {
    "Absolute": "abs", "Power": "pow", "Transpose": "permute_dimensions", "Flip": "reverse",
    "ExpandDims": "expand_dims", "GreaterEqual": "greater_equal", "LessEqual": "less_equal",
    "NotEqual": "not_equal", "ZerosLike": "zeros_like", "OnesLike": "ones_like",
}  # fmt: skip
_LIKE_CLASS = (
    "Exp Log Sqrt Square Sign Round Sin Cos Tanh Sigmoid Softplus Softsign Elu Relu Softmax "
    "Maximum Minimum Sum Mean Max Min Prod Logsumexp Reshape Squeeze Concatenate Stack Cast Clip "
    "Tile Greater Less Equal"
)
# What K.reshape and K.expand_dims hand on to carry their own names.
_INNER = {"_reshaped": BY_KERAS["Reshape"], "_expanded": BY_KERAS["ExpandDims"]}
BY_BACKEND = (
    _INNER
    | {name: BY_KERAS[keras] for keras, name in _BACKEND.items()}
    | {keras.lower(): BY_KERAS[keras] for keras in _LIKE_CLASS.split()}
)
