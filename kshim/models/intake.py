"""Intake: from what scripts hand to `fit`, `evaluate` and `predict` to batches of tensors.

Whatever x, y and weights are (arrays, lists, dicts, generators, sequences, loaders), behind this
file they are `Batches`, checked against the model's inputs and outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from kshim.core.eras import rule
from kshim.core.symbols import Symbol
from kshim.errors import ArgumentError
from kshim.graph.streams import Stream, held_by, read, streams_before
from kshim.models.told_losses import ToldLosses
from kshim.models.told_targets import with_held
from kshim.training.batches import ArrayBatches, Batch, Batches, split
from kshim.training.compiled import by_output, need_compiled
from kshim.training.feeding import as_inputs, as_targets, as_weights, check_same_length
from kshim.training.steps import Stepper
from kshim.training.stream_batches import StreamBatches
from kshim.training.workers import Workers


class Intake(ToldLosses):
    """Take in data for a model; the base of `Trainable`."""

    input_kind: Callable[[Any], torch.dtype | None]

    def ready_for(self, inputs: Sequence[Tensor]) -> None:
        """Make what is not made before data is seen; nothing unless a subclass says so."""

    def data_of(
        self, x: Any, y: Any, sample_weight: Any, class_weight: Any, batch_size: Any,
        steps: Any, shuffle: Any, share: float, **streaming: Any,
    ) -> tuple[Batches, Batches | None]:  # fmt: skip
        """Return the batches to train on, and those split off from their end to validate on."""
        if not share:
            return self.batches_of(
                x, y, sample_weight, class_weight, batch_size, steps, shuffle, **streaming
            ), None
        if is_stream(x):
            raise ArgumentError("validation_split", "0 where x is a generator", share, who="fit")
        size = batch_size or 32
        whole = self.batch_of((x, self._with_held(y), sample_weight), class_weight)
        first, last = split(whole, share)
        return ArrayBatches(first, size, shuffle, steps), ArrayBatches(last, size)

    def batches_of(
        self, x: Any, y: Any, sample_weight: Any, class_weight: Any, batch_size: Any,
        steps: Any, shuffle: Any, predicting: bool = False, **streaming: Any,
    ) -> Batches:  # fmt: skip
        """Return the batches of arrays, or of a stream that already comes in batches.

        Args:
            streaming: what `StreamBatches` is told besides: workers, watched.
        """
        streams = self._streams() if x is None else []
        if streams:
            x, shuffle = _steps_of(streams), False
            streaming["workers"] = Workers(0)  # where the streams are, the batch is read
        if isinstance(x, Dataset) and not isinstance(x, DataLoader):
            x = _loader(x, batch_size or 32, bool(shuffle), streaming.get("workers"))
        if is_stream(x):
            counted = "samples" if rule("generators_count_samples") else "steps"

            def prepare(item: Any) -> Batch:
                inputs, targets, weight = _three(item, predicting)
                targets = self._with_held(targets) if streams and not predicting else targets
                return self.batch_of((inputs, targets, weight), class_weight)

            stream = StreamBatches(
                x,
                prepare,
                shuffle=bool(shuffle),
                **{counted: steps},
                **streaming,
            )
            if self.graph is None or not rule("training_begins_before_data"):
                stream.peek()
            return stream
        if predicting and rule("predict_counts_first_input"):
            x = _as_many_as_first(x, self.input_names)
        targets = y if predicting else self._with_held(y)
        batch = self.batch_of((x, targets, sample_weight), class_weight)
        return ArrayBatches(batch, batch_size or _whole(batch, steps), shuffle, steps)

    def validation_of(self, data: Any, batch_size: Any, steps: Any, **streaming: Any) -> Batches:
        """Return the batches of `validation_data`."""
        if is_stream(data):
            return self.batches_of(data, None, None, None, batch_size, steps, False, **streaming)
        if not isinstance(data, list | tuple) or len(data) not in (2, 3):
            raise ArgumentError("validation_data", "(x, y) or (x, y, weights)", data, who="fit")
        x, y, weight = _three(tuple(data))
        return self.batches_of(x, y, weight, None, batch_size, steps, False)

    def batch_of(self, item: tuple[Any, Any, Any], class_weight: Any = None) -> Batch:
        """Return x, y and weights as the tensors of one batch, on the model's device."""
        x, y, sample_weight = item
        if self.graph is None:
            self._settle_on(x)
        inputs = self._fed(x)
        kinds = [self.input_kind(symbol) for symbol in self.inputs]
        device = self.device
        inputs = [t.to(device, kind) for t, kind in zip(inputs, kinds, strict=True)]
        if y is None:
            return Batch(inputs)
        names = self.output_names
        ranks = [len(symbol.shape) for symbol in self.outputs]
        whole = need_compiled(self, "training").whole_number_targets(names)
        targets = as_targets(self.name, self._for_each_output(y), names, ranks, whole)
        check_same_length(self.name, inputs, targets)
        weights = as_weights(self.name, sample_weight, class_weight, targets, names)
        batch = Batch(inputs, [_to(t, device) for t in targets], [_to(t, device) for t in weights])
        self._first_targets(batch)
        return batch

    def _standardize_user_data(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None,
        **options: Any,
    ) -> tuple[list[Any], list[Any], list[Any]]:  # fmt: skip
        """Return inputs, targets and sample weights as arrays: what `K.function` of them takes."""
        batch = self.batch_of((x, y, sample_weight), class_weight)
        targets = [one for one in batch.targets if one is not None]
        weights = batch.weights or [None] * len(targets)
        ones = [
            torch.ones(batch.size) if weight is None else weight
            for weight, target in zip(weights, batch.targets, strict=False)
            if target is not None
        ]
        parts = (batch.inputs, targets, ones)
        inputs, answers, counted = ([one.cpu().numpy() for one in part] for part in parts)
        return inputs, answers, counted

    def _streams(self) -> list[Stream]:
        """Return the streams that the inputs and the targets draw from by themselves."""
        if self.graph is None:
            return []
        held = [held_by(symbol) for symbol in self.inputs]
        told = [one for one in getattr(self, "_told_targets", ()) if isinstance(one, Symbol)]
        return streams_before([*self.inputs, *held, *told])

    def _with_held(self, y: Any) -> Any:
        """Return y, and the targets that `compile` was told as tensors."""
        return with_held(y, getattr(self, "_told_targets", ()), self.name)

    def _for_each_output(self, y: Any) -> Any:
        """Return targets with None at the outputs without a loss, where y leaves them out."""
        names = self.output_names
        wanted = [loss is not None for loss in by_output("loss", self.loss, names)]
        given = list(y) if isinstance(y, list | tuple) else [y]
        if isinstance(y, Mapping) or all(wanted) or len(given) != sum(wanted):
            return y
        rest = iter(given)
        return [next(rest) if one else None for one in wanted]

    def _fed(self, x: Any) -> list[Any]:
        """Return one tensor for each input: those the script holds itself, the rest from x."""
        held = [held_by(symbol) for symbol in self.inputs]
        open_ends = [
            (name, tuple(symbol.shape))
            for name, symbol, value in zip(self.input_names, self.inputs, held, strict=True)
            if value is None
        ]
        names, shapes = [name for name, _ in open_ends], [shape for _, shape in open_ends]
        given = iter(as_inputs(self.name, x, names, shapes) if names else ())
        return [next(given) if value is None else read(value) for value in held]

    def _first_targets(self, batch: Batch) -> None:
        """Make the stepper when targets are first seen, and check whether they fit."""
        shapes = [None if target is None else tuple(target.shape) for target in batch.targets]
        self.ready_stepper(shapes).check(batch)

    def ready_stepper(self, target_shapes: Sequence[Any] = ()) -> Stepper:
        """Return the stepper for the model as it is now."""
        stepper: Stepper | None = self.__dict__["_stepper"]
        if stepper is None or stepper.network is not self.network:
            compiled = need_compiled(self, self.who)
            if not hasattr(compiled, "parameters"):
                compiled.take_weights()
            stepper = self.__dict__["_stepper"] = self.new_stepper(target_shapes)
        return stepper

    def new_stepper(self, target_shapes: Sequence[Any]) -> Stepper:
        """Return what trains the model."""
        return Stepper(self, target_shapes)

    @property
    def device(self) -> torch.device:
        """Return where the model's weights are."""
        first = next(self.tensors(), None)
        return torch.device("cpu") if first is None else first.device

    def tensors(self) -> Iterator[Tensor]:
        """Yield what `parameters()` does, without the names that it looks up and throws away."""
        for module in self.modules():
            for weight in module._parameters.values():
                if weight is not None:
                    yield weight

    def _settle_on(self, x: Any) -> None:
        """Make the graph, or the weights, for data of this shape."""
        values = list(x.values()) if isinstance(x, Mapping) else x
        several = isinstance(values, list | tuple) and values and hasattr(values[0], "shape")
        arrays = list(values) if several else [values]
        self.ready_for([torch.as_tensor(np.asarray(array)) for array in arrays])


def is_stream(x: Any) -> bool:
    """Return whether x gives batches one after another, rather than holding all the data."""
    if x is None or hasattr(x, "shape") or isinstance(x, list | tuple | Mapping | str):
        return False
    if hasattr(x, "iloc"):
        return False
    return hasattr(x, "__next__") or hasattr(x, "__getitem__") or hasattr(x, "__iter__")


def _as_many_as_first(x: Any, names: Sequence[str]) -> Any:
    """Return several inputs without the samples behind the last of the first input."""
    if isinstance(x, Mapping) and all(name in x for name in names):
        cut = _as_many_as_first([x[name] for name in names], names)
        return {**x, **dict(zip(names, cut, strict=True))}
    if type(x) not in (list, tuple) or len(x) < 2 or not all(hasattr(one, "shape") for one in x):
        return x
    return type(x)(one[: x[0].shape[0]] for one in x)  # a sparse matrix has no len


def _loader(data: Any, batch_size: int, shuffle: bool, workers: Workers | None) -> Any:
    """Return a data set's items in batches, made by processes where several are asked for."""
    count = workers.count if workers is not None and (workers.processes or workers.count > 1) else 0
    return DataLoader(data, batch_size=batch_size, shuffle=shuffle, num_workers=count)


def _three(item: Any, predicting: bool = False) -> tuple[Any, Any, Any]:
    """Return x, y and weights of what a stream gives."""
    if not isinstance(item, tuple) and isinstance(item, list) and len(item) in (2, 3):
        item = tuple(item)
    if not isinstance(item, tuple):
        return item, None, None
    x, y, weight = (*item, None, None)[:3]
    return x, None if predicting else y, weight


def _steps_of(streams: Sequence[Stream]) -> Iterator[tuple[None, None, None]]:
    """Yield once for each element of the streams, at which they then are: nothing is fed."""
    while True:
        for stream in streams:
            stream.advance()
        yield None, None, None


def _whole(batch: Batch, steps: int | None) -> int:
    """Return the batch size that cuts the data into `steps` pieces, or 32."""
    return 32 if not steps else -(-batch.size // steps)


def _to(tensor: Tensor | None, device: torch.device) -> Tensor | None:
    return None if tensor is None else tensor.to(device)
