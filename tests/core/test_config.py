"""Configs: what stands for a thing in JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kshim.core.config import class_name, serialize, to_config, to_json
from kshim.errors import ArgumentError


class Thing:
    """Have a config."""

    def get_config(self) -> dict[str, int]:
        """Return it."""
        return {"size": 3}


class Renamed(Thing):
    """Stand in files under another name."""

    keras_name = "Thing"


def test_values_become_json_values() -> None:
    given = {"a": (1, 2.5), 3: None, "n": np.float32(0.5), "x": np.arange(2), "f": np.mean}
    assert to_config(given) == {"a": [1, 2.5], "3": None, "n": 0.5, "x": [0, 1], "f": "mean"}


def test_a_thing_is_its_class_name_and_config() -> None:
    assert serialize(Thing()) == {"class_name": "Thing", "config": {"size": 3}}
    assert class_name(Renamed()) == "Thing"
    assert json.loads(to_json({"it": Thing()}))["it"]["config"] == {"size": 3}


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(ArgumentError, match="config must be a number, text, list"):
        to_config(object())
