"""Steps: what is done with one batch, to train, to test and to predict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from kshim.core.eras import in_era, rule
from kshim.core.shapes import Shape
from kshim.core.tracing import collecting_losses
from kshim.errors import StateError
from kshim.losses import check_targets, weighted_mean
from kshim.losses.classes import Loss
from kshim.training.batches import Batch
from kshim.training.compiled import Compiled, Output, need_compiled, trackers_of
from kshim.training.states import moved
from kshim.training.tracking import Logs, Mean, read


class Stepper:
    """Train and test a model batch by batch, and keep the running losses and metrics.

    Args:
        model: a compiled model with a graph.
        target_shapes: of the targets, to choose what 'accuracy' means.
    """

    def __init__(self, model: Any, target_shapes: Sequence[Shape | None] = ()) -> None:
        self.model = model
        self.compiled: Compiled = need_compiled(model, type(model).__name__)
        self.network = model.network
        with in_era(self.compiled.era):
            self.outputs = self.compiled.outputs(target_shapes, self.network.ends)
            trackers = trackers_of(self.outputs)
        self._still = () if rule("trainable_reaches_sublayers", model.era) else _still(model)
        self.total = Mean("loss")
        self.trackers: list[Any] = [self.total, *trackers]
        self.metrics = [(o, i) for i, o in enumerate(self.outputs) if o.metrics]

    def train(self, batch: Batch) -> Tensor:
        """Change the weights by one batch; return its loss."""
        with torch.enable_grad(), _frozen(self._still):
            loss, outputs, masks = self._forward(batch)
        if self.compiled.parameters:
            loss.backward(inputs=self.compiled.parameters)
            self._update()
        self._track(batch, loss, outputs, masks)
        return loss

    def test(self, batch: Batch) -> Tensor:
        """Count in one batch without changing anything; return its loss."""
        with torch.no_grad():
            loss, outputs, masks = self._forward(batch)
            self._track(batch, loss, outputs, masks)
        return loss

    def reset(self) -> None:
        """Forget the running losses and metrics."""
        for tracker in self.trackers:
            tracker.reset()

    def logs(self, prefix: str = "", *, last: bool = False) -> Logs:
        """Return the running values (or those of the last batch) by name."""
        return Logs(read(self.trackers, prefix, last=last))

    def state_dict(self) -> dict[str, Any]:
        """Return the running losses and metrics as a tree."""
        return {"trackers": [tracker.state_dict() for tracker in self.trackers]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from the running losses and metrics of an epoch that is taken up."""
        kept = moved(state["trackers"], self.model.device)
        for tracker, its_state in zip(self.trackers, kept, strict=True):
            tracker.load_state_dict(its_state)

    def check(self, batch: Batch) -> None:
        """Refuse targets that do not fit the outputs, naming the cure."""
        for output, target, symbol in zip(
            self.outputs, batch.targets, self.model.outputs, strict=False
        ):
            if output.loss is None:
                continue
            if target is None:
                raise StateError(
                    f"{self.model.who}: y must hold targets for {output.name!r}, got none. "
                    "Add them, or compile it with loss=None."
                )
            check_targets(output.loss, tuple(target.shape), tuple(symbol.shape), output.name)

    def _forward(self, batch: Batch) -> tuple[Tensor, list[Tensor], list[Any]]:
        with collecting_losses() as added:
            outputs, masks, extra, logits = self.network.full(*batch.inputs)
        total: Any = 0.0
        for place, output in enumerate(self.outputs):
            if output.loss is None or place >= len(batch.targets):
                continue
            value = loss_of(output, batch, place, outputs[place], logits[place], masks[place])
            if output.tracker is not None:
                output.tracker.add(value, batch.size)
            total = total + (value if output.share == 1.0 else value * output.share)
        for weight in self.compiled.regularized:
            total = total + weight.regularizer(weight.read())
        for term in [*extra, *added]:  # traced into the graph, or added by layers that were not
            value = term() if callable(term) else term
            total = total + (value.mean() if value.dim() else value)
        return self._checked(total), outputs, masks

    def _checked(self, total: Any) -> Tensor:
        if not isinstance(total, Tensor):
            raise StateError(
                f"{self.model.who}: there must be a loss to make smaller, got none. "
                "Give y, or call compile(loss=...) or model.add_loss(...)."
            )
        return total

    def _update(self) -> None:
        compiled = self.compiled
        parameters = compiled.parameters
        compiled.optimizer.apply(parameters, [tensor.grad for tensor in parameters])
        for tensor in parameters:
            tensor.grad = None
        if compiled.constrained:
            with torch.no_grad():
                for weight in compiled.constrained:
                    weight.assign(weight.constraint(weight.read()))

    def _track(
        self, batch: Batch, loss: Tensor, outputs: Sequence[Tensor], masks: Sequence[Any]
    ) -> None:
        self.total.add(loss, batch.size)
        if not self.metrics:
            return
        with torch.no_grad():
            for output, place in self.metrics:
                target = batch.targets[place] if place < len(batch.targets) else None
                if target is None:
                    continue
                weight = batch.weights[place] if place < len(batch.weights) else None
                for metric in output.metrics:
                    metric.update(target, outputs[place].detach(), weight, masks[place])


def _still(model: Any, frozen: bool = False) -> list[Any]:
    """Return the modules whose moving statistics stay: those in a model that is frozen itself.

    Up to Keras 2.3 freezing a model reaches no layer in it, but none of its updates run.
    """
    frozen = frozen or not model.trainable
    found: list[Any] = []
    for layer in model.layers:
        if hasattr(layer, "flattened_layers"):
            found += _still(layer, frozen)
        elif frozen and hasattr(getattr(layer, "norm", None), "frozen"):
            found.append(layer.norm)
    return found


@contextmanager
def _frozen(modules: Sequence[Any]) -> Iterator[None]:
    """Keep the moving statistics of some modules inside the block."""
    before = [module.frozen for module in modules]
    for module in modules:
        module.frozen = True
    try:
        yield
    finally:
        for module, was in zip(modules, before, strict=True):
            module.frozen = was


def loss_of(
    output: Output, batch: Batch, place: int, made: Tensor, logits: Any, mask: Any
) -> Tensor:
    """Return the loss of one output, weighted and averaged as the era does."""
    target = batch.targets[place]
    weight = batch.weights[place] if batch.weights else None
    of_logits = output.of_logits is not None and logits is not None
    loss, value = (output.of_logits, logits) if of_logits else (output.loss, made)
    if isinstance(loss, Loss):
        return loss(target, value, sample_weight=weight, mask=mask)
    per_sample = loss(target, value)
    if weight is None and mask is None:
        return per_sample.mean() if per_sample.dim() else per_sample
    return weighted_mean(per_sample, weight, mask)
