"""Layers that set the contrast of images by how often each value occurs in them."""

from __future__ import annotations

from torch import nn

from kshim.core.arguments import arg
from kshim.core.checks import data_format, number, numbers, whole_number
from kshim.layers.base import LAYERS
from kshim.layers.preprocessing.random_images import RandomLayer, value_range
from kshim.nn import histograms
from kshim.nn.augmentation import Limits


@LAYERS.register()
class AutoContrast(RandomLayer):
    """Stretch the values of each channel over the whole range, at rest too.

    As in Keras 3.15, with the channels first it is each column that is stretched.

    Args:
        value_range: of the images.

        >>> AutoContrast()(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/auto_contrast.py.
    """

    value_range: Limits = arg(value_range, (0, 255))
    data_format: str = arg(data_format, None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        # Keras seeks along the second and the third axis, wherever the channels stand.
        axes = (2, 3) if self.data_format == "channels_last" else (1, 2)
        return histograms.AutoContrast(self.value_range, axes)


@LAYERS.register()
class Equalization(RandomLayer):
    """Let all values of a channel occur about as often, while training.

    Values are counted over all images of a batch.

    Args:
        value_range: of the images.
        bins: how many values are told apart.

        >>> Equalization()(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/equalization.py.
    """

    value_range: Limits = arg(value_range, (0, 255))
    bins: int = arg(whole_number(1), 256)
    data_format: str = arg(data_format, None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return histograms.Equalization(self.value_range, self.bins)


@LAYERS.register()
class ContrastLimitedAdaptiveHistogramEqualization(RandomLayer):
    """Let all values occur about as often around each place, at rest too.

    Args:
        value_range: of the images.
        clip_limit: how many times as often as on average a value may count; 0 for no limit.
        tile_grid_size: how many tiles, each with its own counts, there are down and across.

        >>> layer = ContrastLimitedAdaptiveHistogramEqualization()
        >>> layer(Input((5, 6, 3))).shape
        (None, 5, 6, 3)

    Source: Keras 3.15 layers/preprocessing/image_preprocessing/clahe.py.
    """

    value_range: Limits = arg(value_range, (0, 255))
    clip_limit: float = arg(number(0), 4.0)
    tile_grid_size: tuple[int, int] = arg(numbers(2), (8, 8))
    data_format: str = arg(data_format, None)

    def module(self) -> nn.Module:
        """Return the torch module."""
        return histograms.ContrastLimitedEqualization(
            self.value_range, self.clip_limit, self.tile_grid_size
        )
