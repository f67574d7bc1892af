"""One sound call of every public layer: its arguments, and what it is called on."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from torch import nn

from kshim import layers
from kshim.errors import KshimError
from kshim.layers import LSTM, ConvLSTM2DCell, Dense, Input, LSTMCell

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Sound:
    """Hold the arguments of a layer, and the shapes of samples that it takes.

    ``apart`` says that the inputs are arguments of their own, not one list; no shapes at all say
    that the thing is no layer of a graph by itself, as a cell is.
    """

    arguments: dict[str, Any] = field(default_factory=dict)
    shapes: tuple[Shape, ...] = ()
    dtype: str | None = None
    apart: bool = False


def sound(*shapes: Shape, dtype: str | None = None, apart: bool = False, **arguments: Any) -> Sound:
    """Return a row of the table."""
    return Sound(arguments, shapes, dtype, apart)


FLAT, STEPS, IMAGE, BLOCK = (4,), (5, 4), (5, 6, 4), (5, 6, 7, 4)
COLORED = (5, 6, 3)
BY_RANK = {1: STEPS, 2: IMAGE, 3: BLOCK}


def _of_every_rank() -> dict[str, Sound]:
    """Return the families that have a layer for one, two and three axes."""
    rows: dict[str, Sound] = {}
    for rank, shape in BY_RANK.items():
        rows |= {f"{kind}{rank}D": sound(shape) for kind in ("ZeroPadding", "UpSampling")}
        rows |= {f"{kind}Pooling{rank}D": sound(shape) for kind in (
            "Max", "Average", "GlobalMax", "GlobalAverage",
        )}  # fmt: skip
        rows |= {f"Adaptive{kind}Pooling{rank}D": sound(shape, output_size=2) for kind in (
            "Max", "Average",
        )}  # fmt: skip
        rows[f"Cropping{rank}D"] = sound(shape, cropping=1)
        rows[f"SpatialDropout{rank}D"] = sound(shape, rate=0.5)
        rows |= {f"Conv{rank}D{kind}": sound(shape, filters=2, kernel_size=3) for kind in (
            "", "Transpose",
        )}  # fmt: skip
        rows[f"ConvLSTM{rank}D"] = sound((3, *shape), filters=2, kernel_size=3)
    for rank in (1, 2):
        rows |= {f"{kind}{rank}D": sound(BY_RANK[rank], filters=2, kernel_size=3) for kind in (
            "SeparableConv", "LocallyConnected", "AtrousConvolution",
        )}  # fmt: skip
        rows[f"DepthwiseConv{rank}D"] = sound(BY_RANK[rank], kernel_size=3)
    return rows


# The same layer under several names stands here once.
SOUND: dict[str, Sound] = {
    **_of_every_rank(),
    "Activation": sound(FLAT, activation="relu"),
    "ActivityRegularization": sound(FLAT, l2=0.1),
    "Add": sound(FLAT, FLAT),
    "AdditiveAttention": sound((3, 4), (5, 4)),
    "AlphaDropout": sound(FLAT, rate=0.5),
    "Attention": sound((3, 4), (5, 4)),
    "AugMix": sound(COLORED),
    "AutoContrast": sound(IMAGE),
    "Average": sound(FLAT, FLAT),
    "BatchNormalization": sound(FLAT),
    "Bidirectional": sound(STEPS, layer=LSTM(3)),
    "CategoryEncoding": sound(FLAT, num_tokens=5),
    "CenterCrop": sound(IMAGE, height=3, width=2),
    "Concatenate": sound(FLAT, FLAT),
    "ContrastLimitedAdaptiveHistogramEqualization": sound(IMAGE),
    "ConvLSTM2DCell": sound(filters=2, kernel_size=3),
    "ConvRNN2D": sound((3, *IMAGE), cell=ConvLSTM2DCell(2, 3)),
    "CuDNNGRU": sound(STEPS, units=3),
    "CuDNNLSTM": sound(STEPS, units=3),
    "CutMix": sound(IMAGE),
    "Deconvolution2D": sound(IMAGE, filters=2, kernel_size=(3, 3), output_shape=(None, 7, 8, 2)),
    "Dense": sound(FLAT, units=3),
    "Discretization": sound(FLAT, bin_boundaries=[1.0, 2.0]),
    "Dot": sound(FLAT, FLAT, axes=1),
    "Dropout": sound(FLAT, rate=0.5),
    "ELU": sound(FLAT),
    "EinsumDense": sound(FLAT, equation="ab,bc->ac", output_shape=3),
    "Embedding": sound(FLAT, input_dim=7, output_dim=3),
    "Equalization": sound(IMAGE),
    "Flatten": sound(STEPS),
    "GRU": sound(STEPS, units=3),
    "GRUCell": sound(units=3),
    "GaussianDropout": sound(FLAT, rate=0.5),
    "GaussianNoise": sound(FLAT, stddev=0.5),
    "GroupNormalization": sound(STEPS, groups=2),
    "GroupQueryAttention": sound(
        (3, 4), (5, 4), head_dim=3, num_query_heads=4, num_key_value_heads=2, apart=True
    ),
    "HashedCrossing": sound((1,), (1,), num_bins=5, dtype="int64"),
    "Hashing": sound(FLAT, num_bins=5, dtype="int64"),
    "Highway": sound(FLAT),
    "Identity": sound(FLAT),
    "InputLayer": sound(input_shape=FLAT),
    "IntegerLookup": sound(FLAT, vocabulary=[1, 2, 3], dtype="int64"),
    "LSTM": sound(STEPS, units=3),
    "LSTMCell": sound(units=3),
    "Lambda": sound(FLAT, function=lambda x: x * 2),
    "LayerNormalization": sound(FLAT),
    "LeakyReLU": sound(FLAT),
    "Masking": sound(STEPS),
    "MaxNumBoundingBoxes": sound(IMAGE, max_number=3),
    "Maximum": sound(FLAT, FLAT),
    "MaxoutDense": sound(FLAT, output_dim=3),
    "MelSpectrogram": sound((64,), fft_length=16, num_mel_bins=3),
    "Merge": sound(FLAT, FLAT, mode="sum"),
    "Minimum": sound(FLAT, FLAT),
    "MixUp": sound(IMAGE),
    "MultiHeadAttention": sound((3, 4), (5, 4), num_heads=2, key_dim=3, apart=True),
    "Multiply": sound(FLAT, FLAT),
    "Normalization": sound(FLAT),
    "PReLU": sound(FLAT),
    "ParametricSoftplus": sound(FLAT),
    "Permute": sound(STEPS, dims=(2, 1)),
    "Pipeline": sound(IMAGE, layers=[layers.Rescaling(0.5)]),
    "RMSNormalization": sound(FLAT),
    "RNN": sound(STEPS, cell=LSTMCell(3)),
    "RandAugment": sound(COLORED),
    "RandomBrightness": sound(IMAGE, factor=0.2),
    "RandomColorDegeneration": sound(COLORED, factor=0.2),
    "RandomColorJitter": sound(COLORED, brightness_factor=0.2),
    "RandomContrast": sound(IMAGE, factor=0.2),
    "RandomCrop": sound(IMAGE, height=3, width=2),
    "RandomElasticTransform": sound(IMAGE),
    "RandomErasing": sound(IMAGE),
    "RandomFlip": sound(IMAGE),
    "RandomGaussianBlur": sound(IMAGE),
    "RandomGrayscale": sound(COLORED),
    "RandomHeight": sound(IMAGE, factor=0.2),
    "RandomHue": sound(COLORED, factor=0.2),
    "RandomInvert": sound(IMAGE),
    "RandomPerspective": sound(IMAGE),
    "RandomPosterization": sound(IMAGE, factor=3),
    "RandomRotation": sound(IMAGE, factor=0.2),
    "RandomSaturation": sound(COLORED, factor=0.2),
    "RandomSharpness": sound(IMAGE, factor=0.2),
    "RandomShear": sound(IMAGE, x_factor=0.2),
    "RandomTranslation": sound(IMAGE, height_factor=0.2, width_factor=0.2),
    "RandomWidth": sound(IMAGE, factor=0.2),
    "RandomZoom": sound(IMAGE, height_factor=0.2),
    "ReLU": sound(FLAT),
    "RepeatVector": sound(FLAT, n=3),
    "Rescaling": sound(IMAGE, scale=0.5),
    "Reshape": sound(FLAT, target_shape=(2, 2)),
    "Resizing": sound(IMAGE, height=3, width=2),
    "ReversibleEmbedding": sound(FLAT, input_dim=7, output_dim=3),
    "SReLU": sound(FLAT),
    "STFTSpectrogram": sound((20, 2), frame_length=8),
    "SimpleRNN": sound(STEPS, units=3),
    "SimpleRNNCell": sound(units=3),
    "Softmax": sound(FLAT),
    "Solarization": sound(IMAGE),
    "SpectralNormalization": sound(FLAT, layer=Dense(3)),
    "StackedRNNCells": sound(cells=[LSTMCell(3), LSTMCell(2)]),
    "StringLookup": sound((1,), vocabulary=["a", "b"], dtype="string"),
    "Subtract": sound(FLAT, FLAT),
    "TextVectorization": sound((1,), vocabulary=["a", "b"], dtype="string"),
    "ThresholdedReLU": sound(FLAT),
    "TimeDistributed": sound(STEPS, layer=Dense(3)),
    "TimeDistributedDense": sound(STEPS, units=3),
    "TorchModuleWrapper": sound(FLAT, module=nn.Linear(4, 3)),
    "UnitNormalization": sound(FLAT),
}


def class_of(name: str) -> Any:
    """Return the class of a layer."""
    return getattr(layers, name)


def layer_of(name: str, /, **more: Any) -> Any:
    """Return a new layer with its sound arguments, some of them others."""
    return class_of(name)(**copy.deepcopy(SOUND[name].arguments) | more)


def run(layer: str, shapes: Sequence[Shape] | None = None, /, **more: Any) -> Any:
    """Return what a layer makes of symbols: of the shapes it takes, or of others."""
    row, made = SOUND[layer], layer_of(layer, **more)
    inputs = [Input(shape, dtype=row.dtype) for shape in shapes or row.shapes]
    if row.apart or not inputs:
        return made(*inputs) if inputs else made
    return made(inputs if len(inputs) != 1 else inputs[0])


def refusal(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> str:
    """Return what a refusal says: one line, an error of kshim's."""
    with pytest.raises(KshimError) as caught:
        function(*args, **kwargs)
    words = str(caught.value)
    assert "\n" not in words and words[-1] in ".?"
    return words
