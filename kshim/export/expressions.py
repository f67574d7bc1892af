"""Expressions: the nodes of a lowered graph as Python, given the texts of what they use."""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable
from typing import Any

import torch
from torch import fx, nn

from kshim.errors import NotSupported
from kshim.export.spelling import spelled
from kshim.export.wrapping import bare

INFIX: dict[Any, str] = {
    operator.add: "+", torch.add: "+", operator.sub: "-", torch.sub: "-", operator.mul: "*",
    torch.mul: "*", operator.truediv: "/", operator.pow: "**", operator.matmul: "@",
    operator.lt: "<", operator.gt: ">", operator.le: "<=", operator.ge: ">=", operator.eq: "==",
    operator.ne: "!=", operator.and_: "&", operator.or_: "|", operator.floordiv: "//",
    operator.mod: "%",
}  # fmt: skip
_TIGHT = (operator.mul, torch.mul, operator.truediv, operator.matmul)  # bind closer than a sum
_PREFIX = {operator.neg: "-", operator.invert: "~"}
# What torch takes for granted.
_UNTOLD = {
    "keepdim": False, "mode": "constant", "value": None, "out": None, "inplace": False,
    "approximate": "none",
}  # fmt: skip
_KEEPDIM_LAST = (
    torch.sum, torch.mean, torch.prod, torch.amax, torch.amin, torch.any, torch.all, torch.argmax,
    torch.argmin,
)  # fmt: skip


class Expressions:
    """Write single nodes.

    Attributes:
        texts: what stands for each node that is written already.
    """

    def __init__(self, who: str, module: Callable[[fx.Node], nn.Module]) -> None:
        self.who, self.module = who, module
        self.texts: dict[fx.Node, str] = {}

    def call(self, node: fx.Node, attribute: str, entry: str, states: str) -> str:
        """Return the call of a module.

        Args:
            attribute: where the class holds it.
            entry: a pattern for its first argument.
            states: how a recurrent module of torch's takes its states; "" for any other.
        """
        values = [bare(self.value(value)) for value in node.args]
        values[0] = entry.format(values[0] if entry == "{}" else _member(values[0], entry))
        usual = inspect.signature(type(self.module(node)).forward).parameters
        for key, value in node.kwargs.items():
            default = usual[key].default if key in usual else inspect.Parameter.empty
            if states and key == "states":
                values.append(self._states(value, states))
            elif value is not default and value != default:
                values.append(f"{key}={bare(self.value(value))}")
        return f"self.{attribute}({', '.join(values)})"

    def _states(self, value: Any, states: str) -> str:
        stacked = [_stacked(self.value(one)) for one in value]
        return stacked[0] if states == "single" else f"({', '.join(stacked)})"

    def operation(self, node: fx.Node) -> str:
        """Return a node that calls no module.

        Raises:
            NotSupported: for a function that is none of torch's.
        """
        values = [self.value(value) for value in node.args]
        named = [
            f"{key}={bare(self.value(value))}"
            for key, value in node.kwargs.items()
            if _UNTOLD.get(key, node) != value
        ]
        if node.op == "call_method":
            return f"{values[0]}.{node.target}({', '.join([*map(bare, values[1:]), *named])})"
        target: Any = node.target
        if target is getattr:
            return f"{values[0]}.{node.args[1]}"
        if target in INFIX and len(values) == 2 and not named:
            return self._infix(INFIX[target], node.args, values)
        if target in _PREFIX:
            return f"({_PREFIX[target]}{values[0]})"
        if target is operator.getitem:
            return f"{values[0]}[{self.index(node.args[1])}]"
        if target is torch.permute and isinstance(node.args[1], tuple):
            return f"{values[0]}.permute({', '.join(map(str, node.args[1]))})"
        if target is nn.functional.hardtanh and (
            node.kwargs.get("min_val"),
            node.kwargs.get("max_val"),
        ) == (0.0, 6.0):
            return f"nn.functional.relu6({bare(values[0])})"
        if target in _KEEPDIM_LAST and len(node.args) == 3 and node.args[2] is False:
            values = values[:2]
        return f"{self.function(target)}({', '.join([*map(bare, values), *named])})"

    def _infix(self, sign: str, args: Any, values: list[str]) -> str:
        """Return an operation between two values, products in sums without brackets."""
        if sign in "+-":
            values = [
                bare(text) if getattr(arg, "target", None) in _TIGHT else text
                for arg, text in zip(args, values, strict=True)
            ]
        if sign == "+" and values[1].startswith("-"):
            return f"({values[0]} - {values[1][1:]})"
        return f"({values[0]} {sign} {values[1]})"

    def function(self, target: Any) -> str:
        """Return torch's name for a function."""
        name = getattr(target, "__name__", "")
        for home, word in ((torch, "torch"), (nn.functional, "nn.functional")):
            if getattr(home, name, None) is target:
                # What torch keeps under a private name is public too: nn.functional.threshold.
                return f"{word}.{name.removeprefix('_')}"
        raise NotSupported(
            f"to_source: {self.who} must be made of torch operations, got the function "
            f"{name or target!r}. If it is yours, write it with K functions or torch operations, "
            "without Python conditions on values."
        )

    def value(self, value: Any) -> str:
        """Return an argument."""
        if isinstance(value, fx.Node):
            return self.texts[value]
        if isinstance(value, list | tuple) and any(isinstance(v, fx.Node) for v in value):
            inner = ", ".join(bare(self.value(item)) for item in value)
            if isinstance(value, list):
                return f"[{inner}]"
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        if isinstance(value, slice) and any(
            isinstance(part, fx.Node) for part in (value.start, value.stop, value.step)
        ):
            parts = (value.start, value.stop, value.step)
            return f"slice({', '.join(map(self.value, parts))})"
        return spelled(value, self.who)

    def index(self, index: Any) -> str:
        """Return what stands between the brackets of an index."""
        if isinstance(index, tuple) and index:
            inner = ", ".join(self.index(part) for part in index)
            return f"{inner}," if len(index) == 1 else inner
        if isinstance(index, slice):
            ends = ["" if end is None else self.value(end) for end in (index.start, index.stop)]
            step = "" if index.step is None else f":{self.value(index.step)}"
            return f"{ends[0]}:{ends[1]}{step}"
        return self.value(index)


def _member(text: str, entry: str) -> str:
    """Return an expression that a method can be called on."""
    simple = not entry.startswith("{}.") or text.replace(".", "").replace("_", "").isalnum()
    return text if simple or text.endswith((")", "]")) else f"({text})"


def _stacked(text: str) -> str:
    """Return a state (batch, units) as torch's (1, batch, units)."""
    return text[:-3] if text.endswith("[0]") else f"{text}.unsqueeze(0)"
