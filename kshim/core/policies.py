"""Policies: which type a layer computes in, and which one its weights are kept in.

Source: tf.keras 2.15 mixed_precision/policy.py, Keras 3.15 dtype_policies/dtype_policy.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kshim.core.eras import rule
from kshim.core.scoped import Scoped
from kshim.core.settings import FLOATS, floatx
from kshim.errors import ArgumentError, nearest

_MIXED = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}
_OTHERS = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "complex64", "complex128", "string",
)  # fmt: skip


class Policy:
    """Say in which type a layer computes, and in which one it keeps its weights.

    Args:
        name: "mixed_float16" or "mixed_bfloat16", which compute in that type over weights in
            float32; or the name of a type, for both.

    Raises:
        ArgumentError: for any other name.
    """

    def __init__(self, name: str) -> None:
        known = (*_MIXED, *FLOATS, *_OTHERS)
        if name not in known:
            wanted = "mixed_float16, mixed_bfloat16 or the name of a type"
            hint = nearest(str(name), known)
            raise ArgumentError("name", wanted, name, who=type(self).__name__, hint=hint)
        self._name = name

    @property
    def name(self) -> str:
        """Return the name."""
        return self._name

    @property
    def compute_dtype(self) -> str:
        """Return the name of the type that a layer computes in, and gives."""
        return _MIXED.get(self._name, self._name)

    @property
    def variable_dtype(self) -> str:
        """Return the name of the type that weights are kept in."""
        return "float32" if self.is_mixed else self._name

    @property
    def is_mixed(self) -> bool:
        """Return whether the two types differ."""
        return self._name in _MIXED

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values."""
        return {"name": self._name}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Policy:
        """Return the policy that a config describes."""
        return cls(config["name"])

    def __eq__(self, other: object) -> bool:
        """Return whether another policy has the same name."""
        return isinstance(other, Policy) and other.name == self._name

    def __hash__(self) -> int:
        """Return a number that equal policies share."""
        return hash(self._name)

    def __repr__(self) -> str:
        """Return the name, after the era's word for a policy."""
        return f'<{rule("policy_is_called")[1]} "{self._name}">'


_global: Scoped[Policy | None] = Scoped("policy", None)


def global_policy() -> Policy:
    """Return the policy of layers that are told none: floatx, unless another one was set."""
    return _global.get() or Policy(floatx())


def is_half_about() -> bool:
    """Return whether layers that are told no policy compute in half precision."""
    found = _global.get()
    return found is not None and found.is_mixed


def set_global_policy(policy: Any) -> None:
    """Set the policy of the layers that are made from here on; None is floatx again.

    Args:
        policy: a policy, or its name.

    Raises:
        ArgumentError: for a policy that computes in no float type.
    """
    chosen = None if policy is None else as_policy(policy)
    if chosen is not None and chosen.compute_dtype not in FLOATS:
        wanted = "a policy of floats, such as float32 or mixed_float16"
        raise ArgumentError("policy", wanted, chosen.name, who="set_global_policy")
    _global.set(chosen)


def as_policy(value: Any) -> Policy:
    """Return the policy that a policy, its name or its config is."""
    if isinstance(value, Policy):
        return value
    if isinstance(value, Mapping):
        return Policy(value.get("config", value).get("name"))
    return Policy(value if isinstance(value, str) else getattr(value, "name", value))


def mixed_of(dtype: Any) -> Policy | None:
    """Return the mixed policy that a layer's `dtype` asks for, or None where it asks for none."""
    if dtype is None:
        found = _global.get()
        return found if found is not None and found.is_mixed else None
    if isinstance(dtype, Mapping):
        dtype = dtype.get("config", {}).get("name")
    name = dtype.name if isinstance(dtype, Policy) else dtype
    return Policy(name) if isinstance(name, str) and name.startswith("mixed_") else None


def policy_config(policy: Policy) -> Any:
    """Return what the config of a layer says of its policy: a type's name, or a mixed one whole."""
    if not policy.is_mixed:
        return policy.name
    module, word = rule("policy_is_called")
    return {
        "module": module, "class_name": word, "config": policy.get_config(),
        "registered_name": None,
    }  # fmt: skip
