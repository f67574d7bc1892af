"""The backend's functions against what real Kerases were recorded to give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from kshim import backend as K
from kshim.backend import keras1
from kshim.core.eras import in_era
from kshim.core.symbols import symbols_in
from kshim.layers import Input
from kshim.models import Model
from tests.recorded import Recorded, recorded

# TensorFlow counts in 32 bits where torch counts in 64.
SAME_KIND = {"int32": "int64", "int64": "int64"}


def answered() -> list[Any]:
    """Return the calls that the Keras of that time did not refuse."""
    found = [case for case in recorded("backend") if "refused" not in case.spec]
    return [pytest.param(case, id=str(case)) for case in found]


def on_arrays() -> list[Any]:
    """Return the calls whose first argument is an array with a batch, and whose results are."""
    return [
        param
        for param in answered()
        for case in param.values
        if "kinds" in case.spec
        and len(case.spec["arguments"]) < 4
        and all(isinstance(one, dict) for one in case.spec["arguments"])
        and case.spec["arguments"][0]["array"]
    ]


def with_gradients() -> list[Any]:
    """Return the calls through which Keras gives a gradient."""
    return [param for param in answered() if gradients_of(param.values[0])]


def gradients_of(case: Recorded) -> dict[str, np.ndarray]:
    """Return the recorded gradients by the number of what they are taken by."""
    return {name: one for name, one in case.arrays.items() if name.startswith("gradient")}


@pytest.mark.parametrize("case", answered())
def test_a_function_gives_keras_results_of_tensors(case: Recorded) -> None:
    tensors = [torch.tensor(value) for value in inputs_of(case)]
    made = call(case, tensors)
    if "value" in case.spec:
        wanted = case.spec["value"]
        assert (list(made) if isinstance(wanted, list) else made) == wanted
        return
    results = made if isinstance(made, list | tuple) else [made]
    for result, wanted, kind in zip(
        results, case.numbered("result"), case.spec["kinds"], strict=True
    ):
        value = K.eval(result)
        np.testing.assert_allclose(value, wanted, rtol=2e-5, atol=2e-6)
        name = str(value.dtype)
        assert SAME_KIND.get(name, name) == SAME_KIND.get(kind, kind)


@pytest.mark.parametrize("case", with_gradients())
def test_a_function_gives_keras_gradients(case: Recorded) -> None:
    tensors = [torch.tensor(value) for value in inputs_of(case)]
    for tensor in tensors:
        tensor.requires_grad_(tensor.is_floating_point())
    made = call(case, tensors)
    first = made[0] if isinstance(made, list | tuple) else made
    weights = torch.cos(torch.arange(first.numel(), dtype=torch.float32))
    torch.sum(first.reshape(-1) * weights).backward()
    for name, gradient in gradients_of(case).items():
        found = tensors[int(name.rpartition("_")[2])].grad
        found = torch.zeros(gradient.shape) if found is None else found
        np.testing.assert_allclose(found.numpy(), gradient, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("case", on_arrays())
def test_a_function_of_symbols_gives_the_same_through_a_model(case: Recorded) -> None:
    arrays = inputs_of(case)
    symbols = [Input(batch_shape=one.shape, dtype=str(one.dtype)) for one in arrays]
    with in_era(case.era):
        made = call(case, symbols)
        outputs = symbols_in(made)
        assert [tuple(one.shape) for one in outputs] == [
            one.shape for one in case.numbered("result")
        ]
        model = Model(symbols, outputs)
        found = model.network.predict(*(torch.tensor(one) for one in arrays))
    for result, wanted in zip(found, case.numbered("result"), strict=True):
        np.testing.assert_allclose(result.detach().numpy(), wanted, rtol=2e-5, atol=2e-6)


def inputs_of(case: Recorded) -> list[np.ndarray]:
    """Return the drawn arrays in the type they were drawn in."""
    specs = list(_specs(case.spec["arguments"]))
    kinds = [_type(spec["kind"]) for spec in specs]
    return [value.astype(kind) for value, kind in zip(case.inputs, kinds, strict=True)]


def call(case: Recorded, tensors: list[Any]) -> Any:
    """Return what kshim's function makes of the arguments of a row."""
    left = iter(tensors)
    arguments = [_filled(argument, left) for argument in case.spec["arguments"]]
    words = {key: _filled(value, left) for key, value in case.spec.get("keywords", {}).items()}
    name = case.spec["function"]
    function = getattr(keras1 if hasattr(keras1, name) and not hasattr(K, name) else K, name)
    with in_era(case.era):
        return function(*arguments, **words)


def _filled(argument: Any, left: Iterator[Any]) -> Any:
    if isinstance(argument, dict):
        return next(left)
    if isinstance(argument, list):
        return [_filled(one, left) for one in argument]
    return argument


def _specs(arguments: list[Any]) -> Iterator[dict[str, Any]]:
    for argument in arguments:
        if isinstance(argument, dict):
            yield argument
        elif isinstance(argument, list):
            yield from _specs(argument)


def _type(kind: Any) -> str:
    if isinstance(kind, int):
        return "int32"
    return "bool" if kind == "truth" else "float32"
