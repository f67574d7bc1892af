"""Docstrings: every public layer says what it does, its shapes and its source, and shows a call."""

from __future__ import annotations

import ast
import doctest
import inspect
from typing import Any

import pytest

from kshim import layers
from kshim.layers import Layer

PUBLIC = {name: getattr(layers, name) for name in layers.__all__}
LAYERS = {
    it.__name__: it for it in PUBLIC.values() if inspect.isclass(it) and issubclass(it, Layer)
}
# What cannot be shown in a line: bases, cells, code of the user's own.
NOT_SHOWN = (
    "AbstractRNNCell", "ConvLSTM2DCell", "DenseFeatures", "FlaxLayer", "GRUCell", "InputLayer",
    "JaxLayer", "LSTMCell", "Lambda", "Layer", "Merge", "Operation", "SimpleRNNCell",
    "StackedRNNCells", "TFSMLayer", "TorchModuleWrapper", "Wrapper",
)  # fmt: skip


def told(kind: Any) -> str:
    """Return the docstrings of a class, of its bases in kshim, and of their files."""
    own = [it for it in kind.__mro__ if it.__module__.startswith("kshim")]
    return "\n".join(
        (it.__dict__.get("__doc__") or "") + (inspect.getmodule(it).__doc__ or "") for it in own
    )


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_has_a_docstring_of_its_own(name: str) -> None:
    it = PUBLIC[name]
    first = (it.__dict__["__doc__"] if inspect.isclass(it) else it.__doc__).splitlines()[0]
    assert first[0].isupper() and first[-1] in ".:"


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_tells_its_shapes_and_its_source(name: str) -> None:
    words = told(LAYERS[name])
    assert "Shapes" in words
    assert "Source:" in words


@pytest.mark.parametrize("name", sorted(set(LAYERS) - set(NOT_SHOWN)))
def test_every_layer_shows_a_call_that_runs(name: str) -> None:
    examples = doctest.DocTestFinder(recurse=False).find(
        LAYERS[name], name, globs=dict(PUBLIC), module=False
    )
    assert examples and examples[0].examples, "no example"
    for example in examples:
        result = doctest.DocTestRunner(verbose=False).run(example, out=lambda text: None)
        assert result.failed == 0, example.docstring


def test_every_method_and_function_of_the_layers_has_a_docstring() -> None:
    modules = {inspect.getmodule(it) for it in PUBLIC.values()}
    for module in modules - {None}:
        tree = ast.parse(inspect.getsource(module))
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        for node in [*tree.body, *(inner for kind in classes for inner in kind.body)]:
            named = isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_"
            sets = any(
                getattr(it, "attr", "") == "setter" for it in getattr(node, "decorator_list", [])
            )
            if named and not sets:
                assert ast.get_docstring(node), f"{module.__name__}: {node.name}"
