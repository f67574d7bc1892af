"""The optimizers of tf.keras before 2.11, kept below `optimizers.legacy` since.

They have the defaults of tf.keras and the formulas of Keras 2.3, divide the rate by `decay`, and
know neither weight decay nor running means of the parameters.

Source: tf.keras 2.15 optimizers/legacy/, measured.
"""

from __future__ import annotations

from typing import Any, ClassVar

from kshim.core.arguments import arg, signature
from kshim.core.checks import number
from kshim.core.eras import by_era
from kshim.core.registry import Registry
from kshim.optimizers import adam, adaptive, descent
from kshim.optimizers.base import Optimizer as Optimizer

_CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")
_SHARED = (*_CLIPPING, "name", "decay")


class Older(Optimizer):
    """Follow the formulas of Keras 2.3, with what all optimizers before tf.keras 2.11 share."""

    follows = "2.3"
    clips_values_first = True
    unknown: ClassVar[Any] = by_era({"1.2": _CLIPPING})  # in configs only where they are set
    weight_decay: float | None = None
    use_ema = False
    ema_momentum = 0.99
    ema_overwrite_frequency: int | None = None
    loss_scale_factor: float | None = None
    gradient_accumulation_steps: int | None = None
    jit_compile = False

    def __init_subclass__(cls, **options: Any) -> None:
        """Leave out the arguments that came later; `name` stands behind the rule's own."""
        super().__init_subclass__(**options)
        own = [name for name in cls.arguments if name not in Optimizer.arguments]
        kept = (*own, "name", *_SHARED)
        cls.arguments = {name: cls.arguments[name] for name in kept}
        cls.positions = by_era({"1.2": (*own, "name")})
        cls.__signature__ = signature(cls.arguments)  # type: ignore[attr-defined]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        config = super().get_config()
        config.pop("is_legacy_optimizer", None)
        return config


class SGD(Older, descent.SGD):
    """Step against the gradient, with momentum."""


class RMSprop(Older, adaptive.RMSprop):
    """Divide the gradient by the root of a running mean of its square, plus epsilon."""


class Adagrad(Older, adaptive.Adagrad):
    """Divide the gradient by the root of the sum of all its squares, plus epsilon."""


class Adadelta(Older, adaptive.Adadelta):
    """Divide the gradient by the root of its mean square, times that of the steps."""


class Adam(Older, adam.Adam):
    """Step by the mean of the gradient over the root of its mean square."""


class Adamax(Older, adam.Adamax):
    """Step by the mean of the gradient over its greatest size, which fades."""


class Nadam(Older, adam.Nadam):
    """Step as Adam does, with the momentum of the next step already in it.

    Args:
        schedule_decay: how fast the momentum rises; `decay` in configs.
        decay: understood, without effect.
    """

    schedule_decay: float = arg(number(), 0.004)

    def rate(self) -> float:
        """Return the learning rate, which does not fall."""
        self.decay.assign(0.0)
        return super().rate()

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        config = super().get_config()
        return config | {"decay": config.pop("schedule_decay")}


class Ftrl(Older, adaptive.Ftrl):
    """Follow the regularised leader."""


LEGACY = Registry("optimizer", ignore_case=True)
for _rule in (SGD, RMSprop, Adagrad, Adadelta, Adam, Adamax, Nadam, Ftrl):
    LEGACY.register()(_rule)
