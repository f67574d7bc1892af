"""The names of losses."""

from __future__ import annotations

import pytest

from kshim.core.eras import in_era
from kshim.core.registry import custom_object_scope
from kshim.errors import ArgumentError, UnknownName
from kshim.losses import classes, names, regression


@pytest.mark.parametrize("name", ["mse", "MSE", "mean_squared_error"])
def test_every_alias_names_the_function(name: str) -> None:
    assert names.get(name) is regression.mean_squared_error


def test_classes_come_with_their_defaults_and_functions_as_they_are() -> None:
    assert names.get("Huber").delta == names.get(classes.Huber).delta == 1.0
    assert names.get(regression.mse) is regression.mse
    assert names.get(None) is None


def test_a_config_of_a_function_is_understood() -> None:
    config = {"module": "builtins", "class_name": "function", "config": "mean_absolute_error"}
    assert names.deserialize(config) is regression.mean_absolute_error


def test_the_users_own_come_first() -> None:
    def mine(y_true: object, y_pred: object) -> object:
        return y_pred

    with custom_object_scope({"mine": mine, "mse": mine}):
        assert names.get("mine") is names.get("mse") is mine


def test_a_misspelt_name_gets_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'categorical_crossentropy'"):
        names.get("categorical_crossentropi")


def test_a_number_is_no_loss() -> None:
    with pytest.raises(ArgumentError, match="loss must be a name, a config or a loss, got 3"):
        names.get(3)


def test_functions_are_written_under_the_name_their_era_reads() -> None:
    assert names.serialize(regression.kld) == "kl_divergence"
    with in_era("2.2"):
        assert names.serialize(regression.kld) == "kullback_leibler_divergence"
        assert names.serialize(regression.cosine_similarity) == "cosine_proximity"
