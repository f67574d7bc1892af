"""`load_data` makes of small files what real Kerases made of them."""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from kshim import datasets
from kshim.core.eras import in_era
from tests.datasets.fetching import fetch_from

ROOT = Path(__file__).parents[2]
RECORDED = {"2.2": "keras-2.2.4", "2.15": "tf.keras-2.15.0"}


@cache
def recorder() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "recording", ROOT / "tools" / "recording" / "datasets.py"
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("files")
    recorder().write_files(str(made))
    return made


def rows() -> list[Any]:
    made = []
    for era, version in RECORDED.items():
        kept = json.loads(
            (ROOT / "compat_cases/recorded" / version / "preprocessing/datasets.json").read_text()
        )
        for (name, arguments), given in zip(recorder().CALLS, kept["given"], strict=True):
            if given is not None:  # Keras itself fails there
                made.append(
                    pytest.param(era, name, arguments, given, id=f"{era} {name} {arguments}")
                )
    return made


@pytest.mark.filterwarnings("ignore:.*nb_words")
@pytest.mark.parametrize(("era", "name", "arguments", "given"), rows())
def test_it_is_what_keras_gave(
    era: str, name: str, arguments: Any, given: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / recorder().FILES[name]
    fetch_from(path, monkeypatch)
    with in_era(era):
        ours = getattr(datasets, name).load_data(**arguments)
    assert [[recorder().shown(one) for one in part] for part in ours] == given


@pytest.mark.parametrize(("era", "same"), [("2.2", True), ("2.3", False)])
def test_loading_seeds_numpy_before_keras_2_3(
    era: str, same: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch_from(folder / "boston_housing.npz", monkeypatch)
    drawn = []
    for seed in (1, 2):
        np.random.seed(seed)
        with in_era(era):
            datasets.boston_housing.load_data()
        drawn.append(np.random.uniform())
    assert (drawn[0] == drawn[1]) is same
