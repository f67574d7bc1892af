"""Runs one of Keras's examples in this process, with epochs, samples and rounds cut from outside.

python -m upstreaming.cutting SCRIPT ERA GIVEN    GIVEN: `settings.Given` as JSON
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import json
import runpy
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from upstreaming.bridging import bridge, bridge_pictures
from upstreaming.settings import Given
from upstreaming.weights import put_weights

CUT = ("fit", "fit_generator", "evaluate", "evaluate_generator")


def run_here(script: str, era: str, given: Given) -> None:
    """Run one example in this process, with everything cut and bridged."""
    from kshim import cli, utils

    for line in (*bridge(), *bridge_pictures()):
        print(f"bridged: {line}", file=sys.stderr)
    put_weights(given.weights, era)
    cut(given)
    if shutil.which("dot") is None:
        print("bridged: pictures of models, for the program dot is not here", file=sys.stderr)
        utils.plot_model = lambda model, *given, **named: None
    cut_rounds(given.rounds)
    cut_evaluations(given.evaluations)
    cli.run_script(script, given.arguments, era)


def cut(given: Given) -> None:
    """Make every model train and evaluate on few samples, for few epochs."""
    from kshim import models

    for kind in (models.Model, models.Sequential):
        for name in CUT:
            if name in vars(kind) or (kind is models.Model and hasattr(kind, name)):
                setattr(kind, name, _shortened(getattr(kind, name), given))


def cut_rounds(rounds: Mapping[int, int]) -> None:
    """Make the `range` of a script shorter where it has one of the lengths named."""
    if not rounds:
        return

    def shorter(*bounds: int) -> range:
        whole = range(*bounds)
        return whole[: rounds.get(len(whole), len(whole))]

    with contextlib.suppress(ModuleNotFoundError):  # a script without six needs no other
        importlib.import_module("six.moves").__dict__["range"] = shorter
    runpy.run_path = functools.partial(  # type: ignore[assignment]
        runpy.run_path, init_globals={"range": shorter}
    )


def cut_evaluations(count: int) -> None:
    """Make scipy's minimiser ask for few values of its function."""
    if not count:
        return
    from scipy import optimize

    whole = optimize.fmin_l_bfgs_b

    def shorter(*given: Any, **named: Any) -> Any:
        return whole(*given, **{**named, "maxfun": count})

    optimize.fmin_l_bfgs_b = shorter


def _shortened(method: Callable[..., Any], given: Given) -> Callable[..., Any]:
    """Return a method that does the same with less."""
    signature = inspect.signature(method)
    kinds = {parameter.kind: name for name, parameter in signature.parameters.items()}
    rest = kinds.get(inspect.Parameter.VAR_KEYWORD, "")

    @functools.wraps(method)
    def shortened(self: Any, *words: Any, **named: Any) -> Any:
        told = signature.bind_partial(self, *words, **named).arguments
        told |= told.pop(rest, {})
        told.pop("self", None)
        for name in ("x", "y", "sample_weight", "validation_data"):
            if name in told:
                told[name] = _first(told[name], given.samples)
        for name in ("epochs", "nb_epoch"):
            if told.get(name):
                _cut_epochs(told, name, given)
        data = told.get("generator", told.get("x"))
        steps = "steps_per_epoch" if "steps_per_epoch" in signature.parameters else "steps"
        if _is_generator(data):
            told[steps] = max(1, given.samples // _batch_size(data))
        elif told.get(steps):  # the model has tensors of its own that give batches
            told[steps] = min(told[steps], max(1, given.samples // 32))
        if told.get("validation_steps"):
            told["validation_steps"] = min(told["validation_steps"], given.samples)
        return method(self, **told)

    return shortened


def _cut_epochs(told: dict[str, Any], name: str, given: Given) -> None:
    """Leave the first epochs, or the last, of those that a script asks for."""
    first = told.get("initial_epoch", 0)
    if given.last_epochs:
        told["initial_epoch"] = max(first, told[name] - given.epochs)
    else:
        told[name] = min(told[name], given.epochs + first)


def _first(data: Any, samples: int) -> Any:
    """Return the first samples of arrays, however they are held; anything else as it is."""
    if isinstance(data, np.ndarray):
        return data[:samples]
    if isinstance(data, (list, tuple)):
        return type(data)(_first(one, samples) for one in data)
    if isinstance(data, Mapping):
        return {name: _first(one, samples) for name, one in data.items()}
    return data


def _is_generator(data: Any) -> bool:
    held = (np.ndarray, list, tuple, Mapping)
    return not isinstance(data, held) and (
        hasattr(data, "__next__") or hasattr(data, "__getitem__")
    )


def _batch_size(data: Any) -> int:
    return int(getattr(data, "batch_size", 32))


if __name__ == "__main__":
    sys.path[:] = [one for one in sys.path if Path(one or ".").resolve() != Path.cwd()]
    run_here(sys.argv[1], sys.argv[2], Given(**json.loads(sys.argv[3])))
