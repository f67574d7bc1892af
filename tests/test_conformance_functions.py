"""Activations, regularizers, constraints, initializers and seeds against real Kerases."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from recorded import Recorded, recorded

from kshim import activations, constraints, initializers, regularizers
from kshim.core.eras import in_era
from kshim.layers import Input
from kshim.layers.base import LAYERS
from kshim.models import Model

HOMES = {"activations": activations, "constraints": constraints, "regularizers": regularizers}
pytestmark = pytest.mark.filterwarnings("ignore::kshim.core.arguments.OldWord")

RELATIVE, ABSOLUTE = 1e-5, 1e-6


@pytest.fixture(autouse=True)
def era(request: pytest.FixtureRequest) -> Iterator[None]:
    """Put the era of the case in force."""
    with in_era(request.getfixturevalue("case").era):
        yield


def cases(kind: str) -> list[Any]:
    """Return the recorded cases of a kind as parameters."""
    return [pytest.param(case, id=str(case)) for case in recorded(kind)]


def same(found: torch.Tensor, wanted: np.ndarray) -> None:
    """Compare within 1e-5."""
    np.testing.assert_allclose(found.detach().numpy(), wanted, rtol=RELATIVE, atol=ABSOLUTE)


@pytest.mark.parametrize("case", cases("functions"))
def test_a_function_gives_the_value_and_the_gradient_keras_gave(case: Recorded) -> None:
    home, arguments = HOMES[case.spec["owner"]], case.spec["arguments"]
    named = home.get(case.spec["called"]) if not arguments else None
    given = torch.tensor(case.arrays["given"])
    if case.spec["owner"] == "activations":
        leaf = given.requires_grad_()
        function = named or getattr(home, case.spec["called"])
        value = function(leaf, **arguments)
    else:
        leaf = given if case.spec["owner"] == "constraints" else given.requires_grad_()
        value = (named or getattr(home, case.spec["called"])(**arguments))(leaf)
    same(value, case.arrays["value"])
    if "gradient" in case.arrays:
        waves = torch.cos(torch.arange(value.numel())).reshape(value.shape)
        total = (value * waves).sum() + 0 * leaf.sum()  # not all penalties are of any number
        same(torch.autograd.grad(total, leaf)[0], case.arrays["gradient"])


def _drawn(case: Recorded) -> Any:
    """Return what the case's initializer draws, with another seed than Keras had."""
    if "layer" in case.spec:
        return _first_values(case)
    called, arguments = case.spec["called"], case.spec["arguments"]
    made = getattr(initializers, called)(**arguments) if arguments else initializers.get(called)
    if hasattr(made, "seed"):
        made.seed = 11
    return made(case.spec["shape"], dim_ordering="tf").double().numpy()


def _first_values(case: Recorded) -> Any:
    """Return the first values of a weight of a layer that was told no initializer."""
    layer = _made(case.spec["layer"], case.spec["arguments"])
    layer(Input(tuple(case.spec["inputs"])))
    return layer.get_weights()[case.spec["weight"]].astype(np.float64)


@pytest.mark.parametrize("case", cases("initializers"))
def test_an_initializer_draws_as_keras_drew(case: Recorded) -> None:
    """Two samples of n numbers: means and deviations within five of their standard errors."""
    told, values = case.spec, _drawn(case)
    count = values.size
    deviation, fourth = told["deviation"], told["fourth_moment"]
    mean_error = deviation * math.sqrt(2 / count)
    assert abs(values.mean() - told["mean"]) <= 5 * mean_error + 1e-7
    spread = max(fourth - deviation**4, 0.0) ** 0.5 / max(2 * deviation, 1e-12)
    assert abs(values.std() - deviation) <= 5 * spread * math.sqrt(2 / count) + 1e-7
    middle = values.mean()
    found = ((values - middle) ** 4).mean()
    assert found == pytest.approx(fourth, rel=0.06, abs=1e-12)
    _same_limits(values, told)


def _same_limits(values: Any, told: dict[str, Any]) -> None:
    """Compare the limits: cut ones within 0.3% of the range, those of tails loosely.

    Keras 3 on torch draws four numbers for each it cuts, and keeps one beyond the limits where all
    four are; so the tenth from each end is compared, and no number lies beyond the last of Keras's.
    """
    width = told["tenth_highest"] - told["tenth_lowest"]
    is_cut = width < 5 * told["deviation"]  # at 2 / 0.88 deviations, or evenly spread
    slack = (0.003 if is_cut else 0.1) * width + 1e-7
    ordered = np.sort(values, axis=None)
    assert ordered[9] == pytest.approx(told["tenth_lowest"], abs=slack)
    assert ordered[-10] == pytest.approx(told["tenth_highest"], abs=slack)
    if is_cut:
        assert told["lowest"] - slack <= ordered[0] and ordered[-1] <= told["highest"] + slack


@pytest.mark.parametrize("case", cases("seeds"))
def test_numpys_stream_stands_where_keras_left_it(case: Recorded) -> None:
    np.random.seed(0)
    inputs = Input(tuple(case.spec["inputs"][1:]))
    Model(inputs, _made(case.spec["class_name"], case.spec["arguments"])(inputs))
    assert np.random.randint(10**6) == case.spec["next"]


def _made(class_name: str, arguments: dict[str, Any]) -> Any:
    """Return a layer, those inside it made the same way."""
    return LAYERS.find(class_name)(**{
        key: _made(**value) if isinstance(value, dict) else value
        for key, value in arguments.items()
    })  # fmt: skip
