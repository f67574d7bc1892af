"""Params: what callbacks hear of a run before it begins, in the words of the era.

Source: measured on Keras 1.2.2, 2.2.4, 2.3.1, tf.keras 2.15 and Keras 3.15.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kshim.core.eras import by_era, rule

_TWO = ("batch_size", "epochs", "steps", "samples", "verbose", "do_validation", "metrics")
_NEW = ("verbose", "epochs", "steps")
_OF_ARRAYS = by_era({"1.2": tuple(word for word in _TWO if word != "steps"), "2.2": _TWO,
                     "2.15": _NEW})  # fmt: skip
_OF_STREAMS = by_era({"1.2": ("epochs", "samples", "verbose", "do_validation", "metrics"),
                      "2.2": ("epochs", "steps", "verbose", "do_validation", "metrics"),
                      "2.15": _NEW})  # fmt: skip


class Params(dict[str, Any]):
    """Show what the era tells of a run; hold, in `whole`, all there is to know.

    Args:
        whole: epochs, batch_size, samples, steps, verbose, metrics, do_validation, by name; samples
            are None where data come as a stream. Evaluations and predictions have a part of them.
    """

    def __init__(self, whole: Mapping[str, Any]) -> None:
        self.whole = dict(whole)
        order = (_OF_ARRAYS if whole.get("samples") is not None else _OF_STREAMS).value()
        usual = {"epochs": 1} if order == _NEW else {}
        known = usual | self.whole
        names = rule("params_old_names")
        super().__init__({names.get(word, word): known[word] for word in order if word in known})


def whole_of(params: dict[str, Any]) -> dict[str, Any]:
    """Return all there is to know of a run, of what a script handed over too."""
    return params.whole if isinstance(params, Params) else params
