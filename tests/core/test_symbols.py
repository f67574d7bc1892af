"""Symbols: what they tell of themselves, what they refuse, and the nodes behind them."""

from __future__ import annotations

import operator

import pytest
import torch

from kshim import layers as L
from kshim.core.symbols import Symbol, map_symbols, symbols_in
from kshim.errors import StateError


def test_a_symbol_tells_its_shape_in_every_dialect() -> None:
    symbol = L.Input((3, 4), dtype="int32")
    assert symbol.shape == symbol._keras_shape == (None, 3, 4)
    assert symbol.get_shape().as_list() == [None, 3, 4]
    assert (symbol.ndim, symbol.dim(), symbol.shape.ndims, symbol.dtype) == (3, 3, 3, "int32")


def test_a_symbol_knows_the_call_that_makes_it() -> None:
    layer = L.Dense(2)
    first, second = layer(L.Input((3,))), layer(L.Input((3,)))
    assert second._keras_history == (layer, 1, 0)
    assert [node.outputs for node in layer.inbound_nodes] == [first, second]
    assert second.node is not None and second.node.key == f"{layer.name}_ib-1"


def test_a_symbol_has_no_value_yet() -> None:
    symbol = L.Input((3,))
    with pytest.raises(StateError, match=r"has none yet\. Use K\.switch"):
        bool(symbol)
    with pytest.raises(StateError, match="Index it"):
        list(symbol)
    with pytest.raises(StateError, match="must be made by a layer"):
        _ = Symbol((None, 3), "float32")._keras_history


@pytest.mark.parametrize("word", ["add", "sub", "mul", "truediv", "pow", "lt", "ge"])
def test_operators_record_nodes_on_both_sides(word: str) -> None:
    function = getattr(operator, word)
    symbol = L.Input((3,))
    assert function(symbol, 2.0).shape == function(2.0, symbol).shape == (None, 3)


def test_torch_functions_and_indexing_record_nodes() -> None:
    symbol = L.Input((3, 4))
    assert torch.sum(symbol, dim=1).shape == (None, 4)
    assert symbol[:, 0].shape == (None, 4)
    assert (symbol @ torch.ones(4, 5)).shape == (None, 3, 5)
    assert (symbol > 0).dtype == "bool"


def test_symbols_are_found_in_nested_structures_and_mapped() -> None:
    one, two = L.Input((3,)), L.Input((4,))
    nested = [one, {"x": (two, 5)}]
    assert symbols_in(nested) == [one, two]
    assert map_symbols(lambda symbol: symbol.shape[1], nested) == [3, {"x": (4, 5)}]
