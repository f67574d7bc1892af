"""LossScaleOptimizer: gradients of a loss made large, so that half precision keeps them.

Source: tf.keras 2.15 mixed_precision/loss_scale_optimizer.py, Keras 3.15
optimizers/loss_scale_optimizer.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from kshim.core.arguments import arg
from kshim.core.checks import anything, number, optional, true_or_false, whole_number
from kshim.core.config import to_config
from kshim.core.eras import by_era, rule
from kshim.errors import ArgumentError
from kshim.nn.shards import whole
from kshim.optimizers.base import Optimizer, Place
from kshim.optimizers.hyper import Hyper
from kshim.optimizers.names import OPTIMIZERS


class LossScaleOptimizer(Optimizer):
    """Let another optimizer update by the gradients of a loss times a factor, the loss scale.

    An update in which a gradient is infinite or no number is left out, and the scale halved; after
    `dynamic_growth_steps` updates in a row the scale is doubled. `fit` scales the loss itself; a
    loop of a script's own says `get_scaled_loss` and `get_unscaled_gradients`, or in Keras 3
    `scale_loss` and `apply`.

    Args:
        inner_optimizer: the optimizer that updates.
        dynamic: whether the scale changes; if not, `initial_scale` must be given.
        initial_scale: the scale of the first update.
        dynamic_growth_steps: after how many updates the scale is doubled.
    """

    inner_optimizer: Any = arg(anything)
    dynamic: bool = arg(true_or_false, True)
    initial_scale: float | None = arg(optional(number()), None)
    dynamic_growth_steps: int | None = arg(optional(whole_number(at_least=1)), None)

    positions = by_era(
        {
            "1.2": ("inner_optimizer", "dynamic", "initial_scale", "dynamic_growth_steps"),
            "3": ("inner_optimizer", "initial_scale", "dynamic_growth_steps", "name"),
        }
    )
    own_numbers: ClassVar[tuple[str, ...]] = ("step_counter", "dynamic_scale")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments; the scale begins at the initial one."""
        self.step_counter, self.dynamic_scale = Hyper(0), Hyper(1.0)
        super().__init__(*args, **kwargs)

    def set_arguments(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Check and keep the arguments."""
        super().set_arguments(args, kwargs)
        who = type(self).__name__
        if not isinstance(self.inner_optimizer, Optimizer) or isinstance(
            self.inner_optimizer, LossScaleOptimizer
        ):
            wanted = "an optimizer that scales no loss"
            raise ArgumentError("inner_optimizer", wanted, self.inner_optimizer, who=who)
        if self.inner_optimizer.has_own_updates:
            wanted = "one that says a step by update_step, not by a get_updates of its own"
            raise ArgumentError("inner_optimizer", wanted, self.inner_optimizer, who=who)
        if self.dynamic:
            self.initial_scale = self.initial_scale or 2.0**15
            self.dynamic_growth_steps = self.dynamic_growth_steps or 2000
        elif self.initial_scale is None or self.dynamic_growth_steps is not None:
            wanted = "given with dynamic=False, and dynamic_growth_steps not"
            raise ArgumentError("initial_scale", wanted, self.initial_scale, who=who)
        self.dynamic_scale.assign(float(self.initial_scale))
        self.inner_optimizer.loss_scale_factor = None

    @property
    def learning_rate(self) -> Any:  # type: ignore[override]
        """Return the learning rate of the optimizer inside."""
        return self.inner_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.inner_optimizer.learning_rate = value

    @property
    def schedule(self) -> Any:
        """Return the schedule of the optimizer inside, if it has one."""
        return self.inner_optimizer.schedule

    @property
    def iterations(self) -> Any:  # type: ignore[override]
        """Return how many updates the optimizer inside made."""
        return self.__dict__["inner_optimizer"].iterations

    @iterations.setter
    def iterations(self, value: Any) -> None:
        inner = self.__dict__.get("inner_optimizer")
        if inner is not None:
            inner.iterations = value

    @property
    def loss_scale(self) -> Hyper:
        """Return the factor of the loss."""
        return self.dynamic_scale

    @property
    def dynamic_counter(self) -> Hyper:
        """Return how many updates there were since the scale changed."""
        return self.step_counter

    def scale_loss(self, loss: Any) -> Any:
        """Return the loss times the scale."""
        value = loss() if callable(loss) and not isinstance(loss, Tensor) else loss
        return value * self.dynamic_scale.value

    get_scaled_loss = scale_loss

    def get_unscaled_gradients(self, grads: Sequence[Any]) -> list[Any]:
        """Return gradients over the scale; None stays None."""
        return [None if grad is None else grad / self.dynamic_scale.value for grad in grads]

    def apply(self, parameters: Sequence[Tensor], gradients: Sequence[Any]) -> None:
        """Make one update; in Keras 3 by the gradients of the scaled loss, else of the loss."""
        if any(hasattr(one, "to_torch") for one in gradients):  # as Keras 3 orders them
            self.apply_gradients(zip(parameters, gradients, strict=True))
        elif rule("loss_scale_is_taken_in_apply"):
            self.apply_scaled(parameters, gradients)
        else:
            self._apply_finite(parameters, gradients)

    def apply_scaled(
        self, parameters: Sequence[Tensor], gradients: Sequence[Tensor | None]
    ) -> None:
        """Make one update by the gradients of what `scale_loss` gave."""
        self._apply_finite(parameters, self.get_unscaled_gradients(gradients))

    def _apply_finite(
        self, parameters: Sequence[Tensor], gradients: Sequence[Tensor | None]
    ) -> None:
        """Make one update, or none where a gradient is not finite; change the scale by it."""
        given = [gradient for gradient in gradients if gradient is not None]
        finite = all(bool(whole(torch.isfinite(gradient).all())) for gradient in given)
        if finite:
            self.inner_optimizer.apply(parameters, gradients)
        if self.dynamic:
            self._rescale(finite=finite)

    def _rescale(self, *, finite: bool) -> None:
        """Double the scale behind enough updates, halve it behind one that was left out."""
        if not finite:
            least = rule("least_loss_scale")
            self.dynamic_scale.assign(max(self.dynamic_scale.value / 2.0, least))
            self.step_counter.assign(0)
        elif self.step_counter.value + 1 >= (self.dynamic_growth_steps or 0):
            self.dynamic_scale.assign(self.dynamic_scale.value * 2.0)
            self.step_counter.assign(0)
        else:
            self.step_counter.assign_add(1)

    @property
    def works_by_number(self) -> bool:  # type: ignore[override]
        """Return whether the optimizer inside does."""
        return bool(self.inner_optimizer.works_by_number)

    def exclude_from_weight_decay(
        self, var_list: Sequence[Any] | None = None, var_names: Sequence[str] | None = None
    ) -> None:
        """Let variables be free of the weight decay of the optimizer inside."""
        self.inner_optimizer.exclude_from_weight_decay(var_list, var_names)

    def held_slots(self) -> dict[Tensor, dict[str, Tensor]]:
        """Return the slots of the optimizer inside."""
        found: dict[Tensor, dict[str, Tensor]] = self.inner_optimizer.held_slots()
        return found

    def hold_slots(self, slots: dict[Tensor, dict[str, Tensor]]) -> None:
        """Let the optimizer inside take slots in the place of all there are."""
        self.inner_optimizer.hold_slots(slots)

    def build(self, parameters: Sequence[Tensor]) -> Any:
        """Make the slots of parameters before the first update."""
        return self.inner_optimizer.build(parameters)

    def when_built(self, action: Callable[[Sequence[Tensor]], Any]) -> None:
        """Do something with the parameters once there are slots for them: now, or then."""
        self.inner_optimizer.when_built(action)

    @property
    def all_slot_names(self) -> tuple[str, ...]:
        """Return the names of the slots of the optimizer inside."""
        names: tuple[str, ...] = self.inner_optimizer.all_slot_names
        return names

    def learn_variables(self, weights: Sequence[Any]) -> None:
        """Take note of the weights that parameters stand for."""
        self.inner_optimizer.learn_variables(weights)

    def slots(self, parameter: Tensor) -> dict[str, Tensor]:
        """Return the slots of a parameter in the optimizer inside."""
        found: dict[str, Tensor] = self.inner_optimizer.slots(parameter)
        return found

    def places(self) -> list[Place]:
        """Return what each saved array belongs to: the optimizer's inside, then scale and count."""
        own: list[Place] = [(None, name) for name in self.own_numbers]
        return [*self.inner_optimizer.places(), *own]

    def get_weights(self) -> list[np.ndarray[Any, Any]]:
        """Return the saved arrays of the optimizer inside, then the count and the scale."""
        own = [np.asarray(getattr(self, name).numpy()) for name in self.own_numbers]
        return [*self.inner_optimizer.get_weights(), *own]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set what `get_weights` returned."""
        values = list(weights)
        self.inner_optimizer.set_weights(values[: -len(self.own_numbers)])
        for name, value in zip(self.own_numbers, values[-len(self.own_numbers) :], strict=True):
            getattr(self, name).assign(np.asarray(value).item())

    def swap_averages(self, parameters: Sequence[Tensor]) -> None:
        """Let parameters and their running means change places."""
        self.inner_optimizer.swap_averages(parameters)

    def finalize(self, parameters: Sequence[Tensor]) -> None:
        """Put the running means in the parameters' place at the end of training."""
        self.inner_optimizer.finalize(parameters)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, the optimizer inside as a config of its own."""
        newest = rule("loss_scale_is_taken_in_apply")
        own = {"name": self.name or "loss_scale_optimizer"} if newest else {"dynamic": self.dynamic}
        return {
            **own,
            "inner_optimizer": to_config(self.inner_optimizer),
            "initial_scale": self.initial_scale,
            "dynamic_growth_steps": self.dynamic_growth_steps,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> LossScaleOptimizer:
        """Return the optimizer that a config describes, the one inside it too."""
        inner = OPTIMIZERS.make(config["inner_optimizer"])
        return cls(**{**config, "inner_optimizer": inner})
