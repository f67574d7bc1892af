"""Models in half precision and in 8 bits: what is written, and what it is said to cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from kshim import layers as L
from kshim.errors import ArgumentError, ShapeError
from kshim.export import programs
from kshim.export.onnx import to_onnx
from kshim.models.model import Model
from kshim.models.sequential import Sequential

IMAGES = np.random.default_rng(0).standard_normal((70, 8, 9, 3)).astype("float32")
VARIANTS: list[dict[str, Any]] = [
    {"dtype": "float16"}, {"quantize": "int8"}, {"quantize": "int8", "calibration": IMAGES},
]  # fmt: skip


@pytest.mark.parametrize("options", VARIANTS, ids=["float16", "dynamic", "static"])
@pytest.mark.parametrize("layout", [None, "channels_first"])
def test_a_variant_is_smaller_and_near_the_model(
    options: dict[str, Any], layout: str | None, tmp_path: Path
) -> None:
    model = _cnn()
    plain = to_onnx(model, tmp_path / "plain.onnx", verbose=False)
    file = tmp_path / "m.onnx"
    exported = to_onnx(model, file, layout=layout, verbose=False, **options)
    fed = IMAGES if layout is None else IMAGES.transpose(0, 3, 1, 2)
    found = _run(file, image=np.ascontiguousarray(fed))
    own = model.predict(IMAGES)
    assert found.dtype == np.float32
    assert np.abs(found - own).max() < 0.05
    assert np.abs(found - own).max() > 0  # not float32 all the same
    assert exported.difference is not None
    assert exported.difference < 1e-5
    assert plain.path is not None
    share = file.stat().st_size / plain.path.stat().st_size
    assert share < 0.7
    assert {made.name for made in tmp_path.iterdir()} == {"plain.onnx", "m.onnx"}


def test_what_a_variant_changes_is_measured_on_given_samples(tmp_path: Path) -> None:
    model = _cnn()
    file = tmp_path / "m.onnx"
    exported = to_onnx(model, file, quantize="int8", calibration=IMAGES, verbose=False)
    found, own = _run(file, image=IMAGES), model.predict(IMAGES)
    told = exported.change
    assert told is not None
    assert told.kind == "int8, static"
    assert (told.samples, told.own_data) == (70, True)
    assert told.difference == pytest.approx(np.abs(found - own).max(), abs=2e-6)
    assert told.agreement == (found.argmax(1) == own.argmax(1)).mean()


def test_half_precision_holds_the_weights_in_half_precision() -> None:
    graph = to_onnx(_cnn(), dtype="float16", verbose=False).model.graph
    kinds = {tensor.data_type for tensor in graph.initializer}
    assert onnx.TensorProto.FLOAT not in kinds
    assert onnx.TensorProto.FLOAT16 in kinds


def test_eight_bits_compute_in_eight_bits() -> None:
    dynamic = to_onnx(_cnn(), quantize="int8", verbose=False)
    assert {"ConvInteger", "MatMulInteger"} <= set(dynamic.nodes)
    static = to_onnx(_cnn(), quantize="int8", calibration=[IMAGES], verbose=False)
    assert "QuantizeLinear" in static.nodes


@pytest.mark.parametrize("options", [{"dtype": "float16"}, {"quantize": "int8"}])
def test_words_and_sequences_go_along(options: dict[str, Any], tmp_path: Path) -> None:
    model = Sequential(
        [L.Embedding(20, 16, mask_zero=True, name="words"), L.LSTM(24), L.Dense(1, "sigmoid")]
    )
    file = tmp_path / "m.onnx"
    exported = to_onnx(model, file, verbose=False, **options)
    words = np.random.default_rng(0).integers(0, 20, (5, 11))
    found = _run(file, words_input=words.astype("float32"))
    assert np.abs(found - model.predict(words)).max() < 0.02
    assert exported.change is not None
    assert exported.change.agreement is not None


def test_outputs_that_are_no_classes_have_no_share() -> None:
    told = to_onnx(_line(), dtype="float16", verbose=False).change
    assert told is not None
    assert told.agreement is None
    assert "the same class" not in str(told)


def test_what_changed_is_printed_in_a_second_line(capsys: pytest.CaptureFixture[str]) -> None:
    exported = to_onnx(_cnn(), dtype="float16")
    first, second = capsys.readouterr().out.splitlines()
    assert first + "\n" + second == str(exported)
    assert second == str(exported.change)
    assert second.startswith("float16: differs from float32 by ")
    assert "; the same class in " in second
    assert second.split("on ")[-1].startswith("64 samples of seeded noise; 0.")


@pytest.mark.parametrize("options", VARIANTS, ids=["float16", "dynamic", "static"])
def test_weights_too_many_for_one_file_stand_beside_it(
    options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_ONE_FILE", 100)
    model = _cnn()
    to_onnx(model, tmp_path / "m.onnx", verbose=False, **options)
    assert {made.name for made in tmp_path.iterdir()} == {"m.onnx", "m.onnx.data"}
    assert np.abs(_run(tmp_path / "m.onnx", image=IMAGES) - model.predict(IMAGES)).max() < 0.05


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dtype": "half"}, "dtype must be 'float32' or 'float16', got 'half'"),
        ({"quantize": "int4"}, "quantize must be 'int8' or None, got 'int4'"),
        ({"quantize": "int8", "dtype": "float16"}, "quantize must be None beside dtype"),
        ({"calibration": {"x": IMAGES}}, "calibration must be arrays for features, got 'x'"),
        ({"calibration": [IMAGES, IMAGES]}, "calibration must be 1 arrays, got 2"),
    ],
)
def test_what_cannot_be_made_is_told(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        to_onnx(_line(), **options)


@pytest.mark.parametrize("shape", [(5, 3), (0, 4), (5, 4, 1)])
def test_samples_that_do_not_fit_are_told(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"calibration for input 'features' must be of shape"):
        to_onnx(_line(), quantize="int8", calibration=np.zeros(shape))


def _cnn() -> Model:
    image = L.Input((8, 9, 3), name="image")
    seen = L.Conv2D(32, 3, activation="relu", padding="same")(image)
    seen = L.Conv2D(32, 3, activation="relu")(L.BatchNormalization()(seen))
    flat = L.Flatten()(L.MaxPooling2D()(seen))
    model = Model(image, L.Dense(5, activation="softmax")(flat))
    source = np.random.default_rng(1)
    weights = model.get_weights()
    for place, array in enumerate(weights):
        if array.ndim > 1:
            scale = (2 / np.prod(array.shape[:-1])) ** 0.5
            weights[place] = source.standard_normal(array.shape) * scale
    model.set_weights(weights)
    return model


def _line() -> Model:
    features = L.Input((4,), name="features")
    return Model(features, L.Dense(3)(features))


def _run(file: Path, **inputs: np.ndarray) -> Any:
    return onnxruntime.InferenceSession(file).run(None, inputs)[0]
