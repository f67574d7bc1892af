"""SmallCnn: a network in plain PyTorch; load its weights with load_state_dict.

Source: the model small_cnn, with the formulas of Keras 2.15.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class SmallCnn(nn.Module):
    """Compute what the model small_cnn computes."""

    def __init__(self) -> None:
        """Make the layers."""
        super().__init__()
        self.strokes = nn.Conv2d(1, 8, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.shapes = nn.Conv2d(8, 16, 3)
        self.pool_again = nn.MaxPool2d(2)
        self.dropout = nn.Dropout(p=0.25)
        self.digit = nn.Linear(144, 10)

    def forward(self, image: Tensor) -> Tensor:
        """Return the output for image (batch, 16, 16, 1)."""
        strokes = torch.relu(self.strokes(image.permute(0, 3, 1, 2)))  # (batch, 8, 16, 16)
        pool = self.pool(strokes)  # (batch, 8, 8, 8)
        shapes = torch.relu(self.shapes(pool))  # (batch, 16, 6, 6)
        flat = torch.flatten(self.pool_again(shapes).permute(0, 2, 3, 1), 1)  # (batch, 144)
        dropout = self.dropout(flat)  # (batch, 144)
        return torch.softmax(self.digit(dropout), -1)  # (batch, 10)
