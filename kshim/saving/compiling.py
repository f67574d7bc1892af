"""Compiling: how a model is trained, as files tell it, and the model compiled so again.

Source: files of Keras 1.2.2 to tf.keras 2.15 and Keras 3.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kshim import optimizers
from kshim.core.config import to_config
from kshim.core.eras import ERAS, current_era, in_era
from kshim.errors import FileError, KshimError, NotSupported, UnknownName
from kshim.optimizers import legacy
from kshim.saving.dialects import WRITTEN, read_config, read_metrics
from kshim.saving.slots import words_for

# Words that the optimizers of tf.keras from 2.11 on have in their configs, and none before.
NEWER_WORDS = {"weight_decay", "jit_compile"}

_WRONG = (
    KshimError, KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError,
    RuntimeError,
)  # fmt: skip


def training_config(model: Any, words_of: str = WRITTEN) -> dict[str, Any] | None:
    """Return how a model is trained, as JSON values, or None before it is compiled.

    Args:
        words_of: the era in whose words the optimizer is described.
    """
    compiled = model.compiled
    if compiled is None:
        return None
    if not compiled.optimizer.in_files:
        warnings.warn(
            f"{model.who}: an optimizer must be Keras's to go into a file, got torch's "
            f"{compiled.optimizer.name}. The model is saved as one that is not compiled.",
            OptimizerLeftOut,
            stacklevel=2,
        )
        return None
    with in_era(words_of):
        return {
            "optimizer_config": _optimizer_config(compiled.optimizer),
            "loss": to_config(compiled.loss),
            "metrics": to_config(compiled.metrics),
            "weighted_metrics": to_config(compiled.weighted_metrics),
            "sample_weight_mode": to_config(compiled.sample_weight_mode),
            "loss_weights": to_config(compiled.loss_weights),
        }


def _optimizer_config(optimizer: Any) -> Any:
    """Return class and config of an optimizer; in words of the era that knew it first."""
    words = words_for(optimizer)
    with in_era(max(current_era(), words, key=ERAS.index)):
        told = to_config(optimizer)
    if current_era() == WRITTEN != words:  # as tf.keras finds none but the older ones in HDF5
        told["class_name"] = f"Custom>{told['class_name']}"
    return told


class OptimizerLeftOut(UserWarning):
    """Tell that a model was saved without how it is trained."""


def compile_as_told(model: Any, told: Mapping[str, Any]) -> None:
    """Compile a model as a training config of any Keras says."""
    said = read_config(told)
    names = list(model.output_names)
    model.compile(
        optimizer=_optimizer_of(said),
        loss=said.get("loss"),
        metrics=read_metrics(said.get("metrics"), names),
        loss_weights=said.get("loss_weights"),
        sample_weight_mode=said.get("sample_weight_mode"),
        weighted_metrics=read_metrics(said.get("weighted_metrics"), names),
    )


def _optimizer_of(said: Mapping[str, Any]) -> Any:
    """Return the optimizer of a training config.

    Up to 2.10, and below `optimizers.legacy`, those of tf.keras had the formulas of Keras 2.3;
    there, Nadam's word for schedule_decay was decay.
    """
    told: Any = said.get("optimizer") or said.get("optimizer_config") or "rmsprop"
    config = told.get("config") if isinstance(told, Mapping) else None
    if not isinstance(config, Mapping) or not _is_of_older_tensorflow(config):
        return optimizers.get(told)
    if told["class_name"] == "Nadam" and "schedule_decay" not in config:
        config = {("schedule_decay" if key == "decay" else key): it for key, it in config.items()}
    known = config.keys() - {"is_legacy_optimizer"}
    described = {**told, "config": {key: config[key] for key in known}}
    return legacy.LEGACY.make(described)


def _is_of_older_tensorflow(config: Mapping[str, Any]) -> bool:
    """Return whether an optimizer's config is of tf.keras before 2.11, by what it leaves out."""
    if "inner_optimizer" in config:
        return False
    old_words = "name" in config and not NEWER_WORDS & config.keys()
    return current_era() == "2.15" and bool(config.get("is_legacy_optimizer", old_words))


@contextmanager
def told_of(file: str, entry: str) -> Iterator[None]:
    """Name file and entry in every complaint about what stands there."""
    try:
        yield
    except (FileError, NotSupported) as error:
        if str(error).startswith(file):
            raise
        raise type(error)(f"{file}: {entry}: {error}") from error
    except UnknownName as error:
        raise FileError(
            f"{file}: {entry}: {error} Own classes and functions are given by "
            f"custom_objects={{{error.given!r}: ...}}."
        ) from error
    except RecursionError:
        reason = "must be nested less deep, got too many levels"
        raise FileError(f"{file}: {entry}: {reason}.") from None
    except _WRONG as error:
        raise FileError(f"{file}: {entry}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if isinstance(error, KshimError):
        return str(error)
    return f"must describe a model, got one that fails with {type(error).__name__}: {error}."
