"""Opsets: a graph in the operators of another version of ONNX than torch's exporter writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kshim.errors import ArgumentError, NotSupported
from kshim.export.needing import need

_OLDEST = 7  # what onnxruntime runs
_WIDENED = 14  # takes more types than 13, of which no model here has any


def need_known(opset: int | None) -> None:
    """Refuse a version that ONNX does not have, or that nothing runs any more."""
    newest = need("onnx").defs.onnx_opset_version()
    known = isinstance(opset, int) and not isinstance(opset, bool) and _OLDEST <= opset <= newest
    if opset is not None and not known:
        wanted = f"a whole number from {_OLDEST} to {newest}"
        raise ArgumentError("opset", wanted, opset, who="to_onnx")


class OldOpset(NotSupported):
    """Say that a graph has operators which a version of ONNX has not.

    Attributes:
        asked: the version.
        oldest: the first that has them all.
        operators: those that the version before it lacks.
    """

    def __init__(
        self, asked: int, oldest: int, operators: Sequence[str], layer: str | None = None
    ) -> None:
        """Tell what to do; `layer` is the first that needs the operators."""
        self.asked, self.oldest, self.operators = asked, oldest, operators
        where = f" The first layer that needs it is {layer}." if layer else ""
        instead = ", or export the model up to that layer" if layer else ""
        super().__init__(
            f"to_onnx: opset must be {oldest} or more for the {', '.join(operators)} of this "
            f"model, got {asked}.{where} Leave it out, or give {oldest}{instead}."
        )

    def of(self, layer: str | None) -> OldOpset:
        """Return the same, naming a layer."""
        return OldOpset(self.asked, self.oldest, self.operators, layer)


def set_opset(model: Any, opset: int | None) -> None:
    """Say a model of onnx_ir in the operators of one version.

    Raises:
        OldOpset: when it cannot be said so; the message tells the oldest that can, and which
            operators are in the way.
    """
    written = model.opset_imports[""]
    if opset is None or opset == written:
        return
    convert = need("onnxscript.version_converter").convert_version
    oldest = opset
    for oldest in range(opset, max(opset, written) + 1):
        convert(model, oldest, fallback=True)
        if model.opset_imports[""] == oldest:
            break
    if oldest == _WIDENED and opset < _WIDENED and _narrow(model):
        oldest = _WIDENED - 1
    if oldest != opset:
        raise OldOpset(opset, oldest, _changed(model, oldest - 1))


def _nodes(model: Any) -> list[Any]:
    every = need("onnx_ir.traversal").RecursiveGraphIterator(model.graph)
    return [node for node in every if not node.domain]


def _schema(kind: str, opset: int) -> Any:
    """Return what an operator is in a version; None where it is not there."""
    defs = need("onnx").defs
    return defs.get_schema(kind, opset) if defs.has(kind) and _since(kind) <= opset else None


def _since(kind: str) -> int:
    """Return the version that an operator came with."""
    every = need("onnx").defs.get_all_schemas_with_history()
    return min(one.since_version for one in every if one.name == kind and not one.domain)


def _changed(model: Any, opset: int) -> list[str]:
    """Return the operators that are not the same in an older version."""
    now = model.opset_imports[""]
    kinds = dict.fromkeys(node.op_type for node in _nodes(model))
    found = [
        kind
        for kind in kinds
        if (old := _schema(kind, opset)) is None
        or old.since_version != _schema(kind, now).since_version
    ]
    return found or ["operators"]


def _narrow(model: Any) -> bool:
    """Say version 14 as 13, which onnx's converter does not: all but the types stays the same."""
    idle: list[tuple[Any, str]] = []
    for node in _nodes(model):
        old, new = (_schema(node.op_type, opset) for opset in (_WIDENED - 1, _WIDENED))
        if old is None:
            return False
        for name, attribute in node.attributes.items():
            if name in old.attributes:
                continue
            usual = need("onnx").helper.get_attribute_value(new.attributes[name].default_value)
            if attribute.value != usual and not _is_whole(node, name):
                return False
            idle.append((node, name))
    for node, name in idle:
        del node.attributes[name]
    model.opset_imports[""] = _WIDENED - 1
    return True


def _is_whole(node: Any, name: str) -> bool:
    """Return whether a change of shape says no zero, so that what a zero means does not count."""
    sizes = node.inputs[1].const_value if name == "allowzero" else None
    return sizes is not None and bool((sizes.numpy() != 0).all())
