"""Connectionist temporal classification: labels of sequences that are not aligned to their steps.

The blank is the last class.

Source: Keras 2.2.4 backend/tensorflow_backend.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from kshim.backend.beams import best_paths
from kshim.backend.tensors import of_tensors
from kshim.core.eras import rule
from kshim.core.settings import epsilon
from kshim.core.tracing import refuse_to_trace


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
    merge_repeated: bool | None = None,
) -> tuple[list[Tensor], Tensor]:
    """Return the labels that are likeliest, and the logarithm of their chance.

    Shapes:
        y_pred: (batch, steps, classes), input_length: (batch,)
        labels: one (batch, length) for each of `top_paths`, filled up with -1
        logarithms: (batch, top_paths); when greedy (batch, 1), and with the sign turned round

    Args:
        greedy: take the likeliest class of each step; otherwise search with a beam.
        merge_repeated: whether equal neighbours that the beam found become one; None does as the
            era's Keras, which knows the word since 2.3.
    """
    merge_repeated = rule("ctc_merges_repeated") if merge_repeated is None else merge_repeated
    refuse_to_trace("labels are counted")
    lengths = [int(length) for length in torch.reshape(input_length, (-1,)).tolist()]
    if greedy:
        rows, costs = _greedy(y_pred, lengths)
    else:
        rows, costs = _searched(y_pred, lengths, (beam_width, top_paths, merge_repeated))
    width = y_pred.shape[1] if rule("ctc_labels_fill_steps") else None
    return [_filled(found, width, y_pred.device) for found in rows], costs


def _greedy(y_pred: Tensor, lengths: Sequence[int]) -> tuple[list[list[list[int]]], Tensor]:
    """Return the one path of likeliest classes of all samples, and what it costs."""
    best, classes = torch.max(_logarithms(y_pred, shares=False), -1)
    blank = y_pred.shape[-1] - 1
    found = [
        _merged(row[:length].tolist(), blank) for row, length in zip(classes, lengths, strict=True)
    ]
    costs = [-torch.sum(row[:length]) for row, length in zip(best, lengths, strict=True)]
    return [found], torch.unsqueeze(torch.stack(costs), -1)


def _searched(
    y_pred: Tensor, lengths: Sequence[int], how: tuple[int, int, bool]
) -> tuple[list[list[list[int]]], Tensor]:
    """Return the paths a beam finds, by rank and then by sample, and their logarithms."""
    chances = _logarithms(y_pred, shares=False).detach().cpu().numpy()
    found = [best_paths(row[:length], *how) for row, length in zip(chances, lengths, strict=True)]
    ranks = [list(rank) for rank in zip(*(paths for paths, _ in found), strict=True)]
    totals = [total for _, total in found]
    return ranks, torch.tensor(totals, dtype=y_pred.dtype, device=y_pred.device)


def _logarithms(y_pred: Tensor, shares: bool = True) -> Tensor:
    """Return logarithms; made to belong to chances that sum to 1, as TensorFlow's loss does."""
    logarithms = torch.log(y_pred + epsilon())
    return torch.log_softmax(logarithms, -1) if shares else logarithms


def _merged(classes: Sequence[int], blank: int) -> list[int]:
    """Return classes without repetitions, then without blanks."""
    before = [blank, *classes]
    return [now for last, now in zip(before, classes, strict=False) if now not in (last, blank)]


def _filled(rows: Sequence[Sequence[int]], width: int | None, device: torch.device) -> Tensor:
    longest = max(map(len, rows)) if width is None else width
    return torch.tensor(
        [[*row, *[-1] * (longest - len(row))] for row in rows], dtype=torch.long, device=device
    )
