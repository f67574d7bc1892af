"""Steps of a script's own: what a model's `train_step` and its like do, in the place of ours.

Source: tf.keras 2.15 engine/training.py (what a step is given, and what is made of its answer).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from kshim.core.tracing import collecting_losses
from kshim.errors import ArgumentError
from kshim.losses.tensors import as_tensor
from kshim.training.batches import Batch
from kshim.training.states import attributes_of, set_attributes, tree_of
from kshim.training.steps import Stepper, loss_of
from kshim.training.tracking import Logs


class OwnStepper(Stepper):
    """Train and test by the steps that a model's class overrides, by ours where it does not.

    The values a step returns are the logs: those of the last batch stand for the epoch.
    """

    def __init__(self, model: Any, target_shapes: Sequence[Any] = ()) -> None:
        super().__init__(model, target_shapes)
        self._told: dict[str, Any] | None = None

    def train(self, batch: Batch) -> Tensor:
        """Change the weights by one batch; return its loss, or the first value of the step."""
        if not self.model.overrides("train_step"):
            return super().train(batch)
        with torch.enable_grad():
            return self._take("train_step", self.model.train_step(handed(batch)))

    def test(self, batch: Batch) -> Tensor:
        """Count in one batch; return its loss, or the first value of the step."""
        if not self.model.overrides("test_step"):
            return super().test(batch)
        with torch.no_grad():
            return self._take("test_step", self.model.test_step(handed(batch)))

    def plain(self, batch: Batch, *, training: bool) -> dict[str, Any]:
        """Do what a step does that nobody overrides; return the values by name."""
        (super().train if training else super().test)(batch)
        return {tracker.name: tracker.result() for tracker in self.trackers}

    @property
    def told_trackers(self) -> list[Any]:
        """Return the trackers that a model shows: those which any step has counted into."""
        if not self.model.overrides("train_step"):
            return self.trackers
        losses = [self.total, *(output.tracker for output in self.outputs)]
        kinds = ["loss" if it in losses else "metrics" for it in self.trackers]
        pairs = zip(self.trackers, kinds, strict=True)
        return [tracker for tracker, kind in pairs if kind in self.counted]

    def batch_logs(self) -> Logs:
        """Return what the step last told by name, or what is told of a batch where it is ours."""
        return super().batch_logs() if self._told is None else self.logs()

    def logs(self, prefix: str = "") -> Logs:
        """Return what the step last told by name, or the running values where it is ours."""
        if self._told is None:
            return super().logs(prefix)
        return Logs({prefix + name: value for name, value in self._told.items()})

    def reset(self) -> None:
        """Forget the values, those of the model's own metrics too."""
        self._told = None
        super().reset()
        for metric in self._own_metrics():
            metric.reset_state()

    def state_dict(self) -> dict[str, Any]:
        """Return the running values as a tree, those of the model's own metrics too."""
        own = [attributes_of(metric) for metric in self._own_metrics()]
        return super().state_dict() | {"told": tree_of(self._told), "own": own}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from the running values of an epoch that is taken up."""
        super().load_state_dict(state)
        self._told = state["told"]
        for metric, its_state in zip(self._own_metrics(), state["own"], strict=True):
            set_attributes(metric, its_state)

    def _own_metrics(self) -> list[Any]:
        return [metric for metric in self.model.metrics if metric not in self.trackers]

    def _track(self, *counted: Any) -> None:
        super()._track(*counted)
        self.counted |= {"loss", "metrics"}

    def _forward(self, batch: Batch) -> tuple[Tensor, list[Tensor], list[Any]]:
        """Return loss, outputs and masks, the loss by the model's own word if it has one."""
        if not self.model.overrides("compute_loss"):
            return super()._forward(batch)
        with collecting_losses() as added:
            outputs, masks, losses, _ = self.network.full(*batch.inputs)
        self.model.keep_losses([*losses, *added])
        x, y, weight = _three(handed(batch))
        made = self.model.in_output_form(outputs)
        loss = self.model.compute_loss(x=x, y=y, y_pred=made, sample_weight=weight)
        return self._checked(loss), outputs, masks

    def _take(self, step: str, told: Any) -> Tensor:
        if not isinstance(told, Mapping) or not told:
            raise ArgumentError(
                "the result", "a dict of values by name", told, who=f"{self.model.who}.{step}"
            )
        self._told = {
            name: it.detach() if isinstance(it, Tensor) else it for name, it in told.items()
        }
        return torch.as_tensor(next(iter(self._told.values())))


class CompiledLoss:
    """Answer as `model.compiled_loss`: the loss that `compile` was told, counted on the way."""

    def __init__(self, stepper: Stepper) -> None:
        self.stepper = stepper

    def __call__(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None,
        regularization_losses: Sequence[Any] | None = None,
    ) -> Tensor:  # fmt: skip
        """Return the total of all outputs, and of the penalties that are handed in."""
        batch, made = _batch(y_true, sample_weight), _listed(y_pred)
        self.stepper.meet_outputs(batch.targets, made)
        total: Any = 0.0
        for place, output in enumerate(self.stepper.outputs):
            if output.loss is None:
                continue
            value = loss_of(output, batch, place, made[place], None, None)
            if output.tracker is not None:
                output.tracker.add(value, len(made[place]))
            total = total + value * output.share
        for penalty in regularization_losses or []:
            total = total + penalty
        self.stepper.total.add(as_tensor(total), len(made[0]))
        self.stepper.counted.add("loss")
        found: Tensor = total
        return found


class CompiledMetrics:
    """Answer as `model.compiled_metrics`: the metrics that `compile` was told."""

    def __init__(self, stepper: Stepper) -> None:
        self.stepper = stepper

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count in one batch."""
        batch, made = _batch(y_true, sample_weight), _listed(y_pred)
        self.stepper.meet_outputs(batch.targets, made)
        self.stepper.counted.add("metrics")
        with torch.no_grad():
            for output, place in self.stepper.metrics:
                weight = batch.weights[place] if batch.weights else None
                for metric in output.metrics:
                    metric.update(batch.targets[place], made[place].detach(), weight, None)


def handed(batch: Batch) -> Any:
    """Return a batch as a step is handed it: x alone, (x, y) or (x, y, weights)."""
    x = _alone(batch.inputs)
    if not batch.targets:
        return x
    if all(weight is None for weight in batch.weights):
        return x, _alone(batch.targets)
    return x, _alone(batch.targets), _alone(batch.weights)


def _batch(y_true: Any, sample_weight: Any) -> Batch:
    targets = [None if it is None else as_tensor(it) for it in _listed(y_true)]
    weights = [] if sample_weight is None else [as_tensor(it) for it in _listed(sample_weight)]
    return Batch([], targets, weights)


def _three(data: Any) -> tuple[Any, Any, Any]:
    given = data if isinstance(data, tuple) else (data,)
    x, y, weight = (*given, None, None)[:3]
    return x, y, weight


def _alone(values: Sequence[Any]) -> Any:
    return values[0] if len(values) == 1 else list(values)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
