"""YAML of models: that of real Kerases is read, what is written is read back, all else refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kshim import layers
from kshim.core.eras import in_era
from kshim.errors import FileError, MissingPackage
from kshim.models import Model, Sequential, model_from_yaml
from tests.recorded import CASES

yaml = pytest.importorskip("yaml")


def made() -> Any:
    inputs = layers.Input((4,), name="i")
    dense = layers.Dense(3, name="d", kernel_regularizer="l2")
    x = layers.Add(name="add")([dense(inputs), dense(inputs)])
    x = layers.Conv1D(2, (2,), name="c")(layers.Reshape((3, 1), name="r")(x))
    return Model(inputs, x, name="m")


@pytest.mark.parametrize(("era", "version"), [("2.2", "2.2.4"), ("2.3", "2.3.1")])
def test_the_yaml_of_real_kerases_makes_their_model(era: str, version: str) -> None:
    text = (CASES / "yaml" / f"model-{version}.yaml").read_text()
    with in_era(era):
        expected = made()
    model = model_from_yaml(text)
    assert (model.era, model.name, model.output_shape) == (era, "m", expected.output_shape)
    with in_era(era):
        told = [{one.name: one.get_config() for one in it.layers} for it in (model, expected)]
    told[0]["d"]["kernel_regularizer"]["config"]["l2"] = 0.01  # the file's is a float32's
    assert json.dumps(told[0], sort_keys=True) == json.dumps(told[1], sort_keys=True)


def test_what_is_written_is_read_back_and_is_plain() -> None:
    with in_era("2.3"):
        model = Sequential([layers.Dense(2, input_shape=(3,))])
        text = model.to_yaml(default_flow_style=False)
        again = model_from_yaml(text.encode())
    assert "!!" not in text
    assert "&" not in text
    assert again.to_json() == model.to_json()


def test_texts_and_tuples_of_python_2_are_read() -> None:
    text = "class_name: !!python/unicode 'Sequential'\nconfig: {layers: !!python/tuple []}\n"
    assert model_from_yaml(text).layers == []


@pytest.mark.parametrize("text", ["a: [", "a: 2020-01-01", "b: !!python/object:os.x {}", "1: 1"])
def test_what_is_no_yaml_of_a_model_is_refused(text: str) -> None:
    with pytest.raises((FileError, ValueError), match=r"YAML|class_name"):
        model_from_yaml(text)


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    with pytest.raises(MissingPackage, match=r"pip install 'kshim\[yaml\]'"):
        model_from_yaml("a: 1")
