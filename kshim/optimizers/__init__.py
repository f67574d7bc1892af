"""Optimizers: how parameters change so that the loss falls, under the names Keras gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kshim.core.config import to_config
from kshim.core.eras import rule
from kshim.core.registry import custom_object_scope
from kshim.optimizers import legacy as legacy
from kshim.optimizers import schedules as schedules
from kshim.optimizers.adam import Adam, Adamax, AdamW, Nadam, ScheduleFreeAdamW
from kshim.optimizers.adaptive import Adadelta, Adagrad, Ftrl, RMSprop
from kshim.optimizers.base import Optimizer
from kshim.optimizers.borrowed import TorchOptimizer, is_torchs
from kshim.optimizers.descent import SGD, Lion
from kshim.optimizers.loss_scaling import LossScaleOptimizer
from kshim.optimizers.names import OPTIMIZERS
from kshim.optimizers.whole import Adafactor, Lamb, Muon

for _rule in (
    SGD, RMSprop, Adagrad, Adadelta, Adam, AdamW, Adamax, Nadam, Ftrl, Lion, Adafactor, Lamb, Muon,
    ScheduleFreeAdamW, LossScaleOptimizer,
):  # fmt: skip
    OPTIMIZERS.register()(_rule)

sgd = SGD
rmsprop = RMSprop
adagrad = Adagrad
adadelta = Adadelta
adam = Adam
adamax = Adamax
nadam = Nadam


def get(identifier: Any) -> Any:
    """Return the optimizer that a name in any case, a config, a class or the thing stands for.

    One of `torch.optim`, or a scheduler of one, is taken as it is.

    Raises:
        UnknownName: for a name in no table.
        ArgumentError: for a value that stands for no optimizer.
    """
    if is_torchs(identifier):
        return TorchOptimizer(identifier)
    return identifier if isinstance(identifier, Optimizer) else OPTIMIZERS.make(identifier)


def serialize(optimizer: Any) -> Any:
    """Return the config of an optimizer."""
    return to_config(optimizer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the optimizer that `serialize` described.

    Up to 2.3 it leaves the name of one of Keras's own classes in small letters in the config.
    """
    known = isinstance(config, dict) and str(config.get("class_name")).lower()
    if known and known in OPTIMIZERS.names() and rule("optimizer_names_are_small"):
        config["class_name"] = known
    with custom_object_scope(custom_objects):
        return get(config)
