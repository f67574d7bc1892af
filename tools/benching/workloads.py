"""What is measured: each network with its data, batch size and loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tools.benching import networks


@dataclass(frozen=True)
class Workload:
    """Hold a network's name, data and training.

    Attributes:
        twin: the network's name among the twins in torch.
        samples: of one epoch.
        shape: of one sample; whole numbers below `networks.WORDS` where `words` is set.
        loss: "sparse" (of logits), "binary" (of logits) or "mse".
        target: the shape of one target.
        padded: with zeros in front, as many as a sample is too short.
        adversarial: trained against a generator.
    """

    name: str
    build: Callable[[Any], Any]
    twin: str
    samples: int
    shape: tuple[int, ...]
    batch_size: int
    loss: str = "sparse"
    target: tuple[int, ...] = ()
    words: bool = False
    padded: bool = False
    adversarial: bool = False

    def data(self) -> tuple[Any, Any]:
        """Return inputs and targets, the same in each process."""
        rng = np.random.default_rng(0)
        if self.words:
            x = rng.integers(1, networks.WORDS, (self.samples, *self.shape))
            if self.padded:
                lengths = rng.integers(self.shape[0] // 4, self.shape[0] + 1, self.samples)
                x[np.arange(self.shape[0]) < (self.shape[0] - lengths)[:, None]] = 0
        else:
            x = rng.standard_normal((self.samples, *self.shape), "float32")
        if self.loss == "sparse":
            return x, rng.integers(0, 10, self.samples)
        y = rng.standard_normal((self.samples, *self.target), "float32")
        return x, (y > 0).astype("float32") if self.loss == "binary" else y


WORKLOADS = {
    it.name: it
    for it in (
        Workload("mlp", networks.mlp, "mlp", 6400, (784,), 128),
        Workload("tiny mlp", networks.tiny, "tiny", 6400, (8,), 32, "mse", (1,)),
        Workload("cifar cnn", networks.cnn, "cnn", 512, (32, 32, 3), 64),
        Workload("resnet50", networks.resnet50, "resnet50", 32, (96, 96, 3), 16),
        Workload("lstm", networks.lstm, "lstm", 512, (80, 32), 32),
        Workload("lstm hard", networks.lstm_hard, "lstm", 512, (80, 32), 32),
        Workload("lstm masked", networks.lstm_masked, "lstm_words", 512, (80,), 32, "binary",
                 (1,), words=True, padded=True),
        Workload("gru before", networks.gru_before, "gru", 512, (80, 32), 32),
        Workload("bigru", networks.bigru, "bigru", 512, (80, 32), 32),
        Workload("conv1d text", networks.conv1d, "conv1d", 512, (200,), 32, "binary", (1,),
                 words=True),
        Workload("transformer", networks.transformer, "transformer", 512, (64,), 32, "binary",
                 (1,), words=True),
        Workload("u-net", networks.unet, "UNet", 64, (64, 64, 3), 16, "binary", (64, 64, 1)),
        Workload("dcgan", networks.discriminator, "discriminator", 512, (28, 28, 1), 32,
                 "binary", (1,), adversarial=True),
    )
}  # fmt: skip
