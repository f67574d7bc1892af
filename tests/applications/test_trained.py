"""The files of trained weights are those that the real Kerases ask for: names, origins, hashes."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from kshim.applications.describing import here
from kshim.core.eras import in_era
from kshim.errors import ArgumentError
from tests.recorded import RECORDED


def _recorded() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    for path in sorted(RECORDED.glob("*/trained.json")):
        head = json.loads(path.read_text())
        for case in head["cases"]:
            for told in case["sets"]:
                yield head["era"], case["module"], case["function"], told


@pytest.mark.parametrize(("era", "module", "function", "told"), [*_recorded()])
def test_trained_weights_are_asked_for_as_the_real_keras_does(
    era: str, module: str, function: str, told: dict[str, Any]
) -> None:
    made = getattr(importlib.import_module(f"kshim.applications.{module}"), function)
    told_of = ("file", "origin", "folder", "hash", "size")
    words = {word: value for word, value in told.items() if word not in told_of}
    with in_era(era):
        whole = made.architecture
        asked = whole.asked((), words)
        stored = whole.file(asked)
        assert (stored.name, stored.origin, stored.file_hash) == (
            told["file"], told["origin"], told["hash"]
        )  # fmt: skip
        assert here(whole.size) == told.get("size", 224)


def test_all_newer_architectures_are_recorded() -> None:
    found = {(era, function) for era, _, function, _ in _recorded()}
    counts = {era: len([one for one in found if one[0] == era]) for era in ("2.15", "3")}
    assert counts == {"2.15": 53, "3": 22}


def test_a_set_that_there_is_none_of_is_refused() -> None:
    with pytest.raises(ArgumentError, match="weights must be None, 'imagenet', 'imagenet-i160'"):
        _made("resnet_rs", "ResNetRS50")(weights="imagenet-i320")
    with pytest.raises(ArgumentError, match="alpha must be"):
        _made("mobilenet_v3", "MobileNetV3Small")(alpha=0.5)


def _made(module: str, function: str) -> Any:
    return getattr(importlib.import_module(f"kshim.applications.{module}"), function)
