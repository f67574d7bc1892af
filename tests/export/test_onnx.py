"""Models as ONNX files: what stands in them, and what onnxruntime makes of them."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from kshim.errors import ArgumentError, MissingPackage, NotSupported, StateError
from kshim.export import programs
from kshim.export.onnx import to_onnx
from kshim.layers.base import Layer
from kshim.layers.convolution import Conv2D
from kshim.layers.core import Dense, Dropout, Flatten, Input, Lambda
from kshim.layers.embeddings import Embedding
from kshim.layers.merging import Add, concatenate
from kshim.layers.normalization import BatchNormalization
from kshim.layers.pooling import MaxPooling2D
from kshim.layers.preprocessing.lookups import StringLookup
from kshim.layers.recurrent import GRU, LSTM
from kshim.models.model import Model
from kshim.models.sequential import Sequential

KERNEL = np.linspace(-1, 1, 12).reshape(4, 3).astype("float32")
BIAS = np.array([0.5, -0.5, 0.25], "float32")
INPUTS = np.linspace(-2, 3, 8).reshape(2, 4).astype("float32")


def test_a_file_computes_the_formula_of_its_layers(tmp_path: Path) -> None:
    exported = _dense().export(tmp_path / "m.onnx", verbose=False)
    assert exported.nodes == ["Gemm", "Relu"]
    assert exported.difference is not None
    assert exported.difference < 1e-5
    (found,) = _run(tmp_path / "m.onnx", features=INPUTS)
    np.testing.assert_allclose(found, np.maximum(INPUTS @ KERNEL + BIAS, 0), atol=1e-6)


def test_exports_are_alike_to_the_byte_and_leave_the_model_as_it_was(tmp_path: Path) -> None:
    model = _dense()
    model.train()
    modes = {name: module.training for name, module in model.named_modules()}
    weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    files = [tmp_path / name for name in ("first.onnx", "second.onnx")]
    for file in files:
        to_onnx(model, file, verbose=False)
    assert files[0].read_bytes() == files[1].read_bytes()
    assert {name: module.training for name, module in model.named_modules()} == modes
    assert model.training
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, weights[name])
    assert {made.name for made in tmp_path.iterdir()} == {"first.onnx", "second.onnx"}


def test_inputs_outputs_and_free_axes_are_named() -> None:
    left, right = Input((None, 4), name="left"), Input((3,), name="right")
    states = GRU(2, name="states")(left)
    shared = Dense(3, name="linear")  # the exporter's own name for what it makes of a Dense
    inner = Sequential([Dense(2, input_shape=(3,)), Dense(3)], name="inner")
    mixed = concatenate([states, shared(inner(right)), shared(right)], name="mixed")
    model = Model([left, right], [mixed, Dense(2, name="relu")(mixed), right])
    exported = to_onnx(model, verbose=False)
    graph = exported.model.graph
    assert _ends(graph.input) == {"left": ["batch", "time", 4], "right": ["batch", 3]}
    assert _ends(graph.output) == {
        "mixed": ["batch", 8], "relu": ["batch", 2], "right_output": ["batch", 3],
    }  # fmt: skip
    assert exported.nodes.count("GRU") == 1
    assert exported.nodes.count("Identity") == 1  # an input that is an output, and no other


def test_names_and_opset_may_be_chosen_and_nothing_free() -> None:
    exported = to_onnx(
        _dense(), opset=17, dynamic=False, input_names=["x"], output_names="y", verbose=False
    )
    assert exported.opset == 17
    assert exported.path is None
    assert _ends(exported.model.graph.input) == {"x": [1, 4]}
    assert _ends(exported.model.graph.output) == {"y": [1, 3]}


def test_a_cnn_has_a_transpose_at_its_entrance_alone_and_normalisation_folded() -> None:
    picture = Input((8, 6, 2))
    left = Conv2D(3, 3, padding="same", activation="relu")(picture)
    right = BatchNormalization()(Conv2D(3, 3, padding="same", use_bias=False)(left))
    flat = Flatten()(MaxPooling2D()(Dropout(0.5)(Add()([left, right]))))
    model = Model(picture, Dense(4, activation="softmax")(flat))
    _randomize(model)
    exported = to_onnx(model, verbose=False)
    assert exported.nodes == [
        "Transpose", "Conv", "Relu", "Conv", "Add", "MaxPool", "Reshape", "Gemm", "Softmax",
    ]  # fmt: skip


def test_a_recurrent_layer_is_one_node_in_every_export(tmp_path: Path) -> None:
    model = Sequential([LSTM(7, input_shape=(None, 3), name="lstm")])
    file = tmp_path / "m.onnx"
    for _ in range(2):  # torch's own nn.LSTM loses the free time axis at the second export
        assert to_onnx(model, file, verbose=False).nodes == ["Transpose", "LSTM", "Squeeze"]
    inputs = np.random.default_rng(0).standard_normal((2, 29, 3)).astype("float32")
    (found,) = _run(file, lstm_input=inputs)
    np.testing.assert_allclose(found, model.predict(inputs), atol=1e-5)


def test_weights_of_any_size_are_folded() -> None:
    # Above the limits that the optimizer sets itself.
    model = Sequential([GRU(80, return_sequences=True, input_shape=(None, 70))])
    assert set(to_onnx(model, verbose=False).nodes) == {"Transpose", "GRU", "Squeeze"}


def test_masks_go_along_and_words_stay_inside_the_table(tmp_path: Path) -> None:
    model = Sequential([Embedding(3, 4, mask_zero=True, name="words"), LSTM(5), Dense(2)])
    file = tmp_path / "m.onnx"
    exported = to_onnx(model, file, verbose=False)
    assert exported.nodes.count("LSTM") == 1
    words = np.array([[1, 2, 0, 0, 0, 0], [0, 1, 0, 2, 2, 0], [0, 0, 0, 0, 0, 0]])
    (found,) = _run(file, words_input=words.astype("float32"))
    np.testing.assert_allclose(found, model.predict(words), atol=1e-5)


def test_a_class_of_ones_own_is_exported_once_it_has_weights() -> None:
    model = Doubled()
    with pytest.raises(StateError, match="Call predict on data first"):
        to_onnx(model)
    model.predict(INPUTS)
    exported = to_onnx(model, verbose=False)
    assert exported.nodes == ["Gemm", "Add"]
    assert _ends(exported.model.graph.input) == {"input_1": ["batch", 4]}


def test_weights_too_many_for_one_file_stand_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_ONE_FILE", 100)
    model = Sequential([Dense(30, input_shape=(4,), name="dense")])
    to_onnx(model, tmp_path / "m.onnx", verbose=False)
    assert {made.name for made in tmp_path.iterdir()} == {"m.onnx", "m.onnx.data"}
    (found,) = _run(tmp_path / "m.onnx", dense_input=INPUTS)
    np.testing.assert_allclose(found, model.predict(INPUTS), atol=1e-5)


def test_a_difference_is_told_with_the_output_and_leaves_no_file(tmp_path: Path) -> None:
    model = Sequential([Counting(input_shape=(4,), name="odd")])
    with pytest.raises(NotSupported, match=r"output 'odd' in onnxruntime must be within 1e-05"):
        to_onnx(model, tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_layer_that_cannot_be_traced_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    model = Sequential([Dense(3, input_shape=(4,)), Lambda(_by_value, name="by_value"), Dense(2)])
    with pytest.raises(NotSupported, match="Lambda 'by_value' must be made of what ONNX can"):
        to_onnx(model)
    assert capfd.readouterr() == ("", "")


def test_a_refusal_holds_nothing_of_the_tracer_s_own() -> None:
    sine = Lambda(lambda x: torch.as_tensor(np.sin(x.detach().numpy())), name="sine")
    with pytest.raises(NotSupported, match=r"Lambda 'sine' must .* got: .*\. If it is") as caught:
        to_onnx(Sequential([Dense(3, input_shape=(4,)), sine]))
    assert not any(word in str(caught.value) for word in ("%", "tlparse", "traceback"))


def test_a_layer_that_onnx_lacks_is_named() -> None:
    spectrum = Lambda(lambda x: torch.linalg.svd(x)[1], name="spectrum")
    model = Sequential([Dense(3, input_shape=(4, 2)), spectrum, Dense(2)])
    with pytest.raises(NotSupported, match=r"Lambda 'spectrum' must be made of .*linalg_svd"):
        to_onnx(model)


def test_layers_that_keep_states_are_refused() -> None:
    model = Sequential([LSTM(3, stateful=True, batch_input_shape=(2, 4, 3), name="memory")])
    with pytest.raises(NotSupported, match="LSTM 'memory' must be made with stateful=False"):
        to_onnx(model)


def test_names_must_be_as_many_as_the_ends() -> None:
    with pytest.raises(ArgumentError, match="input_names must be 1 different names"):
        to_onnx(_dense(), input_names=["a", "b"])


def test_an_output_cannot_bear_the_name_of_an_input() -> None:
    with pytest.raises(ArgumentError, match=r"output_names must be names that no input bears"):
        to_onnx(_dense(), input_names="x", output_names="x")


def test_words_are_refused_and_the_model_behind_them_leaves() -> None:
    found = StringLookup(vocabulary=["a", "b"])
    inputs = Input((2,), dtype="string", name="text")
    model = Model(inputs, Dense(2)(Flatten()(Embedding(4, 3)(found(inputs)))), name="reader")
    with pytest.raises(NotSupported, match=r"'reader': must take numbers .* words in text"):
        to_onnx(model)
    assert "Gather" in to_onnx(Model(model.layers[1].output, model.outputs), verbose=False).nodes


def test_states_go_in_and_come_out(tmp_path: Path) -> None:
    inputs, starts = Input((None, 3), name="x"), [Input((4,), name=name) for name in "hc"]
    cell = LSTM(4, return_sequences=True, return_state=True, name="m")
    model = Model([inputs, *starts], cell(inputs, initial_state=starts))
    exported = to_onnx(model, tmp_path / "m.onnx", verbose=False)
    assert exported.nodes.count("LSTM") == 1
    assert [value.name for value in exported.model.graph.output] == ["m", "m_1", "m_2"]
    source = np.random.default_rng(0)
    feed = {name: source.standard_normal(shape).astype("float32")
            for name, shape in {"x": (2, 6, 3), "h": (2, 4), "c": (2, 4)}.items()}  # fmt: skip
    found = _run(tmp_path / "m.onnx", **feed)
    for one, other in zip(found, model.predict(list(feed.values())), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_unknown_lengths_cannot_be_fixed() -> None:
    with pytest.raises(ArgumentError, match="dynamic must be True for a model whose inputs"):
        to_onnx(Sequential([LSTM(2, input_shape=(None, 3))]), dynamic=False)


@pytest.mark.parametrize("package", ["onnx", "onnxscript", "onnxruntime"])
def test_a_missing_package_is_named_with_the_extra(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackage, match=rf"{package}\. .* pip install 'kshim\[onnx\]'"):
        to_onnx(_dense())


def test_one_line_is_printed_and_no_more(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    exported = to_onnx(_dense(), tmp_path / "m.onnx")
    out, err = capfd.readouterr()
    assert out == f"{exported}\n"
    assert err == ""
    assert "2 nodes, opset" in out
    assert f"differs from the model by {exported.difference:.1e} at most" in out


class Doubled(Model):
    """Call one layer, in a way of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = Dense(3)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        made = self.dense(inputs)
        return made + made


class Counting(Layer):
    """Give another result at every call; the phase it asks for keeps it from being traced."""

    def build(self, input_shape: Any) -> None:
        self.count = itertools.count(1)

    def call(self, inputs: Any, training: Any = None) -> Any:
        return inputs * next(self.count)


def _dense() -> Model:
    features = Input((4,), name="features")
    return Model(features, Dense(3, activation="relu", weights=[KERNEL, BIAS])(features))


def _by_value(inputs: torch.Tensor) -> torch.Tensor:
    return inputs * 2 if inputs.sum() > 0 else inputs


def _randomize(model: Model) -> None:
    source = np.random.default_rng(0)
    model.set_weights([source.uniform(0.5, 1, w.shape) for w in model.get_weights()])


def _ends(values: Sequence[Any]) -> dict[str, list[Any]]:
    """Return the names and shapes of a graph's inputs or outputs."""
    return {
        value.name: [size.dim_param or size.dim_value for size in value.type.tensor_type.shape.dim]
        for value in values
    }


def _run(file: Path, **inputs: np.ndarray) -> list[np.ndarray]:
    onnx.checker.check_model(file, full_check=True)
    outputs: list[np.ndarray] = onnxruntime.InferenceSession(file).run(None, inputs)
    return outputs
