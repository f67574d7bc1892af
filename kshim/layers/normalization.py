"""Normalisation: by the batch's statistics, by each sample's, or by those of the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from kshim import constraints, initializers, regularizers
from kshim.core.arguments import arg
from kshim.core.checks import (
    anything,
    is_several,
    number,
    one_of,
    several_whole_numbers,
    true_or_false,
    whole_number,
)
from kshim.core.eras import by_era, rule
from kshim.core.settings import epsilon
from kshim.core.shapes import Shape, known_axis
from kshim.errors import ArgumentError, Shown, StateError, UnexpectedArgument
from kshim.layers.base import LAYERS, Layer
from kshim.layers.channels import behind_batch, permuted
from kshim.layers.history import History
from kshim.layers.preprocessing.data import DataLayer, batches
from kshim.layers.spec import InputSpec
from kshim.nn.normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d, SampleNormalization
from kshim.nn.standardization import Standardization

_MODES = by_era({"1.2": (0, 1, 2), "2.0": (0,)})
_MODULES: dict[int, Any] = {2: BatchNorm1d, 3: BatchNorm1d, 4: BatchNorm2d}


def single_axis(value: Any) -> int:
    """Take one axis, also as tf.keras writes it to files: [3]."""
    alone = value[0] if isinstance(value, list | tuple) and len(value) == 1 else value
    axis: int = whole_number()(alone)
    return axis


def mode_of_era(value: Any) -> int:
    """Take a way to normalise: Keras 1 had three, later Kerases have the first."""
    mode: int = one_of(*_MODES.value())(value)
    return mode


def kept_axes(value: Any) -> tuple[int, ...] | None:
    """Take one axis or several; a list of none is None, as tf.keras writes it to files."""
    none = value is None or (is_several(value) and not len(value))
    return None if none else several_whole_numbers(value)


@LAYERS.register()
class BatchNormalization(Layer):
    """Give each channel the mean `beta` and the deviation `gamma` over a batch.

    Training takes the batch's own mean and variance, and moves the moving ones towards them:
    moving = momentum * moving + (1 - momentum) * batch. At rest the moving ones are taken. Which
    variance moves, and what a frozen layer does, depends on the era.

    Shapes:
        x, y: any rank from 2 up; gamma, beta, moving_mean, moving_variance: (size of the axis,)

    Args:
        axis: of the channels.
        center, scale: whether there is a beta, a gamma.
        mode: Keras 1's; 1 normalises the last axis of each sample for itself, 2 by the batch's
            statistics at rest too; neither keeps any.

        >>> BatchNormalization()(Input((4,))).shape
        (None, 4)

    Source: Keras 2.2.4 layers/normalization.py, tf.keras 2.15; older names from 1.2.2.
    """

    axis: int = arg(single_axis, -1)
    momentum: float = arg(number(0, 1), 0.99)
    epsilon: float = arg(number(0), 1e-3)
    center: bool = arg(true_or_false, True)
    scale: bool = arg(true_or_false, True)
    beta_initializer: Any = arg(initializers.of_weight, "zeros", was="beta_init")
    gamma_initializer: Any = arg(initializers.of_weight, "ones", was="gamma_init")
    moving_mean_initializer: Any = arg(initializers.of_weight, "zeros")
    moving_variance_initializer: Any = arg(initializers.of_weight, "ones")
    beta_regularizer: Any = arg(regularizers.get, None)
    gamma_regularizer: Any = arg(regularizers.get, None)
    beta_constraint: Any = arg(constraints.get, None)
    gamma_constraint: Any = arg(constraints.get, None)
    # Keras 1's mode, and tf.keras's ways to compute the same.
    mode: int = arg(mode_of_era, 0, saved=False)
    fused: Any = arg(anything, None, saved=False)
    synchronized: bool = arg(true_or_false, False, since="2.15", saved=False)

    supports_masking = True
    needs_float32 = True
    acts_otherwise_in_training = True
    input_spec = InputSpec(min_ndim=2)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values; the mode only where it is not the usual one."""
        return super().get_config() | ({"mode": self.mode} if self.mode else {})

    def build(self, input_shape: Shape) -> None:
        """Make the torch module with scale, shift and moving statistics."""
        rank = len(input_shape)
        size = known_axis(self.who, input_shape, self.axis)
        axis = self.axis % rank
        fused = axis in rule("fused_normalization_axes").get(rank, ())
        self.fused_kernel = fused and self.variable_dtype != "float64"  # TensorFlow has none
        self.order, self.back = behind_batch(axis, rank) if self.mode != 1 else (None, None)
        self.norm = self._module(size, rank)
        self.gamma = self.weight("gamma", self.norm.weight) if self.scale else None
        self.beta = self.weight("beta", self.norm.bias) if self.center else None
        self.moving_mean = self.weight("moving_mean", self.norm.running_mean, trainable=False)
        self.moving_variance = self.weight(
            "moving_variance", self.norm.running_var, trainable=False
        )
        self.input_spec = InputSpec(ndim=rank, axes={axis: size})

    def _module(self, size: int, rank: int) -> Any:
        """Return the torch module for the axis of a size in inputs of a rank."""
        least = rule("fused_least_epsilon") if self.fused_kernel else 0.0
        options: dict[str, Any] = {
            "eps": max(self.epsilon, least), "scale": self.scale, "center": self.center,
            "dtype": self.torch_dtype,
        }  # fmt: skip
        if self.mode == 1:
            return SampleNormalization(size, **options)
        return _MODULES.get(rank, BatchNorm3d)(
            size, momentum=1 - self.momentum, tracks=self.mode == 0, **options,
            variance=rule("moving_variance_fused" if self.fused_kernel else "moving_variance"),
            zero_debias=rule("moving_statistics_zero_debias"),
            when_frozen="batch" if rule("frozen_normalization") == "batch" else "inference",
        )  # fmt: skip

    def apply_trainable(self) -> None:
        """Let the torch module know whether it is frozen."""
        super().apply_trainable()
        if self.built or "norm" in self._modules:
            frozen = not self.trainable and rule("frozen_normalization", self.era) != "train"
            self.norm.frozen = frozen

    @property
    def updates(self) -> list[Any]:
        """Return the moving statistics, as long as training moves them."""
        moves = self.built and self.trainable and self.mode == 0
        told = [node.kwargs.get("training") for node in self.inbound_nodes]
        still = bool(told) and all(one in (0, False) and one is not None for one in told)
        own = [self.moving_mean, self.moving_variance] if moves and not still else []
        return own + super().updates

    @updates.setter
    def updates(self, values: Any) -> None:
        History.updates.fset(self, values)  # type: ignore[attr-defined]

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the normalised inputs."""
        given = permuted(inputs, self.order)
        if mask is None or self.fused_kernel or not rule("normalization_skips_masked_steps"):
            return permuted(self.norm(given), self.back)
        ones = (1,) * (inputs.dim() - mask.dim())
        spread = torch.reshape(mask, (*mask.shape, *ones))
        return permuted(self.norm(given, permuted(spread, self.order)), self.back)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape


@LAYERS.register()
class LayerNormalization(Layer):
    """Give each sample the mean `beta` and the deviation `gamma` over some of its axes.

    Shapes:
        x, y: any rank from 2 up; gamma, beta: the sizes of the axes

    Args:
        axis: one axis or several, over which mean and variance are taken together.
        center, scale: whether there is a beta, a gamma.

        >>> LayerNormalization()(Input((4,))).shape
        (None, 4)

    Source: tf.keras 2.15 layers/normalization/layer_normalization.py.
    """

    axis: tuple[int, ...] = arg(several_whole_numbers, -1)
    epsilon: float = arg(number(0), 1e-3)
    center: bool = arg(true_or_false, True)
    scale: bool = arg(true_or_false, True)
    beta_initializer: Any = arg(initializers.of_weight, "zeros")
    gamma_initializer: Any = arg(initializers.of_weight, "ones")
    beta_regularizer: Any = arg(regularizers.get, None)
    gamma_regularizer: Any = arg(regularizers.get, None)
    beta_constraint: Any = arg(constraints.get, None)
    gamma_constraint: Any = arg(constraints.get, None)

    supports_masking = True
    needs_float32 = True

    def build(self, input_shape: Shape) -> None:
        """Make the torch module with scale and shift."""
        rank = len(input_shape)
        sizes = [known_axis(self.who, input_shape, axis) for axis in self.axis]
        axes = [axis % rank for axis in self.axis]
        rest = [axis for axis in range(rank) if axis not in axes]
        order = (*rest, *axes)
        self.order = None if order == tuple(range(rank)) else order
        self.back = None if self.order is None else tuple(map(order.index, range(rank)))
        self.norm = nn.LayerNorm(sizes, self.epsilon, bias=self.center, dtype=self.torch_dtype)
        if not self.scale:
            self.norm.register_parameter("weight", None)
        self.gamma = self.weight("gamma", self.norm.weight) if self.scale else None
        self.beta = self.weight("beta", self.norm.bias) if self.center else None
        self.input_spec = InputSpec(ndim=rank, axes=dict(zip(axes, sizes, strict=True)))

    def call(self, inputs: Tensor) -> Tensor:
        """Return the normalised inputs."""
        return permuted(self.norm(permuted(inputs, self.order)), self.back)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape


@LAYERS.register()
class Normalization(DataLayer):
    """Shift and scale features by the mean and variance of data shown to `adapt`.

        y = (x - mean) / max(sqrt(variance), K.epsilon())

    Shapes:
        x, y: (batch, ...), the same; mean, variance: the sizes of the axes, count: ()

    Args:
        axis: the axis or axes whose every index has statistics of its own; None for one mean and
            one variance of everything.
        mean, variance: known statistics, in the place of `adapt`.
        invert: undo it instead.

        >>> Normalization()(Input((4,))).shape
        (None, 4)

    Source: tf.keras 2.15 layers/preprocessing/normalization.py.
    """

    axis: Any = arg(kept_axes, -1)
    mean: Any = arg(anything, None)
    variance: Any = arg(anything, None)
    invert: bool = arg(true_or_false, False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Keep the statistics, if they are known."""
        super().__init__(*args, **kwargs)
        if (self.mean is None) != (self.variance is None):
            raise UnexpectedArgument(
                f"{self.who}: mean and variance must be given together, got one of them."
            )
        self.input_mean, self.input_variance = self.mean, self.variance

    def build(self, input_shape: Shape) -> None:
        """Make the torch module with the statistics."""
        rank = len(input_shape)
        kept = sorted(axis % rank for axis in self.axis or ())
        if 0 in kept or any(not -rank < axis < rank for axis in self.axis or ()):
            raise ArgumentError("axis", "an axis behind the batch", self.axis, who=self.who)
        sizes = [known_axis(self.who, input_shape, axis) for axis in kept]
        spread = [int(input_shape[axis] or 0) if axis in kept else 1 for axis in range(rank)]
        self.kept = kept
        self.input_spec = InputSpec(ndim=rank, axes=dict(zip(kept, sizes, strict=True)))
        self.statistics = Standardization(
            sizes, spread if sizes else (), self.invert, epsilon(), dtype=self.torch_dtype
        )
        if self.input_mean is None:
            self._show_statistics()
        else:
            self._take_statistics(sizes)

    def call(self, inputs: Tensor) -> Tensor:
        """Return the standardised inputs."""
        outputs: Tensor = self.statistics(inputs)
        return outputs

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Measure mean and variance of data: an array, a tensor or batches of them.

        Args:
            steps: how many batches to take of endless ones.

        Raises:
            StateError: when the statistics were given to the constructor.
        """
        if self.input_mean is not None:
            raise StateError(f"{self.who}: cannot adapt, for mean and variance were given.")
        for place, given in enumerate(batches(self.who, data, steps)):
            if not isinstance(given, Tensor):
                raise ArgumentError("data", "an array of numbers", Shown("texts"), who=self.who)
            batch = given
            # One number a sample is a single feature.
            values = torch.unsqueeze(batch, -1) if batch.dim() == 1 and self.axis else batch
            self.build_once((None, *values.shape[1:]))
            if place == 0:
                self.statistics.reset()
            reduced = [axis for axis in range(values.dim()) if axis not in self.kept]
            self.statistics.measure(values.to(self.statistics.mean.device), reduced)
        if not rule("adapt_counts", self.era):
            self.statistics.count.zero_()

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values."""
        known = {"mean": self.input_mean, "variance": self.input_variance}
        lists = {key: None if it is None else np.asarray(it).tolist() for key, it in known.items()}
        return super().get_config() | lists

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape

    def _show_statistics(self) -> None:
        """Show what `adapt` measures as weights."""
        for key in ("mean", "variance", "count"):
            tensor = getattr(self.statistics, key)
            setattr(self, key, self.weight(key, tensor, trainable=False))

    def _take_statistics(self, sizes: list[int]) -> None:
        """Write the given statistics, one number standing for all, into the torch module."""
        for key, value in (("mean", self.input_mean), ("variance", self.input_variance)):
            held = getattr(self.statistics, key)
            given = torch.as_tensor(np.asarray(value), dtype=held.dtype)
            held.copy_(given.reshape(sizes) if given.numel() > 1 else given.flatten()[0])
