"""What the tests of the torch modules share: the road through ONNX."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

Exported = tuple[onnx.ModelProto, Callable[..., list[np.ndarray]]]


@pytest.fixture
def export() -> Callable[..., Exported]:
    """Export a module in inference mode; return the ONNX model and what onnxruntime makes of it."""

    def to_onnx(module: nn.Module, arguments: tuple[Any, ...], **free: Any) -> Exported:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's exporter warns of its own insides
            program = torch.onnx.export(
                module.eval(), arguments, dynamo=True, verbose=False, **free
            )
        assert program is not None
        proto = program.model_proto
        onnx.checker.check_model(proto, full_check=True)
        session = onnxruntime.InferenceSession(proto.SerializeToString())
        names = [value.name for value in session.get_inputs()]

        def run(*arrays: np.ndarray) -> list[np.ndarray]:
            outputs: list[np.ndarray] = session.run(None, dict(zip(names, arrays, strict=True)))
            return outputs

        return proto, run

    return to_onnx
