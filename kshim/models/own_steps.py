"""Own steps: `train_step`, `test_step`, `predict_step` and `compute_loss`, to be overridden.

A class of the user's own may take training into its hands; `fit`, `evaluate` and callbacks go on
as they do. What it does not override is done as ever.

Source: tf.keras 2.15 engine/training.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from kshim.metrics.base import Metric
from kshim.models.intake import Intake
from kshim.training.batches import Batch
from kshim.training.distributed import world_size
from kshim.training.feeding import as_tensor
from kshim.training.own import CompiledLoss, CompiledMetrics, OwnStepper
from kshim.training.steps import Stepper
from kshim.training.team import TeamStepper

STEPS = ("train_step", "test_step", "compute_loss")


class OwnSteps(Intake):
    """Do the steps of training, each of which a subclass may do in its own way."""

    def overrides(self, step: str) -> bool:
        """Return whether the model's class does a step in a way of its own."""
        return getattr(type(self), step) is not getattr(OwnSteps, step)

    def defines_call(self) -> bool:
        """Return whether the model computes outputs of inputs."""
        raise NotImplementedError

    @property
    def has_own_steps(self) -> bool:
        """Return whether the model's class overrides any step."""
        return any(map(self.overrides, STEPS))

    def train_step(self, data: Any) -> dict[str, Any]:
        """Train on one batch; return losses and metrics by name.

        Args:
            data: x, (x, y) or (x, y, weights), as tensors.
        """
        return self._own_stepper().plain(self._batch_of_data(data), training=True)

    def test_step(self, data: Any) -> dict[str, Any]:
        """Test on one batch; return losses and metrics by name."""
        return self._own_stepper().plain(self._batch_of_data(data), training=False)

    def predict_step(self, data: Any) -> Any:
        """Return the outputs for one batch."""
        return self(data[0] if isinstance(data, tuple) else data, training=False)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None,
        **options: Any,
    ) -> Any:  # fmt: skip
        """Return the loss that `compile` was told, and the model's penalties."""
        return self.compiled_loss(y, y_pred, sample_weight, regularization_losses=self.losses)

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict[str, Any]:
        """Count a batch into the metrics that `compile` was told; return all by name."""
        self.compiled_metrics.update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def get_metrics_result(self) -> dict[str, Any]:
        """Return the value of each metric by name."""
        return {metric.name: metric.result() for metric in self.metrics}

    @property
    def compiled_loss(self) -> CompiledLoss:
        """Return what computes the loss that `compile` was told."""
        return CompiledLoss(self.ready_stepper())

    @property
    def compiled_metrics(self) -> CompiledMetrics:
        """Return what counts into the metrics that `compile` was told."""
        return CompiledMetrics(self.ready_stepper())

    @property
    def metrics(self) -> list[Any]:
        """Return the metrics: those of `compile`, the loss first, and those the model holds."""
        stepper = self.__dict__["_stepper"]
        own = [value for value in self.__dict__.values() if isinstance(value, Metric)]
        return [*(stepper.told_trackers if stepper is not None else []), *own]

    @property
    def distribute_strategy(self) -> None:
        """Return None: a model trains in one place unless a launcher says otherwise."""
        return

    def new_stepper(self, target_shapes: Sequence[Any]) -> Stepper:
        """Return what trains the model: by its own steps, if it has any."""
        if world_size() > 1:
            return TeamStepper(self, target_shapes)
        return (OwnStepper if self.has_own_steps else Stepper)(self, target_shapes)

    def batch_of(self, item: tuple[Any, Any, Any], class_weight: Any = None) -> Batch:
        """Return x, y and weights as the tensors of one batch.

        To a model that has nothing but steps of its own they go as they are.
        """
        if not self.overrides("train_step") or self.graph is not None or self.defines_call():
            return super().batch_of(item, class_weight)
        device = self.device
        x, y, weight = ([tensor.to(device) for tensor in _tensors(self.who, it)] for it in item)
        return Batch(x, list(y), list(weight))

    def _own_stepper(self) -> OwnStepper:
        stepper = self.ready_stepper()
        if isinstance(stepper, OwnStepper):
            return stepper
        return OwnStepper(self)

    def _batch_of_data(self, data: Any) -> Batch:
        x, y, weight = (*(data if isinstance(data, tuple) else (data,)), None, None)[:3]
        return self.batch_of((x, y, weight))


def _tensors(who: str, value: Any) -> list[torch.Tensor]:
    """Return data as a list of tensors; a list of arrays is several, of numbers one."""
    if value is None:
        return []
    values = list(value.values()) if isinstance(value, dict) else value
    several = isinstance(values, list | tuple) and len(values) > 0 and hasattr(values[0], "shape")
    return [as_tensor(who, it) for it in (values if several else [values])]
