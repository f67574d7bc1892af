"""What `compile` was told: optimizer, losses and metrics, sorted by output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from kshim import losses, metrics, optimizers
from kshim.core.eras import current_era, in_era, rule
from kshim.core.registry import custom_objects
from kshim.errors import ArgumentError, StateError, nearest
from kshim.layers.weights import Weight
from kshim.losses.logits import function_of, logits_form
from kshim.metrics.choice import accuracy_for
from kshim.metrics.names import ACCURACY_WORDS, CROSSENTROPY_WORDS, key_for
from kshim.training.jitting import wanted
from kshim.training.tracking import FunctionMetric, Mean, ObjectMetric


@dataclass
class Output:
    """Hold what training wants of one output.

    Attributes:
        loss: a function or loss object; None where the output is not trained on.
        of_logits: the same loss of what enters the output's softmax or sigmoid, or None.
        share: the factor of its loss in the total.
    """

    name: str
    rank: int
    loss: Any = None
    of_logits: Any = None
    share: float = 1.0
    tracker: Mean | None = None
    metrics: list[Any] = field(default_factory=list)


class Compiled:
    """Hold what `compile` was told, and what follows from it for a model with a graph.

    Attributes:
        optimizer: the optimizer.
        loss, metrics, loss_weights, sample_weight_mode: as they were given.
        measured: the names of what layers measured, once there was a batch.
        distribute: how several processes hold the weights: "fsdp" shares them out; None lets each
            hold all.
        jit: whether torch compiles what training and evaluation run.
        auto_scale_loss: whether a model of policy mixed_float16 has its loss scaled.
        weights: those that were trainable when `compile` was called; freezing a layer later
            counts at the next `compile`.
    """

    def __init__(
        self,
        model: Any,
        optimizer: Any,
        loss: Any = None,
        metrics: Any = None,
        loss_weights: Any = None,
        sample_weight_mode: Any = None,
        weighted_metrics: Any = None,
        auto_scale_loss: bool = True,
        distribute: str | None = None,
        jit_compile: Any = None,
    ) -> None:
        self.era, self.distribute = current_era(), distribute
        self.jit = wanted(jit_compile, model.device)
        self.optimizer = _asked("optimizer", optimizers.get, optimizer)
        if auto_scale_loss and model.dtype_policy.name == "mixed_float16":
            self.optimizer = _scaling(self.optimizer)
        self.loss, self.metrics, self.loss_weights = _own(loss), _own(metrics), loss_weights
        self.sample_weight_mode, self.weighted_metrics = sample_weight_mode, _own(weighted_metrics)
        self._outputs: list[Output] | None = None
        self._model = model
        self.measured: list[str] = []
        self._check_words()
        if model.built:
            self.take_weights()

    def take_weights(self) -> None:
        """Note which weights are trainable now."""
        model = self._model
        self.weights: list[Weight] = list(model.trainable_weights)
        tensors = [tensor for weight in self.weights for tensor in weight.tensors]
        learning = [t for t in tensors if isinstance(t, nn.Parameter)]
        self.parameters = list({id(tensor): tensor for tensor in learning}.values())
        fixed = _fixed(self.parameters)
        self.parameters = [tensor for tensor in self.parameters if id(tensor) not in fixed]
        self.optimizer.learn_variables(self.weights)
        self.constrained = [weight for weight in self.weights if weight.constraint is not None]
        held = [*model.trainable_weights, *model.non_trainable_weights]
        self.regularized = [weight for weight in held if weight.regularizer is not None]

    def outputs(self, shapes: Sequence[Any], ends: Sequence[str | None]) -> list[Output]:
        """Return what is wanted of each output, made once the shapes of the targets are known."""
        if not self._outputs:
            self._outputs = self._sorted(shapes, ends)
        return self._outputs

    def _sorted(self, target_shapes: Sequence[Any], ends: Sequence[str | None]) -> list[Output]:
        model = self._model
        names = model.output_names
        per_loss = by_output("loss", self.loss, names)
        shares = by_output("loss_weights", self.loss_weights, names)
        plain = metrics_by_output("metrics", self.metrics, names)
        weighted = metrics_by_output("weighted_metrics", self.weighted_metrics, names)
        many = len(names) > 1
        found = []
        for place, (name, symbol) in enumerate(zip(names, model.outputs, strict=True)):
            loss = None if per_loss[place] is None else losses.get(per_loss[place])
            of_logits = None
            if loss is not None and rule("crossentropy_finds_logits") and ends[place]:
                of_logits = logits_form(loss, ends[place])
            output = Output(name, len(symbol.shape), loss, of_logits)
            output.share = 1.0 if shares[place] is None else float(shares[place])
            output.tracker = Mean(f"{name}_loss") if many and loss is not None else None
            given = [(metric, False) for metric in plain[place]]
            given += [(metric, True) for metric in weighted[place]]
            prefix = f"{name}_" if many else ""
            shape = target_shapes[place] if place < len(target_shapes) else None
            output.metrics = [
                _tracker(prefix, metric, is_weighted, loss, tuple(symbol.shape), shape)
                for metric, is_weighted in given
            ]
            found.append(output)
        _number_repeats(found)
        return found

    def whole_number_targets(self, names: Sequence[str]) -> list[bool]:
        """Return for each output whether its targets are class numbers, which stay whole."""
        given = [None if loss is None else losses.get(loss)
                 for loss in by_output("loss", self.loss, names)]  # fmt: skip
        return [function_of(loss) is losses.sparse_categorical_crossentropy for loss in given]

    def metrics_names(self) -> list[str]:
        """Return the names of the values that `evaluate` gives, in order."""
        with in_era(self.era):
            outputs = self._outputs or self._sorted([], [None] * len(self._model.outputs))
            return ["loss", *(tracker.name for tracker in trackers_of(outputs)), *self.measured]

    def told_names(self) -> list[str]:
        """Return the names of the values as `model.metrics_names` tells them."""
        names = self.metrics_names()
        if not rule("metrics_are_told_as_one", self.era) or not (
            self.metrics or self.weighted_metrics
        ):
            return names
        losses = names[1 : 1 + len(self._model.outputs)] if len(self._model.outputs) > 1 else []
        return ["loss", "compile_metrics", *losses]

    def _check_words(self) -> None:
        """Refuse wrong names at once, before there is data."""
        for loss in _leaves(self.loss):
            _asked("loss", losses.get, loss)
        words = (*ACCURACY_WORDS, *CROSSENTROPY_WORDS)
        for metric in [*_leaves(self.metrics), *_leaves(self.weighted_metrics)]:
            if metric not in words:
                _asked("metrics", metrics.get, metric)


def trackers_of(outputs: Sequence[Output]) -> list[Any]:
    """Return what tracks the losses and metrics of outputs, in the order of their values."""
    losses = [output.tracker for output in outputs if output.tracker is not None]
    measured = [tracker for output in outputs for tracker in output.metrics]
    if len(outputs) > 1 and rule("metrics_go_by_name"):
        measured.sort(key=lambda tracker: str(tracker.name))
    return [*losses, *measured]


def need_compiled(model: Any, who: str) -> Compiled:
    """Return what `compile` was told.

    Raises:
        StateError: before `compile` was called.
    """
    compiled = model.compiled
    if compiled is None:
        raise StateError(
            f"{who}: the model must be compiled first, got no compile call. "
            "Call model.compile(optimizer=..., loss=...)."
        )
    held: Compiled = compiled
    return held


def by_output(what: str, given: Any, names: Sequence[str]) -> list[Any]:
    """Return one value for each output, from one for all, a list in order, or a dict by name.

    Raises:
        ArgumentError: for a dict with other names, or a list of another length.
    """
    if isinstance(given, Mapping) and "class_name" not in given:
        unknown = [key for key in given if key not in names]
        if unknown:
            hint = nearest(str(unknown[0]), names)
            raise ArgumentError(
                what, f"a dict with keys {', '.join(names)}", unknown[0], who="compile", hint=hint
            )
        return [given.get(name) for name in names]
    if isinstance(given, list | tuple):
        if len(given) != len(names):
            raise ArgumentError(
                what, f"one for each of {len(names)} outputs", list(given), who="compile"
            )
        return list(given)
    return [given] * len(names)


def metrics_by_output(what: str, given: Any, names: Sequence[str]) -> list[list[Any]]:
    """Return the metrics of each output, from a list for all, lists in order, or a dict."""
    if not given:
        return [[] for _ in names]
    if isinstance(given, Mapping):
        return [_as_list(value) for value in by_output(what, given, names)]
    flat = _as_list(given)
    if len(names) > 1 and any(isinstance(item, list | tuple) for item in flat):
        return [_as_list(value) for value in by_output(what, flat, names)]
    if len(flat) == 1 and isinstance(flat[0], list | tuple):
        flat = list(flat[0])
    return [list(flat) for _ in names]


def _tracker(
    prefix: str, metric: Any, weighted: bool, loss: Any, shape: Any, target_shape: Any
) -> Any:
    name = prefix + key_for(metric, weighted=weighted)
    if metric in (*ACCURACY_WORDS, *CROSSENTROPY_WORDS):
        found: Any = accuracy_for(loss, shape, target_shape, word=metric)
    else:
        found = metrics.get(metric)
    if hasattr(found, "update_state"):
        name = prefix + found.name if isinstance(metric, str) else name  # "AUC" is told as auc
        return ObjectMetric(name, found, weighted=weighted)
    return FunctionMetric(name, found, weighted=weighted)


def _number_repeats(outputs: Sequence[Output]) -> None:
    """Let metrics of the same name be told apart by the word weighted, or by a number."""
    seen: dict[str, int] = {}
    says_weighted = rule("repeated_metrics_say_weighted")
    for output in outputs:
        for tracker in output.metrics:
            if says_weighted and tracker.weighted and tracker.name in seen:
                prefix = f"{output.name}_" if len(outputs) > 1 else ""
                tracker.name = f"{prefix}weighted_{tracker.name.removeprefix(prefix)}"
            count = seen.get(tracker.name, 0)
            seen[tracker.name] = count + 1
            if count:
                tracker.name = f"{tracker.name}_{count}"


def _asked(word: str, get: Callable[[Any], Any], value: Any) -> Any:
    """Return what a table has for a value; a complaint names the argument of `compile`."""
    try:
        return get(value)
    except ArgumentError as error:
        raise error.at("compile", word) from None


def _scaling(optimizer: Any) -> Any:
    """Return an optimizer that scales the loss, as float16 needs it."""
    if isinstance(optimizer, optimizers.LossScaleOptimizer):
        return optimizer
    return optimizers.LossScaleOptimizer(inner_optimizer=optimizer)


def _own(named: Any) -> Any:
    """Return nested lists and dicts with the user's own objects in the places of their names.

    They are in force while `compile` runs, but not when the first batch asks for them.
    """
    if isinstance(named, str):
        return custom_objects().get(named, named)
    if type(named) in (list, tuple):
        return type(named)(map(_own, named))
    return {key: _own(one) for key, one in named.items()} if type(named) is dict else named


def _fixed(parameters: Sequence[Tensor]) -> set[int]:
    """Return the ids of tensors that no weight lets learn."""
    return {id(tensor) for tensor in parameters if not tensor.is_floating_point()}


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _leaves(value: Any) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, Mapping) and "class_name" not in value:
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, list | tuple):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]
