"""Spelling: torch modules and values as the Python that makes them again."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from kshim.errors import NotSupported

_SETTINGS = ("device", "dtype", "_weight", "_freeze", "inplace")
_OPEN = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
# Where a module keeps a constructor's argument under another name.
_KEPT_AS = {"dropout": "input_dropout"}
_MISSING = object()
_POOLS = (
    nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d,
)  # fmt: skip


@dataclass(frozen=True)
class Given:
    """Hold one argument of a constructor.

    Attributes:
        by_name: its name stands before it.
        usual: the value is what the constructor takes for granted; it is left out.
    """

    name: str
    value: Any
    by_name: bool
    usual: bool = False


def arguments_of(module: nn.Module, who: str) -> tuple[Given, ...]:
    """Return what makes a module like this one, before its weights are loaded.

    Args:
        who: the layer, as messages name it.

    Raises:
        NotSupported: when an argument cannot be read from the module.
    """
    found = []
    parameters = _parameters(type(module))
    for parameter in sorted(parameters, key=lambda one: one.kind is one.KEYWORD_ONLY):
        value = _argument(module, parameter.name)
        if value is _MISSING:
            raise _refusal(
                who, f"{type(module).__name__}, which does not tell its {parameter.name}"
            )
        if _is_of_torch(type(module)):
            value = _plain_size(module, parameter.name, value)
        required = parameter.default is inspect.Parameter.empty
        usual = (parameter.default, _for_each_axis(parameter.default, value))
        by_name = not required or parameter.kind is inspect.Parameter.KEYWORD_ONLY
        found.append(Given(parameter.name, value, by_name, not required and value in usual))
    return tuple(found)


def spelled_call(kind: type[nn.Module], given: Iterable[Given], who: str) -> str:
    """Return the call of a constructor; a `Name` among the values is written as it is.

    Raises:
        NotSupported: when an argument cannot be written.
    """
    parts = [
        f"{one.name}={spelled(one.value, who)}" if one.by_name else spelled(one.value, who)
        for one in given
        if not one.usual
    ]
    own = "nn." if _is_of_torch(kind) else ""
    return f"{own}{kind.__name__}({', '.join(parts)})"


def spelled_module(module: nn.Module, who: str) -> str:
    """Return the call that makes a module like this one, before its weights are loaded.

    Raises:
        NotSupported: when an argument cannot be read from the module, or cannot be written.
    """
    return spelled_call(type(module), arguments_of(module, who), who)


@dataclass(frozen=True)
class Name:
    """Stand for a variable among values."""

    word: str


def spelled(value: Any, who: str) -> str:
    """Return a value as Python that makes it.

    Raises:
        NotSupported: for a value that is neither a number, a word, a torch word nor a list of such.
    """
    if isinstance(value, Name):
        return value.word
    if value is Ellipsis:
        return "..."
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, str):
        text = repr(value)
        return f'"{text[1:-1]}"' if text[0] == "'" and '"' not in text else text
    if isinstance(value, float):
        return repr(_short(value))
    if value is None or isinstance(value, bool | int | torch.dtype):
        return repr(value)
    if isinstance(value, slice):
        parts = (value.start, value.stop, value.step)
        return f"slice({', '.join(spelled(part, who) for part in parts)})"
    if isinstance(value, list):
        return f"[{', '.join(spelled(item, who) for item in value)}]"
    if isinstance(value, tuple):
        inner = ", ".join(spelled(item, who) for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    name = getattr(value, "__name__", "")
    for home, word in ((torch, "torch"), (nn.functional, "nn.functional")):
        if getattr(home, name, None) is value:
            return f"{word}.{name}"
    if is_carried(value):
        return str(value.__code__.co_name)
    raise _refusal(who, f"a {type(value).__name__}")


def _short(value: float) -> float:
    """Return 0.01 for 0.010000000000000009, which is 1 - 0.99: the same but for rounding."""
    short = float(f"{value:.12g}")
    return short if math.isclose(short, value, rel_tol=1e-15) else value


def is_carried(value: Any) -> bool:
    """Return whether a value is a function of ours whose text can go along."""
    homes = ("kshim.activations", "kshim.nn.")
    return inspect.isfunction(value) and value.__module__.startswith(homes)


def _parameters(kind: type[nn.Module]) -> list[inspect.Parameter]:
    """Return a constructor's parameters, those that it hands on to classes of ours too."""
    found: dict[str, inspect.Parameter] = {}
    for one in kind.__mro__:
        if "__init__" not in vars(one):
            continue
        parameters = inspect.signature(one.__init__).parameters.values()  # type: ignore[misc]
        for parameter in list(parameters)[1:]:
            if parameter.kind not in _OPEN and parameter.name not in _SETTINGS:
                found.setdefault(parameter.name, parameter)
        if not any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters):
            break
        if any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters):
            continue  # it hands all on, to torch's classes too
        if not any("__init__" in vars(base) for base in _ours_above(kind, one)):
            break
    return list(found.values())


def _is_of_torch(kind: type) -> bool:
    return kind.__module__.startswith("torch.nn.")


def _plain_size(module: nn.Module, name: str, value: Any) -> Any:
    """Return sizes as one would write them: 3 for the (3, 3) of a kernel, 8 for (8,) features."""
    if name == "normalized_shape":
        return value[0] if len(value) == 1 else value
    if name not in ("kernel_size", "stride", "padding", "dilation"):
        return value
    if name == "stride" and isinstance(module, _POOLS) and value == module.kernel_size:
        return None
    alike = isinstance(value, tuple) and len(set(value)) == 1
    return value[0] if alike else value


def _ours_above(kind: type, one: type) -> list[type]:
    above = kind.__mro__[kind.__mro__.index(one) + 1 :]
    return [base for base in above if base.__module__.startswith("kshim.nn.")]


def _for_each_axis(default: Any, value: Any) -> Any:
    """Return a default number as the module keeps it, once for each axis."""
    return (default,) * len(value) if isinstance(value, tuple) and value else default


def _argument(module: Any, name: str) -> Any:
    """Return what a module was made with; `_MISSING` where it does not tell."""
    if name == "bias":
        bias = getattr(module, "bias", None)
        return bias if isinstance(bias, bool) else bias is not None
    if name == "implementation":
        return 1 if getattr(module, "drops_apart", False) else 2
    if name in ("activation", "recurrent_activation") and isinstance(module, nn.RNNBase):
        usual = torch.tanh if name == "activation" else torch.sigmoid
        value = getattr(module, name, usual)
        return None if value is usual else value
    if name == "kernel_size" and not hasattr(module, name) and hasattr(module, "weight_ih"):
        return tuple(module.weight_ih.shape[2:])
    if name == "shape" and isinstance(getattr(module, "weight", None), torch.Tensor):
        return tuple(module.weight.shape)
    if name == "scale" and type(module).__name__ == "Attention":
        return None if module.scale is None else tuple(module.scale.shape)
    if name == "bias_shape":
        return None if module.bias is None else tuple(module.bias.shape)
    if name in ("scale", "center") and isinstance(module, nn.modules.batchnorm._BatchNorm):
        return getattr(module, "weight" if name == "scale" else "bias") is not None
    if name == "dropout" and not hasattr(module, "input_dropout"):
        return getattr(module, name, _MISSING)
    return getattr(module, _KEPT_AS.get(name, name), _MISSING)


def _refusal(who: str, given: str) -> NotSupported:
    return NotSupported(
        f"to_source: {who} must be made of torch modules with plain arguments, got {given}. "
        "Export the model up to that layer, or write the model with to_onnx."
    )
