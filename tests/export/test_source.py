"""Models as PyTorch source: what stands in the file, and what it computes without kshim."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from safetensors.torch import load_file

from kshim import backend as K
from kshim import layers as L
from kshim.cli import main
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, NotSupported
from kshim.export import source
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


def _masked() -> Model:
    words = L.Embedding(10, 4, mask_zero=True, input_shape=(None,))
    layers = [words, L.LSTM(5, return_sequences=True), L.SimpleRNN(3, return_sequences=True)]
    options = {"recurrent_activation": "sigmoid", "reset_after": True}
    return Sequential([*layers, L.GRU(2, go_backwards=True, **options), L.Dense(2)])


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


@pytest.mark.parametrize("make", [_dense, _cnn, _recurrent, _masked, _nested])
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


def test_masks_over_torch_s_own_layers_are_said_in_a_page(tmp_path: Path) -> None:
    text = _text(_masked(), tmp_path)
    found = [line for line in text.splitlines() if line.startswith("class ")]
    assert [line.partition("(")[0].removeprefix("class ") for line in found] == [
        "Masked", "MaskedLSTM", "MaskedRNN", "MaskedGRU", "Network",
    ]  # fmt: skip


def _siamese() -> Model:
    tower = Sequential(
        [
            L.Conv2D(4, 3, activation="relu", input_shape=(8, 6, 1), name="strokes"),
            L.Flatten(name="flat"),
            L.Dense(3, name="code"),
        ],
        name="tower",
    )
    left, right = L.Input((8, 6, 1), name="left"), L.Input((8, 6, 1), name="right")

    def distance(pair: Any) -> Any:
        difference = K.square(pair[0] - pair[1])
        return K.sqrt(K.maximum(K.sum(difference, axis=1, keepdims=True), K.epsilon()))

    apart = L.Lambda(distance, name="distance")([tower(left), tower(right)])
    return Model([left, right], apart, name="siamese")


def _residual(blocks: int = 3) -> Model:
    x = start = L.Input((6, 5, 4), name="image")
    for stage, filters in ((1, 4), (2, 8)):
        if stage == 2:
            x = L.Conv2D(filters, 2, strides=2, name="halve")(x)
        for number in range(blocks):
            name = f"stage{stage}_block{number}"
            y = L.Conv2D(filters, 3, padding="same", name=f"{name}_conv1")(x)
            y = L.BatchNormalization(name=f"{name}_bn1")(y)
            y = L.Activation("relu", name=f"{name}_relu1")(y)
            y = L.Conv2D(filters, 3, padding="same", name=f"{name}_conv2")(y)
            x = L.Activation("relu", name=f"{name}_out")(L.Add(name=f"{name}_add")([x, y]))
    return Model(start, L.Dense(2, name="label")(L.GlobalAveragePooling2D()(x)), name="residual")


def _scaled() -> Model:
    """Return blocks as in ConvNeXt: of several widths, each with a weight that is no module's."""
    x = start = L.Input((8, 6, 3), name="image")
    for stage, filters, size, stride in ((1, 4, 4, 2), (2, 8, 2, 1), (3, 6, 1, 1)):
        x = L.Conv2D(filters, size, strides=stride, name=f"enter_{stage}")(x)
        y = L.Conv2D(filters, 3, padding="same", groups=filters, name=f"stage_{stage}_across")(x)
        y = L.LayerNormalization(name=f"stage_{stage}_norm")(y)
        y = L.Dense(4 * filters, activation="gelu", name=f"stage_{stage}_wide")(y)
        x = x + _Scale(name=f"stage_{stage}_scale")(L.Dense(filters, name=f"stage_{stage}_out")(y))
    return Model(start, L.GlobalAveragePooling2D()(x), name="scaled")


def _seq2seq() -> Model:
    source, target = L.Input((None, 3), name="source"), L.Input((None, 2), name="target")
    _, hidden, cell = L.LSTM(4, return_state=True, name="encoder")(source)
    steps = L.LSTM(4, return_sequences=True, name="decoder")(target, initial_state=[hidden, cell])
    return Model([source, target], L.Dense(5, activation="softmax", name="word")(steps))


class _Scale(L.Layer):
    """Multiply by what is learned, in K's words."""

    def build(self, input_shape: Any) -> None:
        self.factor = self.add_weight("factor", (input_shape[-1],), initializer="ones")
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        return K.tanh(inputs * self.factor) + K.mean(inputs, axis=-1, keepdims=True)


def _own_code() -> Model:
    start = L.Input((4,), name="numbers")
    return Model(start, L.Dense(2, name="label")(_Scale(name="scale")(start)), name="own_code")


NAMED = [_masked,
    _dense, _cnn, _recurrent, _nested, _siamese, _residual, _scaled, _seq2seq, _own_code,
]  # fmt: skip


def _text(model: Model, folder: Path) -> str:
    to_source(model, folder / "net.py")
    return (folder / "net.py").read_text()


def test_a_model_inside_is_a_class_of_its_own_and_is_called_where_it_was(tmp_path: Path) -> None:
    text = _text(_siamese(), tmp_path)
    tower, whole = text.split("class Siamese(nn.Module):")
    assert "class Tower(nn.Module):" in tower
    assert "self.strokes = nn.Conv2d(1, 4, 3)" in tower
    assert whole.count("self.tower = Tower()") == 1
    assert "self.tower(left)" in whole
    assert "self.tower(right)" in whole
    assert "return torch.sqrt(" in whole
    state = load_file(tmp_path / "net.safetensors")
    assert sorted(state) == [f"tower.{it}.{w}" for it in ("code", "strokes")
                             for w in ("bias", "weight")]  # fmt: skip


def test_a_model_inside_whose_layers_are_used_outside_too_has_no_class(tmp_path: Path) -> None:
    shared = L.Dense(4, name="shared")
    start = L.Input((4,))
    inner = Model(start, L.Dense(3, name="last")(shared(start)), name="inner")
    other = L.Input((4,), name="other")
    model = Model(other, [inner(other), shared(other)], name="both")
    text = _text(model, tmp_path)
    assert text.count("class ") == 1
    assert text.count("nn.Linear(4, 4)") == 1


def test_what_repeats_is_a_class_in_a_loop(tmp_path: Path) -> None:
    text = _text(_residual(), tmp_path)
    block, whole = text.split("class Residual(nn.Module):")
    assert "class ResidualBlock(nn.Module):" in block
    assert "def __init__(self, channels: int) -> None:" in block
    assert "self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)" in block
    for stage, filters in ((1, 4), (2, 8)):
        made = f"*(ResidualBlock(channels={filters}) for _ in range(3))"
        assert f"self.stage{stage}_blocks = nn.Sequential(" in whole
        assert made in whole
    assert whole.count("nn.Conv2d") == 1
    names = load_file(tmp_path / "net.safetensors")
    assert "stage2_blocks.2.bn1.running_mean" in names


def test_weights_that_are_no_modules_may_be_of_other_sizes_in_each_block(tmp_path: Path) -> None:
    text = _text(_scaled(), tmp_path)
    block, whole = text.split("class Scaled(nn.Module):")
    assert block.count("class ") == 1
    assert "def __init__(self, channels: int, units: int) -> None:" in block
    assert "self.scale_factor = nn.Parameter(torch.zeros(channels))" in block
    assert "self.norm = nn.LayerNorm(channels, eps=0.001)" in block
    assert "# (batch, height, width, channels)" in block
    assert "Block(channels=6, units=24)" in whole
    weights = load_file(tmp_path / "net.safetensors")
    sizes = [tensor.shape[0] for name, tensor in weights.items() if "factor" in name]
    assert sorted(sizes) == [4, 6, 8]


def test_two_blocks_that_would_save_nothing_stay_as_they_are(tmp_path: Path) -> None:
    steps = [L.Dense(5, activation="relu", input_shape=(4,)), L.Dense(5, activation="relu")]
    assert _text(Sequential(steps), tmp_path).count("class ") == 1


def test_recurrent_layers_that_are_torchs_are_torchs(tmp_path: Path) -> None:
    text = _text(_seq2seq(), tmp_path)
    assert "self.encoder = nn.LSTM(3, 4, batch_first=True)" in text
    assert "_, (encoder, encoder_cell) = self.encoder(source)" in text
    assert "decoder, _ = self.decoder(target, (encoder, encoder_cell))" in text
    module = _load(tmp_path / "net.py")
    learning = [name for name, weight in module.named_parameters() if weight.requires_grad]
    assert "encoder.bias_ih_l0" in learning
    assert "encoder.bias_hh_l0" not in learning


@pytest.mark.parametrize("era", ["2.2", "2.15"])
def test_carried_layers_know_nothing_of_onnx(era: str, tmp_path: Path) -> None:
    with in_era(era):
        text = _text(_recurrent(), tmp_path)
    assert "class Stepped(" in text
    assert "onnx" not in text.lower()


def test_own_layers_go_along_with_what_they_compute(tmp_path: Path) -> None:
    text = _text(_own_code(), tmp_path)
    assert "self.scale_factor = nn.Parameter(torch.zeros(4))" in text
    assert "torch.tanh(numbers * self.scale_factor)" in text
    assert "torch.mean(numbers, -1, keepdim=True" in text


def test_files_are_formatted_and_their_types_hold(tmp_path: Path) -> None:
    for era in ("2.2", "2.15"):
        for make in NAMED:
            with in_era(era):
                to_source(make(), tmp_path / f"net{make.__name__}_{era[-2:].strip('.')}.py")
    files = sorted(path.name for path in tmp_path.glob("*.py"))
    assert len(files) == 2 * len(NAMED)
    for words in (
        ["ruff", "format", "--isolated", "--line-length", "100", "--check"],
        ["mypy", "--check-untyped-defs", "--disallow-untyped-defs", "--config-file="],
    ):
        command = [sys.executable, "-m", *words, *files]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.filterwarnings("ignore:The tensor attributes self:UserWarning")  # torch's nn.LSTM
@pytest.mark.parametrize("make", NAMED)
def test_modules_go_through_torch_export_with_a_free_batch_and_torch_compile(make: Any) -> None:
    model = make()
    module = model.to_torch()
    few, more = (_ones(model, batch) for batch in (3, 4))
    batch = {0: torch.export.Dim("batch")}
    with torch.no_grad():
        exported = torch.export.export(module, few, dynamic_shapes=(batch,) * len(few)).module()
        torch.testing.assert_close(exported(*more), module(*more))
        compiled = torch.compile(module, backend="aot_eager")
        torch.testing.assert_close(compiled(*few), module(*few))


def _ones(model: Model, batch: int) -> tuple[torch.Tensor, ...]:
    return tuple(
        torch.ones(batch, *(size or 5 for size in it.shape[1:]), dtype=getattr(torch, it.dtype))
        for it in model.inputs
    )


def test_both_files_have_the_permissions_of_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        to_source(_dense(), tmp_path / "net.py")
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o640}


def test_a_source_that_differs_is_refused_by_its_first_layer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    model = _cnn()
    model.layers[3].set_weights([weight + 0.5 for weight in model.layers[3].get_weights()])
    name = model.layers[3].name

    def wrong(written: Any, of: Any) -> Any:
        module = load(written, of)
        with torch.no_grad():
            module.get_parameter(f"{name}.weight").zero_()
        return module

    load = source._load
    monkeypatch.setattr(source, "_load", wrong)
    with pytest.raises(NotSupported, match=f"the first layer that differs is '{name}'"):
        to_source(model, tmp_path / "net.py")
    assert not list(tmp_path.iterdir())


def test_a_layer_that_keeps_states_is_refused_with_what_to_do(tmp_path: Path) -> None:
    model = Sequential([L.LSTM(2, stateful=True, batch_input_shape=(2, 3, 4), name="memory")])
    with pytest.raises(NotSupported, match=r"'memory' must be made with stateful=False.*inputs"):
        to_source(model, tmp_path / "net.py")


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


def test_the_command_says_names_and_opset_of_onnx(tmp_path: Path) -> None:
    _dense().save(str(tmp_path / "m.h5"))
    words = ["--opset", "17", "--input-names", "numbers", "--output-names", "scores"]
    out = tmp_path / "m.onnx"
    assert main(["convert", str(tmp_path / "m.h5"), "--onnx", str(out), *words]) == 0
    proto = onnx.load(out)
    assert [it.name for it in proto.graph.input] == ["numbers"]
    assert [it.name for it in proto.graph.output] == ["scores"]
    assert next(it.version for it in proto.opset_import if not it.domain) == 17
