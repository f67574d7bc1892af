"""Device: where new weights are made."""

from __future__ import annotations

import os
import subprocess
import sys
from threading import Thread

import pytest

import kshim
from kshim import layers as L
from kshim.core.scoped import Scoped
from kshim.errors import ArgumentError
from kshim.layers import device


@pytest.fixture(autouse=True)
def _own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_chosen", Scoped("test", None))


def test_new_weights_are_made_where_the_block_says() -> None:
    with kshim.device("meta"):
        layer = L.Dense(2, kernel_initializer="zeros")
        layer(L.Input((3,)))
    assert layer.linear.weight.device.type == "meta"


def test_a_device_that_is_set_holds_in_other_threads() -> None:
    device.set_device("meta")
    found: list[str] = []
    thread = Thread(target=lambda: found.append(device.default_device().type))
    thread.start()
    thread.join()
    assert found == ["meta"]


def test_a_device_that_is_named_holds_until_another_is() -> None:
    kshim.device("meta")
    with kshim.device("cpu"):
        assert device.default_device().type == "cpu"
    assert device.default_device().type == "meta"


@pytest.mark.parametrize(
    ("name", "known"),
    [("/cpu:0", "cpu"), ("/device:CPU:0", "cpu"), ("/gpu:1", "cuda:1"), ("GPU:0", "cuda:0"),
     ("/job:localhost/replica:0/task:0/device:GPU:0", "cuda:0"), ("cuda", "cuda")],
)  # fmt: skip
def test_tensorflows_names_of_devices_are_known(name: str, known: str) -> None:
    kshim.device(name)
    assert str(device.default_device()) == known


def test_what_names_no_device_is_refused() -> None:
    with pytest.raises(ArgumentError, match="must be a device such as 'cpu'"):
        kshim.device("abacus")


def test_hidden_cuda_devices_are_not_used() -> None:
    script = "from kshim.layers.device import default_device; print(default_device())"
    hidden = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    told = subprocess.run(
        [sys.executable, "-c", script], env=hidden, capture_output=True, text=True, timeout=120
    )
    assert told.stdout == "cpu\n", told.stderr


def test_each_process_of_a_machine_takes_its_own_cuda_device(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 4)
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert str(device.default_device()) == "cuda:3"
