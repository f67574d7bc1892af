"""What a layer tells of its calls under the names that Keras keeps for itself.

Source: Keras 2.2.4, 2.3.1 engine/base_layer.py; names of the kind `_inbound_nodes` are Keras 2's,
`inbound_nodes` is Keras 1's.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kshim.core.arguments import older_values
from kshim.core.eras import rule
from kshim.core.symbols import Node, map_symbols, record, symbols_in
from kshim.layers.calls import Calls


class History(Calls):
    """Show the calls of a layer, and what was added to it for some of its inputs.

    Attributes:
        acts_otherwise_in_training: whether this class itself asks whether code trains.
    """

    acts_otherwise_in_training = False
    _noted: dict[str, list[tuple[Any, int | None]]]

    def __getattr__(self, name: str) -> Any:
        """Tell why a property of the class cannot answer, rather than that it is not there."""
        asked = inspect.getattr_static(type(self), name, None)
        if isinstance(asked, property) and asked.fget is not None:
            return asked.fget(self)
        try:
            return super().__getattr__(name)
        except AttributeError:
            if rule("layers_have_old_words", self.__dict__.get("era")):
                for word, value in older_values(self):
                    if word == name:
                        return value
            raise

    @property
    def _inbound_nodes(self) -> list[Node]:
        return self.inbound_nodes

    @property
    def _outbound_nodes(self) -> list[Any]:
        return [follower for node in self.inbound_nodes for follower in node.followers]

    @property
    def outbound_nodes(self) -> list[Any]:
        """Return the calls that take what this layer gave."""
        return self._outbound_nodes

    @outbound_nodes.setter
    def outbound_nodes(self, nodes: Any) -> None:
        """Leave them as they are: they follow from the calls that there were."""

    @property
    def _layers(self) -> list[Any]:
        self.adopt()
        return list(self.sublayers)

    @property
    def uses_learning_phase(self) -> bool:
        """Return whether the layer computes otherwise in training."""
        if self.acts_otherwise_in_training:
            return True
        return any(getattr(layer, "uses_learning_phase", False) for layer in self.sublayers)

    def asks_for_phase(self, options: Mapping[str, Any]) -> bool:
        """Return whether a call with these keywords depends on whether code trains."""
        return self.uses_learning_phase and options.get("training") not in (0, 1)

    @property
    def updates(self) -> list[Any]:
        """Return what `add_update` was given; none in a frozen layer."""
        own = [one for one, _ in self._noted.get("updates", [])] if self.trainable else []
        return own + [one for layer in self.sublayers for one in getattr(layer, "updates", [])]

    @updates.setter
    def updates(self, values: Any) -> None:
        self._noted["updates"] = [(one, None) for one in values]

    def get_input_mask_at(self, node_index: int) -> Any:
        """Return the mask of what went into one of the layer's calls."""
        return _masks(self.inbound_nodes[node_index].input_tensors)

    def get_output_mask_at(self, node_index: int) -> Any:
        """Return the mask of what one of the layer's calls makes."""
        return _masks(self.inbound_nodes[node_index].output_tensors)

    def note(self, kind: str, added: Any, inputs: Any) -> None:
        """Remember what was added, and for which inputs."""
        listed = added if isinstance(added, list | tuple) else [added]
        key = _key(inputs)
        self._noted.setdefault(kind, []).extend((one, key) for one in listed)

    def noted(self, kind: str, *inputs: Any) -> list[Any]:
        """Return what was added, here and in the layers inside, outside any call.

        Args:
            inputs: those it was added for; None asks for what hangs on no input.
        """
        keys = [_key(one) for one in inputs]
        own = [one for one, at in self._noted.get(kind, []) if not keys or at in keys]
        return own + [one for layer in self.sublayers for one in layer.noted(kind, *inputs)]

    def get_losses_for(self, inputs: Any) -> list[Any]:
        """Return the losses added for some inputs, and the penalties of what was made of them.

        For None the penalties of the weights; for numbers what the last call added.
        """
        if inputs is None:
            held = [one for one in self.weights if one.regularizer is not None]
            return [one.regularizer(one.read()) for one in held] + self.noted("losses", None)
        if _key(inputs) is None:
            return list(self._losses)
        nodes = [one for one in self.inbound_nodes if _key(one.input_tensors) == _key(inputs)]
        return self.noted("losses", inputs) + self.penalties_of_calls(nodes)

    def penalties_of_calls(self, nodes: Iterable[Node]) -> list[Any]:
        """Return the penalties of the outputs of some calls on symbols, as symbols."""
        penalty = self.activity_regularizer
        if penalty is None:
            return []
        return [record(penalty, (one,), {}) for node in nodes for one in node.output_tensors]

    def get_updates_for(self, inputs: Any) -> list[Any]:
        """Return the updates that `add_update` was given for some inputs."""
        return self.noted("updates", inputs)


def on_symbols(call: Callable[..., Any]) -> Callable[..., Any]:
    """Let `layer.call(symbol)`, past the layer's own `__call__`, record an operation."""

    @functools.wraps(call)
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        if args and symbols_in(args[0]):
            return record(functools.wraps(call)(functools.partial(call, self)), args, kwargs)
        return call(self, *args, **kwargs)

    return run


def _masks(symbols: list[Any]) -> Any:
    masks = map_symbols(lambda symbol: symbol.mask, symbols)
    return masks[0] if len(masks) == 1 else masks


def _key(inputs: Any) -> int | None:
    """Return what tells the same inputs again."""
    found = symbols_in(inputs)
    return None if not found else hash(tuple(map(id, found)))
