"""Wrappers: layers around another layer, at every step of time or in both directions of it.

Source: Keras 2.2.4 layers/wrappers.py; backward_layer from tf.keras 2.15.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import one_of, optional
from kshim.core.config import to_config
from kshim.core.eras import by_era
from kshim.core.shapes import Shape, is_shape
from kshim.core.symbols import symbols_in
from kshim.core.tracing import know_rank
from kshim.errors import ArgumentError, ShapeError
from kshim.layers.base import LAYERS, Layer, takes
from kshim.layers.operations import operation
from kshim.layers.recurrent import Recurrent, first, listed, parted, sequence_shape
from kshim.layers.spec import check_specs

# From tf.keras on, steps that a mask leaves out are zeros in every sequence.
_ZERO_AT_MASK = by_era({"1.2": False, "2.15": True})
# In Keras 2 before it, a stateful layer inside kept its states while training alone.
_KEEPS_STATES_AT_REST = by_era({"1.2": True, "2.0": False, "2.15": True})
_MERGES: dict[Any, Callable[[Tensor, Tensor], Any]] = {
    "concat": lambda ahead, back: torch.cat((ahead, back), -1),
    "sum": lambda ahead, back: ahead + back,
    "mul": lambda ahead, back: ahead * back,
    "ave": lambda ahead, back: (ahead + back) / 2,
}


def a_layer(value: Any) -> Layer:
    """Take a layer, or the config of one."""
    made = LAYERS.make(value) if isinstance(value, Mapping) else value
    if not isinstance(made, Layer):
        raise ArgumentError("value", "a layer", value)
    return made


@LAYERS.register()
class Wrapper(Layer):
    """Hold another layer; what is done with it, a subclass says.

    Shapes:
        x, y: those of the layer inside

    Args:
        layer: the layer inside.
    """

    layer: Any = arg(a_layer)
    supports_masking = True

    def build(self, input_shape: Any = None) -> None:
        """Make the weights of the layer inside, unless a subclass has made them."""
        if input_shape is not None and not self.layer.built:
            self.layer.build_once(input_shape)
        self.built = True


@LAYERS.register()
class TimeDistributed(Wrapper):
    """Apply a layer to every step alike; the steps go through it as one batch.

    Shapes:
        x: (batch, time, ...), y: (batch, time, ...): of the layer's output for (batch, ...)

    Args:
        layer: any layer or model.

        >>> TimeDistributed(layer=Dense(3))(Input((5, 4))).shape
        (None, 5, 3)
    """

    def build(self, input_shape: Any = None) -> None:
        """Make the weights for inputs of one step.

        Raises:
            ShapeError: when there is no axis of time.
        """
        self.layer.build_once(self._one_step(input_shape))

    def call(self, inputs: Tensor | list[Tensor], mask: Any = None) -> Any:
        """Return the layer's outputs for every step."""
        leading = first(inputs)
        options = {}
        if takes(type(self.layer), "mask") and mask is not None and mask.dim() > 2:
            options["mask"] = torch.flatten(mask, 0, 1)
        outputs = self.layer(_each(_folded, inputs), **options)
        return _each(lambda output: _unfolded(output, leading), outputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the layer's output shape, with time behind the batch."""
        lead, step = sequence_shape(input_shape)[:2], self._one_step(input_shape)
        check_specs(self.layer.who, self.layer.input_spec, None, step)
        shape = self.layer.compute_output_shape(step)
        if is_shape(shape):
            return (*lead, *shape[1:])
        return [(*lead, *one[1:]) for one in shape]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the layer's own masks of every step, or which steps are left at all."""
        several = isinstance(inputs, list | tuple)
        return None if several else operation(self._mask_of_steps)(inputs, mask)

    def reset_states(self) -> None:
        """Let a stateful layer inside start again."""
        self.layer.reset_states()

    def _mask_of_steps(self, inputs: Any, mask: Any) -> Any:
        steps = None if mask is None or mask.dim() < 3 else torch.flatten(mask, 0, 1)
        made = self.layer.compute_mask(_folded(inputs), steps)
        if made is None or isinstance(made, list | tuple):
            return None if mask is None else _by_step(mask)
        return _unfolded(made, inputs)

    def _one_step(self, input_shape: Any) -> Any:
        if not is_shape(input_shape):
            return [self._one_step(shape) for shape in input_shape]
        if len(input_shape) < 3:
            raise ShapeError(
                f"{self.who}: inputs must have at least 3 axes (batch, time, ...), "
                f"got {len(input_shape)}: shape {tuple(input_shape)}."
            )
        return (None, *input_shape[2:])


@LAYERS.register()
class Bidirectional(Wrapper):
    """Take a sequence in both directions, each with weights of its own.

    Called with states, on `[x, *forward states, *backward states]` or with `initial_state=`.

    Shapes:
        x: (batch, time, features)
        y: as the layer's, twice as wide for concat; two of them for None

    Args:
        layer: a recurrent layer; it and its copy become `forward_<name>` and `backward_<name>`.
        merge_mode: concat, sum, mul, ave, or None for both outputs apart.
        backward_layer: another layer for the other direction, made with `go_backwards`.

        >>> Bidirectional(layer=LSTM(3))(Input((5, 4))).shape
        (None, 6)
    """

    merge_mode: str | None = arg(optional(one_of(*_MERGES)), "concat")
    backward_layer: Any = arg(optional(a_layer), None, since="2.15", saved=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make the two layers of the one that is given."""
        super().__init__(*args, **kwargs)
        layer, other = self.layer, self.backward_layer
        _check_directions(self.who, layer, other)
        del self.layer, self.backward_layer
        self.__dict__["layer"] = layer  # as it was given; the two below compute
        self.__dict__["given_backward_layer"] = other
        self.forward_layer = _copied(layer, "forward", layer.go_backwards)
        source = layer if other is None else other
        self.backward_layer = _copied(source, "backward", not layer.go_backwards)
        self.stateful = layer.stateful
        for one in (self.forward_layer, self.backward_layer):
            one.zero_output_for_mask = bool(_ZERO_AT_MASK.value(self.era)) and one.return_sequences
            one.keeps_states_at_rest = _KEEPS_STATES_AT_REST.value(self.era)

    def __call__(
        self, inputs: Any, initial_state: Any = None, constants: Any = None, **options: Any
    ) -> Any:
        """Record a node or compute; states that are symbols stand among the node's inputs."""
        states, fixed = listed(initial_state), listed(constants)
        for layer in (self.forward_layer, self.backward_layer):
            layer.number_of_constants = len(fixed) or layer.number_of_constants
        if fixed or symbols_in(states):
            inputs = [*listed(inputs), *states, *fixed]
        elif states:
            options["initial_state"] = states
        return super().__call__(inputs, **options)

    def build(self, input_shape: Any = None) -> None:
        """Make the weights of both directions."""
        shapes = self._shapes_of_one(input_shape)
        self.forward_layer.build_once(shapes)
        self.backward_layer.build_once(shapes)

    def call(
        self, inputs: Tensor | list[Tensor], mask: Any = None, initial_state: Any = None
    ) -> Any:
        """Return the merged outputs, and the states of both directions if asked."""
        layer = self.forward_layer
        wanted, number = 2 * len(layer.state_sizes), layer.number_of_constants
        sequence, states, fixed = parted(self.who, inputs, initial_state, wanted, number)
        half = len(states) // 2
        kept = {"mask": first(mask), "constants": fixed or None}
        ahead = self._run(self.forward_layer, sequence, states[:half], kept)
        back = self._run(self.backward_layer, sequence, states[half:], kept)
        if not self.return_state:
            return self._merged(ahead, back)
        outputs = listed(self._merged(ahead[0], back[0]))
        return [*outputs, *ahead[1:], *back[1:]]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the merged outputs, and of all states if they are asked for."""
        layer = self.forward_layer
        given = [] if is_shape(input_shape) else list(input_shape)
        states = len(given) - 1 - layer.number_of_constants if given else 0
        wanted_states = 2 * len(layer.state_sizes)
        if states not in (0, wanted_states):
            wanted = f"{wanted_states} tensors"
            raise ArgumentError("initial_state", wanted, states, who=self.who)
        spec = first(self.forward_layer.input_spec)
        check_specs(self.forward_layer.who, spec, None, sequence_shape(input_shape))
        made = self.forward_layer.compute_output_shape(input_shape)
        output, *states = made if self.return_state else [made]
        back = self.backward_layer.compute_output_shape(input_shape)
        width = output[-1] + (back[0] if self.return_state else back)[-1]
        merged = (*output[:-1], width) if self.merge_mode == "concat" else output
        outputs = [merged, merged] if self.merge_mode is None else [merged]
        found = [*outputs, *states, *states]
        return found if len(found) > 1 else merged

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask of the sequence, for each output that is one."""
        kept = first(mask) if self.return_sequences else None
        outputs = [kept, kept] if self.merge_mode is None else [kept]
        states = [None] * (2 * len(self.forward_layer.state_sizes) if self.return_state else 0)
        found = [*outputs, *states]
        return found if len(found) > 1 else kept

    def reset_states(self) -> None:
        """Let both directions start again."""
        self.forward_layer.reset_states()
        self.backward_layer.reset_states()

    @property
    def return_sequences(self) -> bool:
        """Return whether the output of every step is given."""
        return bool(self.layer.return_sequences)

    @property
    def return_state(self) -> bool:
        """Return whether the last states are given."""
        return bool(self.layer.return_state)

    def sample_shape(self, input_dim: int, input_length: int | None) -> Shape:
        """Return (time, features), which Keras 1 calls input_length and input_dim."""
        return (input_length, input_dim)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values."""
        config = super().get_config()
        if self.given_backward_layer is not None:
            config["backward_layer"] = to_config(self.given_backward_layer)
        if self.forward_layer.number_of_constants:
            config["num_constants"] = self.forward_layer.number_of_constants
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Bidirectional:
        """Return what `get_config` described."""
        words = dict(config)
        number = words.pop("num_constants", None) or 0
        made = cls(**words)
        made.forward_layer.number_of_constants = number
        made.backward_layer.number_of_constants = number
        return made

    def _shapes_of_one(self, input_shape: Any) -> Any:
        """Return the shapes for one direction: of the sequence, and of constants behind it."""
        number = self.forward_layer.number_of_constants
        if is_shape(input_shape) or not number:
            return sequence_shape(input_shape)
        return [input_shape[0], *input_shape[-number:]]

    def _run(self, layer: Any, sequence: Any, states: list[Any], kept: dict[str, Any]) -> Any:
        options = {word: value for word, value in kept.items() if value is not None}
        return layer(sequence, initial_state=states or None, **options)

    def _merged(self, ahead: Any, back: Any) -> Any:
        """Return both outputs as one; the steps made backwards are put in order first."""
        if self.return_sequences:
            axis = 0 if getattr(self.layer, "time_major", False) else 1
            back = torch.flip(back, (axis,))
        if self.merge_mode is None:
            return [ahead, back]
        return _MERGES[self.merge_mode](ahead, back)


def _check_directions(who: str, layer: Layer, other: Layer | None) -> None:
    if not isinstance(layer, Recurrent):
        raise ArgumentError("layer", "a recurrent layer", type(layer).__name__, who=who)
    if other is None:
        return
    for word in ("return_sequences", "return_state", "stateful"):
        wanted = getattr(layer, word)
        if getattr(other, word, None) != wanted:
            given = getattr(other, word, None)
            place = f"{word} of backward_layer"
            raise ArgumentError(place, f"{wanted}, as the layer's", given, who=who)
    if other.go_backwards == layer.go_backwards:
        place, wanted = "go_backwards of backward_layer", not layer.go_backwards
        raise ArgumentError(place, f"{wanted}", other.go_backwards, who=who)


def _copied(layer: Any, direction: str, go_backwards: bool) -> Any:
    """Return a layer made like another, without its weights, that goes in one direction."""
    if layer.built or layer.inbound_nodes:
        twin = type(layer).from_config(layer.get_config())
    else:
        twin = copy.deepcopy(layer)
    twin.name = f"{direction}_{layer.name}"
    twin.go_backwards = go_backwards
    return twin


def _folded(tensor: Any) -> Any:
    """Return batch and time as one axis."""
    return know_rank(torch.flatten(tensor, 0, 1), tensor.dim() - 1)


def _unfolded(tensor: Any, like: Any) -> Any:
    """Return the first axis as batch and time again, as long as those of another tensor."""
    return torch.unflatten(tensor, 0, (like.shape[0], like.shape[1]))


def _by_step(mask: Any) -> Any:
    """Return which steps are left, of a mask that may tell of their parts."""
    return mask if mask.dim() == 2 else torch.any(torch.flatten(mask, 2), -1)


def _each(function: Callable[[Any], Any], structure: Any) -> Any:
    if isinstance(structure, list | tuple):
        return [function(item) for item in structure]
    return function(structure)
