"""Losses as objects: a formula with its arguments, and the reduction to one number.

A loss of the user's own subclasses `Loss` and gives `call(y_true, y_pred)`.

Source: Keras 2.3.1, tf.keras 2.15 losses.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from torch import Tensor

from kshim.core.arguments import Argument, Declared, arg, signature
from kshim.core.checks import anything, number, one_of, optional, text, true_or_false, whole_number
from kshim.core.eras import by_era
from kshim.errors import ArgumentError, NotSupported
from kshim.losses import crossentropy, margins, regions, regression
from kshim.losses.names import LOSSES, function_name, get
from kshim.losses.reduction import Reduction, reduced
from kshim.losses.tensors import as_tensor, class_numbers, same_rank

_REDUCTION = by_era({"1.2": "sum_over_batch_size", "2.15": "auto", "3": "sum_over_batch_size"})


def _between_nought_and_one(value: Any) -> float:
    """Take a number between 0 and 1, neither of them allowed."""
    if not isinstance(value, int | float) or not 0 < value < 1:
        raise ArgumentError("q", "a number between 0 and 1, both left out", value)
    return float(value)


class InBodyOrder(Declared):
    """Take arguments by position in the order of the class body, then of the base classes."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Collect the arguments, and put the class's own first."""
        own = [name for name, value in vars(cls).items() if isinstance(value, Argument)]
        super().__init_subclass__(**options)
        cls.arguments = {name: cls.arguments[name] for name in (*own, *cls.arguments)}
        if own and "__init__" not in vars(cls):
            cls.__signature__ = signature(cls.arguments)  # type: ignore[attr-defined]


class Loss(InBodyOrder):
    """Compare targets with predictions; subclasses give `call(y_true, y_pred)`.

    Args:
        reduction: sum_over_batch_size (the mean; auto is the same), sum, or none.
    """

    reduction: str = arg(one_of(*Reduction.all()), _REDUCTION)
    name: str | None = arg(optional(text), None)

    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        sample_weight: Any | None = None,
        mask: Any | None = None,
    ) -> Tensor:
        """Return the loss, weighted and reduced."""
        per_sample = self.call(as_tensor(y_true), as_tensor(y_pred))
        return reduced(per_sample, sample_weight, mask, self.reduction)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Return one value for each sample."""
        raise NotSupported(f"{type(self).__name__}: a Loss must define call(y_true, y_pred).")


class LossFunctionWrapper(Loss):
    """Make a loss object of a function and further arguments for it."""

    function: Callable[..., Tensor]

    def __init__(
        self,
        fn: Any,
        reduction: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Keep the function and its arguments."""
        given = {} if reduction is None else {"reduction": reduction}
        self.function = self.fn = get(fn)
        super().__init__(name=name or function_name(self.fn), **given)
        self.options = kwargs

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Return one value for each sample."""
        y_true, y_pred = same_rank(y_true, y_pred)
        return self.function(y_true, y_pred, **self.options)

    def get_config(self) -> dict[str, Any]:
        """Return the function's name and all arguments."""
        return {"fn": function_name(self.fn), **super().get_config(), **self.options}


class FunctionLoss(Loss):
    """Stand for one of Keras's loss functions; declared arguments go to the function."""

    function: ClassVar[Callable[..., Tensor]]
    called: ClassVar[str] = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments; the name is the function's, unless given."""
        super().__init__(*args, **kwargs)
        if self.name is None:
            self.name = self.called or function_name(type(self).function)

    @property
    def options(self) -> dict[str, Any]:
        """Return the arguments of the function."""
        own = (name for name in self.arguments if name not in Loss.arguments)
        return {name: getattr(self, name) for name in own}

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Return one value for each sample."""
        y_true, y_pred = same_rank(y_true, y_pred)
        return type(self).function(y_true, y_pred, **self.options)


@LOSSES.register()
class MeanSquaredError(FunctionLoss):
    """Compute the mean of squared errors."""

    function = staticmethod(regression.mean_squared_error)


@LOSSES.register()
class MeanAbsoluteError(FunctionLoss):
    """Compute the mean of absolute errors."""

    function = staticmethod(regression.mean_absolute_error)


@LOSSES.register()
class MeanAbsolutePercentageError(FunctionLoss):
    """Compute the mean of errors in percent of the targets."""

    function = staticmethod(regression.mean_absolute_percentage_error)


@LOSSES.register()
class MeanSquaredLogarithmicError(FunctionLoss):
    """Compute the mean of squared differences of logarithms."""

    function = staticmethod(regression.mean_squared_logarithmic_error)


@LOSSES.register()
class LogCosh(FunctionLoss):
    """Compute the mean of log(cosh(error))."""

    function = staticmethod(regression.log_cosh)


@LOSSES.register()
class KLDivergence(FunctionLoss):
    """Compute how far one distribution is from another."""

    function = staticmethod(regression.kl_divergence)


@LOSSES.register()
class Poisson(FunctionLoss):
    """Compute the Poisson loss of counts."""

    function = staticmethod(regression.poisson)


@LOSSES.register()
class Hinge(FunctionLoss):
    """Compute the hinge loss of labels -1 and 1."""

    function = staticmethod(margins.hinge)


@LOSSES.register()
class SquaredHinge(FunctionLoss):
    """Compute the squared hinge loss of labels -1 and 1."""

    function = staticmethod(margins.squared_hinge)


@LOSSES.register()
class CategoricalHinge(FunctionLoss):
    """Compute the hinge loss between the right class and the best wrong one."""

    function = staticmethod(margins.categorical_hinge)


@LOSSES.register()
class Huber(FunctionLoss):
    """Compute a loss that is square up to `delta` and straight beyond it."""

    function = staticmethod(regression.huber)
    called = "huber_loss"
    delta: float = arg(number(), 1.0)


@LOSSES.register()
class CosineSimilarity(FunctionLoss):
    """Compute minus the cosine of the angle between targets and predictions."""

    function = staticmethod(regression.cosine_similarity)
    called = "cosine_similarity"
    axis: int = arg(whole_number(), -1)


@LOSSES.register()
class BinaryCrossentropy(FunctionLoss):
    """Compute the crossentropy of answers that are yes or no."""

    function = staticmethod(crossentropy.binary_crossentropy)
    from_logits: bool = arg(true_or_false, False)
    label_smoothing: float = arg(number(at_least=0, at_most=1), 0.0)
    axis: int = arg(whole_number(), -1)


@LOSSES.register()
class CategoricalCrossentropy(FunctionLoss):
    """Compute the crossentropy of one-hot targets."""

    function = staticmethod(crossentropy.categorical_crossentropy)
    from_logits: bool = arg(true_or_false, False)
    label_smoothing: float = arg(number(at_least=0, at_most=1), 0.0)
    axis: int = arg(whole_number(), -1)


@LOSSES.register()
class SparseCategoricalCrossentropy(FunctionLoss):
    """Compute the crossentropy of targets that are numbers of classes.

    Args:
        ignore_class: a number that stands for no class; it counts in no mean.
    """

    function = staticmethod(crossentropy.sparse_categorical_crossentropy)
    from_logits: bool = arg(true_or_false, False)
    ignore_class: int | None = arg(optional(whole_number()), None)

    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        sample_weight: Any | None = None,
        mask: Any | None = None,
    ) -> Tensor:
        """Return the loss, weighted and reduced over the targets that stand for a class."""
        if self.ignore_class is not None:
            known = class_numbers(y_true, as_tensor(y_pred)) != self.ignore_class
            mask = known if mask is None else known & as_tensor(mask).bool()
        return super().__call__(y_true, y_pred, sample_weight, mask)


@LOSSES.register()
class BinaryFocalCrossentropy(FunctionLoss):
    """Compute binary crossentropy that weighs what is already right by little."""

    function = staticmethod(crossentropy.binary_focal_crossentropy)
    apply_class_balancing: bool = arg(true_or_false, False)
    alpha: float = arg(number(), 0.25)
    gamma: float = arg(number(), 2.0)
    from_logits: bool = arg(true_or_false, False)
    label_smoothing: float = arg(number(at_least=0, at_most=1), 0.0)
    axis: int = arg(whole_number(), -1)


@LOSSES.register()
class CategoricalFocalCrossentropy(FunctionLoss):
    """Compute categorical crossentropy that weighs what is already right by little."""

    function = staticmethod(crossentropy.categorical_focal_crossentropy)
    alpha: float = arg(number(), 0.25)
    gamma: float = arg(number(), 2.0)
    from_logits: bool = arg(true_or_false, False)
    label_smoothing: float = arg(number(at_least=0, at_most=1), 0.0)
    axis: int = arg(whole_number(), -1)


@LOSSES.register()
class Dice(FunctionLoss):
    """Compute how little two regions share, twice over the size of both."""

    function = staticmethod(regions.dice)
    axis: Any = arg(anything, None)


@LOSSES.register()
class Tversky(FunctionLoss):
    """Compute how little two regions share; what is missed and wrongly found weighs apart."""

    function = staticmethod(regions.tversky)
    alpha: float = arg(number(), 0.5)
    beta: float = arg(number(), 0.5)
    axis: Any = arg(anything, None)


@LOSSES.register()
class CategoricalGeneralizedCrossEntropy(FunctionLoss):
    """Compute a loss of class numbers that bears wrong ones among them."""

    function = staticmethod(regions.categorical_generalized_cross_entropy)
    q: float = arg(_between_nought_and_one, 0.5)


@LOSSES.register()
class Circle(FunctionLoss):
    """Compute how badly embeddings of length 1 stand near their class and far from the others."""

    function = staticmethod(regions.circle)
    gamma: float = arg(number(), 80.0)
    margin: float = arg(number(), 0.4)
    remove_diagonal: bool = arg(true_or_false, True)

    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        sample_weight: Any | None = None,
        mask: Any | None = None,
    ) -> Tensor:
        """Return the loss, reduced over the samples that have both kinds beside them."""
        per_sample = self.call(as_tensor(y_true), as_tensor(y_pred))
        told = per_sample > 0 if mask is None else (per_sample > 0) & as_tensor(mask).bool()
        return reduced(per_sample, sample_weight, told, self.reduction)


@LOSSES.register()
class CTC(FunctionLoss):
    """Compute how unlikely labels are under logits of steps that they are not aligned with."""

    function = staticmethod(regions.ctc)
