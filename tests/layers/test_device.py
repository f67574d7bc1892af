"""Device: where new weights are made."""

from __future__ import annotations

from threading import Thread

import pytest

import kshim
from kshim import layers as L
from kshim.core.scoped import Scoped
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
