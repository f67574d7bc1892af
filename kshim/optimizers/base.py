"""Optimizer: what all rules share: learning rate, clipping, decay, averaging, slots, files.

A rule is a class with declared numbers and an `update` over lists of tensors. Parameters, gradients
and slots are in torch's layout, which is the same to rules that work number by number.

Source: Keras 1.2.2, 2.2.4, 2.3.1 optimizers.py and tf.keras 2.15 optimizers/optimizer.py.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import is_
from typing import Any, ClassVar, TypeAlias

import numpy as np
import torch
from torch import Tensor

from kshim.core.arguments import Argument, Declared, arg, signature
from kshim.core.checks import number, optional, text, true_or_false, whole_number
from kshim.core.config import class_name, to_config
from kshim.core.eras import ERAS, by_era, current_era, in_era, rule
from kshim.core.settings import epsilon
from kshim.errors import ArgumentError, StateError, UnexpectedArgument, WeightError
from kshim.nn.shards import fill, lengths, part, whole
from kshim.optimizers import clipping, schedules
from kshim.optimizers.applying import Applying, tensors_of
from kshim.optimizers.hyper import Hyper, hyper
from kshim.optimizers.scheduled import ScheduledRate
from kshim.optimizers.updating import Updating
from kshim.optimizers.variables import Variables

Slots: TypeAlias = Mapping[str, list[Tensor]]
Place: TypeAlias = tuple[Tensor | None, str]


def rate_or_schedule(value: Any) -> Any:
    """Take a number, a schedule or its config, or a function without arguments."""
    if isinstance(value, Mapping):
        return schedules.deserialize(value)
    return value if callable(value) else hyper(value)


class Optimizer(Applying, Updating, Declared):
    """Change parameters so that a loss falls; the base of all optimizers.

    `lr` is understood as the learning rate in every era, though tf.keras 2.15 drops it; and
    `decay` divides the rate by 1 + decay * iterations in every era, as the optimizers before
    tf.keras 2.11 do.

    Args:
        weight_decay: part of each parameter, times the rate, that an update takes away first.
        clipnorm: the greatest norm of all gradients together; from tf.keras on, of each.
        clipvalue: the greatest number in a gradient.
        global_clipnorm: the greatest norm of all gradients together.
        use_ema: whether a running mean of the parameters is kept.
        ema_overwrite_frequency: after how many updates the mean takes the parameters' place.
        loss_scale_factor: what the loss is multiplied by before gradients are taken of it; they
            are divided by it again.
        gradient_accumulation_steps: of how many batches an update takes the mean gradient.
        jit_compile: understood, without effect.
        decay: how fast the learning rate falls with the number of updates.
    """

    weight_decay: float | None = arg(optional(number()), None, since="2.15")
    clipnorm: float | None = arg(optional(number()), None, since="2.15")
    clipvalue: float | None = arg(optional(number()), None, since="2.15")
    global_clipnorm: float | None = arg(optional(number()), None, since="2.15")
    use_ema: bool = arg(true_or_false, False, since="2.15")
    ema_momentum: float = arg(number(), 0.99, since="2.15")
    ema_overwrite_frequency: int | None = arg(optional(whole_number()), None, since="2.15")
    jit_compile: bool = arg(true_or_false, True, since="2.15")
    loss_scale_factor: float | None = arg(optional(number()), None, since="3")
    gradient_accumulation_steps: int | None = arg(
        optional(whole_number(at_least=2)), None, since="3"
    )
    name: str | None = arg(optional(text), None, since="2.15")
    decay: Hyper = arg(hyper, 0.0)

    learning_rate: Any
    iterations: Hyper
    # The era whose formulas an update follows, where that is not the one in force.
    follows: str | None = None

    # The order of positional arguments, where it is not that of the declared lines.
    positions: ClassVar[Any] = by_era({"1.2": ("name",)})
    # What files of the era do not know, and hold only when it is not at its default.
    unknown: ClassVar[Any] = by_era({"1.2": (), "2.15": ("decay",)})
    # The numbers that stand before the slots in files.
    saved_numbers: ClassVar[Any] = by_era({"1.2": ("iterations",)})
    # Whether files can hold its config and state.
    in_files: ClassVar[bool] = True
    # How far the iterations that an update reads are ahead. On TensorFlow 1 the update of the
    # counter races its readers and wins: in 91 of 100 sessions measured.
    reads_ahead: ClassVar[Any] = by_era({"1.2": 0, "2.2": 1, "2.15": 0})
    # Whether numbers are clipped before norms, where both are.
    clips_values_first: ClassVar[bool] = False
    # Whether a number's update needs no other number of its variable but a norm of gradients.
    works_by_number: ClassVar[bool] = True
    # The slots that stand side by side in files where these go parameter by parameter.
    together: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        """Put a rule's own arguments before those that all rules share."""
        super().__init_subclass__(**options)
        shared = Optimizer.arguments
        own = {name: it for name, it in cls.arguments.items() if name not in shared}
        cls.arguments = own | {name: cls.arguments[name] for name in shared}
        if "__signature__" in vars(cls):
            cls.__signature__ = signature(cls.arguments)  # type: ignore[attr-defined]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments; slots are made when the parameters are first seen."""
        self.iterations = Hyper(0)
        self.era = current_era()
        self._slots: dict[Tensor, dict[str, Tensor]] = {}
        self._plan: Plan | None = None
        self._undecayed: list[Tensor] = []
        self._undecayed_names: list[str] = []
        self._waiting: Callable[[Sequence[Tensor]], Any] | None = None
        self.variables_known = Variables()
        super().__init__(*args, **kwargs)

    def set_arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Check and keep the arguments, taking positional ones in the order of the era."""
        order = self.positions.value() or tuple(self.arguments)
        named = dict(zip(order, args, strict=False))
        if len(args) > len(order) or named.keys() & kwargs.keys():
            wanted = f"at most {', '.join(order)}, each given once"
            raise UnexpectedArgument(
                f"{type(self).__name__}: positional arguments must be {wanted}, got {args}."
            )
        super().set_arguments((), {**named, **kwargs})
        if getattr(self, "epsilon", 0.0) is None:
            self.epsilon = epsilon()
        if self.clipnorm is not None and self.global_clipnorm is not None:
            other = f"unset beside clipnorm={self.clipnorm}"
            raise ArgumentError(
                "global_clipnorm", other, self.global_clipnorm, who=type(self).__name__
            )

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; a plain number goes into the Hyper that stands there."""
        held = self.__dict__.get(name)
        if isinstance(held, Hyper) and not isinstance(value, Hyper) and not callable(value):
            held.assign(value)
        else:
            super().__setattr__(name, self._rate_of(value) if name == "learning_rate" else value)

    def _rate_of(self, value: Any) -> Any:
        """Return what holds the learning rate; a schedule shows itself as the era has it."""
        kept = rate_or_schedule(value)
        is_schedule = isinstance(kept, schedules.LearningRateSchedule)
        told = is_schedule and self.follows is None and rule("scheduled_rate_is_a_number")
        return ScheduledRate(kept, self, rule("told_rate_is_of_last_update")) if told else kept

    @property
    def schedule(self) -> Any:
        """Return the schedule of the learning rate; None where a number stands for it."""
        chosen = self.learning_rate
        chosen = chosen.schedule if isinstance(chosen, ScheduledRate) else chosen
        return None if isinstance(chosen, Hyper) else chosen

    @property
    def lr(self) -> Any:
        """Return the learning rate, under its older name."""
        return self.learning_rate

    @lr.setter
    def lr(self, value: Any) -> None:
        self.learning_rate = value

    @torch.no_grad()
    def apply(self, parameters: Sequence[Tensor], gradients: Sequence[Any]) -> None:
        """Make one update of all parameters; those without a gradient stay as they are.

        Gradients and then the weights of layers, as Keras 3 has it, are understood too.
        """
        if any(hasattr(one, "to_torch") for one in gradients):
            self.apply_gradients(zip(parameters, gradients, strict=True))
            return
        present = [part(gradient) for gradient in gradients if gradient is not None]
        if len(present) < len(parameters):
            parameters = [p for p, g in zip(parameters, gradients, strict=True) if g is not None]
        if not present:
            return
        plan, names = self._plan, self._all_slots(self.used_slots)
        if plan is None or not plan.fits(parameters, names):
            plan = self.build(parameters)
        if self.loss_scale_factor:
            present = list(torch._foreach_div(present, self.loss_scale_factor))
        step = self._updates() + 1 + self.reads_ahead.value()
        if self._gathers(plan, present):
            self._update_all(plan, parameters, self._gathered(plan, present), step)
        if self.use_ema:
            for group in plan.groups:
                self._average(group, step)
        self.iterations.value += 1

    def _update_all(
        self, plan: Plan, parameters: Sequence[Tensor], gradients: list[Tensor], step: int
    ) -> None:
        """Clip the gradients, take weight decay away, and update by the rule."""
        rate = self.rate()
        clipped = self._clipped(parameters, gradients)
        self.begin(plan, step)
        for group in plan.groups:
            self._decay(group.decayed, rate)
            self.update(group.parameters, group.pick(clipped), group.slots, rate, step)

    def exclude_from_weight_decay(
        self, var_list: Sequence[Any] | None = None, var_names: Sequence[str] | None = None
    ) -> None:
        """Let variables be free of `weight_decay`; what an earlier call said counts no more.

        Args:
            var_list: the variables.
            var_names: patterns; a variable is free in whose name one is found: in tf.keras
                dense/kernel:0, in Keras 3 kernel.

        Raises:
            StateError: in tf.keras, once there was an update.

        Source: tf.keras 2.15 optimizers/optimizer.py, Keras 3.15 optimizers/base_optimizer.py.
        """
        if self._slots and rule("weight_decay_is_settled_when_built"):
            raise StateError(
                f"{type(self).__name__}: exclude_from_weight_decay must be called before the "
                "first update, got a call behind it."
            )
        self._undecayed_names = list(var_names or ())
        self._undecayed = [tensor for one in var_list or () for tensor in tensors_of(one)]
        self._plan = None

    def _decays(self, parameter: Tensor) -> bool:
        """Return whether weight decay takes a part of a parameter away."""
        if any(parameter is tensor for tensor in self._undecayed):
            return False
        name = self.variables_known.of(parameter).path
        if not rule("undecayed_names_have_paths"):
            name = name.partition(":")[0].rpartition("/")[2]
        return not any(re.search(pattern, name) for pattern in self._undecayed_names)

    def _decay(self, parameters: list[Tensor], rate: float) -> None:
        """Take a part of the parameters away."""
        if self.weight_decay and parameters:
            torch._foreach_mul_(parameters, 1.0 - self.weight_decay * rate)

    def _updates(self) -> int:
        """Return how many updates there were: each may stand for several batches."""
        return int(self.iterations.value) // (self.gradient_accumulation_steps or 1)

    def _gathers(self, plan: Plan, gradients: list[Tensor]) -> bool:
        """Return whether it is time for an update; if not, keep the gradients for it."""
        turns = self.gradient_accumulation_steps
        if not turns or (int(self.iterations.value) + 1) % turns == 0:
            return True
        for group in plan.groups:
            torch._foreach_add_(group.slots["gathered"], group.pick(gradients))
        return False

    def _gathered(self, plan: Plan, gradients: list[Tensor]) -> list[Tensor]:
        """Return the mean of the gradients kept and given, and keep none."""
        turns = self.gradient_accumulation_steps
        if not turns:
            return gradients
        kept: list[Any] = [None] * len(gradients)
        for group in plan.groups:
            places = group.places or range(len(gradients))
            for place, slot in zip(places, group.slots["gathered"], strict=True):
                kept[place] = (gradients[place] + slot) / turns
            torch._foreach_zero_(group.slots["gathered"])
        return kept

    def scale_loss(self, loss: Any) -> Any:
        """Return the loss that gradients are taken of, which `apply` divides again."""
        return loss * self.loss_scale_factor if self.loss_scale_factor else loss

    def apply_scaled(
        self, parameters: Sequence[Tensor], gradients: Sequence[Tensor | None]
    ) -> None:
        """Make one update by the gradients of what `scale_loss` gave."""
        self.apply(parameters, gradients)

    def learn_variables(self, weights: Sequence[Any]) -> None:
        """Take note of the weights that parameters stand for, in Keras's names and order."""
        self.variables_known.learn(weights)

    def begin(self, plan: Plan, step: int) -> None:
        """Get ready for an update of all a plan's parameters: what is done once, not by group."""

    def update(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        slots: Slots,
        rate: float,
        step: int,
    ) -> None:
        """Change the parameters by the rule.

        Args:
            parameters: all of one device and type; so are the gradients and slots beside them.
            rate: the learning rate of this update.
            step: the number of this update, from 1.
        """
        raise NotImplementedError(f"{type(self).__name__}: update must be defined.")

    def formula(self, name: str) -> Any:
        """Return what the formulas that an update follows do in the matter of a rule."""
        return rule(name, self.follows)

    def rate(self) -> float:
        """Return the learning rate of the next update."""
        chosen, iterations = self.schedule, self._updates() + self.reads_ahead.value()
        if chosen is None:
            rate = self.learning_rate.value
        elif isinstance(chosen, schedules.LearningRateSchedule):
            rate = float(chosen(iterations))
        else:
            rate = float(chosen())
        decay = self.decay.value
        return rate / (1.0 + decay * iterations) if decay else rate

    def build(self, parameters: Sequence[Tensor]) -> Plan:
        """Make the slots of parameters before the first update, and do what waited for them."""
        self._plan = self._planned(parameters)
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting(parameters)
        return self._plan

    def when_built(self, action: Callable[[Sequence[Tensor]], Any]) -> None:
        """Do something with the parameters once there are slots for them: now, or then."""
        if self._slots:
            action(list(self._slots))
        else:
            self._waiting = action

    @property
    def slot_names(self) -> tuple[str, ...]:
        """Return the names of the tensors that files hold for each parameter."""
        return ()

    @property
    def all_slot_names(self) -> tuple[str, ...]:
        """Return these names, and that of the average where one is kept."""
        return self._all_slots(self.slot_names)

    @property
    def used_slots(self) -> tuple[str, ...]:
        """Return the names of the slots that the rule reads."""
        return self.slot_names

    def new_slot(self, name: str, parameter: Tensor) -> Tensor:
        """Return a slot as it is before the first update."""
        return parameter.detach().clone() if name == "average" else torch.zeros_like(parameter)

    def holds(self, parameter: Tensor, name: str) -> bool:
        """Return whether a parameter has a slot of this name; it has all, unless a rule says."""
        return True

    def slots(self, parameter: Tensor) -> dict[str, Tensor]:
        """Return the slots of a parameter by name, made now if they are not there yet."""
        names = self.all_slot_names
        return {name: self._slot(parameter, name) for name in names if self.holds(parameter, name)}

    def places(self) -> list[Place]:
        """Return what each saved array belongs to, in the order of the era's files.

        A place is a parameter and the name of its slot, or None and the name of a number.
        """
        names = self.all_slot_names
        pair = self.together if rule("slots_by_parameter") else ()
        groups = [pair if name in pair else (name,) for name in names]
        ordered = dict.fromkeys(groups)
        numbers: list[Place] = [(None, name) for name in self.saved_numbers.value()]
        return numbers + [
            (parameter, name)
            for group in ordered
            for parameter in self._slots
            for name in group
            if self.holds(parameter, name)
        ]

    def get_weights(self) -> list[np.ndarray[Any, Any]]:
        """Return the saved arrays, slots in torch's layout, of all parameters seen so far.

        An optimizer of a script's own `get_updates` says by `self.weights` which they are.
        """
        if self.has_own_updates:
            return [np.array(it.numpy()) for it in self.own_variables()]
        return [
            np.asarray(getattr(self, name).numpy())
            if parameter is None
            else whole(self._slot(parameter, name)).detach().cpu().numpy().copy()
            for parameter, name in self.places()
        ]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set what `get_weights` returned; iterations may be missing, as before Keras 2.3.

        Raises:
            WeightError: when number or shapes differ, naming all that do.
        """
        values = [np.asarray(weight) for weight in weights]
        if self.has_own_updates:
            self._set_own(values)
            return
        places = self.places()
        if len(values) == len(places) - 1 and places[0] == (None, "iterations"):
            values = [np.asarray(0), *values]
        wanted = [() if p is None else tuple(self._slot(p, name).shape) for p, name in places]
        self._need_shapes(wanted, values)
        for (parameter, name), value in zip(places, values, strict=True):
            if parameter is None:
                getattr(self, name).assign(value.item())
            else:
                fill(self._slot(parameter, name), torch.from_numpy(np.array(value)))

    def _set_own(self, values: Sequence[np.ndarray[Any, Any]]) -> None:
        variables = self.own_variables()
        self._need_shapes([np.shape(it.numpy()) for it in variables], values)
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    def _need_shapes(self, wanted: Sequence[Any], values: Sequence[Any]) -> None:
        given = [value.shape for value in values]
        if list(wanted) != given:
            raise WeightError(
                f"{type(self).__name__}: weights must have the shapes {wanted}, got {given}."
            )

    def held_slots(self) -> dict[Tensor, dict[str, Tensor]]:
        """Return the slots of each parameter that has some by now."""
        return self._slots

    def hold_slots(self, slots: dict[Tensor, dict[str, Tensor]]) -> None:
        """Take slots in the place of all there are."""
        self._slots, self._plan = slots, None

    @torch.no_grad()
    def swap_averages(self, parameters: Sequence[Tensor]) -> None:
        """Let parameters and their running means change places."""
        for parameter in parameters:
            mean = self._slot(parameter, "average")
            kept = parameter.detach().clone()
            parameter.copy_(mean)
            mean.copy_(kept)

    @torch.no_grad()
    def keep_averages(self, parameters: Sequence[Tensor]) -> None:
        """Take the parameters as they are for their running means."""
        for parameter in parameters:
            self._slot(parameter, "average").copy_(parameter)

    def end_epoch(self, logs: Mapping[str, Any]) -> None:
        """Hear that an epoch of training is over, and what it told."""

    @torch.no_grad()
    def finalize(self, parameters: Sequence[Tensor]) -> None:
        """Put the running means in the parameters' place at the end of training."""
        if self.use_ema:
            for parameter in parameters:
                parameter.copy_(self._slot(parameter, "average"))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, those the era knows and those that are not at their default.

        An optimizer that has nothing but a script's own `get_updates` has, as in Keras up to 2.3,
        the words of clipping alone, where they are set.
        """
        if self.has_own_updates and self.arguments.keys() == Optimizer.arguments.keys():
            clipping = {name: getattr(self, name) for name in ("clipnorm", "clipvalue")}
            return {name: value for name, value in clipping.items() if value is not None}
        held = {name: getattr(self, name) for name in self.arguments}
        if "learning_rate" in held:
            held["learning_rate"] = self.schedule or self.learning_rate
        config = {
            name: to_config(held[name])
            for name, argument in self.arguments.items()
            if self._knows(name, argument) or held[name] != self._usual(argument)
        }
        if "learning_rate" in config:
            config[rule("learning_rate_name")] = config.pop("learning_rate")
        if rule("optimizer_config_is_whole"):
            config["is_legacy_optimizer"] = self.follows is not None
        if rule("optimizer_config_is_whole") or self.follows:
            config["name"] = self.name or class_name(self)
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """Return the optimizer that a config of any era describes."""
        words = inspect.signature(cls.__init__).parameters
        known = {
            "learning_rate" if name == "lr" and "lr" not in words else name: it
            for name, it in config.items()
        }
        known.pop("is_legacy_optimizer", None)
        return cls(**known)

    def _usual(self, argument: Argument) -> Any:
        """Return the default of the era in which this was made, in which files are read again."""
        with in_era(self.era):
            return argument.value_by_default()

    def _knows(self, name: str, argument: Argument) -> bool:
        if name in self.unknown.value():
            return False
        return ERAS.index(argument.since or ERAS[0]) <= ERAS.index(current_era())

    def _clipped(self, parameters: Sequence[Tensor], gradients: list[Tensor]) -> list[Tensor]:
        """Return the gradients after clipping, in the order the era clips."""
        norm, value = self.clipnorm or self.global_clipnorm, self.clipvalue
        if norm and value and self.formula("clipping_excludes"):
            value = None
        if value and self.clips_values_first:
            gradients, value = clipping.by_value(gradients, value), None
        if norm:
            norms = lengths(gradients, parameters)
            if not self.clipnorm or rule("clipnorm_is_global"):
                gradients = clipping.by_global_norm(gradients, norm, norms)
            else:
                groups = self.variables_known.groups(parameters)
                gradients = clipping.by_own_norm(gradients, norm, groups, norms)
        return clipping.by_value(gradients, value) if value else gradients

    def _average(self, group: _Group, step: int) -> None:
        means, momentum = group.slots["average"], self.ema_momentum
        if step == 1 and rule("averages_begin_behind_first_update"):
            momentum = 0.0
        torch._foreach_mul_(means, momentum)
        torch._foreach_add_(means, group.parameters, alpha=1.0 - momentum)
        if self.ema_overwrite_frequency and step % self.ema_overwrite_frequency == 0:
            torch._foreach_copy_(group.parameters, means)

    def _all_slots(self, names: tuple[str, ...]) -> tuple[str, ...]:
        gathered = ("gathered",) if self.gradient_accumulation_steps else ()
        average = ("average",) if self.use_ema else ()
        return (*average, *gathered, *names)

    def _slot(self, parameter: Tensor, name: str) -> Tensor:
        """Return a slot, made or moved to where its parameter is now."""
        known = self._slots.setdefault(parameter, {})
        slot = known.get(name)
        if slot is None:
            slot = self.new_slot(name, parameter)
        elif slot.device != parameter.device or slot.dtype != parameter.dtype:
            slot = slot.to(parameter)
        known[name] = slot
        return slot

    def _planned(self, parameters: Sequence[Tensor]) -> Plan:
        """Return the parameters in groups of one device and type, with their slots beside them."""
        names = self._all_slots(self.used_slots)
        parts = [part(parameter) for parameter in parameters]
        kinds: dict[Any, list[int]] = {}
        for place, parameter in enumerate(parameters):
            kinds.setdefault((parameter.device, parameter.dtype), []).append(place)
            self._slots.setdefault(parameter, {})
        groups = []
        for places in kinds.values():
            members = [parameters[place] for place in places]
            slots = {
                name: [part(self._slot(it, name)) for it in members if self.holds(it, name)]
                for name in names
            }
            own = [parts[place] for place in places]
            decayed = [parts[place] for place in places if self._decays(parameters[place])]
            groups.append(_Group(own, slots, places if len(kinds) > 1 else None, decayed))
        return Plan(list(parameters), parts, names, groups)


@dataclass(eq=False)
class _Group:
    """Hold parameters of one device and type, their slots and places among all.

    Attributes:
        decayed: those of them that weight decay is for.
    """

    parameters: list[Tensor]
    slots: dict[str, list[Tensor]]
    places: list[int] | None
    decayed: list[Tensor]

    def pick(self, gradients: list[Tensor]) -> list[Tensor]:
        """Return the gradients of the group."""
        places = self.places
        return gradients if places is None else [gradients[place] for place in places]


class Plan:
    """Hold the groups made for one list of parameters, while these stay where they are.

    Attributes:
        parts: what this process holds of each parameter: all of it, if they are not shared out.
    """

    def __init__(
        self, parameters: list[Tensor], parts: list[Tensor], names: tuple[str, ...],
        groups: list[_Group],
    ) -> None:  # fmt: skip
        self.parameters, self.parts = parameters, parts
        self.names, self.groups = names, groups
        self.kind = self._kind(parameters)

    def fits(self, parameters: Sequence[Tensor], names: tuple[str, ...]) -> bool:
        """Return whether these are the same parameters, on the same device, with these slots."""
        mine = self.parameters
        same = len(parameters) == len(mine) and all(map(is_, parameters, mine))
        return same and names == self.names and self._kind(parameters) == self.kind

    @staticmethod
    def _kind(parameters: Sequence[Tensor]) -> Any:
        return (parameters[0].device, parameters[0].dtype) if parameters else None
