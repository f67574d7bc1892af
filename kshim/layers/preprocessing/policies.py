"""Layers that make several changes of images at random while training; at rest images pass."""

from __future__ import annotations

from torch import nn

from kshim.core.arguments import arg
from kshim.core.checks import data_format, one_of, optional, true_or_false, whole_number
from kshim.layers.base import LAYERS
from kshim.layers.preprocessing.patching import positive
from kshim.layers.preprocessing.random_images import RandomLayer, chance, value_range
from kshim.nn import policies
from kshim.nn.augmentation import Limits


@LAYERS.register()
class RandAugment(RandomLayer):
    """Make a few changes, drawn for each batch out of eleven.

    Args:
        value_range: of the images.
        num_ops: how many.
        factor: the greatest strength, from 0 to 1, or the limits.
        interpolation: nearest or bilinear.

        >>> RandAugment()(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/rand_augment.py.
    """

    channels = (1, 3)

    value_range: Limits = arg(value_range, (0, 255))
    num_ops: int = arg(whole_number(0), 2)
    factor: Limits = arg(chance, 0.5)
    interpolation: str = arg(one_of("nearest", "bilinear"), "bilinear")
    seed: int | None = arg(optional(whole_number()), None)
    data_format: str = arg(data_format, None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return policies.RandAugment(
            self.num_ops, value_range=self.value_range, factor=self.factor,
            interpolation=self.interpolation, seed=self.seed,
        )  # fmt: skip


@LAYERS.register()
class AugMix(RandomLayer):
    """Mix images with several chains of changes of them, drawn for each batch.

    Args:
        value_range: of the images.
        num_chains: how many chains are mixed.
        chain_depth: how many changes a chain has at most.
        factor: the greatest strength, from 0 to 1, or the limits.
        alpha: how evenly chains and images are mixed.
        all_ops: whether brightness, color, contrast and sharpness are among the changes.
        interpolation: nearest or bilinear.

        >>> AugMix()(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/aug_mix.py.
    """

    channels = (1, 3)

    value_range: Limits = arg(value_range, (0, 255))
    num_chains: int = arg(whole_number(1), 3)
    chain_depth: int = arg(whole_number(0), 3)
    factor: Limits = arg(chance, 0.3)
    alpha: float = arg(positive, 1.0)
    all_ops: bool = arg(true_or_false, True)
    interpolation: str = arg(one_of("nearest", "bilinear"), "bilinear")
    seed: int | None = arg(optional(whole_number()), None)
    data_format: str = arg(data_format, None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return policies.AugMix(
            self.num_chains, self.chain_depth, self.alpha, value_range=self.value_range,
            factor=self.factor, interpolation=self.interpolation, seed=self.seed,
            colors=self.all_ops,
        )  # fmt: skip
