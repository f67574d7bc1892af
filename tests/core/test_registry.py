"""Registries: names, aliases, the user's own objects, and hints."""

from __future__ import annotations

from typing import Any

import pytest

from kshim.core.registry import (
    CustomObjectScope,
    Registry,
    custom_object_scope,
    get_custom_objects,
    register_keras_serializable,
)
from kshim.errors import ArgumentError, UnknownName

THINGS = Registry("thing")


@THINGS.register("cupboard")
class Box:
    """Hold a size."""

    def __init__(self, size: int = 1) -> None:
        self.size = size


@THINGS.register()
def lid(x: Any) -> Any:
    """Return x."""
    return x


class Mine:
    """Be the user's own."""


def test_things_are_found_by_name_alias_config_class_and_function() -> None:
    assert isinstance(THINGS.make("Box"), Box)
    assert THINGS.make({"class_name": "cupboard", "config": {"size": 3}}).size == 3
    assert THINGS.make({"name": "Box", "size": 4}).size == 4  # as Keras 1 wrote them
    assert THINGS.make(Box).size == 1
    assert THINGS.make("lid") is lid
    assert THINGS.find("Custom>Box") is Box


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"got 'Bax'\. Did you mean 'Box'\?"):
        THINGS.make("Bax")


def test_what_stands_for_nothing_is_refused() -> None:
    with pytest.raises(ArgumentError, match="thing must be a name, a config or a thing, got 3"):
        THINGS.make(3)


def test_names_may_be_found_in_any_case() -> None:
    loose = Registry("thing", ignore_case=True)
    loose.register()(Box)
    assert loose.find("bOX") is Box


def test_own_objects_stand_before_the_table_inside_a_scope() -> None:
    with CustomObjectScope({"Box": Mine}):
        assert THINGS.find("Box") is Mine
        with custom_object_scope({"Box": lid}, None):
            assert THINGS.find("Box") is lid
        assert THINGS.find("Box") is Mine
    assert THINGS.find("Box") is Box


def test_own_objects_may_be_known_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    table = get_custom_objects()
    monkeypatch.setitem(table, "mine", Mine)
    assert THINGS.find("mine") is Mine
    register_keras_serializable("pack")(Mine)
    assert table.pop("pack>Mine") is table.pop("Mine") is Mine
