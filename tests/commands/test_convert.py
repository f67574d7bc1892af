"""The command that writes a model's file as ONNX, and its variants."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from kshim import layers as L
from kshim.cli import main
from kshim.models.model import Model

IMAGES = np.random.default_rng(0).standard_normal((6, 8, 9, 3)).astype("float32")


def test_images_may_have_their_channels_first(tmp_path: Path) -> None:
    graph = _converted(tmp_path, "--nchw").graph
    shape = [size.dim_value for size in graph.input[0].type.tensor_type.shape.dim]
    assert shape == [0, 3, 8, 9]
    assert "Transpose" not in {node.op_type for node in graph.node}


def test_half_precision_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph = _converted(tmp_path, "--fp16").graph
    assert onnx.TensorProto.FLOAT16 in {tensor.data_type for tensor in graph.initializer}
    assert "float16: differs from float32 by" in capsys.readouterr().out


def test_eight_bits_are_dynamic(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph = _converted(tmp_path, "--int8").graph
    assert "ConvInteger" in {node.op_type for node in graph.node}
    assert "int8, dynamic: differs from float32 by" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
@pytest.mark.parametrize("named", [True, False])
def test_eight_bits_are_static_with_samples(
    suffix: str, named: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"x{suffix}"
    if suffix == ".npy":
        np.save(file, IMAGES)
    elif named:
        np.savez(file, image=IMAGES)
    else:
        np.savez(file, IMAGES)
    graph = _converted(tmp_path, "--int8", "--calibration", str(file)).graph
    assert "QuantizeLinear" in {node.op_type for node in graph.node}
    assert "on 6 given samples" in capsys.readouterr().out


def test_samples_that_are_none_are_told(tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(b"no archive")
    with pytest.raises(SystemExit, match=r"--calibration must be an \.npz or \.npy file of arrays"):
        _converted(tmp_path, "--int8", "--calibration", str(tmp_path / "x.npz"))
    np.savez(tmp_path / "x.npz", picture=IMAGES)
    with pytest.raises(SystemExit, match="calibration must be arrays for image, got 'picture'"):
        _converted(tmp_path, "--int8", "--calibration", str(tmp_path / "x.npz"))


def test_options_of_onnx_want_onnx(tmp_path: Path) -> None:
    file = _saved(tmp_path)
    with pytest.raises(SystemExit, match=r"--onnx OUT\.onnx must be given for --nchw"):
        main(["convert", file, "--torch", str(tmp_path / "net.py"), "--nchw"])


def _saved(folder: Path) -> str:
    image = L.Input((8, 9, 3), name="image")
    seen = L.GlobalAveragePooling2D()(L.Conv2D(4, 3)(image))
    Model(image, L.Dense(5, activation="softmax")(seen)).save(str(folder / "m.h5"))
    return str(folder / "m.h5")


def _converted(folder: Path, *options: str) -> onnx.ModelProto:
    out = folder / "m.onnx"
    assert main(["convert", _saved(folder), "--onnx", str(out), *options]) == 0
    return onnx.load(out)
