"""Masks through whole models, into losses and metrics, as the real Kerases carried them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from recorded import Recorded, recorded

from kshim import layers
from kshim.core.eras import in_era
from kshim.core.names import forget_names
from kshim.errors import KshimError
from kshim.models import Model
from kshim.optimizers import SGD

RELATIVE, ABSOLUTE = 1e-5, 2e-6

# Known differences: the case as it is printed, and why it cannot be the same.
_BESIDE_NONE = "before Keras 3 a mask cannot be laid end to end with none; here those steps count"
KNOWN = {f"concatenate_steps_of_one_mask-{era}": _BESIDE_NONE for era in ("2.2", "2.3", "2.15")}


@pytest.fixture(autouse=True)
def era(request: pytest.FixtureRequest) -> Iterator[None]:
    """Put the era of the case in force, with the layer names counted from the start."""
    forget_names()
    with in_era(request.getfixturevalue("case").era):
        yield


def _rows(refused: bool) -> list[Any]:
    return [
        pytest.param(case, id=str(case), marks=[
            pytest.mark.xfail(strict=True, reason=KNOWN[str(case)]),
        ] if str(case) in KNOWN else [])
        for case in recorded("masking") if ("refused" in case.spec) is refused
    ]  # fmt: skip


@pytest.mark.parametrize("case", _rows(refused=False))
def test_a_masked_model_reports_and_learns_what_keras_did(case: Recorded) -> None:
    model = _model(case, case.inputs[0].shape[1:])
    model.set_weights(case.weights)
    outputs, masks, *_ = model.network.full(_tensor(case.inputs[0]))
    _same(outputs[0].detach().numpy(), case.outputs[0], "outputs")
    wanted = case.masks[0]
    assert (masks[0] is None) == (wanted is None)
    if wanted is not None:
        np.testing.assert_array_equal(masks[0].numpy(), wanted)
    more = _compiled(case, model)
    given = (case.inputs[0], case.arrays["target"])
    _same(_listed(model.test_on_batch(*given, **more)), case.spec["tested"], "tested")
    _same(_listed(model.train_on_batch(*given, **more)), case.spec["trained"], "trained")
    for weight, value, after in zip(
        model.weights, model.get_weights(), case.numbered("after"), strict=True
    ):
        _same(value, after, f"{weight.name} after a step")


@pytest.mark.parametrize("case", _rows(refused=True))
def test_a_mask_that_keras_refused_is_refused(case: Recorded) -> None:
    with pytest.raises(KshimError):
        _model(case, (4,) if case.spec["first"]["class_name"] == "Embedding" else (4, 3))


def _model(case: Recorded, shape: tuple[int, ...]) -> Model:
    inputs = layers.Input(shape)
    tensor = _made(case.spec["first"])(inputs)
    for layer in case.spec["layers"]:
        several = isinstance(layer, list)
        tensor = [_made(one)(tensor) for one in layer] if several else _made(layer)(tensor)
    return Model(inputs, tensor)


def _made(layer: dict[str, Any]) -> Any:
    arguments = {key: _argument(value) for key, value in layer["arguments"].items()}
    return getattr(layers, layer["class_name"])(**arguments)


def _argument(value: Any) -> Any:
    if isinstance(value, dict):
        return _made(value)
    return tuple(_argument(one) for one in value) if isinstance(value, list) else value


def _compiled(case: Recorded, model: Model) -> dict[str, Any]:
    """Compile the model; return the words that go with each batch."""
    words = {key: case.spec[key] for key in ("metrics", "weighted_metrics") if key in case.spec}
    if case.spec.get("weights") == "steps" and case.era in ("2.2", "2.3"):
        words["sample_weight_mode"] = "temporal"
    model.compile(SGD(0.1), "mse", **words)
    weight = case.arrays.get("sample_weight")
    return {} if weight is None else {"sample_weight": weight}


def _tensor(values: np.ndarray) -> Any:
    return torch.as_tensor(values)


def _listed(reported: Any) -> list[float]:
    return [float(value) for value in (reported if isinstance(reported, list) else [reported])]


def _same(found: Any, wanted: Any, what: str) -> None:
    np.testing.assert_allclose(found, wanted, rtol=RELATIVE, atol=ABSOLUTE, err_msg=what)
