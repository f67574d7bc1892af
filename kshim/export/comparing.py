"""Comparing: a model layer by layer with what the Keras it comes from computed.

Every layer is looked at twice: with what the layers before it made here, as it predicts, and with
what they made there, which tells its own part in a difference.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from kshim.core.settings import in_phase
from kshim.core.symbols import symbols_in
from kshim.errors import ArgumentError, NotSupported, ShapeError
from kshim.export.causes import Call, likely_causes
from kshim.export.differing import Array, difference, key_of, tensors_like
from kshim.export.pages import write_page
from kshim.layers.handing import listed

Arrays = Mapping[str, Array]
NOT_THERE = float("nan")
MOST_NAMED = 8


@dataclass(frozen=True)
class Row:
    """Tell how far one layer is from the reference.

    Attributes:
        key: the layer's name, with `@1` for its second call and `:1` for its second output.
        kind: its class.
        shape: of its output here.
        difference: the largest, absolute below 1 and relative above; nan where the reference lacks
            the layer, inf where shapes or nan differ.
        own: the same when the layer is given the reference's own inputs.
    """

    key: str
    kind: str
    shape: tuple[int, ...]
    difference: float
    own: float


@dataclass(frozen=True)
class Comparison:
    """Hold what `compare` found.

    Attributes:
        rows: one for each output of each layer, in the order in which they run.
        first: the first row whose own difference is above the tolerance, or None.
        causes: what would explain it, the likeliest first.
        unknown: entries of the reference that no layer bears the name of.
        ends: of the first row that diverges, or else of the last: numbers here and there.
    """

    model: str
    era: str
    tolerance: float
    rows: list[Row]
    first: Row | None
    causes: list[str]
    unknown: list[str] = field(default_factory=list)
    ends: tuple[Array, Array] | None = None

    @property
    def agrees(self) -> bool:
        """Return whether all layers that could be compared are within the tolerance."""
        known = [row.difference for row in self.rows if not np.isnan(row.difference)]
        return bool(known) and max(known) <= self.tolerance

    @property
    def verdict(self) -> str:
        """Return the result in one sentence."""
        worst = max((row.difference for row in self.rows if row.difference >= 0), default=NOT_THERE)
        if np.isnan(worst):
            return f"{self.model}: no layer could be compared: the reference has none of its names."
        if self.agrees:
            return f"{self.model}: all layers agree; the largest difference is {worst:.1e}."
        if self.first is None:
            return (
                f"{self.model}: each layer agrees when given the reference's inputs, rounding adds "
                f"up to {worst:.1e}, above {self.tolerance:.0e}."
            )
        return (
            f"{self.model}: {self.first.kind} {self.first.key!r} is the first that diverges, "
            f"by {self.first.own:.1e}."
        )

    def __str__(self) -> str:
        """Return the verdict, the likely causes and a table."""
        width = max([len(row.key) for row in self.rows] + [5])
        kind = max([len(row.kind) for row in self.rows] + [5])
        lines = [self.verdict, *(f"  likely: {cause}" for cause in self.causes), ""]
        lines.append(f"  {'layer':{width}}  {'class':{kind}}  difference  by itself  shape")
        for row in self.rows:
            mark = "*" if row == self.first else "!" if row.difference > self.tolerance else " "
            numbers = f"{_shown(row.difference):>10}  {_shown(row.own):>9}"
            lines.append(f"{mark} {row.key:{width}}  {row.kind:{kind}}  {numbers}  {row.shape}")
        if self.unknown:
            more = ", ..." if len(self.unknown) > MOST_NAMED else ""
            lines += ["", f"  not in the model: {', '.join(self.unknown[:MOST_NAMED])}{more}"]
        return "\n".join(lines)


def compare(
    model: Any,
    inputs: Any,
    reference: Any,
    *,
    tolerance: float = 1e-5,
    page: str | os.PathLike[str] | None = None,
) -> Comparison:
    """Compare a model layer by layer with outputs that the old Keras recorded.

    Args:
        inputs: an .npz file, a dict by the inputs' names, or arrays in the inputs' order.
        reference: an .npz file or a dict: each layer's output by the layer's name, as the script
            that `recorder()` returns writes it.
        tolerance: how much an output may differ: absolute below 1, else relative.
        page: where a page of HTML goes that shows the table and two plots.

    Raises:
        ArgumentError: when inputs are missing.
        NotSupported: for a model without a graph, whose layers have no outputs of their own.
    """
    if model.graph is None:
        raise NotSupported(
            f"{model.who}: layers must be joined in a graph to be compared one by one, got a class "
            "with a call of its own. Compare what it predicts."
        )
    given = _inputs_of(model, _arrays(inputs))
    wanted = _arrays(reference)
    found = _compared(model, given, wanted, tolerance)
    if page is not None:
        write_page(found, page)
    return found


def _compared(model: Any, given: list[Array], wanted: Arrays, tolerance: float) -> Comparison:
    rows: list[Row] = []
    first: Row | None = None
    causes: list[str] = []
    ends: tuple[Array, Array] | None = None
    here: dict[int, Any] = dict(zip(map(id, model.graph.input_symbols), given, strict=True))
    there = dict(here)
    turns: dict[int, int] = {}
    names = {layer.name for layer in model.graph.layers}
    with torch.no_grad(), in_phase(False):
        model.eval()
        for node in model.graph.nodes:
            turn = turns[id(node.layer)] = turns.get(id(node.layer), -1) + 1
            call = Call(node, here), Call(node, there)
            made, alone = (listed(it()) for it in call)
            for place, symbol in enumerate(symbols_in(node.outputs)):
                key = key_of(node.layer.name, turn, place)
                mine, told = made[place], wanted.get(key)
                here[id(symbol)] = mine
                there[id(symbol)] = mine if told is None else tensors_like(told, alone[place])
                row = Row(
                    key, type(node.layer).__name__, tuple(mine.shape),
                    NOT_THERE if told is None else difference(mine, told),
                    NOT_THERE if told is None else difference(alone[place], told),
                )  # fmt: skip
                rows.append(row)
                if told is not None and first is None:
                    ends = (mine.detach().cpu().numpy(), np.asarray(told))
                    if row.own > tolerance:
                        first, causes = row, likely_causes(call[1], place, told, tolerance)
    unknown = [key for key in wanted if key.partition("@")[0].partition(":")[0] not in names]
    return Comparison(model.name, model.era, tolerance, rows, first, causes, unknown, ends)


def _arrays(source: Any) -> Any:
    """Return arrays by name, of a file or as they were given."""
    if isinstance(source, str | os.PathLike):
        try:
            with np.load(source, allow_pickle=False) as stored:
                return {name: stored[name] for name in stored.files}
        except (OSError, ValueError) as error:
            reason = str(error).partition("\n")[0]
            wanted = "an .npz file of numbers"
            raise ArgumentError("file", wanted, f"{source}: {reason}", who="compare") from None
    return source


def _inputs_of(model: Any, source: Any) -> list[Any]:
    """Return the inputs as tensors, in the model's order."""
    symbols, names = model.graph.input_symbols, model.input_names
    if isinstance(source, Mapping):
        named = all(name in source for name in names)
        arrays = [source[name] for name in names] if named else list(source.values())
    else:
        arrays = list(source) if isinstance(source, list | tuple) else [source]
    if len(arrays) != len(symbols):
        wanted = f"arrays named {', '.join(names)}, or {len(symbols)} in their order"
        raise ArgumentError("inputs", wanted, f"{len(arrays)} arrays", who="compare")
    for name, symbol, array in zip(names, symbols, arrays, strict=True):
        fits = len(array.shape) == len(symbol.shape) and all(
            size in (None, held) for size, held in zip(symbol.shape, array.shape, strict=True)
        )
        if not fits:
            raise ShapeError(
                f"compare: input {name!r} must have shape {tuple(symbol.shape)}, got {array.shape}."
            )
    return [
        torch.as_tensor(np.asarray(array)).to(model.device, getattr(torch, symbol.dtype))
        for symbol, array in zip(symbols, arrays, strict=True)
    ]


def _shown(number: float) -> str:
    return "-" if np.isnan(number) else f"{number:.1e}"
