"""The loop: epochs of batches, with callbacks told of everything.

`callbacks` is what floor 7 makes of the user's list: an object with the hooks of Keras's callbacks
(`on_epoch_begin`, `on_train_batch_end` …) that passes each on to those who listen.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor

from kshim.core.eras import in_era, rule
from kshim.training.batches import Batch, Batches
from kshim.training.steps import Stepper
from kshim.training.tracking import Logs


def fit(
    stepper: Stepper,
    batches: Batches,
    callbacks: Any,
    *,
    epochs: int,
    initial_epoch: int = 0,
    validation: Batches | None = None,
    validation_freq: Any = 1,
) -> None:
    """Train over the epochs; stop after the batch or epoch in which `stop_training` was set."""
    model = stepper.model
    model.stop_training = False
    with in_era(stepper.compiled.era):
        callbacks.on_train_begin()
        for epoch in range(initial_epoch, epochs):
            callbacks.on_epoch_begin(epoch)
            logs = _train_epoch(stepper, batches, callbacks)
            if validation is not None and _is_due(model, epoch, validation_freq):
                validated = _validate(stepper, validation, callbacks)
                first = rule("validation_is_logged_first")
                logs = validated | logs if first else logs | validated
            callbacks.on_epoch_end(epoch, logs)
            if model.stop_training:
                break
        callbacks.on_train_end()


def evaluate(stepper: Stepper, batches: Batches, callbacks: Any) -> Logs:
    """Return losses and metrics over the batches, changing nothing."""
    stepper.reset()
    with in_era(stepper.compiled.era), stepper.network.in_mode(False):
        _test(stepper, batches, callbacks)
    return stepper.logs()


def predict(model: Any, batches: Batches, callbacks: Any) -> list[Tensor]:
    """Return each output for all samples."""
    network = model.network
    found: list[Any] = []
    with in_era(model.era), network.in_mode(False), torch.inference_mode():
        callbacks.on_predict_begin()
        first = 0
        for place, batch in enumerate(batches.epoch()):
            callbacks.on_predict_batch_begin(place)
            outputs = network.predict(*batch.inputs)
            if not found:
                found = [_room(output, batch, batches.samples) for output in outputs]
            for room, output in zip(found, outputs, strict=True):
                _keep(room, output, first)
            first += batch.size
            callbacks.on_predict_batch_end(place, partial(Logs, batch=place, size=batch.size))
        callbacks.on_predict_end()
    if not found and batches.samples == 0:
        shapes = [[size or 0 for size in symbol.shape[1:]] for symbol in model.outputs]
        return [torch.empty((0, *shape)) for shape in shapes]
    return [torch.cat(room) if isinstance(room, list) else room for room in found]


def _train_epoch(stepper: Stepper, batches: Batches, callbacks: Any) -> Logs:
    """Train over the batches of one epoch; return its losses and metrics."""
    model = stepper.model
    stepper.reset()
    _let_learn(stepper)
    with stepper.network.in_mode(True):
        for place, batch in enumerate(batches.epoch()):
            callbacks.on_train_batch_begin(place, batch.size)
            stepper.train(batch)
            callbacks.on_train_batch_end(place, partial(_batch_logs, stepper, place, batch))
            if model.stop_training:
                break
    return stepper.logs()


def _test(stepper: Stepper, batches: Batches, callbacks: Any) -> None:
    """Count in the batches, and tell the callbacks of it, if there are any."""
    if callbacks is None:
        for batch in batches.epoch():
            stepper.test(batch)
        return
    callbacks.on_test_begin()
    for place, batch in enumerate(batches.epoch()):
        callbacks.on_test_batch_begin(place)
        stepper.test(batch)
        callbacks.on_test_batch_end(place, partial(_batch_logs, stepper, place, batch))
    callbacks.on_test_end(stepper.logs())


def _batch_logs(stepper: Stepper, place: int, batch: Batch) -> Logs:
    """Return what callbacks hear of a batch: its own values, or the running ones, by the era."""
    if rule("batch_logs") == "batch":
        told = Logs({"batch": place, "size": batch.size})
        told.update(stepper.logs(last=True))  # unread: nothing waits for the device here
        return told
    return stepper.logs()


def _validate(stepper: Stepper, batches: Batches, callbacks: Any) -> Logs:
    """Return losses and metrics of the validation data, under names that begin with val_."""
    heard = rule("validation_is_heard")
    stepper.reset()
    with stepper.network.in_mode(False):
        _test(stepper, batches, callbacks if heard else None)
    return stepper.logs("val_")


def train_on_batch(stepper: Stepper, batch: Batch) -> list[Any]:
    """Train on one batch; return its loss and metrics, in the order of `metrics_names`."""
    _let_learn(stepper)
    with in_era(stepper.compiled.era), stepper.network.in_mode(True):
        stepper.reset()
        stepper.train(batch)
    return list(stepper.logs().values())


def test_on_batch(stepper: Stepper, batch: Batch) -> list[Any]:
    """Test on one batch; return its loss and metrics, in the order of `metrics_names`."""
    with in_era(stepper.compiled.era), stepper.network.in_mode(False):
        stepper.reset()
        stepper.test(batch)
    return list(stepper.logs().values())


def _let_learn(stepper: Stepper) -> None:
    """Let the weights that were trainable at `compile` learn, whatever was frozen since."""
    for tensor in stepper.compiled.parameters:
        if not tensor.requires_grad:
            tensor.requires_grad_(True)


def _is_due(model: Any, epoch: int, validation_freq: Any) -> bool:
    """Return whether the epoch ends with validation."""
    if model.stop_training and not rule("stopped_epoch_validates"):
        return False
    if isinstance(validation_freq, int):
        return (epoch + 1) % validation_freq == 0
    return epoch + 1 in validation_freq


def _room(output: Tensor, batch: Batch, samples: int | None) -> Any:
    """Return where an output of all batches goes: a tensor of the final size, if it is known."""
    per_sample = output.dim() > 0 and len(output) == batch.size
    if samples is None or not per_sample:
        return []
    return output.new_empty((samples, *output.shape[1:]))


def _keep(room: Any, output: Tensor, first: int) -> None:
    if isinstance(room, list):
        room.append(output)
    else:
        room[first : first + len(output)] = output
