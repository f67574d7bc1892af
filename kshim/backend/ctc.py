"""Connectionist temporal classification: labels of sequences that are not aligned to their steps.

The blank is the last class.

Source: Keras 2.2.4 backend/tensorflow_backend.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from kshim.backend.tensors import of_tensors
from kshim.core.settings import epsilon
from kshim.core.tracing import refuse_to_trace
from kshim.errors import NotSupported


@of_tensors
def ctc_batch_cost(
    y_true: Tensor, y_pred: Tensor, input_length: Tensor, label_length: Tensor
) -> Tensor:
    """Return -log of the chance of each sample's labels.

    Shapes:
        y_true: (batch, longest label), y_pred: (batch, steps, classes) after a softmax
        input_length, label_length: (batch, 1), result: (batch, 1)
    """
    costs = functional.ctc_loss(
        torch.movedim(_logarithms(y_pred), 1, 0),
        y_true.to(torch.long),
        torch.reshape(input_length, (-1,)).to(torch.long),
        torch.reshape(label_length, (-1,)).to(torch.long),
        blank=y_pred.shape[-1] - 1,
        reduction="none",
    )
    return torch.unsqueeze(costs, -1)


@of_tensors
def ctc_decode(
    y_pred: Tensor,
    input_length: Tensor,
    greedy: bool = True,
    beam_width: int = 100,
    top_paths: int = 1,
) -> tuple[list[Tensor], Tensor]:
    """Return the labels of the likeliest class at each step, and -log of their chance.

    Shapes:
        y_pred: (batch, steps, classes), input_length: (batch,)
        labels: (batch, longest found) filled up with -1, the other: (batch, 1)

    Raises:
        NotSupported: for a beam search.
    """
    refuse_to_trace("labels are counted")
    if not greedy:
        raise NotSupported(
            "ctc_decode: searches with a beam in Keras, not here. Use greedy=True, or "
            "torchaudio's CTC decoder on model.predict(x)."
        )
    best, classes = torch.max(_logarithms(y_pred, shares=False), -1)
    lengths = torch.reshape(input_length, (-1,)).tolist()
    blank = y_pred.shape[-1] - 1
    found = [
        _merged(row[: int(length)].tolist(), blank)
        for row, length in zip(classes, lengths, strict=True)
    ]
    costs = [-torch.sum(row[: int(length)]) for row, length in zip(best, lengths, strict=True)]
    return [_filled(found, y_pred.device)], torch.unsqueeze(torch.stack(costs), -1)


def _logarithms(y_pred: Tensor, shares: bool = True) -> Tensor:
    """Return logarithms; made to belong to chances that sum to 1, as TensorFlow's loss does."""
    logarithms = torch.log(y_pred + epsilon())
    return torch.log_softmax(logarithms, -1) if shares else logarithms


def _merged(classes: Sequence[int], blank: int) -> list[int]:
    """Return classes without repetitions, then without blanks."""
    before = [blank, *classes]
    return [now for last, now in zip(before, classes, strict=False) if now not in (last, blank)]


def _filled(rows: Sequence[Sequence[int]], device: torch.device) -> Tensor:
    longest = max(map(len, rows))
    return torch.tensor(
        [[*row, *[-1] * (longest - len(row))] for row in rows], dtype=torch.long, device=device
    )
