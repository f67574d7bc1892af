"""Models as PyTorch source: what stands in the file, and what it computes without kshim."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from kshim import layers as L
from kshim.cli import main
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, NotSupported
from kshim.export.source import to_source
from kshim.models.model import Model
from kshim.models.sequential import Sequential

KERNEL = np.linspace(-1, 1, 12).reshape(4, 3).astype("float32")
BIAS = np.array([0.5, -0.5, 0.25], "float32")
INPUTS = np.linspace(-2, 3, 8).reshape(2, 4).astype("float32")


def _dense() -> Model:
    model = Sequential([L.Dense(3, activation="relu", input_shape=(4,))], name="my_net")
    model.set_weights([KERNEL, BIAS])
    return model


def _cnn() -> Model:
    return Sequential(
        [
            L.Conv2D(4, 3, activation="relu", padding="same", input_shape=(8, 6, 3)),
            L.BatchNormalization(),
            L.MaxPooling2D(),
            L.Conv2D(5, 3, strides=2, padding="same"),
            L.Flatten(),
            L.Dropout(0.5),
            L.Dense(3, activation="softmax"),
        ]
    )


def _recurrent() -> Model:
    tokens = L.Input((None,))
    x = L.Embedding(10, 4, mask_zero=True)(tokens)
    x = L.Bidirectional(L.GRU(3, return_sequences=True, recurrent_activation="hard_sigmoid"))(x)
    return Model(tokens, L.Dense(2)(L.LSTM(5, recurrent_activation="hard_sigmoid")(x)))


def _nested() -> Model:
    start = L.Input((6,))
    x = L.Dense(4, activation="relu")(start)
    inner = Model(start, L.add([x, L.Dense(4)(x)]), name="block")
    other = L.Input((6,))
    doubled = L.Lambda(lambda values: values * 2 + 1, name="double")(inner(other))
    return Model(other, [doubled, L.Dense(2)(doubled)])


def _load(path: Path) -> Any:
    classes = runpy.run_path(str(path))
    made = [value for name, value in classes.items() if name == list(classes)[-1]]
    module = made[0]()
    module.load_state_dict(load_file(path.with_suffix(".safetensors")), strict=True)
    return module.eval()


def test_a_file_computes_the_formula_without_kshim(tmp_path: Path) -> None:
    to_source(_dense(), tmp_path / "net.py")
    np.save(tmp_path / "x.npy", INPUTS)
    script = (
        "import sys, numpy, torch, net; from safetensors.torch import load_file;"
        "module = net.MyNet(); module.load_state_dict(load_file('net.safetensors'));"
        "out = module(torch.from_numpy(numpy.load('x.npy')));"
        "numpy.save('y.npy', out.detach().numpy());"
        "assert not any(name.startswith(('kshim', 'keras')) for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)
    wanted = np.maximum(INPUTS @ KERNEL + BIAS, 0)
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), wanted, atol=1e-6)


@pytest.mark.parametrize("make", [_dense, _cnn, _recurrent, _nested])
@pytest.mark.parametrize("era", ["2.2", "2.15"])
def test_a_file_is_clean_loads_strictly_and_trains(make: Any, era: str, tmp_path: Path) -> None:
    with in_era(era):
        model = make()
    to_source(model, tmp_path / "net.py")
    text = (tmp_path / "net.py").read_text()
    assert "kshim" not in text
    assert f"formulas of Keras {era}." in text.partition("from __future__")[0]
    subprocess.run([sys.executable, "-m", "ruff", "check", "--isolated", "--line-length", "100",
                    "--select", "E,F,I", tmp_path / "net.py"], check=True)  # fmt: skip
    module = _load(tmp_path / "net.py")
    numbers = np.random.default_rng(0).integers(
        0, 9, (3, *(s or 7 for s in model.inputs[0].shape[1:]))
    )
    x = torch.as_tensor(numbers, dtype=getattr(torch, model.inputs[0].dtype))
    outputs = module(x)
    listed = [outputs] if isinstance(outputs, torch.Tensor) else list(outputs)
    predicted = model.predict(x.numpy(), verbose=0)
    for own, other in zip(predicted if len(listed) > 1 else [predicted], listed, strict=True):
        np.testing.assert_allclose(own, other.detach().numpy(), rtol=1e-6, atol=1e-6)
    module.train()
    outputs = module(x)
    (outputs if isinstance(outputs, torch.Tensor) else outputs[-1]).square().sum().backward()
    assert any(weight.grad is not None for weight in module.parameters())


def test_to_torch_has_weights_of_its_own_and_goes_through_torch_export() -> None:
    model = _cnn()
    module = model.to_torch()
    x = torch.ones(2, 8, 6, 3)
    exported = torch.export.export(module, (x,)).module()
    torch.testing.assert_close(exported(x), module(x))
    before = model.get_weights()[0].copy()
    with torch.no_grad():
        next(module.parameters()).zero_()
    np.testing.assert_array_equal(model.get_weights()[0], before)


def test_the_docstring_tells_the_source_and_a_name_from_a_file_cannot_end_it() -> None:
    with in_era("2.2"):
        model = Sequential([L.Dense(3, input_shape=(4,))], name='a"""\nraise SystemExit  # \\')
    doc = str(type(model.to_torch()).__doc__)
    assert doc.startswith("Compute what the model a____raise SystemExit")


def test_pt_weights_and_wrong_suffixes(tmp_path: Path) -> None:
    to_source(_dense(), tmp_path / "net.py", weights=tmp_path / "w.pt")
    state = torch.load(tmp_path / "w.pt", weights_only=True)
    np.testing.assert_array_equal(state["dense.weight"].numpy(), KERNEL.T)
    with pytest.raises(ArgumentError, match=r"safetensors or \.pt"):
        to_source(_dense(), tmp_path / "net.py", weights="w.h5")


def test_a_layer_that_cannot_be_written_is_named_and_no_file_appears(tmp_path: Path) -> None:
    def branches(values: Any) -> Any:
        return values if values.sum() > 0 else -values

    layer = L.Lambda(branches, output_shape=(3,), name="branches")
    model = Sequential([L.Dense(3, input_shape=(4,)), layer])
    with pytest.raises(NotSupported, match="branches"):
        to_source(model, tmp_path / "net.py")
    assert not list(tmp_path.iterdir())


def test_the_command_converts_a_file(tmp_path: Path, capsys: Any) -> None:
    _dense().save(str(tmp_path / "m.h5"))
    assert main(["convert", str(tmp_path / "m.h5"), "--torch", str(tmp_path / "net.py")]) == 0
    assert "net.safetensors" in capsys.readouterr().out
    found = _load(tmp_path / "net.py")(torch.from_numpy(INPUTS)).detach().numpy()
    np.testing.assert_allclose(found, np.maximum(INPUTS @ KERNEL + BIAS, 0), atol=1e-6)


def test_the_command_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="--onnx"):
        main(["convert", str(tmp_path / "m.h5")])
    with pytest.raises(SystemExit, match="a file that is there"):
        main(["convert", str(tmp_path / "m.h5"), "--torch", "net.py"])
