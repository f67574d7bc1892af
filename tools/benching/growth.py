"""How the cost of `fit` grows with batch size, width, depth, sequence length and samples."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import nn

from tools.benching.tables import Contenders, median, print_table
from tools.benching.twins import Last


def _dense(width: int, depth: int) -> Callable[[Any], Any]:
    def build(keras: Any) -> Any:
        layers = keras.layers
        inner = [layers.Dense(width, activation="relu") for _ in range(depth)]
        return keras.models.Sequential([layers.Input((32,)), *inner, layers.Dense(1)])

    return build


def _plain_dense(width: int, depth: int) -> nn.Module:
    sizes = [32, *[width] * depth]
    inner = [it for a, b in pairwise(sizes) for it in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*inner, nn.Linear(width, 1))


def _lstm(keras: Any) -> Any:
    layers = keras.layers
    return keras.models.Sequential([layers.Input((None, 16)), layers.LSTM(32), layers.Dense(1)])


def _plain_lstm() -> nn.Module:
    return nn.Sequential(Last(nn.LSTM(16, 32, batch_first=True)), nn.Linear(32, 1))


# What grows: its sizes, and for a size the two networks, the shape of a sample, samples and batch.
GROWING: dict[str, tuple[Sequence[int], Callable[[int], tuple[Any, ...]]]] = {
    "batch size": ((8, 32, 128, 512), lambda n: (
        _dense(64, 2), lambda: _plain_dense(64, 2), (32,), 4096, n)),
    "width": ((32, 128, 512, 2048), lambda n: (
        _dense(n, 2), lambda: _plain_dense(n, 2), (32,), 512, 64)),
    "depth": ((2, 8, 32, 128), lambda n: (
        _dense(32, n), lambda: _plain_dense(32, n), (32,), 512, 64)),
    "sequence length": ((16, 64, 256, 1024), lambda n: (
        _lstm, _plain_lstm, (n, 16), 64, 16)),
    "samples": ((512, 2048, 8192, 32768), lambda n: (
        _dense(64, 2), lambda: _plain_dense(64, 2), (32,), n, 64)),
}  # fmt: skip


def measure(contenders: Contenders, chosen: Any) -> None:
    """Print, and draw, the seconds of an epoch against each size."""
    torch.set_num_threads(chosen.threads)
    curves = {title: _curve(sizes, make, chosen.rounds) for title, (sizes, make) in GROWING.items()}
    print("Growth: seconds of an epoch of fit, of the plain loop, and their ratio")
    rows = [
        [f"{title} {size}", ours, plain, ours / plain]
        for title, (sizes, found) in curves.items()
        for size, ours, plain in zip(sizes, found["kshim"], found["torch"])
    ]
    print_table(["", "kshim", "torch", "ratio"], rows)
    if chosen.curves:
        from tools.benching.charts import lines

        lines(curves, chosen.curves)


def _curve(sizes: Sequence[int], make: Any, rounds: int) -> tuple[Sequence[int], dict[str, Any]]:
    found: dict[str, list[float]] = {"kshim": [], "torch": []}
    for size in sizes:
        runs = dict(zip(("kshim", "torch"), _runs(*make(size))))
        times: dict[str, list[float]] = {name: [] for name in runs}
        for place in range(rounds + 1):
            for name, run in runs.items():
                start = time.perf_counter()
                run()
                if place:
                    times[name].append(time.perf_counter() - start)
        for name, it in times.items():
            found[name].append(median(it))
    return sizes, found


def _runs(build: Any, plain: Any, shape: Any, samples: int, batch: int) -> tuple[Any, Any]:
    """Return an epoch of `fit`, and one of the plain loop."""
    from tools.benching.worker import open_keras

    x, y = torch.randn(samples, *shape), torch.randn(samples, 1)
    model, net = build(open_keras("kshim", torch.get_num_threads())), plain()
    model.compile("adam", "mse")
    optimizer = torch.optim.Adam(net.parameters())

    def by_hand() -> None:
        order = torch.randperm(samples)
        for start in range(0, samples, batch):
            chosen = order[start : start + batch]
            optimizer.zero_grad(set_to_none=True)
            nn.functional.mse_loss(net(x[chosen]), y[chosen]).backward()
            optimizer.step()

    return lambda: model.fit(x, y, batch_size=batch, epochs=1, verbose=0), by_hand
