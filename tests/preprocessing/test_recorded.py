"""Preprocessing gives what real Kerases gave, recorded by tools/recording/preprocessing.py."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from kshim.core.eras import in_era
from kshim.preprocessing import image, sequence, text

ROOT = Path(__file__).parents[2]
RECORDED = {"2.2": "keras-2.2.4", "2.15": "tf.keras-2.15.0"}
# SciPy before 1.6, beside which Keras 2.2.4 was recorded, mirrored places between pixels wrongly.
OLD_SCIPY = {f"transform_{number}_reflect" for number in range(5)}
# 12 images do not determine 42 components: the small ones are rounding, made larger by 1 / sqrt.
LOOSE = {"whitened": 1e-2}


@cache
def recorder() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "recording", ROOT / "tools" / "recording" / "preprocessing.py"
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def recorded(era: str) -> dict[str, Any]:
    with np.load(
        ROOT / "compat_cases" / "recorded" / RECORDED[era] / "preprocessing" / "arrays.npz"
    ) as file:
        return dict(file)


@cache
def ours(era: str) -> dict[str, Any]:
    with in_era(era):
        return dict(recorder().cases(image, sequence, text))


def rows() -> Iterator[Any]:
    for era in RECORDED:
        for name in sorted({*recorded(era)} - {"keras_version"}):
            old = era == "2.2" and name in OLD_SCIPY
            yield pytest.param(
                era,
                name,
                marks=[pytest.mark.xfail(reason="SciPy < 1.6", strict=True)] if old else [],
            )


@pytest.mark.parametrize(("era", "name"), [*rows()])
def test_it_is_what_keras_gave(era: str, name: str) -> None:
    wanted, given = recorded(era)[name], ours(era)[name]
    assert given.shape == wanted.shape
    assert given.dtype == wanted.dtype
    if wanted.dtype.kind == "f":
        np.testing.assert_allclose(given, wanted, rtol=1e-5, atol=LOOSE.get(name, 1e-3))
    else:
        np.testing.assert_array_equal(given, wanted)
