"""Steps: what is done with one batch, to train, to test and to predict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

import torch
from torch import Tensor

from kshim.core.eras import in_era, rule
from kshim.core.settings import floatx
from kshim.core.shapes import Shape
from kshim.core.tracing import Measured, collecting_losses
from kshim.errors import GraphError, StateError
from kshim.losses import check_targets, weighted_mean
from kshim.losses.classes import Loss
from kshim.metrics.base import Metric
from kshim.nn.shards import whole
from kshim.training.batches import Batch
from kshim.training.compiled import Compiled, Output, need_compiled, trackers_of
from kshim.training.jitting import jitted
from kshim.training.states import moved
from kshim.training.tracking import Logs, Mean, ObjectMetric, read


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
        self._full = self.network.full
        if self.compiled.jit:
            self._full = jitted(self._full, model)
        self._still = () if rule("trainable_reaches_sublayers", model.era) else _still(model)
        self.total = Mean("loss")
        self.counted: set[str] = set()  # what steps of a script's own counted: "loss", "metrics"
        self.measured: dict[str, Any] = {}
        # Metrics that layers keep, and may measure with: they saw what stood in for data, too.
        self._kept = _metrics_in(getattr(model, "flattened_layers", ()))
        self._sort_outputs(target_shapes, self.network.ends)

    def _sort_outputs(self, target_shapes: Sequence[Any], ends: Sequence[str | None]) -> None:
        """Take what `compile` said of each output."""
        with in_era(self.compiled.era):
            self.outputs = self.compiled.outputs(target_shapes, ends)
            trackers = trackers_of(self.outputs)
        # Where `compile` was told no loss, tf.keras counts batches alike.
        told = any(output.loss is not None for output in self.outputs)
        self._outputs_count_batches = rule("output_losses_count_batches", self.compiled.era)
        self._counts_samples = told or not rule("added_losses_count_batches", self.compiled.era)
        self.trackers: list[Any] = [self.total, *trackers]
        self.metrics = [(o, i) for i, o in enumerate(self.outputs) if o.metrics]

    def meet_outputs(self, targets: Sequence[Any], outputs: Sequence[Any]) -> None:
        """Learn what outputs there are from the first that a step of a script's own computes.

        A model that has neither a graph nor a `call` tells of none.
        """
        if not self.outputs:
            self.model.note_ends([], outputs)
            shapes = [None if it is None else tuple(it.shape) for it in targets]
            self._sort_outputs(shapes, [None] * len(outputs))

    @property
    def agree(self) -> Callable[[int], int] | None:
        """Return what makes one signal of those of several processes; None for one alone."""
        return None

    @property
    def stream(self) -> Tensor | None:
        """Return where this process's own stream of random numbers is, if it has one."""
        return None

    @stream.setter
    def stream(self, state: Tensor | None) -> None:
        """Let that stream go on from there."""

    def of_all(self, told: Any) -> list[Any]:
        """Return what each process tells, to the first of them; to others nothing."""
        return [told]

    def begin(self) -> None:
        """Hear that batches follow."""

    def end(self) -> None:
        """Hear that a run is over, and what it writes is written."""

    def train(self, batch: Batch) -> Tensor:
        """Change the weights by one batch; return its loss."""
        with torch.enable_grad(), _frozen(self._still):
            loss, outputs, masks = self._forward(batch)
            scaled = self.compiled.optimizer.scale_loss(self._learned(loss))
        if self.compiled.parameters:
            if not scaled.requires_grad:
                raise GraphError(
                    f"{self.model.who}: the loss must depend on weights that train, got one "
                    "without a gradient. Rounding, argmax and comparisons have none."
                )
            self._backward(scaled)
            self._update(loss)
        self._track(batch, loss, outputs, masks)
        return loss

    def gradients(self, batch: Batch) -> list[Tensor | None]:
        """Return the gradient of a batch's loss by each parameter, changing nothing."""
        with torch.enable_grad(), _frozen(self._still):
            loss, _, _ = self._forward(batch)
            return list(torch.autograd.grad(loss, self.compiled.parameters, allow_unused=True))

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
        for metric in self._kept:
            metric.reset_state()

    def logs(self, prefix: str = "") -> Logs:
        """Return the running values by name."""
        return Logs(read(self.trackers, prefix))

    def batch_logs(self) -> Logs:
        """Return what is told of a batch: its own values or the running ones, by the era."""
        alone = {"all": len(self.trackers), "loss": 1, "none": 0}[rule("logged_of_batch_alone")]
        own = read(self.trackers[:alone], last=True)
        return Logs([*own, *read(self.trackers[alone:])])

    @property
    def told_trackers(self) -> list[Any]:
        """Return the trackers that a model shows as its metrics."""
        return self.trackers

    def state_dict(self) -> dict[str, Any]:
        """Return the running losses and metrics as a tree."""
        alone = [ObjectMetric("", metric) for metric in self._kept]
        means = {name: it for name, it in self.measured.items() if isinstance(it, Mean)}
        return {
            "trackers": [tracker.state_dict() for tracker in self._own_trackers],
            "measured": {name: it.state_dict() for name, it in means.items()},
            "kept": [tracker.state_dict() for tracker in alone],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from the running losses and metrics of an epoch that is taken up."""
        kept = moved(state, self.model.device)
        alone = [ObjectMetric("", metric) for metric in self._kept]
        means = [self._measuring(name, Mean(name)) for name in kept["measured"]]
        trackers = [*self._own_trackers, *means, *alone]
        states = [*kept["trackers"], *kept["measured"].values(), *kept["kept"]]
        for tracker, its_state in zip(trackers, states, strict=True):
            tracker.load_state_dict(its_state)

    @property
    def _own_trackers(self) -> list[Any]:
        """Return the trackers but those of what layers measured."""
        return self.trackers[: len(self.trackers) - len(self.measured)]

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
            outputs, masks, extra, logits = self._full(*batch.inputs)
        outputs, logits, extra = in_full((outputs, logits, extra))
        total = self._data_loss(batch, outputs, logits, masks)
        for value in chain(self._penalties(), self._added([*extra, *added])):
            total = total + value
        return self._checked(total), outputs, masks

    def _backward(self, loss: Tensor) -> None:
        """Give the parameters that learn their gradients."""
        loss.backward(inputs=self.compiled.parameters)  # type: ignore[no-untyped-call]

    def _learned(self, loss: Tensor) -> Tensor:
        """Return what gradients are taken of."""
        return loss

    def _data_loss(
        self, batch: Batch, outputs: Sequence[Tensor], logits: Sequence[Any], masks: Sequence[Any]
    ) -> Any:
        """Return the loss of all outputs, counted in; 0.0 where there is none."""
        total: Any = 0.0
        for place, output in enumerate(self.outputs):
            if output.loss is None or place >= len(batch.targets):
                continue
            value = loss_of(output, batch, place, outputs[place], logits[place], masks[place])
            if output.tracker is not None:
                output.tracker.add(value, 1 if self._outputs_count_batches else batch.size)
            total = total + (value if output.share == 1.0 else value * output.share)
        return total

    def _penalties(self) -> Iterator[Tensor]:
        """Yield the penalties of the weights."""
        for weight in self.compiled.regularized:
            yield weight.regularizer(weight.read())

    def _added(self, terms: Sequence[Any]) -> Iterator[Tensor]:
        """Yield what the graph and the layers add to the loss; count in what they measure."""
        for term in terms:
            if isinstance(term, Measured):
                self._measure(term)
                continue
            value = term() if callable(term) else term
            yield value.mean() if value.dim() else value

    def _measure(self, term: Measured) -> None:
        """Count in a value that a layer measured; a metric object counts for itself."""
        tracker = self.measured.get(term.name)
        if tracker is None:
            is_metric = hasattr(term.value, "update_state")
            made = ObjectMetric(term.name, term.value) if is_metric else Mean(term.name)
            tracker = self._measuring(term.name, made)
        if isinstance(tracker, Mean):
            value = term.value.detach()
            tracker.add(value.mean() if value.dim() else value, value.numel())

    def _measuring(self, name: str, tracker: Any) -> Any:
        """Track what layers measure under a name; return the tracker."""
        known = self.measured.setdefault(name, tracker)
        if known is tracker:
            self.trackers.append(tracker)
            self.compiled.measured = list(self.measured)
        return known

    def _checked(self, total: Any) -> Tensor:
        if not isinstance(total, Tensor):
            raise StateError(
                f"{self.model.who}: there must be a loss to make smaller, got none. "
                "Give y, or call compile(loss=...) or model.add_loss(...)."
            )
        return total

    def _update(self, loss: Tensor) -> None:
        compiled = self.compiled
        parameters = compiled.parameters
        if compiled.optimizer.has_own_updates:
            self._update_by_script(loss)
            return
        compiled.optimizer.apply_scaled(parameters, [tensor.grad for tensor in parameters])
        for tensor in parameters:
            tensor.grad = None
        if compiled.constrained:
            with torch.no_grad():
                for weight in compiled.constrained:
                    weight.assign(weight.constraint(weight.read()))

    def _update_by_script(self, loss: Tensor) -> None:
        """Do what the `get_updates` of a script's own optimizer says, constraints included."""
        weights = self.compiled.weights
        held = [[_gradient(tensor) for tensor in weight.tensors] for weight in weights]
        grads = [
            weight.to_keras(*map(whole, parts)) for weight, parts in zip(weights, held, strict=True)
        ]
        self.compiled.optimizer.step_by_updates(weights, loss.detach(), grads)
        for tensor in self.compiled.parameters:
            tensor.grad = None

    def _track(
        self, batch: Batch, loss: Tensor, outputs: Sequence[Tensor], masks: Sequence[Any]
    ) -> None:
        self.total.add(loss, batch.size if self._counts_samples else 1)
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


def in_full(values: Any) -> Any:
    """Return what losses are taken of: half precision in float32, as Keras 3 does."""
    if type(values) in (list, tuple):
        return type(values)(map(in_full, values))
    half = isinstance(values, Tensor) and values.dtype in (torch.float16, torch.bfloat16)
    return values.float() if half and floatx() not in ("float16", "bfloat16") else values


def _gradient(tensor: Tensor) -> Tensor:
    return torch.zeros_like(tensor) if tensor.grad is None else tensor.grad


def _metrics_in(layers: Sequence[Any]) -> list[Metric]:
    """Return the metrics that are attributes of layers."""
    return [it for layer in layers for it in vars(layer).values() if isinstance(it, Metric)]


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
