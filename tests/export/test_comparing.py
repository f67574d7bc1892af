"""A model is compared, layer by layer, with what the Keras it comes from computed."""

from __future__ import annotations

import ast
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kshim import layers
from kshim.cli import main
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, NotSupported, ShapeError
from kshim.export import compare, recorder
from kshim.models import Model, Sequential, load_model
from tests.recorded import Recorded, model_file, recorded_models

REFERENCES = sorted((Path(__file__).parents[2] / "compat_cases" / "compared").glob("*.npz"))


def case_of(reference: Path) -> tuple[Recorded, Path]:
    """Return the recorded model of a reference, and its file."""
    oracle, _, name = reference.stem.rpartition("-")
    case = next(it for it in recorded_models(oracle) if it.name == name)
    return case, model_file(case, ".keras" if oracle.startswith("keras-3") else ".h5")


def images() -> Sequential:
    """Return a small CNN whose normalization has met numbers."""
    model = Sequential([
        layers.Input((6, 5, 2)),
        layers.Conv2D(4, (3, 2), padding="same", activation="relu", name="c"),
        layers.BatchNormalization(name="n"),
        layers.Flatten(name="f"),
        layers.Dense(3, activation="softmax", name="d"),
    ])  # fmt: skip
    gamma, beta, mean, variance = model.get_layer("n").get_weights()
    model.get_layer("n").set_weights([gamma + 0.5, beta + 1, mean + 0.1, variance * 1e-3])
    return model


def outputs(model: Any, x: Any) -> dict[str, Any]:
    """Return what each layer makes, through models that end in it."""
    return {
        layer.name: Model(model.inputs, layer.output).predict(x, verbose=0)
        for layer in model.layers
    }


X = np.random.RandomState(1).uniform(-1, 1, (3, 6, 5, 2)).astype("f4")


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda it: it.stem)
def test_recorded_models_agree_layer_by_layer(reference: Path) -> None:
    case, file = case_of(reference)
    found = compare(load_model(file, compile=False), case.inputs, reference)
    assert found.agrees, str(found)
    assert found.first is None
    assert found.unknown == []
    assert not any(np.isnan(row.difference) for row in found.rows)


def test_a_wrong_era_is_found_out() -> None:
    path = next(it for it in REFERENCES if it.stem == "keras-2.2.4-stateful")
    case, file = case_of(path)
    told = load_model(file, compile=False)
    with in_era("3"):
        model = Sequential.from_config(told.get_config())
    model.set_weights(told.get_weights())
    found = compare(model, case.inputs, path)
    assert found.first is not None
    assert found.first.kind == "LSTM"
    assert any("Keras 2.2's formulas (here 3's)" in it for it in found.causes)


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"n": {"epsilon": 1e-5}}, "epsilon=0.001 (here 1e-05)"),
        ({"c": {"activation": "tanh"}}, "activation='relu' (here 'tanh')"),
        ({"d": {"activation": "sigmoid"}}, "activation='softmax' (here 'sigmoid')"),
    ],
)
def test_another_argument_is_found_out(changed: Any, cause: str) -> None:
    right = images()
    config = right.get_config()
    for entry in config["layers"]:
        entry["config"].update(changed.get(entry["config"]["name"], {}))
    wrong = Sequential.from_config(config)
    wrong.set_weights(right.get_weights())
    found = compare(wrong, X, outputs(right, X))
    assert found.first is not None
    assert found.first.key == next(iter(changed))
    assert any(cause in it for it in found.causes)
    assert f"{found.first.kind} {found.first.key!r} is the first that diverges" in found.verdict


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda it: [it[0][::-1, ::-1], it[1]], "as Theano keeps them"),
        (lambda it: [it[0] * 2, it[1]], "none of the usual ones"),
    ],
)
def test_other_weights_are_found_out(change: Any, cause: str) -> None:
    right, wrong = images(), images()
    wrong.set_weights(right.get_weights())
    wrong.get_layer("c").set_weights(change(right.get_layer("c").get_weights()))
    found = compare(wrong, X, outputs(right, X))
    assert found.first is not None
    assert found.first.key == "c"
    assert any(cause in it for it in found.causes)
    assert [row.key for row in found.rows if row.own > 1e-5] == ["c"]
    assert [row.key for row in found.rows if row.difference > 1e-5] == ["c", "n", "f", "d"]


def test_shapes_and_nan_are_told() -> None:
    model = images()
    told = outputs(model, X)
    found = compare(model, X, told | {"c": told["c"][:, :2]})
    assert found.first is not None
    assert "shapes differ: (3, 6, 5, 4) here, (3, 2, 5, 4)" in found.causes[0]
    found = compare(model, X, told | {"f": told["f"] * np.nan})
    assert "nan" in found.causes[0]


def test_layers_that_are_in_one_of_both_are_told() -> None:
    model = images()
    told = outputs(model, X)
    told["other"] = told.pop("f")
    found = compare(model, X, told)
    assert found.agrees
    assert found.unknown == ["other"]
    assert "not in the model: other" in str(found)
    assert "the reference has none of its names" in compare(model, X, {"a": X}).verdict


def test_inputs_come_by_name_or_in_order(tmp_path: Path) -> None:
    model = images()
    told = outputs(model, X)
    np.savez(tmp_path / "x.npz", X)
    np.savez(tmp_path / "y.npz", **told)
    named = {model.input_names[0]: X, "other": X}
    for given in (X, [X], named, {"any": X}, tmp_path / "x.npz"):
        assert compare(model, given, tmp_path / "y.npz").agrees
    with pytest.raises(ArgumentError, match="inputs must be arrays named"):
        compare(model, [X, X], told)
    with pytest.raises(ShapeError, match=r"must have shape \(None, 6, 5, 2\), got \(3, 6, 5\)"):
        compare(model, X[..., 0], told)
    (tmp_path / "z.npz").write_bytes(b"none")
    with pytest.raises(ArgumentError, match=r"file must be an \.npz file"):
        compare(model, tmp_path / "z.npz", told)


def test_a_model_without_a_graph_is_refused() -> None:
    class Own(Model):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x

    with pytest.raises(NotSupported, match="layers must be joined in a graph"):
        compare(Own(), X, {})


class Reader(HTMLParser):
    """Collect the tags that are open, and all text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """Note a tag, and what it refers to."""
        self.links += [value for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "rect", "line", "circle"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Check that tags close in turn."""
        if tag not in ("rect", "line", "circle"):
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.text += data


def test_the_page_stands_alone_and_shows_all(tmp_path: Path) -> None:
    right, wrong = images(), images()
    wrong.set_weights(right.get_weights())
    wrong.get_layer("c").set_weights([0.5 * it for it in right.get_layer("c").get_weights()])
    told = outputs(right, X) | {"<b>": X}
    found = compare(wrong, X, told, page=tmp_path / "p.html")
    reader = Reader()
    reader.feed((tmp_path / "p.html").read_text())
    assert reader.open == []
    assert reader.links == []
    assert found.verdict in reader.text
    assert "<b>" in reader.text
    for row in found.rows:
        assert f"{row.difference:.1e}" in reader.text
    assert [it.name for it in tmp_path.iterdir()] == ["p.html"]


def test_the_command(tmp_path: Path, capsys: Any) -> None:
    model = images()
    model.save(tmp_path / "m.h5")
    np.savez(tmp_path / "x.npz", X)
    np.savez(tmp_path / "y.npz", **outputs(model, X))
    words = ["compare", str(tmp_path / "m.h5"), "--inputs", str(tmp_path / "x.npz")]
    told = ["--reference", str(tmp_path / "y.npz"), "--html", str(tmp_path / "p.html")]
    assert main([*words, *told]) == 0
    assert "all layers agree" in capsys.readouterr().out
    assert (tmp_path / "p.html").is_file()
    np.savez(tmp_path / "y.npz", d=np.zeros((3, 3)))
    assert main([*words, *told]) == 1
    assert "Dense 'd' is the first that diverges" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="--reference must be a file that is there"):
        main(words)
    assert main(["compare", "--recorder"]) == 0
    assert capsys.readouterr().out == recorder()


def test_the_recorder_is_short_and_runs_on_old_pythons() -> None:
    tree = ast.parse(recorder(), feature_version=(3, 4))
    assert not any(isinstance(node, ast.JoinedStr | ast.AnnAssign) for node in ast.walk(tree))
    assert len(recorder().splitlines()) < 45
