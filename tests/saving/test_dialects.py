"""What is written is understood by the oldest reader and the newest; what any wrote is read."""

from __future__ import annotations

from typing import Any

import pytest

from kshim import layers
from kshim.core.eras import in_era
from kshim.core.registry import custom_object_scope
from kshim.errors import FileError
from kshim.saving.dialects import era_of, read_config, read_json, read_metrics, written_layer


@pytest.mark.parametrize(
    ("version", "era"),
    [
        ("1.2.2", "1.2"), ("2.0.8", "2.0"), ("2.1.6", "2.0"), ("2.2.4", "2.2"), ("2.3.1", "2.3"),
        ("2.2.4-tf", "2.15"), ("2.1.6-tf", "2.15"), ("2.4.0", "2.15"), ("2.15.0", "2.15"),
        ("3.15.1", "3"), ("", None), (None, None),
    ],
)  # fmt: skip
def test_the_era_follows_from_the_version(version: str | None, era: str | None) -> None:
    assert era_of(version) == era


@pytest.mark.parametrize("era", ["1.2", "2.2", "2.15"])
def test_every_era_writes_a_layer_in_the_words_of_keras_2_2(era: str) -> None:
    with in_era(era):
        dense = layers.Dense(3, kernel_regularizer="l2", kernel_initializer="he_normal")
    written = written_layer(dense)
    assert written["class_name"] == "Dense"
    assert written["config"]["kernel_initializer"]["class_name"] == "VarianceScaling"
    assert written["config"]["kernel_regularizer"] == {
        "class_name": "L1L2",
        "config": {"l1": 0.0, "l2": 0.01},
    }


def test_keys_that_keras_2_2_lacks_are_written_only_where_they_say_something() -> None:
    plain, grouped = layers.Conv2D(4, 3), layers.Conv2D(4, 3, groups=2)
    assert "groups" not in written_layer(plain)["config"]
    assert written_layer(grouped)["config"]["groups"] == 2


def test_keys_of_layers_inside_layers_are_left_out_too() -> None:
    inner = written_layer(layers.TimeDistributed(layers.Conv2D(4, 3)))["config"]["layer"]
    assert inner["class_name"] == "Conv2D"
    assert "groups" not in inner["config"]


def test_older_words_become_the_present_ones_without_a_warning() -> None:
    read = read_config(
        {"class_name": "Dense", "config": {"output_dim": 3, "bias": True, "input_dtype": "float32"}}
    )
    assert read["config"] == {"units": 3, "use_bias": True, "input_dtype": "float32"}


def test_what_newer_kerases_add_is_left_out() -> None:
    read = read_config(
        {
            "module": "keras.layers", "class_name": "Dense", "registered_name": None,
            "config": {"units": 3, "groups": 1, "kernel_initializer": {
                "module": "keras.initializers", "class_name": "Zeros", "config": {},
                "registered_name": None}},
            "build_config": {"input_shape": [None, 4]},
        }
    )  # fmt: skip
    initializer = {"class_name": "Zeros", "config": {}}
    config = {"units": 3, "kernel_initializer": initializer}
    assert read == {"class_name": "Dense", "config": config}


def test_a_key_that_says_something_is_never_left_out() -> None:
    read = read_config({"class_name": "Dense", "config": {"units": 3, "groups": 2}})
    assert read["config"] == {"units": 3, "groups": 2}


def test_an_axis_in_a_list_is_the_axis() -> None:
    read = read_config({"class_name": "BatchNormalization", "config": {"axis": [3]}})
    assert read["config"] == {"axis": 3}


BYTECODE = ["4wEAAAAAAAAA", None, None]


@pytest.mark.parametrize(
    "stored",
    [
        {"function": BYTECODE, "function_type": "lambda"},
        {"function": {"class_name": "__lambda__", "config": {"code": "4wEA"}}},
        {"function": "system", "function_type": "function", "module": "os"},
    ],
)
def test_a_lambdas_function_comes_from_the_user_alone(stored: Any) -> None:
    entry = {"class_name": "Lambda", "config": {"name": "twice", "arguments": {}, **stored}}
    with pytest.raises(FileError, match=r"custom_objects=\{'twice': function\}"):
        read_config(entry)
    with custom_object_scope({"twice": abs}):
        assert read_config(entry)["config"]["function"] is abs


def test_a_lambdas_function_may_be_known_by_its_own_name() -> None:
    entry = {"class_name": "Lambda", "config": {"name": "l", "function": "halve"}}
    with custom_object_scope({"halve": abs}):
        assert read_config(entry)["config"]["function"] is abs


def test_a_lambdas_shape_is_taken_and_its_shape_function_is_not() -> None:
    entry: dict[str, Any] = {"class_name": "Lambda", "config": {"name": "l", "function": "f"}}
    with custom_object_scope({"l": abs}):
        entry["config"] |= {"output_shape": [3, None], "output_shape_type": "raw"}
        assert read_config(entry)["config"]["output_shape"] == [3, None]
        entry["config"] |= {"output_shape": BYTECODE, "output_shape_type": "lambda"}
        assert read_config(entry)["config"]["output_shape"] is None


@pytest.mark.parametrize(
    "entry",
    [
        {"class_name": "Merge", "config": {"name": "m", "mode": BYTECODE, "mode_type": "lambda"}},
        {
            "class_name": "Dense",
            "config": {"activation": {"class_name": "__lambda__", "config": {"code": "4wEA"}}},
        },
    ],
)
def test_code_is_refused_wherever_it_stands(entry: Any) -> None:
    with pytest.raises(FileError, match="not executed"):
        read_config([{"class_name": "Bidirectional", "config": {"layer": entry}}])


def test_endless_nesting_is_refused() -> None:
    config: Any = {}
    for _ in range(5000):
        config = {"class_name": "TimeDistributed", "config": {"layer": config}}
    with pytest.raises(FileError, match="nested less deep"):
        read_config(config)


@pytest.mark.parametrize("text", ["{", "[" * 100_000, ""])
def test_text_that_is_no_json_is_refused_by_name(text: str) -> None:
    with pytest.raises(FileError, match=r"m\.h5: model_config: must be JSON text"):
        read_json(text, "m.h5: model_config")


def _wrapped(name: str, function: str) -> dict[str, Any]:
    config = {"name": name, "dtype": "float32", "fn": function}
    return {"class_name": "MeanMetricWrapper", "config": config}


def test_metrics_lose_the_name_of_their_output() -> None:
    stored = [[_wrapped("price_mae", "mean_absolute_error")], [_wrapped("kind_accuracy", "f")]]
    read = read_metrics(stored, ["price", "kind"])
    assert read[0][0]["config"]["name"] == "mae"
    assert read[1] == ["accuracy"]


def test_metrics_of_older_kerases_stay_as_they_are() -> None:
    assert read_metrics(["accuracy", "mae"], ["dense"]) == ["accuracy", "mae"]
    assert read_metrics({"kind": "acc"}, ["price", "kind"]) == {"kind": "acc"}
    assert read_metrics(None, ["dense"]) is None
