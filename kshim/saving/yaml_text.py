"""YAML: the other text that Keras up to 2.3 describes models in. The only file that imports yaml.

Keras left it in TensorFlow 2.6, because reading it executed code. Here YAML may hold what JSON
holds, and the tuples that Keras wrote; nothing that a tag names is made.

Source: Keras 2.2.4 and 2.3.1 engine/network.py, engine/saving.py.
"""

from __future__ import annotations

import json
from typing import Any

from kshim.errors import FileError, MissingPackage

LARGEST = 1_000_000  # items, those that aliases repeat counted each time
# What Python 2 and 3 wrote for tuples and texts.
_SEQUENCES = ("python/tuple",)
_TEXTS = ("python/unicode", "python/str")


def to_yaml(text: str, **options: Any) -> str:
    """Return as YAML what a JSON text holds; options go to `yaml.dump`.

    Raises:
        MissingPackage: when pyyaml is missing.
    """
    return str(_yaml("to_yaml").dump(json.loads(text), **options))


def from_yaml(text: str | bytes, who: str) -> str:
    """Return the JSON text of what YAML holds.

    Raises:
        FileError: when it is none, or holds more than plain values.
        MissingPackage: when pyyaml is missing.
    """
    yaml = _yaml(who)
    try:
        held = yaml.load(text, _loader(yaml))
        _count(held, [LARGEST], set())
        return json.dumps(held)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise FileError(f"{who}: text must be YAML of plain values, got {reason}.") from None


def _loader(yaml: Any) -> Any:
    """Return a class that reads plain values, tuples and Python 2's texts, and nothing else."""
    kind: Any = type("PlainLoader", (yaml.SafeLoader,), {})
    for tag in _SEQUENCES:
        kind.add_constructor(f"tag:yaml.org,2002:{tag}", yaml.SafeLoader.construct_yaml_seq)
    for tag in _TEXTS:
        kind.add_constructor(f"tag:yaml.org,2002:{tag}", yaml.SafeLoader.construct_yaml_str)
    return kind


def _count(held: Any, left: list[int], around: set[int]) -> None:
    """Refuse what holds itself, and what aliases make larger than any model's config is."""
    if not isinstance(held, dict | list):
        return
    left[0] -= len(held)
    if left[0] < 0:
        raise ValueError(f"more than {LARGEST} items")
    if id(held) in around:
        raise ValueError("a list or dict that holds itself")
    around.add(id(held))
    for item in held.values() if isinstance(held, dict) else held:
        _count(item, left, around)
    around.discard(id(held))


def _yaml(who: str) -> Any:
    try:
        import yaml
    except ImportError:
        raise MissingPackage(who, "pyyaml", "yaml") from None
    return yaml
