"""The benchmark's two contenders run the same networks on the same data, in turn."""

from __future__ import annotations

import types

import numpy as np
import pytest
import torch

import kshim.layers
import kshim.losses
import kshim.models
from tools.benching import twins
from tools.benching.parts import speed, with_fits
from tools.benching.tables import Contenders, ratios
from tools.benching.workloads import WORKLOADS

KSHIM = types.SimpleNamespace(
    layers=kshim.layers, losses=kshim.losses, models=kshim.models
)  # fmt: skip


@pytest.mark.parametrize("name", WORKLOADS)
def test_twins_are_of_one_size(name: str) -> None:
    work = WORKLOADS[name]
    model, net = work.build(KSHIM), getattr(twins, work.twin)()
    counts = sum(weight.numel() for weight in net.parameters())
    # torch's recurrent layers have two biases where Keras has one, and it has no moving statistics.
    seconds = sum(
        weight.numel() for weight_name, weight in net.named_parameters() if "bias_hh" in weight_name
    )
    ours = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert ours in (counts, counts - seconds)


@pytest.mark.parametrize("name", WORKLOADS)
def test_twins_take_the_same_data(name: str) -> None:
    work = WORKLOADS[name]
    x, y = work.data()
    net = getattr(twins, work.twin)()
    with torch.inference_mode():
        made = net(torch.from_numpy(x[:2]))
    assert made.shape == work.build(KSHIM).predict(x[:2]).shape
    assert len(x) == len(y) == work.samples


def test_ratios_are_taken_round_by_round() -> None:
    assert ratios({"torch": [1.0, 2.0], "kshim": [2.0, 1.0]})["kshim"] == [2.0, 0.5]


def test_the_readme_has_a_place_for_the_times() -> None:
    page = "before\n<!-- fits -->\nold\n<!-- end of fits -->\nafter\n"
    told = types.SimpleNamespace(threads=2, rounds=5)
    written = with_fits(page, {"mlp": {"torch": 1.0, "kshim": 0.5}}, told)
    assert "| mlp | 0.50 |" in written and "old" not in written
    assert with_fits(written, {"mlp": {"torch": 1.0, "kshim": 0.5}}, told) == written


def test_a_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = types.SimpleNamespace(workloads=["tiny mlp"], rounds=1, chart=None, readme=False)
    speed(Contenders({}, 1), chosen)
    printed = capsys.readouterr().out
    assert "tiny mlp" in printed
    assert "kshim / torch" in printed
