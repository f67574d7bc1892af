"""A file cannot make kshim take memory that its own size does not account for."""

from __future__ import annotations

import json
import resource
from pathlib import Path
from typing import Any

import h5py
import pytest
import torch

from kshim import layers
from kshim.errors import FileError
from kshim.models import Sequential, load_model
from kshim.saving.h5 import GROWTH
from kshim.saving.limits import MemoryLimit

HUGE = 10**9


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.empty(HUGE),
        lambda: torch.zeros((HUGE, 2)),
        lambda: torch.full((HUGE,), 1.0),
        lambda: torch.rand(size=(HUGE,)),
        lambda: torch.eye(10**5),
        lambda: torch.arange(HUGE),
        lambda: torch.randint(0, 2, (HUGE,)),
        lambda: torch.ones(2).new_zeros(HUGE),
        lambda: torch.ones(2).repeat(HUGE),
        lambda: torch.nn.Linear(10**5, 10**5),
    ],
)
def test_a_huge_tensor_is_refused_before_it_is_made(make: Any) -> None:
    told = pytest.raises(FileError, match=r"model\.h5: .* at most 200002000 bytes")
    with told, MemoryLimit("model.h5", 1000):
        make()


def test_tensors_without_values_are_not_counted() -> None:
    with MemoryLimit("model.h5", 1000) as limit:
        torch.empty(HUGE, device="meta")
        torch.full((2,), HUGE)
        torch.ones(5)
    assert limit.taken == 2 * 4 + 5 * 4


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("Dense", {"units": HUGE}),
        ("Embedding", {"input_dim": HUGE, "output_dim": 1000}),
        ("LSTM", {"units": 10**5, "input_shape": [3, 4]}),
        ("Conv1D", {"filters": HUGE, "kernel_size": 3, "input_shape": [5, 4]}),
        ("GRU", {"units": 10**5, "input_shape": [3, 4], "recurrent_initializer": "orthogonal"}),
    ],
)
def test_a_config_of_huge_layers_is_refused(
    kind: str, config: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "model.h5"
    Sequential([layers.Dense(3, input_shape=(4,))]).save(path)
    with h5py.File(path, "a") as file:
        told = json.loads(file.attrs["model_config"])
        told["config"]["layers"] = [
            {"class_name": kind, "config": {"batch_input_shape": [None, 4], **config}}
        ]
        if "input_shape" in config:
            del told["config"]["layers"][0]["config"]["batch_input_shape"]
        file.attrs["model_config"] = json.dumps(told)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FileError, match=r"model\.h5: .*must describe a model of at most"):
        load_model(path)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < GROWTH
