"""The loop: epochs of batches, with callbacks told of everything.

`callbacks` is what floor 7 makes of the user's list: an object with the hooks of Keras's callbacks
(`on_epoch_begin`, `on_train_batch_end` …) that passes each on to those who listen.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor

from kshim.core.eras import in_era, rule
from kshim.training.batches import Batch, Batches
from kshim.training.finite import LossWatch
from kshim.training.signals import Signals
from kshim.training.steps import Stepper
from kshim.training.team import predictor
from kshim.training.tracking import Logs, as_array


@dataclass
class Run:
    """Hold what a run of `fit` is made of, and how far it has come.

    Attributes:
        epoch: the epoch that runs, or the next one.
        within: whether that epoch has begun.
        losses: what looks at the loss of each batch.
    """

    stepper: Stepper
    batches: Batches
    callbacks: Any
    validation: Batches | None
    epoch: int = 0
    within: bool = False
    losses: LossWatch = field(default_factory=LossWatch)

    @property
    def model(self) -> Any:
        """Return the model that trains."""
        return self.stepper.model


class Keeper:
    """Hear where a run could be kept and taken up; this one keeps nothing."""

    def take_up(self, run: Run) -> bool:
        """Lead the run, whose callbacks know that it begins, to where the kept one was.

        Returns:
            whether there was a kept one.
        """
        return False

    def keep_batch(self, run: Run) -> None:
        """Keep the run after a batch, if that is due."""

    def keep_epoch(self, run: Run) -> None:
        """Keep the run after an epoch, if that is due."""

    def before_validation(self, run: Run) -> None:
        """Note what validation changes, in case that it is broken off."""

    def keep_now(self, run: Run) -> None:
        """Keep the run, which is asked to stop."""

    def finish(self, run: Run) -> None:
        """Hear that the run is over, after all callbacks have."""


def fit(
    stepper: Stepper,
    batches: Batches,
    callbacks: Any,
    *,
    epochs: int,
    initial_epoch: int = 0,
    validation: Batches | None = None,
    validation_freq: Any = 1,
    keeper: Keeper | None = None,
) -> None:
    """Train over the epochs; stop after the batch or epoch in which `stop_training` was set.

    SIGINT and SIGTERM stop it after the batch in which they come, kept and with `on_train_end`
    told.
    """
    run = Run(stepper, batches, callbacks, validation, initial_epoch)
    model, keeper = stepper.model, keeper or Keeper()
    model.stop_training = False
    with in_era(stepper.compiled.era), Signals(stepper.agree) as signals:
        stepper.begin()
        callbacks.on_train_begin()
        taken_up = keeper.take_up(run)
        logs = None
        if not (taken_up and model.stop_training and not run.within):
            logs = _train(run, epochs, validation_freq, keeper, signals)
        signals.look()
        if signals:
            keeper.keep_now(run)
        elif epochs > 0:
            stepper.compiled.optimizer.finalize(stepper.compiled.parameters)
        callbacks.on_train_end(logs)
        if not signals:
            keeper.finish(run)
        stepper.end()
    signals.take_effect()


def _train(
    run: Run, epochs: int, validation_freq: Any, keeper: Keeper, signals: Signals
) -> Logs | None:
    """Train over the epochs from where the run is; return what the last one came to."""
    model, logs = run.model, None
    while run.epoch < epochs and not signals:
        if not run.within:
            run.callbacks.on_epoch_begin(run.epoch)
            _begin_epoch(run)
        logs = _train_epoch(run, keeper, signals)
        run.losses.look()
        if not signals and _validates(run, validation_freq):
            keeper.before_validation(run)
            validated = _validate(run, signals)
            logs = validated | logs if rule("validation_is_logged_first") else logs | validated
        if signals:
            break
        run.callbacks.on_epoch_end(run.epoch, logs)
        run.stepper.compiled.optimizer.end_epoch(logs)
        run.epoch, run.within = run.epoch + 1, False
        _tell_length(run)
        keeper.keep_epoch(run)
        if model.stop_training or run.batches.ran_out:
            break
    return logs


def _tell_length(run: Run) -> None:
    """Tell callbacks how many batches the next epoch of a Sequence has, where the era does."""
    length = run.batches.next_length()
    if length is not None and rule("callbacks_hear_new_length"):
        run.callbacks.tell_steps(length)


def evaluate(stepper: Stepper, batches: Batches, callbacks: Any) -> Logs:
    """Return losses and metrics over the batches, changing nothing."""
    stepper.begin()
    stepper.reset()
    with in_era(stepper.compiled.era), stepper.network.in_mode(False):
        _test(stepper, batches, callbacks)
    return stepper.logs()


def predict(model: Any, batches: Batches, callbacks: Any) -> list[Tensor]:
    """Return each output for all samples."""
    network = model.network
    outputs_of = predictor(model)
    found: list[Any] = []
    given = batches.epoch()
    with in_era(model.era), network.in_mode(False), torch.inference_mode(), closing(given):
        callbacks.on_predict_begin()
        first = 0
        for place, batch in enumerate(given):
            callbacks.on_predict_batch_begin(place, batch.size)
            outputs = outputs_of(batch)
            if not found:
                found = [_room(output, batch, batches.samples) for output in outputs]
            for room, output in zip(found, outputs, strict=True):
                _keep(room, output, first)
            first += batch.size
            callbacks.on_predict_batch_end(place, partial(_predicted, place, batch, outputs))
        callbacks.on_predict_end()
    if not found and batches.samples == 0:
        shapes = [[size or 0 for size in symbol.shape[1:]] for symbol in model.outputs]
        return [torch.empty((0, *shape)) for shape in shapes]
    return [torch.cat(room) if isinstance(room, list) else room for room in found]


def _begin_epoch(run: Run) -> None:
    run.stepper.reset()
    run.within, run.batches.given = True, 0


def _train_epoch(run: Run, keeper: Keeper, signals: Signals) -> Logs:
    """Train over the batches of one epoch, or the rest of them; return its losses and metrics."""
    stepper, callbacks, model = run.stepper, run.callbacks, run.model
    _let_learn(stepper)
    going_on = run.batches.given > 0
    if not (going_on and model.stop_training):
        batches = _unless(signals, run.batches.epoch())
        with stepper.network.in_mode(True), closing(batches):
            for place, batch in enumerate(batches, run.batches.given):
                callbacks.on_train_batch_begin(place, batch.size)
                run.losses.add(run.epoch, place, stepper.train(batch))
                callbacks.on_train_batch_end(place, partial(_batch_logs, stepper, place, batch))
                keeper.keep_batch(run)
                signals.look()
                if model.stop_training or signals:
                    break
    return _in_order(stepper.logs())


def _unless(signals: Signals, batches: Iterator[Batch]) -> Generator[Batch, None, None]:
    """Yield batches; where a signal has reached their makers too, an error is the end of them."""
    try:
        yield from batches
    except Exception:
        if not signals:
            raise


def _test(
    stepper: Stepper, batches: Batches, callbacks: Any, signals: Signals | None = None
) -> None:
    """Count in the batches, and tell the callbacks of it, if there are any."""
    if callbacks is not None:
        callbacks.on_test_begin()
    with closing(batches.epoch()) as given:
        for place, batch in enumerate(given):
            if callbacks is not None:
                callbacks.on_test_batch_begin(place, batch.size)
            stepper.test(batch)
            if callbacks is not None:
                callbacks.on_test_batch_end(place, partial(_batch_logs, stepper, place, batch))
            if signals is not None:
                signals.look()
                if signals:
                    break
    if callbacks is not None:
        callbacks.on_test_end(stepper.logs())


def _batch_logs(stepper: Stepper, place: int, batch: Batch) -> Logs:
    """Return what callbacks hear of a batch: its own values, or the running ones, by the era."""
    told = _counted(place, batch)
    told.update(stepper.batch_logs())  # unread: nothing waits for the device here
    return told


def _predicted(place: int, batch: Batch, outputs: list[Tensor]) -> Logs:
    """Return what callbacks hear of a batch of a prediction."""
    told = _counted(place, batch)
    alone = len(outputs) == 1 and not rule("batch_logs_tell_size")
    told["outputs"] = partial(_arrays, outputs, alone=alone)  # the progress bar looks at none
    return told


def _arrays(outputs: list[Tensor], *, alone: bool) -> Any:
    arrays = [as_array(output) for output in outputs]
    return arrays[0] if alone else arrays


def _counted(place: int, batch: Batch) -> Logs:
    return Logs({"batch": place, "size": batch.size} if rule("batch_logs_tell_size") else {})


def _validates(run: Run, validation_freq: Any) -> bool:
    """Return whether the epoch ends with validation."""
    return run.validation is not None and _is_due(run.model, run.epoch, validation_freq)


def _validate(run: Run, signals: Signals) -> Logs:
    """Return losses and metrics of the validation data, under names that begin with val_."""
    stepper, batches = run.stepper, run.validation
    heard = run.callbacks if rule("validation_is_heard") else None
    stepper.reset()
    if batches is not None:
        with stepper.network.in_mode(False):
            _test(stepper, batches, heard, signals)
    return _in_order(stepper.logs("val_"))


def _in_order(logs: Logs) -> Logs:
    """Return the values of an epoch in the order in which the era logs them."""
    if not rule("epoch_logs_are_sorted"):
        return logs
    return Logs({name: dict.__getitem__(logs, name) for name in sorted(logs)})


def train_on_batch(stepper: Stepper, batch: Batch) -> list[Any]:
    """Train on one batch; return its loss and metrics, in the order of `metrics_names`."""
    _let_learn(stepper)
    stepper.begin()
    with in_era(stepper.compiled.era), stepper.network.in_mode(True):
        stepper.reset()
        stepper.train(batch)
    return list(stepper.logs().values())


def test_on_batch(stepper: Stepper, batch: Batch) -> list[Any]:
    """Test on one batch; return its loss and metrics, in the order of `metrics_names`."""
    stepper.begin()
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
    """Return where an output of all batches goes: a tensor of the final size, if it is known.

    What one batch makes of all samples is that tensor itself, unless it may be a view of the
    inputs or of weights, which only what was made without inference mode can be.
    """
    shape = output.shape
    if samples is None or not shape or shape[0] != batch.size:
        return []
    if samples == batch.size and output.is_inference():
        return output
    return output.new_empty((samples, *shape[1:]))


def _keep(room: Any, output: Tensor, first: int) -> None:
    if isinstance(room, list):
        room.append(output)
    elif room is not output:
        room[first : first + output.shape[0]] = output
