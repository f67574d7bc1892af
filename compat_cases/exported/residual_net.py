"""ResidualNet: a network in plain PyTorch; load its weights with load_state_dict.

Source: the model residual_net, with the formulas of Keras 2.15.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """Compute one of 4 blocks of the model that are built alike."""

    def __init__(self, channels: int) -> None:
        """Make the layers."""
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(channels, eps=0.001, momentum=0.01)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(channels, eps=0.001, momentum=0.01)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the output for inputs (batch, channels, height, width)."""
        first = self.first(inputs)  # (batch, channels, height, width)
        relu = torch.relu(self.first_norm(first))  # (batch, channels, height, width)
        second = self.second(relu)  # (batch, channels, height, width)
        return torch.relu(self.second_norm(second) + inputs)  # (batch, channels, height, width)


class ResidualNet(nn.Module):
    """Compute what the model residual_net computes."""

    def __init__(self) -> None:
        """Make the layers."""
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.wides = nn.Sequential(*(ResidualBlock(channels=8) for _ in range(2)))
        self.halving_first = nn.Conv2d(8, 16, 3, stride=2, bias=False)
        self.halving_first_norm = nn.BatchNorm2d(16, eps=0.001, momentum=0.01)
        self.halving_second = nn.Conv2d(16, 16, 3, padding=1, bias=False)
        self.halving_second_norm = nn.BatchNorm2d(16, eps=0.001, momentum=0.01)
        self.halving_skip = nn.Conv2d(8, 16, 1, stride=2, bias=False)
        self.halving_skip_norm = nn.BatchNorm2d(16, eps=0.001, momentum=0.01)
        self.deeps = nn.Sequential(*(ResidualBlock(channels=16) for _ in range(2)))
        self.label = nn.Linear(16, 5)

    def forward(self, image: Tensor) -> Tensor:
        """Return the output for image (batch, 16, 16, 3)."""
        stem = torch.relu(self.stem(image.permute(0, 3, 1, 2)))  # (batch, 8, 16, 16)
        wides = self.wides(stem)  # (batch, 8, 16, 16)
        halving_first = self.halving_first(nn.functional.pad(wides, (0, 1, 0, 1)))
        halving_relu = torch.relu(self.halving_first_norm(halving_first))  # (batch, 16, 8, 8)
        halving_second = self.halving_second(halving_relu)  # (batch, 16, 8, 8)
        halving_second_norm = self.halving_second_norm(halving_second)  # (batch, 16, 8, 8)
        halving_skip = self.halving_skip(wides)  # (batch, 16, 8, 8)
        halving_skip_norm = self.halving_skip_norm(halving_skip)  # (batch, 16, 8, 8)
        halving_out = torch.relu(halving_second_norm + halving_skip_norm)  # (batch, 16, 8, 8)
        deeps = self.deeps(halving_out)  # (batch, 16, 8, 8)
        return torch.softmax(self.label(torch.mean(deeps, (2, 3))), -1)  # (batch, 5)
