"""Gates: the weights and arguments that a recurrent layer and its cell have in common.

Each class names one module of `kshim.nn.recurrent` and tells how Keras sees its tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from kshim import activations, constraints, initializers, regularizers
from kshim.core.arguments import arg, signature
from kshim.core.checks import number, one_of, optional, true_or_false, whole_number
from kshim.core.eras import by_era, rule
from kshim.initializers import Identity, initial_value
from kshim.layers.base import Layer
from kshim.layers.flat import flat_bias, flat_matrix
from kshim.layers.older import Forms, gate_forms
from kshim.layers.seeds import seeds_of_dropout
from kshim.layers.weights import Weight
from kshim.nn import recurrent as nn_recurrent
from kshim.nn.lstm_steps import QuickSteps

# Keras's positional order, of all three layers and their cells alike.
_ORDER = (
    "units", "activation", "recurrent_activation", "use_bias", "kernel_initializer",
    "recurrent_initializer", "bias_initializer", "unit_forget_bias", "kernel_regularizer",
    "recurrent_regularizer", "bias_regularizer", "activity_regularizer", "kernel_constraint",
    "recurrent_constraint", "bias_constraint", "dropout", "recurrent_dropout", "implementation",
    "return_sequences", "return_state", "go_backwards", "stateful", "unroll",
)  # fmt: skip
_OLD_IMPLEMENTATIONS = {"cpu": 1, "mem": 1, "gpu": 2, 0: 1}
# Keras 2 takes no notice of any other than one.
_OLD_FORGET_BIASES = by_era({
    "1.2": {"one": True, "ones": True, "zero": False, "zeros": False},
    "2.0": {"one": True, "ones": True, "zero": True, "zeros": True},
})  # fmt: skip
_TORCH: dict[Any, Callable[[Tensor], Tensor]] = {
    activations.tanh: torch.tanh, activations.sigmoid: torch.sigmoid, activations.relu: torch.relu,
}  # fmt: skip
# What the steps of an LSTM have a gradient by hand for.
_GATE_CURVES: dict[Any, tuple[str, float]] = {
    activations.sigmoid: ("Sigmoid", 0.0),
    activations.hard_sigmoid: ("HardSigmoid", 0.2),
    activations.hard_sigmoid_of_keras_3: ("HardSigmoid", 1 / 6),
}
_NEW_CURVES = {
    activations.tanh: "Tanh", activations.relu: "Relu", activations.softsign: "Softsign",
}  # fmt: skip
_SHOWS_START = by_era({"1.2": True, "2.3": False})
# Keras 1 makes masks for its default way and for the other, and uses the first.
_DRAWS_INPUTS_TWICE = by_era({"1.2": True, "2.0": False})
# With one mask for all gates a GRU carries the state on whole, or what the mask left of it.
_CARRIES_DROPPED = by_era({"1.2": False, "2.2": True})
# Keras 1's SimpleRNN drops inputs in its usual way alone, not in `mem` and `gpu`.
_SIMPLE_DROPS_IN_FIRST_WAY_ALONE = by_era({"1.2": True, "2.0": False})
_DROPOUT_FORCES_GATES_APART = by_era({"1.2": False, "2.15": True})


def implementation(value: Any) -> int:
    """Take 1 or 2; the older 0, and Keras 1's cpu, mem and gpu."""
    return int(one_of(1, 2)(_today(_OLD_IMPLEMENTATIONS, value)))


def simple_implementation(value: Any) -> int:
    """Take what `implementation` takes; for a SimpleRNN `mem` was the same as `gpu`."""
    return implementation("gpu" if isinstance(value, str) and value == "mem" else value)


def forget_bias(value: Any) -> bool:
    """Take True or False; Keras 1's one and zero."""
    return true_or_false(_today(_OLD_FORGET_BIASES.value(), value))


def _today(older: Mapping[Any, Any], value: Any) -> Any:
    """Return what an older word, or number, stands for; anything else as it is."""
    return older.get(value, value) if isinstance(value, str | int) else value


def shows_start(layer: Layer, unrolls: bool) -> bool:
    """Return whether masked steps before the first real one put out the starting state."""
    return bool(_SHOWS_START.value(layer.era)) and not unrolls


class Ordered(Layer):
    """Put the arguments of a class and its bases into one positional order."""

    order: ClassVar[tuple[str, ...]] = _ORDER
    fixed: ClassVar[tuple[str, ...]] = ()  # arguments of a base class that are none here

    def __init_subclass__(cls, **options: Any) -> None:
        """Order what was collected."""
        super().__init_subclass__(**options)
        known = {name: it for name, it in cls.arguments.items() if name not in cls.fixed}
        cls.arguments = {name: known[name] for name in cls.order if name in known} | known
        if "__init__" not in vars(cls):
            cls.__signature__ = signature(cls.arguments)  # type: ignore[attr-defined]


class Gated(Ordered):
    """Hold kernel, recurrent kernel and bias on a recurrent module of torch."""

    units: int = arg(whole_number(at_least=1), was="output_dim")
    activation: Callable[[Tensor], Tensor] = arg(activations.get, "tanh")
    use_bias: bool = arg(true_or_false, True)
    kernel_initializer: Any = arg(initializers.of_weight, "glorot_uniform", was="init")
    recurrent_initializer: Any = arg(initializers.of_weight, "orthogonal", was="inner_init")
    bias_initializer: Any = arg(initializers.of_weight, "zeros")
    kernel_regularizer: Any = arg(regularizers.get, None, was="W_regularizer")
    recurrent_regularizer: Any = arg(regularizers.get, None, was="U_regularizer")
    bias_regularizer: Any = arg(regularizers.get, None, was="b_regularizer")
    kernel_constraint: Any = arg(constraints.get, None)
    recurrent_constraint: Any = arg(constraints.get, None)
    bias_constraint: Any = arg(constraints.get, None)
    dropout: float = arg(number(0, 1), 0.0, was="dropout_W")
    recurrent_dropout: float = arg(number(0, 1), 0.0, was="dropout_U")
    seed: int | None = arg(optional(whole_number()), None, since="3")

    implementation: int
    module_class: ClassVar[type[nn_recurrent.Recurrent]]

    @property
    def acts_otherwise_in_training(self) -> bool:  # type: ignore[override]
        """Return whether anything is dropped while training."""
        return bool(self.input_dropout or self.recurrent_dropout)

    @property
    def input_dropout(self) -> float:
        """Return the part of the inputs that training drops."""
        return self.dropout

    @property
    def state_sizes(self) -> Sequence[Any]:
        """Return the width of each state."""
        return [self.units] * self.module_class.state_count

    @property
    def state_size(self) -> Any:
        """Return the width of the state, or of each where there are several."""
        return self.units if len(self.state_sizes) == 1 else list(self.state_sizes)

    @property
    def output_size(self) -> int:
        """Return the width of the output."""
        return self.units

    @property
    def seeds_taken(self) -> int:
        """Return how many seeds a call takes from numpy's stream up to Keras 2.3."""
        gates = self.module_class.gates
        twice = self.implementation == 1 and _DRAWS_INPUTS_TWICE.value(self.era)
        of_inputs = seeds_of_dropout(self.input_dropout, self.seed, gates * (2 if twice else 1))
        return of_inputs + seeds_of_dropout(self.recurrent_dropout, self.seed, gates)

    def run_module(
        self, inputs: Tensor, states: tuple[Tensor, ...] | None, mask: Tensor | None
    ) -> tuple[Any, tuple[Any, ...]]:
        """Return the outputs of all steps, in the order taken, and the last states."""
        given = {"states": states, "mask": mask}
        made = self.recurrence(
            inputs, **{word: value for word, value in given.items() if value is not None}
        )
        return made[0], tuple(made[1][place] for place in range(len(self.state_sizes)))

    def make_module(self, features: int, **options: Any) -> nn_recurrent.Recurrent:
        """Return torch's module, and hold its tensors as Keras's weights."""
        self.recurrence = self.module_class(
            features,
            self.units,
            bias=self.use_bias,
            activation=_TORCH.get(self.activation, self.activation),
            dropout=self.input_dropout,
            recurrent_dropout=self.recurrent_dropout,
            seed=self.seed,
            dtype=self.torch_dtype,
            **self.module_options(),
            **options,
        )
        self.kernel = self._hold_matrix("kernel", "weight_ih_l0", "kernel")
        self.recurrent_kernel = self._hold_matrix("recurrent_kernel", "weight_hh_l0", "recurrent")
        self.bias = self._hold_bias() if self.use_bias else None
        return self.recurrence

    def module_options(self) -> dict[str, Any]:
        """Return what only this kind of module takes."""
        return {}

    def in_keras_order(self, tensor: Tensor) -> Tensor:
        """Return the gates' blocks, which stand along the first axis, in Keras's order."""
        return tensor

    def in_torch_order(self, tensor: Tensor) -> Tensor:
        """Return the gates' blocks in torch's order."""
        return tensor

    def initial_bias(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        """Return the first values of the bias."""
        return initial_value(self.bias_initializer, shape, self.torch_dtype)

    def matrix_conversions(self, key: str) -> dict[str, Any]:
        """Return the ways between Keras's matrix and torch's, for kernel or recurrent_kernel."""
        return {
            "to_keras": lambda tensor: self.in_keras_order(tensor).t(),
            "to_torch": lambda matrix: (self.in_torch_order(matrix.t()),),
        }

    def bias_conversions(self) -> dict[str, Any]:
        """Return the bias's slots and the ways between Keras's tensor and torch's."""
        return {
            "slots": ("bias_ih_l0",),
            "to_keras": self.in_keras_order,
            "to_torch": lambda bias: (self.in_torch_order(bias),),
        }

    def _hold_matrix(self, key: str, slot: str, word: str) -> Weight:
        made = Weight(self, key, self.recurrence, (slot,), **self.matrix_conversions(key))
        given = getattr(self, f"{word}_initializer")
        by_gate = isinstance(given, Identity) and key == "recurrent_kernel"
        return self.hold(made, given.repeated if by_gate and rule("identity_by_gate") else given)

    def _hold_bias(self) -> Weight:
        made = Weight(self, "bias", self.recurrence, **self.bias_conversions())
        return self.hold(made, self.initial_bias)


class WithGates(Gated):
    """Hold what LSTM and GRU have beside a SimpleRNN."""

    recurrent_activation: Callable[[Tensor], Tensor] = arg(
        activations.get, by_era({"1.2": "hard_sigmoid", "2.3": "sigmoid"}), was="inner_activation"
    )
    implementation: int = arg(implementation, by_era({"1.2": 1, "2.3": 2}), was="consume_less")
    use_cudnn: Any = arg(one_of("auto", True, False), "auto", since="3", saved=False)

    # Keras 1's letters for the gates, in its order, with the place of each in torch's tensors.
    old_gates: ClassVar[dict[str, int]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments; in tf.keras dropping the state drops for each gate apart."""
        super().__init__(*args, **kwargs)
        if self.recurrent_dropout and _DROPOUT_FORCES_GATES_APART.value(self.era):
            self.implementation = 1

    def module_options(self) -> dict[str, Any]:
        """Return the activation of the gates, and how dropout treats them."""
        gates = self.recurrent_activation
        return {
            "recurrent_activation": _TORCH.get(gates, gates),
            "implementation": self.implementation,
        }

    def weight_form(self) -> str:
        """Return the form in which this layer shows its weights: Keras 1's `gpu` had no parts."""
        form = super().weight_form()
        return "packed" if form == "keras1" and self.implementation == 2 else form

    def older_forms(self, weight: Weight) -> Forms:
        """Return what Keras 1 showed of each gate, and what cuDNN's layer shows."""
        return {**self.gate_forms(weight), "turned": [self.turned_form(weight)]}

    def turned_form(self, weight: Weight) -> Weight:
        """Return a weight as the layer shows it whose weights are laid out as cuDNN's."""
        flat = flat_bias(self) if weight.key == "bias" else flat_matrix(self, weight.key)
        conversions = {"slots": weight.slots, **flat}
        return Weight(self, weight.key, self.recurrence, **conversions, trainable=weight.trainable)

    def gate_forms(self, weight: Weight) -> Forms:
        """Return the parts of each gate, as Keras 1 showed them.

        There `inner_init` and `U_regularizer` reached the recurrent kernel in one piece only.
        """
        turned = (lambda block: block) if weight.key == "bias" else Tensor.t
        forms = gate_forms(weight, self.old_gates, self.units, turned, self._first_biases(weight))
        if weight.key == "recurrent_kernel":
            for part in forms["keras1"]:
                part.initializer = self.kernel_initializer
                part.regularizer = self.kernel_regularizer
        return forms

    def _first_biases(self, weight: Weight) -> dict[str, Any]:
        """Return what makes the first values of each gate's bias."""
        return dict.fromkeys(self.old_gates if weight.key == "bias" else (), self.bias_initializer)


class SimpleGates(Gated):
    """Hold the weights of a SimpleRNN: kernel (features, units), bias (units,)."""

    implementation: int = arg(simple_implementation, 1, was="consume_less", saved=False)
    module_class = nn_recurrent.SimpleRNN

    @property
    def input_dropout(self) -> float:
        """Return the part of the inputs that training drops."""
        still = self.implementation == 2 and _SIMPLE_DROPS_IN_FIRST_WAY_ALONE.value(self.era)
        return 0.0 if still else self.dropout


class LSTMGates(WithGates):
    """Hold the weights of an LSTM; the gates are i, f, c, o in Keras and in torch."""

    unit_forget_bias: bool = arg(forget_bias, True, was="forget_bias_init")
    module_class = nn_recurrent.LSTM
    old_gates: ClassVar[dict[str, int]] = {"i": 0, "c": 2, "f": 1, "o": 3}

    def make_module(self, features: int, **options: Any) -> nn_recurrent.Recurrent:
        """Return torch's module, which takes its steps the quick way where there is one."""
        module = super().make_module(features, **options)
        if self.recurrent_activation in _GATE_CURVES and self.activation in _NEW_CURVES:
            gate, slope = _GATE_CURVES[self.recurrent_activation]
            module.stepper = QuickSteps(gate, _NEW_CURVES[self.activation], slope)  # type: ignore[assignment]
        return module

    def initial_bias(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        """Return the first values of the bias: ones for the forget gate if asked."""
        if not self.unit_forget_bias:
            return super().initial_bias(shape, dtype)
        first = super().initial_bias((self.units,), dtype)
        rest = super().initial_bias((2 * self.units,), dtype)
        return torch.cat([first, torch.ones_like(first), rest])

    def _first_biases(self, weight: Weight) -> dict[str, Any]:
        """Return what makes the first values of each gate's bias: ones for the forget gate."""
        made = super()._first_biases(weight)
        forgets = initializers.Ones() if self.unit_forget_bias else self.bias_initializer
        return made | {"f": forgets} if made else made


class GRUGates(WithGates):
    """Hold the weights of a GRU; the gates are z, r, h in Keras, r, z, n in torch."""

    reset_after: bool = arg(true_or_false, by_era({"1.2": False, "2.15": True}), since="2.2")
    module_class = nn_recurrent.GRU
    old_gates: ClassVar[dict[str, int]] = {"z": 1, "r": 0, "h": 2}

    def module_options(self) -> dict[str, Any]:
        """Return where the reset gate stands, with what every layer with gates has."""
        return super().module_options() | {
            "reset_after": self.reset_after,
            "carries_dropped": bool(_CARRIES_DROPPED.value(self.era)),
        }

    def older_forms(self, weight: Weight) -> Forms:
        """Return what Keras 1 showed, which knew no second bias; cuDNN knows no other GRU."""
        known = super().older_forms(weight)
        wanted = {"turned"} if self.reset_after else known.keys() - {"turned"}
        return {name: form for name, form in known.items() if name in wanted}

    def in_keras_order(self, tensor: Tensor) -> Tensor:
        """Return the blocks z, r, h of r, z, n."""
        one, two = self.units, 2 * self.units
        return torch.cat([tensor[one:two], tensor[:one], tensor[two:]])

    in_torch_order = in_keras_order  # the same exchange of the first two

    def bias_conversions(self) -> dict[str, Any]:
        """Return one bias, or with `reset_after` two, in rows."""
        if not self.reset_after:
            return super().bias_conversions()
        return {
            "slots": ("bias_ih_l0", "bias_hh_l0"),
            "to_keras": lambda *parts: torch.stack([self.in_keras_order(part) for part in parts]),
            "to_torch": lambda bias: tuple(self.in_torch_order(row) for row in bias),
        }
