"""The beam search of connectionist temporal classification.

A beam is a row of labels with the chance of all ways to it: those that end in a blank and those
that end in its last label are counted apart, in logarithms.

With a narrow beam TensorFlow may keep another of the least likely rows, and then gives the same
labels another chance; the wider the beam, the rarer.

Source: TensorFlow 1.15 core/util/ctc/ctc_beam_search.h; the numbers of Keras 2.2.4 and 2.15.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

NEVER = -np.inf
Labels = tuple[int, ...]


class Beam(NamedTuple):
    """Hold the logarithm of the chance of a row of labels, by whether a blank comes last."""

    blank: float = NEVER
    label: float = NEVER

    @property
    def total(self) -> float:
        """Return the logarithm of the chance of both together."""
        return float(np.logaddexp(self.blank, self.label))


def best_paths(
    logits: NDArray[Any], width: int, paths: int, merge_repeated: bool
) -> tuple[list[list[int]], list[float]]:
    """Return the likeliest rows of labels of one sample, and the logarithms of their chances.

    Args:
        logits: (steps, classes), the blank last.
        width: how many beams are kept after each step.
        merge_repeated: whether equal neighbours in a row found become one.
    """
    beams: dict[Labels, Beam] = {(): Beam(blank=0.0)}
    for step in _logarithms(logits):
        grown = _grown(beams, step)
        kept = sorted(grown.items(), key=lambda pair: -pair[1].total)[:width]
        beams = dict(kept)
    found = list(beams.items())[:paths]
    rows = [list(labels) for labels, _ in found]
    return [_merged(row) if merge_repeated else row for row in rows], [
        beam.total for _, beam in found
    ]


def _grown(beams: dict[Labels, Beam], step: Sequence[float]) -> dict[Labels, Beam]:
    """Return the beams after one more step: each stays, or gets one more label."""
    *of_labels, of_blank = step
    blanks: dict[Labels, float] = defaultdict(lambda: NEVER)
    labels: dict[Labels, float] = defaultdict(lambda: NEVER)
    for row, beam in beams.items():
        blanks[row] = np.logaddexp(blanks[row], beam.total + of_blank)
        for label, chance in enumerate(of_labels):
            again = bool(row) and row[-1] == label
            if again:
                labels[row] = np.logaddexp(labels[row], beam.label + chance)
            longer = (*row, label)
            before = beam.blank if again else beam.total
            labels[longer] = np.logaddexp(labels[longer], before + chance)
    rows = dict.fromkeys([*blanks, *labels])
    return {row: Beam(float(blanks[row]), float(labels[row])) for row in rows}


def _logarithms(logits: NDArray[Any]) -> NDArray[np.float64]:
    """Return the logarithms of the chances at each step."""
    exact = np.asarray(logits, np.float64)
    return np.asarray(exact - np.logaddexp.reduce(exact, axis=-1, keepdims=True))


def _merged(row: list[int]) -> list[int]:
    return [label for place, label in enumerate(row) if place == 0 or row[place - 1] != label]
