"""The exported sources in the repository are what is exported now, and run without kshim."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kshim.export import to_source
from tools.export_sources import FOLDER, MODELS, made

RUN = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
import numpy, torch
from safetensors.torch import load_file
for name, inputs in json.loads(sys.argv[3]).items():
    module = importlib.import_module(name)
    net = getattr(module, "".join(word.title() for word in name.split("_")))()
    net.load_state_dict(load_file(f"{sys.argv[1]}/{name}.safetensors"), strict=True)
    fed = torch.from_numpy(numpy.load(f"{sys.argv[2]}/{name}.npy"))
    with torch.inference_mode():
        numpy.save(f"{sys.argv[2]}/{name}_out.npy", net.eval()(fed).numpy())
found = [word for word in sys.modules if word.partition(".")[0] in ("kshim", "keras", "onnx")]
assert not found, found
"""


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    """Return the models that the files are made of."""
    return {name: made(name) for name in MODELS}


@pytest.mark.parametrize("name", MODELS)
def test_the_files_are_what_is_written_now(
    name: str, models: dict[str, Any], tmp_path: Path
) -> None:
    to_source(models[name], tmp_path / f"{name}.py")
    for suffix in (".py", ".safetensors"):
        kept, now = (folder / f"{name}{suffix}" for folder in (FOLDER, tmp_path))
        assert kept.read_bytes() == now.read_bytes(), f"run tools/export_sources.py: {kept.name}"


def test_no_other_file_is_there() -> None:
    found = {file.name for file in FOLDER.iterdir() if file.is_file()}
    assert found == {f"{name}{suffix}" for name in MODELS for suffix in (".py", ".safetensors")}


def test_the_files_run_without_kshim_and_give_the_same_numbers(
    models: dict[str, Any], tmp_path: Path
) -> None:
    source = np.random.default_rng(0)
    fed = {}
    for name, model in models.items():
        shape = model.inputs[0].shape[1:]
        if shape == (None,):
            fed[name] = source.integers(0, 40, (5, 11)).astype("float32")
        else:
            fed[name] = source.standard_normal((5, *shape)).astype("float32")
        np.save(tmp_path / f"{name}.npy", fed[name])
    words = "{" + ", ".join(f'"{name}": 0' for name in models) + "}"
    # -I: neither the working folder nor PYTHONPATH lead to kshim.
    subprocess.run(
        [sys.executable, "-I", "-B", "-c", RUN, str(FOLDER), str(tmp_path), words],
        check=True, timeout=240,
    )  # fmt: skip
    for name, model in models.items():
        own, found = model.predict(fed[name]), np.load(tmp_path / f"{name}_out.npy")
        np.testing.assert_allclose(found, own, rtol=1e-6, atol=1e-6)
        assert np.abs(own[0] - own[1]).max() > 1e-4  # the outputs tell the samples apart


def test_the_files_are_in_the_style_of_the_project() -> None:
    for words in (["check", "-q"], ["format", "-q", "--check"]):
        subprocess.run([sys.executable, "-m", "ruff", *words, str(FOLDER)], check=True, timeout=60)
