"""The lowered model's state_dict goes to safetensors and torch files and comes back."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from kshim import layers
from kshim.errors import FileError, MissingPackage, WeightError
from kshim.models import Sequential
from kshim.saving import states

X = np.linspace(-1, 1, 8, dtype=np.float32).reshape(2, 4)
ENDINGS = [".safetensors", ".pt", ".pth"]


def small(units: int = 3) -> Any:
    """Return a Sequential."""
    return Sequential(
        [
            layers.Dense(units, input_shape=(4,), name="one"),
            layers.BatchNormalization(name="normal"),
            layers.Dense(2, name="two"),
        ]
    )


@pytest.fixture(params=ENDINGS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == ".safetensors":
        pytest.importorskip("safetensors")
    return tmp_path / f"weights{request.param}"


def test_a_state_comes_back(path: Path) -> None:
    model, twin = small(), small()
    model.save_weights(path)
    twin.load_weights(str(path))
    np.testing.assert_array_equal(twin.predict(X), model.predict(X))


def test_the_keys_are_those_of_the_torch_modules(tmp_path: Path) -> None:
    model = small()
    model.save_weights(tmp_path / "x.pt")
    state = torch.load(tmp_path / "x.pt", weights_only=True)
    assert "one.weight" in state
    assert tuple(state["one.weight"].shape) == (3, 4)  # torch's layout


def test_states_that_do_not_fit_are_listed(path: Path) -> None:
    small(5).save_weights(path)
    model = small()
    with pytest.raises(WeightError, match=r"one\.weight must .*one\.bias must") as caught:
        model.load_weights(path)
    assert str(path) in str(caught.value)


def test_truncated_states_are_refused(path: Path) -> None:
    model = small()
    model.save_weights(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(FileError, match="must be a whole"):
        model.load_weights(path)


def test_pickles_that_are_no_tensors_are_not_run(tmp_path: Path) -> None:
    class Payload:
        def __reduce__(self) -> Any:
            return (open, (str(tmp_path / "marker"), "w"))

    path = tmp_path / "bad.pt"
    torch.save({"one.weight": Payload()}, path)
    with pytest.raises(FileError, match="must be a whole file of tensors"):
        small().load_weights(path)
    assert not (tmp_path / "marker").exists()


def test_a_torch_file_that_inflates_without_measure_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pt"
    archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
    with archive, archive.open("data", "w") as member:
        for _ in range(210):
            member.write(bytes(10**6))
    with pytest.raises(FileError, match="must inflate to at most"):
        small().load_weights(path)


def test_a_missing_package_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Any:
        raise MissingPackage("save_weights", "safetensors", "safetensors")

    monkeypatch.setattr(states, "_safetensors", missing)
    with pytest.raises(MissingPackage, match=r"pip install 'kshim\[safetensors\]'"):
        small().save_weights(tmp_path / "x.safetensors")
