"""Models become JSON and are made again of it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from kshim import layers
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, FileError, NotSupported, UnknownName
from kshim.layers.operations import Operation
from kshim.models import (
    Input,
    Model,
    Sequential,
    model_from_config,
    model_from_json,
)
from tests.recorded import Recorded, models_in_json, own_objects

X = np.linspace(-1, 1, 8, dtype=np.float32).reshape(2, 4)


def small() -> Any:
    """Return a Sequential of two layers."""
    return Sequential(
        [layers.Dense(3, activation="tanh", input_shape=(4,)), layers.Dense(2)], name="small"
    )


def same(made: Any, model: Any) -> None:
    """Check that two models predict the same with the same weights."""
    made.set_weights(model.get_weights())
    np.testing.assert_array_equal(made.predict(X), model.predict(X))


def test_a_sequential_comes_back_from_json() -> None:
    model = small()
    made = model_from_json(model.to_json(indent=2))
    assert [layer.name for layer in made.layers] == [layer.name for layer in model.layers]
    assert made.name == "small"
    same(made, model)


def test_a_sequential_comes_back_from_the_list_of_keras_1() -> None:
    model = small()
    same(Sequential.from_config(model.get_config()["layers"]), model)


def test_keras_1s_words_are_read_without_a_warning() -> None:
    config = {
        "name": "dense_1", "trainable": True, "output_dim": 3, "init": "glorot_uniform",
        "activation": "relu", "bias": True, "input_dim": 4, "W_regularizer": None,
        "b_regularizer": None, "activity_regularizer": None, "W_constraint": None,
        "b_constraint": None, "batch_input_shape": [None, 4], "input_dtype": "float32",
    }  # fmt: skip
    text = json.dumps(
        {"class_name": "Sequential", "keras_version": "1.2.2",
         "config": [{"class_name": "Dense", "config": config}]}
    )  # fmt: skip
    made = model_from_json(text)
    assert (made.era, made.layers[0].units, made.input_shape) == ("1.2", 3, (None, 4))


def test_a_sequential_whose_first_layer_does_not_say_its_input_writes_an_input_layer() -> None:
    model = Sequential([Input((4,), name="x"), layers.Dense(3)])
    first = model.get_config()["layers"][0]
    assert (first["class_name"], first["config"]["batch_input_shape"]) == ("InputLayer", [None, 4])
    same(Sequential.from_config(model.get_config()), model)


def test_a_sequential_that_has_not_seen_data_stays_so() -> None:
    made = Sequential.from_config(Sequential([layers.Dense(3)]).get_config())
    assert not made.built


def test_a_build_shape_in_the_config_builds_the_model() -> None:
    config = Sequential([layers.Dense(3)]).get_config() | {"build_input_shape": [None, 4]}
    assert Sequential.from_config(config).output_shape == (None, 3)


def test_models_within_models_come_back() -> None:
    inner_input = Input((3,))
    inner = Model(inner_input, layers.Dense(2)(inner_input), name="inner")
    model = Sequential([layers.Dense(3, input_shape=(4,)), inner, layers.Dense(5)])
    config = model.get_config()
    assert config["layers"][1]["class_name"] == "Model"
    same(Sequential.from_config(config), model)


def test_a_functional_model_comes_back_from_its_config() -> None:
    inputs = Input((4,), name="inputs")
    model = Model(inputs, layers.Dense(3)(inputs), name="whole")
    made = Model.from_config(model.get_config())
    assert (made.name, made.input_names) == ("whole", ["inputs"])
    same(made, model)


def test_json_names_the_keras_it_is_for_and_is_read_in_that_era() -> None:
    with in_era("2.2"):
        told = json.loads(small().to_json())
    assert (told["keras_version"], told["backend"]) == ("2.2.4", "tensorflow")
    assert model_from_json(json.dumps(told)).era == "2.2"


class Doubled(layers.Layer):
    """Double the inputs."""

    def call(self, inputs: Any) -> Any:
        """Return the doubled inputs."""
        return inputs * 2


def test_the_users_own_classes_are_given_by_name() -> None:
    text = Sequential([Doubled(input_shape=(4,))]).to_json()
    with pytest.raises(FileError, match=r"Doubled.*custom_objects"):
        model_from_json(text)
    made = model_from_json(text, custom_objects={"Doubled": Doubled})
    np.testing.assert_array_equal(made.predict(X), X * 2)


def test_a_lambda_comes_back_with_the_function_the_user_gives() -> None:
    text = Sequential([layers.Lambda(lambda x: x * 3, name="l", input_shape=(4,))]).to_json()
    with pytest.raises(FileError, match=r"custom_objects=\{'l': function\}"):
        model_from_json(text)
    made = model_from_json(text, {"l": lambda x: x * 3})
    np.testing.assert_array_equal(made.predict(X), X * 3)


@pytest.mark.parametrize(
    "entry",
    [
        {"class_name": "os.system", "config": {"command": "true"}},
        {"module": "os", "class_name": "system", "config": {}},
        {"class_name": "builtins>eval", "config": {}},
        {"class_name": "function", "config": "eval"},
    ],
)
def test_only_known_layers_are_made(entry: dict[str, Any]) -> None:
    with pytest.raises(UnknownName, match="known layer"):
        model_from_config(entry)
    with pytest.raises(UnknownName, match="known layer"):
        Sequential.from_config({"name": "s", "layers": [entry]})


def test_a_function_is_never_a_layer() -> None:
    with pytest.raises(FileError, match="must name a layer"):
        model_from_config({"class_name": "danger", "config": {}}, {"danger": print})


def test_a_class_that_defines_call_has_no_config() -> None:
    class Own(Model):
        """Return the inputs."""

        def call(self, inputs: Any) -> Any:
            """Return the inputs."""
            return inputs

    with pytest.raises(NotSupported, match="save_weights"):
        Own().to_json()


def test_what_is_no_config_is_refused() -> None:
    with pytest.raises(ArgumentError, match="class_name and config"):
        model_from_config([])  # type: ignore[arg-type]


@pytest.mark.parametrize("case", models_in_json(), ids=str)
def test_the_json_of_real_kerases_makes_their_layers(case: Recorded) -> None:
    made = model_from_json(case.spec["to_json"], custom_objects=own_objects(case))
    # Keras 3 does not count its operations among a model's layers.
    left_out = Operation if case.era == "3" else ()
    made_of = [it for it in made.layers if not isinstance(it, left_out)]
    assert sorted(layer.name for layer in made_of) == sorted(case.spec["layers"])
    assert [weight.shape for weight in made.weights] == [
        tuple(shape) for _, shape in case.spec["weights"]
    ]


def test_a_torch_module_in_a_config_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"module must be a torch\.nn\.Module, got 'gASV'"):
        model_from_config({"class_name": "TorchModuleWrapper", "config": {"module": "gASV"}})
