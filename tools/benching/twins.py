"""The benchmark's networks as one writes them in torch, and the plain loops around them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from tools.benching.networks import WORDS


class ChannelsFirst(nn.Module):
    """Move the channels, which Keras's data have last, to where torch wants them."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 3, 1, 2)


class ChannelsLast(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1)


class Steps(nn.Module):
    """Move the features, which Conv1d wants before the steps."""

    def forward(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2)


class Last(nn.Module):
    """Take what a recurrent network gives after the last step, of both directions if it has two."""

    def __init__(self, layer: nn.RNNBase) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        state = self.layer(x)[1]
        state = state[0] if isinstance(state, tuple) else state
        return torch.cat(list(state), -1) if len(state) > 1 else state[0]


def mlp() -> nn.Module:
    return nn.Sequential(
        nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)
    )


def tiny() -> nn.Module:
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1))


def cnn() -> nn.Module:
    return nn.Sequential(
        ChannelsFirst(), nn.Conv2d(3, 32, 3, padding="same"), nn.ReLU(), nn.Conv2d(32, 32, 3),
        nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25), nn.Conv2d(32, 64, 3, padding="same"),
        nn.ReLU(), nn.Conv2d(64, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25),
        nn.Flatten(), nn.Linear(2304, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, 10),
    )  # fmt: skip


class Bottleneck(nn.Module):
    """Hold a block of ResNet-50."""

    def __init__(self, before: int, width: int, step: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(before, width, 1, step, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, 4 * width, 1, bias=False), nn.BatchNorm2d(4 * width),
        )  # fmt: skip
        changes = step > 1 or before != 4 * width
        conv = nn.Conv2d(before, 4 * width, 1, step, bias=False)
        self.short = nn.Sequential(conv, nn.BatchNorm2d(4 * width)) if changes else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.body(x) + self.short(x))


def resnet50() -> nn.Module:
    parts: list[nn.Module] = [
        ChannelsFirst(), nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
        nn.MaxPool2d(3, 2, 1),
    ]  # fmt: skip
    before = 64
    for width, count, first_step in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for place in range(count):
            parts.append(Bottleneck(before, width, 1 if place else first_step))
            before = 4 * width
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 10))


def lstm() -> nn.Module:
    return nn.Sequential(Last(nn.LSTM(32, 128, batch_first=True)), nn.Linear(128, 10))


def gru() -> nn.Module:
    return nn.Sequential(Last(nn.GRU(32, 128, batch_first=True)), nn.Linear(128, 10))


def bigru() -> nn.Module:
    layer = nn.GRU(32, 64, batch_first=True, bidirectional=True)
    return nn.Sequential(Last(layer), nn.Linear(128, 10))


def lstm_words() -> nn.Module:
    layer = nn.LSTM(32, 128, batch_first=True)
    return nn.Sequential(nn.Embedding(WORDS, 32), Last(layer), nn.Linear(128, 1))


def conv1d() -> nn.Module:
    return nn.Sequential(
        nn.Embedding(WORDS, 64), Steps(), nn.Conv1d(64, 128, 5), nn.ReLU(), nn.MaxPool1d(2),
        nn.Conv1d(128, 128, 5), nn.ReLU(), nn.AdaptiveMaxPool1d(1), nn.Flatten(),
        nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 1),
    )  # fmt: skip


class Averaged(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.mean(1)


def transformer() -> nn.Module:
    blocks = [nn.TransformerEncoderLayer(64, 4, 256, 0.1, batch_first=True) for _ in range(2)]
    return nn.Sequential(nn.Embedding(WORDS, 64), *blocks, Averaged(), nn.Linear(64, 1))


class UNet(nn.Module):
    """Hold a U-Net of three levels."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList(self.twice(*it) for it in ((3, 16), (16, 32), (32, 64)))
        self.bottom = self.twice(64, 128)
        wide = ((128, 64), (64, 32), (32, 16))
        self.up = nn.ModuleList(nn.ConvTranspose2d(*it, 2, 2) for it in wide)
        self.merge = nn.ModuleList(self.twice(*it) for it in wide)
        self.head = nn.Conv2d(16, 1, 1)

    @staticmethod
    def twice(before: int, width: int) -> nn.Module:
        return nn.Sequential(
            nn.Conv2d(before, width, 3, padding=1), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, 3, 1, 2)
        kept = []
        for block in self.down:
            kept.append(block(x))
            x = functional.max_pool2d(kept[-1], 2)
        x = self.bottom(x)
        for up, merge in zip(self.up, self.merge, strict=True):
            x = merge(torch.cat([up(x), kept.pop()], 1))
        return self.head(x).permute(0, 2, 3, 1)


def generator() -> nn.Module:
    return nn.Sequential(
        nn.Linear(64, 7 * 7 * 64), nn.Unflatten(1, (64, 7, 7)), nn.BatchNorm2d(64),
        nn.LeakyReLU(0.2), nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.BatchNorm2d(32),
        nn.LeakyReLU(0.2), nn.ConvTranspose2d(32, 1, 4, 2, 1), nn.Tanh(), ChannelsLast(),
    )  # fmt: skip


def discriminator() -> nn.Module:
    return nn.Sequential(
        ChannelsFirst(), nn.Conv2d(1, 32, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Conv2d(32, 64, 4, 2, 1), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(3136, 1),
    )  # fmt: skip


LOSSES: dict[str, Any] = {
    "sparse": functional.cross_entropy,
    "binary": lambda output, target: functional.binary_cross_entropy_with_logits(output, target),
    "mse": functional.mse_loss,
}
