"""Every recorded case of Keras 3's layers once more, in half precision over float32 weights.

What is computed stands as close to the recorded numbers of float32 as the type allows; what comes
out is of the type of the policy. A model of the layer is asked in bfloat16, the layer on tensors in
float16.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from kshim.core.policies import set_global_policy
from tests import test_conformance as whole
from tests.recorded import Recorded, recorded

# Of the largest output or 1: some units in the last place of the type, 2**-8 and 2**-11.
TOLERANCES = {"mixed_bfloat16": 0.03, "mixed_float16": 0.01}
# The case as it is printed, the policy, and why it cannot be as in float32.
KNOWN = {
    ("additive_attention_causal_masked-3", "mixed_float16"): (
        "float16 keeps what stands beside -65504, which float32 loses beside -1e9: shares of rows "
        "in which all is masked"
    ),
}


def rows(policy: str) -> list[Any]:
    cases = [
        case
        for case in recorded("layers", "keras-3.15.1")
        if whole._ran(case) and case.outputs and "floatx" not in case.spec
    ]
    marked = {name: why for (name, its), why in KNOWN.items() if its == policy}
    return [
        pytest.param(
            case, id=str(case), marks=[pytest.mark.xfail(strict=True, reason=marked[str(case)])]
            if str(case) in marked else [],
        )
        for case in cases
    ]  # fmt: skip


@contextmanager
def under(policy: str, case: Recorded) -> Iterator[None]:
    """Put a policy in force, with the era and the settings of a case."""
    with whole.as_recorded(case):
        set_global_policy(policy)
        try:
            yield
        finally:
            set_global_policy(None)


def _compare(outputs: list[Any], case: Recorded, policy: str) -> None:
    kind = getattr(torch, policy.removeprefix("mixed_"))
    for output, wanted in zip(outputs, case.outputs, strict=True):
        if isinstance(output, Tensor) and output.is_floating_point():
            assert output.dtype == kind or case.spec.get("arguments", {}).get("dtype")
        made = output.float().numpy() if isinstance(output, Tensor) else np.asarray(output)
        if made.dtype.kind in "fiub" and wanted.size:
            reach = TOLERANCES[policy] * (np.abs(wanted).max() + 1)
            np.testing.assert_allclose(made, wanted, rtol=0, atol=reach)


@pytest.mark.parametrize("case", rows("mixed_bfloat16"))
def test_models_compute_in_bfloat16_what_keras_computed(case: Recorded) -> None:
    with under("mixed_bfloat16", case), torch.no_grad():
        layer, run = whole._lowered(case)
        whole._load(layer, case)
        _compare(run([whole._fed_as(it) for it in case.inputs], False)[0], case, "mixed_bfloat16")


@pytest.mark.parametrize("case", rows("mixed_float16"))
def test_layers_on_tensors_compute_in_float16_what_keras_computed(case: Recorded) -> None:
    with under("mixed_float16", case), torch.no_grad():
        layer, run = whole._eagerly(case)
        whole._load(layer, case)
        _compare(run([whole._fed_as(it) for it in case.inputs], False)[0], case, "mixed_float16")
