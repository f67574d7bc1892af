"""Feeding: from what scripts hand over to tensors that fit the graph, checked once.

Everything that a script may give for x, y and weights becomes, here, a list of tensors: one for
each input, one (or None) for each output.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kshim.core.settings import floatx
from kshim.core.shapes import Shape
from kshim.core.texts import as_texts, is_text
from kshim.errors import ArgumentError, ShapeError, nearest


def as_tensor(who: str, value: Any) -> Tensor:
    """Return an array, a nested list, a data frame, a sparse matrix or a tensor as a tensor.

    Floats become floatx; booleans too; whole numbers stay.

    Raises:
        ArgumentError: for what holds no numbers.
    """
    if not isinstance(value, Tensor):
        array = _as_array(who, value)
        if array.dtype.kind not in "biuf":
            raise ArgumentError("data", "an array of numbers", value, who=who)
        if array.dtype.kind == "u" and array.dtype.itemsize > 1:
            array = array.astype(np.int64)
        if not array.flags.writeable or any(stride < 0 for stride in array.strides):
            array = array.copy()
        value = torch.from_numpy(np.ascontiguousarray(array).reshape(array.shape))
    kind = getattr(torch, floatx())
    if value.dtype != kind and (value.is_floating_point() or value.dtype == torch.bool):
        value = value.to(kind)
    made: Tensor = value
    return made


def _as_array(who: str, value: Any) -> np.ndarray[Any, Any]:
    if hasattr(value, "toarray"):  # one of scipy's sparse matrices
        return np.asarray(value.toarray())
    try:
        return np.asarray(value)
    except ValueError:  # numpy's message names neither the input nor a cure
        rows = "rows of one length (keras.preprocessing.sequence.pad_sequences makes them so)"
        raise ArgumentError("data", rows, "rows of several lengths", who=who) from None


def as_inputs(
    model: str, values: Any, names: Sequence[str], shapes: Sequence[Shape]
) -> list[Tensor]:
    """Return one tensor, or array of texts, for each input, checked against the graph's shapes.

    Raises:
        ShapeError: naming the input, the wanted and the given shape.
    """
    tensors = [
        as_texts(value) if is_text(value) else as_tensor(f"{model}: input {name!r}", value)
        for name, value in zip(names, listed(model, "x", values, names), strict=True)
    ]
    fitted = [_fit_rank(tensor, len(shape)) for tensor, shape in zip(tensors, shapes, strict=True)]
    for name, tensor, shape in zip(names, fitted, shapes, strict=True):
        _check_input(model, name, tuple(tensor.shape), tuple(shape))
    _check_lengths(model, "inputs", fitted)
    return fitted


def as_targets(
    model: str, values: Any, names: Sequence[str], ranks: Sequence[int], keep: Sequence[bool]
) -> list[Tensor | None]:
    """Return one tensor, or None, for each output.

    Args:
        ranks: of the outputs; targets of one axis get a second one where the output has two.
        keep: whether whole numbers stay whole at this output.
    """
    found: list[Tensor | None] = []
    given = listed(model, "y", values, names)
    for name, value, rank, whole in zip(names, given, ranks, keep, strict=True):
        if value is None:
            found.append(None)
            continue
        tensor = as_tensor(f"{model}: target {name!r}", value)
        if not whole and not tensor.is_floating_point():
            tensor = tensor.to(getattr(torch, floatx()))
        found.append(_fit_rank(tensor, rank))
    return found


def as_weights(
    model: str,
    sample_weight: Any,
    class_weight: Any,
    targets: Sequence[Tensor | None],
    names: Sequence[str],
) -> list[Tensor | None]:
    """Return the weight of each sample (and of its class) at each output, None where all are 1."""
    per_sample = _per_output(sample_weight, names)
    per_class = _per_output(class_weight, names, is_one=_is_class_table)
    kind = getattr(torch, floatx())
    found: list[Tensor | None] = []
    for name, weights, table, target in zip(names, per_sample, per_class, targets, strict=True):
        who = f"{model}: sample_weight of {name!r}"
        weight = None if weights is None else as_tensor(who, weights).to(kind)
        if table is not None and target is not None:
            of_classes = _class_weights(f"{model}: class_weight of {name!r}", table, target)
            weight = of_classes if weight is None else weight * of_classes
        if weight is not None and target is not None and len(weight) != len(target):
            raise ShapeError(
                f"{who} must have as many samples as the targets, {len(target)}, got {len(weight)}."
            )
        found.append(weight)
    return found


def listed(model: str, what: str, values: Any, names: Sequence[str]) -> list[Any]:
    """Return one value for each name, from a single value, a list in order or a dict by name.

    A dict of one value is for the only input, whatever its key; targets may be left out of a dict.

    Raises:
        ShapeError: when there are more or fewer, or under other names.
    """
    if isinstance(values, Mapping):
        if what == "x" and len(names) == len(values) == 1:
            return list(values.values())
        missing = [name for name in names if name not in values]
        if missing and (what == "x" or len(missing) == len(names)):
            keys = [str(key) for key in values]
            raise ShapeError(
                f"{model}: {what} must have the keys {', '.join(names)}, "
                f"got {', '.join(keys) or 'none'}.{nearest(missing[0], keys)}"
            )
        return [values.get(name) for name in names]
    if len(names) == 1:
        arrays = isinstance(values, list | tuple) and values and _is_array(values[0])
        if arrays and len(values) > 1 and np.ndim(values[0]) > 1:
            raise ShapeError(f"{model}: {what} must be one array, got {len(values)}.")
        return [values[0]] if arrays and len(values) == 1 else [values]
    if values is None:
        return [None] * len(names)
    if not isinstance(values, list | tuple) or len(values) != len(names):
        given = len(values) if isinstance(values, list | tuple) else 1
        raise ShapeError(
            f"{model}: {what} must be {len(names)} arrays ({', '.join(names)}), got {given}."
        )
    return list(values)


def check_same_length(model: str, inputs: Sequence[Tensor], targets: Sequence[Any]) -> None:
    """Refuse inputs and targets of different numbers of samples.

    Raises:
        ShapeError: naming both numbers.
    """
    for target in targets:
        if target is not None and inputs and len(target) != len(inputs[0]):
            raise ShapeError(
                f"{model}: y must have as many samples as x, {len(inputs[0])}, got {len(target)}."
            )


def _check_input(model: str, name: str, given: Shape, wanted: Shape) -> None:
    fits = len(given) == len(wanted) and all(
        size is None or size == got for got, size in zip(given[1:], wanted[1:], strict=True)
    )
    if fits:
        return
    wanted_size = None if None in wanted[1:] else int(np.prod(wanted[1:]))  # type: ignore[arg-type]
    given_size = int(np.prod(given[1:]))  # type: ignore[arg-type]
    cure = (
        f" Reshape it: x.reshape({(-1, *wanted[1:])})."
        if wanted_size == given_size
        else " Check the data, or the input_shape of the first layer."
    )
    raise ShapeError(
        f"{model}: input {name!r} must have shape {(None, *wanted[1:])}, "
        f"got {(None, *given[1:])}.{cure}"
    )


def _check_lengths(model: str, what: str, tensors: Sequence[Tensor]) -> None:
    lengths = [len(tensor) for tensor in tensors]
    if len(set(lengths)) > 1:
        raise ShapeError(f"{model}: {what} must have the same number of samples, got {lengths}.")


def _fit_rank(tensor: Any, rank: int) -> Any:
    return tensor.unsqueeze(-1) if tensor.dim() == 1 and rank == 2 else tensor


def _is_array(value: Any) -> bool:
    return hasattr(value, "shape") and getattr(value, "ndim", 0) > 0


def _is_class_table(value: Any) -> bool:
    return isinstance(value, Mapping) and all(not isinstance(key, str) for key in value)


def _per_output(
    values: Any, names: Sequence[str], is_one: Callable[[Any], bool] = _is_array
) -> list[Any]:
    """Return one value for each output; one alone is for the first, or for all tables."""
    if values is None:
        return [None] * len(names)
    if is_one(values):
        return (
            [values] * len(names)
            if isinstance(values, Mapping)
            else [values] + [None] * (len(names) - 1)
        )
    if isinstance(values, Mapping):
        return [values.get(name) for name in names]
    if len(names) == 1:
        return [values]
    return list(values)


def _class_weights(who: str, table: Mapping[Any, float], target: Tensor) -> Tensor:
    """Return the weight of each sample's class."""
    if target.dim() > 2:
        raise ShapeError(f"{who} needs targets of one or two axes, got {tuple(target.shape)}.")
    classes = target.argmax(-1) if target.dim() == 2 and target.shape[1] > 1 else target.reshape(-1)
    numbers = classes.long()
    present = {int(number) for number in numbers.unique()}
    missing = sorted(present - {int(key) for key in table})
    if missing:
        raise ArgumentError(
            "class_weight",
            f"a weight for every class in y (missing: {missing})",
            dict(table),
            who=who,
        )
    lookup = torch.zeros(max(max(map(int, table)), 0) + 1, dtype=getattr(torch, floatx()))
    for key, weight in table.items():
        lookup[int(key)] = float(weight)
    return lookup.to(numbers.device)[numbers]
