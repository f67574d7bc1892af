"""How fast kshim trains, as a ratio to a plain torch loop measured side by side in the same run.

    python tools/bench.py                       every workload, one table
    python tools/bench.py mlp lstm --rounds 9   some of them, more rounds

Each round runs one epoch of plain torch and one `fit` epoch of kshim, in turn; the table shows the
median of the rounds' ratios (below 1: kshim is faster) and the spread. Absolute times are shown for
orientation: on a shared machine they mean little.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
from torch import Tensor, nn
from torch.nn import functional

from kshim.layers import LSTM, Conv2D, Dense, Flatten, MaxPooling2D
from kshim.models import Sequential


@dataclass
class Workload:
    """Hold one network in both words, and its data."""

    name: str
    kshim: Callable[[], Sequential]
    torch: Callable[[], nn.Module]
    samples: int
    shape: tuple[int, ...]
    classes: int
    batch_size: int

    def data(self) -> tuple[Tensor, Tensor]:
        x = torch.randn(self.samples, *self.shape)
        if not self.classes:
            return x, torch.randn(self.samples, 1)
        return x, torch.randint(self.classes, (self.samples,))


class PlainLSTM(nn.Module):
    def __init__(self, features: int, units: int, classes: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(features, units, batch_first=True)
        self.head = nn.Linear(units, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.lstm(x)[0][:, -1])


class ChannelsFirst(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 3, 1, 2)


def _mlp() -> Sequential:
    return Sequential([
        Dense(512, activation="relu", input_shape=(784,)), Dense(512, activation="relu"),
        Dense(10, activation="softmax"),
    ])  # fmt: skip


def _plain_mlp() -> nn.Module:
    return nn.Sequential(
        nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)
    )


def _tiny() -> Sequential:
    return Sequential([Dense(16, activation="relu", input_shape=(8,)), Dense(1)])


def _plain_tiny() -> nn.Module:
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1))


def _cnn() -> Sequential:
    return Sequential([
        Conv2D(32, 3, activation="relu", padding="same", input_shape=(32, 32, 3)),
        Conv2D(32, 3, activation="relu"), MaxPooling2D(),
        Conv2D(64, 3, activation="relu", padding="same"), Conv2D(64, 3, activation="relu"),
        MaxPooling2D(), Flatten(), Dense(128, activation="relu"), Dense(10, activation="softmax"),
    ])  # fmt: skip


def _plain_cnn() -> nn.Module:
    return nn.Sequential(
        ChannelsFirst(), nn.Conv2d(3, 32, 3, padding="same"), nn.ReLU(), nn.Conv2d(32, 32, 3),
        nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3, padding="same"), nn.ReLU(),
        nn.Conv2d(64, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2304, 128),
        nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip


def _lstm() -> Sequential:
    return Sequential([LSTM(128, input_shape=(80, 32)), Dense(10, activation="softmax")])


WORKLOADS = {
    one.name: one
    for one in (
        Workload("mlp", _mlp, _plain_mlp, 6400, (784,), 10, 128),
        Workload("cnn", _cnn, _plain_cnn, 512, (32, 32, 3), 10, 64),
        Workload("lstm", _lstm, lambda: PlainLSTM(32, 128, 10), 512, (80, 32), 10, 32),
        Workload("tiny mlp", _tiny, _plain_tiny, 6400, (8,), 0, 32),
    )
}


def plain_epoch(net: nn.Module, x: Tensor, y: Tensor, batch: int, optimizer: Any) -> None:
    """Train one epoch as one writes it by hand."""
    net.train()
    order = torch.randperm(len(x))
    for start in range(0, len(x), batch):
        chosen = order[start : start + batch]
        optimizer.zero_grad(set_to_none=True)
        output = net(x[chosen])
        target = y[chosen]
        whole = not target.is_floating_point()
        loss = (functional.cross_entropy if whole else functional.mse_loss)(output, target)
        loss.backward()
        optimizer.step()


def measure(work: Workload, rounds: int) -> tuple[list[float], float, float]:
    """Return the ratios of the rounds, and the median seconds of torch and of kshim."""
    torch.manual_seed(0)
    x, y = work.data()
    net = work.torch()
    optimizer = torch.optim.Adam(net.parameters())
    model = work.kshim()
    model.compile("adam", "sparse_categorical_crossentropy" if work.classes else "mse")

    def by_hand() -> None:
        plain_epoch(net, x, y, work.batch_size, optimizer)

    def by_kshim() -> None:
        model.fit(x, y, batch_size=work.batch_size, epochs=1, verbose=0)

    seconds: dict[str, list[float]] = {"torch": [], "kshim": []}
    for round_number in range(rounds + 1):
        pair = [("torch", by_hand), ("kshim", by_kshim)]
        for name, run in pair if round_number % 2 else reversed(pair):
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    plain, ours = seconds["torch"][1:], seconds["kshim"][1:]  # the first round warms up
    ratios = [b / a for a, b in zip(plain, ours, strict=True)]
    return ratios, statistics.median(plain), statistics.median(ours)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", default=[])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.workloads if name not in WORKLOADS]
    if unknown:
        parser.error(f"WORKLOAD must be one of {', '.join(WORKLOADS)}, got {unknown[0]!r}.")
    torch.set_num_threads(chosen.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    print(f"fit of one epoch against a plain torch loop; {device}, {chosen.threads} threads")
    heads = [f"{head:>9}" for head in ("fit/torch", "lowest", "highest", "torch s", "fit s")]
    print(f"{'workload':10}", *heads)
    for name in chosen.workloads or WORKLOADS:
        ratios, plain, ours = measure(WORKLOADS[name], chosen.rounds)
        print(
            f"{name:10} {statistics.median(ratios):9.2f} {min(ratios):8.2f} {max(ratios):8.2f} "
            f"{plain:9.3f} {ours:9.3f}",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
