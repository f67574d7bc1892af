"""A process that runs one workload in one framework, an action at a time, as it is told.

    python tools/benching/worker.py {torch,kshim,keras3,tf} WORKLOAD THREADS

It reads the name of an action from a line and answers with one line of JSON. It waits while others
are measured, so that all of them meet the same machine.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from tools.benching import networks
from tools.benching.workloads import WORKLOADS, Workload

ONES = 30  # calls of `predict` with one sample in one measurement
STEPS = 20  # batches of `train_on_batch` in one measurement


class Plain:
    """Run a workload as one writes it in torch."""

    def __init__(self, work: Workload, threads: int, folder: str) -> None:
        import torch

        from tools.benching import twins

        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.torch, self.work = torch, work
        self._path = os.path.join(folder, "weights.pt")
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        x, y = work.data()
        self.x, self.y = torch.from_numpy(x).to(self.device), torch.from_numpy(y).to(self.device)
        if work.adversarial:
            self.maker = twins.generator().to(self.device)
            self.makes = torch.optim.Adam(self.maker.parameters())
        self.net = getattr(twins, work.twin)().to(self.device)
        self.optimizer = torch.optim.Adam(self.net.parameters())
        self.loss = twins.LOSSES[work.loss]

    def _learn(self, x: Any, y: Any) -> Any:
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.net(x), y)
        loss.backward()
        self.optimizer.step()
        return loss

    def fit(self) -> None:
        if self.work.adversarial:
            return self._play()
        self.net.train()
        order = self.torch.randperm(len(self.x))
        for start in range(0, len(self.x), self.work.batch_size):
            chosen = order[start : start + self.work.batch_size]
            self._learn(self.x[chosen], self.y[chosen])
        return self._wait()

    def _play(self) -> None:
        """Let the generator and the discriminator learn from each other."""
        torch, size = self.torch, self.work.batch_size
        one, none = torch.ones(size, 1).to(self.device), torch.zeros(size, 1).to(self.device)
        for start in range(0, len(self.x), size):
            noise = torch.randn(size, 64, device=self.device)
            with torch.no_grad():
                made = self.maker(noise)
            self._learn(self.x[start : start + size], one)
            self._learn(made, none)
            self.makes.zero_grad(set_to_none=True)
            for weight in self.net.parameters():
                weight.requires_grad_(False)
            self.loss(self.net(self.maker(noise)), one).backward()
            self.makes.step()
            for weight in self.net.parameters():
                weight.requires_grad_(True)
        self._wait()

    def evaluate(self) -> None:
        self.net.eval()
        total = 0.0
        with self.torch.inference_mode():
            for start in range(0, len(self.x), self.work.batch_size):
                part = slice(start, start + self.work.batch_size)
                total += self.loss(self.net(self.x[part]), self.y[part]) * len(self.x[part])
        float(total / len(self.x))

    def predict(self) -> None:
        self.net.eval()
        parts = []
        with self.torch.inference_mode():
            for start in range(0, len(self.x), self.work.batch_size):
                parts.append(self.net(self.x[start : start + self.work.batch_size]))
        self.torch.cat(parts).cpu().numpy()

    def one(self) -> None:
        self.net.eval()
        x = self.x[:1]
        with self.torch.inference_mode():
            for _ in range(ONES):
                self.net(x)
        self._wait()

    def step(self) -> None:
        self.net.train()
        x, y = self.x[: self.work.batch_size], self.y[: self.work.batch_size]
        for _ in range(STEPS):
            self._learn(x, y).item()

    def save(self) -> None:
        self.torch.save(self.net.state_dict(), self._path)

    def load(self) -> None:
        self.net.load_state_dict(self.torch.load(self._path))

    def _wait(self) -> None:
        if self.device == "cuda":
            self.torch.cuda.synchronize()


class Keras:
    """Run a workload in Keras's words."""

    def __init__(self, name: str, work: Workload, threads: int, folder: str) -> None:
        self.keras, self.work = open_keras(name, threads), work
        self._path = os.path.join(folder, "of.weights.h5")
        keras = self.keras
        self.x, self.y = work.data()
        self.model = work.build(keras)
        losses = {
            "sparse": lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            "binary": lambda: keras.losses.BinaryCrossentropy(from_logits=True),
            "mse": lambda: "mse",
        }
        self.model.compile("adam", losses[work.loss]())
        if work.adversarial:
            self.maker = networks.generator(keras)
            self.model.trainable = False
            start = keras.layers.Input((64,))
            self.both = keras.models.Model(start, self.model(self.maker(start)))
            self.both.compile("adam", losses[work.loss]())

    def fit(self) -> None:
        if self.work.adversarial:
            return self._play()
        self.model.fit(self.x, self.y, batch_size=self.work.batch_size, epochs=1, verbose=0)
        return None

    def _play(self) -> None:
        import numpy as np

        size = self.work.batch_size
        one, none = np.ones((size, 1), "float32"), np.zeros((size, 1), "float32")
        for start in range(0, len(self.x), size):
            noise = np.random.standard_normal((size, 64)).astype("float32")
            made = self.maker.predict_on_batch(noise)
            self.model.train_on_batch(self.x[start : start + size], one)
            self.model.train_on_batch(made, none)
            self.both.train_on_batch(noise, one)

    def evaluate(self) -> None:
        self.model.evaluate(self.x, self.y, batch_size=self.work.batch_size, verbose=0)

    def predict(self) -> None:
        self.model.predict(self.x, batch_size=self.work.batch_size, verbose=0)

    def one(self) -> None:
        x = self.x[:1]
        for _ in range(ONES):
            self.model.predict(x, verbose=0)

    def step(self) -> None:
        x, y = self.x[: self.work.batch_size], self.y[: self.work.batch_size]
        for _ in range(STEPS):
            self.model.train_on_batch(x, y)

    def save(self) -> None:
        self.model.save_weights(self._path)

    def load(self) -> None:
        self.model.load_weights(self._path)


def open_keras(name: str, threads: int) -> Any:
    """Import a Keras and let it use so many threads."""
    if name == "kshim":
        import types

        import torch

        import kshim.layers
        import kshim.losses
        import kshim.models

        torch.set_num_threads(threads)
        torch.manual_seed(0)
        return types.SimpleNamespace(layers=kshim.layers, losses=kshim.losses, models=kshim.models)
    if name == "keras3":
        os.environ["KERAS_BACKEND"] = "torch"
        import torch

        torch.set_num_threads(threads)
        import keras
    else:
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
        keras = tf.keras
    return keras


def resident() -> int:
    """Return the bytes of memory that the process holds now."""
    return _of_status("VmRSS")


def peak() -> int:
    """Return the most bytes that the process has held since `forget_peak`."""
    return _of_status("VmHWM")


def forget_peak() -> None:
    """Count the peak from here."""
    Path("/proc/self/clear_refs").write_text("5")


def _of_status(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def timed(run: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def memory(runner: Any) -> dict[str, int]:
    """Return how much memory two epochs of `fit` take, beyond what is held before the first."""
    gc.collect()
    forget_peak()
    before = resident()
    runner.fit()
    runner.fit()
    return {"peak": peak(), "growth": peak() - before}


def main(arguments: list[str]) -> int:
    name, workload, threads = arguments[0], WORKLOADS[arguments[1]], int(arguments[2])
    os.environ["OMP_NUM_THREADS"] = str(threads)
    with tempfile.TemporaryDirectory() as folder:
        given = (workload, threads, folder)
        runner: Any = Plain(*given) if name == "torch" else Keras(name, *given)
        answers = os.fdopen(os.dup(1), "w", buffering=1)
        os.dup2(2, 1)  # what a framework prints is no answer
        print(json.dumps({"ready": True}), file=answers)
        for line in sys.stdin:
            action = line.strip()
            answer = memory(runner) if action == "memory" else {"s": timed(getattr(runner, action))}
            print(json.dumps(answer), file=answers)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
