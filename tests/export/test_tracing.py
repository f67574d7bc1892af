"""What torch's exporter cannot trace by itself is traced all the same."""

from __future__ import annotations

from typing import Any

import pytest

from kshim import layers as L
from kshim.export.onnx import to_onnx
from kshim.models.sequential import Sequential


@pytest.mark.parametrize(
    "options",
    [
        {}, {"strides": 3}, {"pool_size": 3, "strides": 2}, {"padding": "same"},
        {"pool_size": 5, "strides": 2, "padding": "same"},
        {"pool_size": 4, "strides": 1, "padding": "same"},
    ],
    ids=str,
)  # fmt: skip
def test_the_largest_of_sequences_of_any_length_are_one_node(options: dict[str, Any]) -> None:
    exported = to_onnx(
        Sequential([L.Input((None, 3)), L.MaxPooling1D(**options)]), verbose=False
    )  # three lengths are compared
    assert exported.nodes.count("MaxPool") == 1
    assert exported.difference == 0
    (output,) = exported.model.graph.output
    assert not output.type.tensor_type.shape.dim[1].dim_value


def test_sequences_of_known_length_have_no_other_node() -> None:
    model = Sequential([L.Input((3, 11)), L.MaxPooling1D(3, data_format="channels_first")])
    exported = to_onnx(model, verbose=False)
    assert exported.nodes == ["MaxPool"]
    assert exported.model.graph.output[0].type.tensor_type.shape.dim[2].dim_value == 3
