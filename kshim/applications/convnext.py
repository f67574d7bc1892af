"""ConvNeXt Tiny to XLarge: convolutions of 7x7 for each channel, dense layers, learned scales.

Pixels from 0 to 255 go in as they are, unless `include_preprocessing` is False. Channels stand
last.

Source: tf.keras 2.15 and Keras 3.15 applications/convnext.py; arXiv 2201.03545.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from kshim.applications.blocks import activation, channels_of, conv, plus, pool_all
from kshim.applications.describing import Asked, made
from kshim.applications.imagenet_utils import (
    decode_predictions,
    pixels_as_they_are,
    standardized,
)
from kshim.applications.stored import STORE, plain
from kshim.core.eras import by_era
from kshim.core.settings import image_data_format
from kshim.core.symbols import Symbol
from kshim.errors import NotSupported
from kshim.layers.convolution import Conv2D
from kshim.layers.core import Dense
from kshim.layers.normalization import LayerNormalization
from kshim.layers.residual import LayerScale
from kshim.models import Model, Sequential

__all__ = [
    "ConvNeXtBase", "ConvNeXtLarge", "ConvNeXtSmall", "ConvNeXtTiny", "ConvNeXtXLarge",
    "decode_predictions", "preprocess_input",
]  # fmt: skip

preprocess_input = pixels_as_they_are(__name__)

# Blocks of the four stages, channels of the four stages, hashes of the files.
SIZES = {
    "Tiny": ((3, 3, 9, 3), (96, 192, 384, 768),
             "8ae6e78ce2933352b1ef4008e6dd2f17bc40771563877d156bc6426c7cf503ff",
             "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1"),
    "Small": ((3, 3, 27, 3), (96, 192, 384, 768),
              "ce1277d8f1ee5a0ef0e171469089c18f5233860ceaf9b168049cb9263fd7483c",
              "6fc8009faa2f00c1c1dfce59feea9b0745eb260a7dd11bee65c8e20843da6eab"),
    "Base": ((3, 3, 27, 3), (128, 256, 512, 1024),
             "52cbb006d3dadd03f6e095a8ca1aca47aecdd75acb4bc74bce1f5c695d0086e6",
             "40a20c5548a5e9202f69735ecc06c990e6b7c9d2de39f0361e27baeb24cb7c45"),
    "Large": ((3, 3, 27, 3), (192, 384, 768, 1536),
              "070c5ed9ed289581e477741d3b34beffa920db8cf590899d6d2c67fba2a198a6",
              "96f02b6f0753d4f543261bc9d09bed650f24dd6bc02ddde3066135b63d23a1cd"),
    "XLarge": ((3, 3, 27, 3), (256, 512, 1024, 2048),
               "c1f5ccab661354fc3a79a10fa99af82f0fbf10ec65cb894a3ae0815f17a889ee",
               "de3f8a54174130e0cecdc71583354753d557fcf1f4487331558e2a16ba0cfe05"),
}  # fmt: skip
FIRST_SCALE = 1e-6
_WORDS = "weights input_tensor input_shape pooling classes classifier_activation"
_ARGUMENTS = by_era(
    {
        "1.2": f"model_name include_top include_preprocessing {_WORDS}",
        "3": f"include_top include_preprocessing {_WORDS} name",
    }
)


def _normed(name: str | None = None) -> LayerNormalization:
    return LayerNormalization(epsilon=1e-6, name=name)


def _body(
    x: Symbol, asked: Asked, *, depths: Sequence[int], widths: Sequence[int], usual: str
) -> Symbol:
    name = _name(asked, usual)
    if asked.own["include_preprocessing"] and channels_of(x) == 3:
        x = standardized(x, 255, f"{name}_prestem_normalization")
    for stage, (depth, width) in enumerate(zip(depths, widths, strict=True)):
        x = _narrowed(stage, width, name)(x)
        for place in range(depth):
            x = _block(x, width, f"{name}_stage_{stage}_block_{place}")
    return x


def _narrowed(stage: int, width: int, name: str) -> Sequential:
    """Return the layers in front of a stage, by which rows and columns become fewer."""
    if stage == 0:
        stem = [Conv2D(width, 4, strides=4, name=f"{name}_stem_conv"),
                _normed(f"{name}_stem_layernorm")]  # fmt: skip
        return Sequential(stem, name=f"{name}_stem")
    part, place = f"{name}_downsampling", stage - 1
    return Sequential(
        [
            _normed(f"{part}_layernorm_{place}"),
            Conv2D(width, 2, strides=2, name=f"{part}_conv_{place}"),
        ],
        name=f"{part}_block_{place}",
    )


def _block(x: Symbol, width: int, name: str) -> Symbol:
    """Convolve each channel by itself, mix the channels of each cell, scale, and add."""
    came = x
    x = conv(x, width, 7, f"{name}_depthwise_conv", padding="same", groups=width)
    x = Dense(4 * width, name=f"{name}_pointwise_conv_1")(_normed(f"{name}_layernorm")(x))
    x = activation(x, "gelu", f"{name}_gelu")
    x = Dense(width, name=f"{name}_pointwise_conv_2")(x)
    x = LayerScale(FIRST_SCALE, width, name=f"{name}_layer_scale")(x)
    # No architecture of Keras's leaves branches out: StochasticDepth would stand here.
    x = activation(x, "linear", f"{name}_identity")
    return plus(came, x)


def _top(x: Symbol, asked: Asked, *, usual: str) -> Symbol:
    name = f"{_name(asked, usual)}_head"
    x = _normed(f"{name}_layernorm")(pool_all(x, "avg", f"{name}_gap"))
    return Dense(asked.classes, activation=asked.classifier_activation, name=f"{name}_dense")(x)


def _name(asked: Asked, usual: str) -> str:
    return str(asked.own.get("model_name") or asked.name or usual)


def _check(asked: Asked, *, called: str) -> None:
    if image_data_format() != "channels_last":
        raise NotSupported(
            f"{called}: image_data_format must be channels_last, got {image_data_format()}. "
            "Call K.set_image_data_format('channels_last') before."
        )


def _sized(size: str) -> Callable[..., Model]:
    depths, widths, *hashes = SIZES[size]
    called, usual = f"ConvNeXt{size}", f"convnext_{size.lower()}"
    channels = ", ".join(map(str, widths))
    return made(
        called, partial(_name, usual=usual),
        partial(_body, depths=depths, widths=widths, usual=usual), __name__,
        f"Return {called}: {sum(depths)} blocks in stages of {channels} channels.",
        top=partial(_top, usual=usual), closing=lambda x: _normed()(x),
        files=plain(f"{STORE}convnext/", usual, (hashes[0], hashes[1])),
        arguments=_ARGUMENTS, check=partial(_check, called=called),
        defaults={"model_name": None, "include_preprocessing": True},
    )  # fmt: skip


ConvNeXtTiny, ConvNeXtSmall, ConvNeXtBase, ConvNeXtLarge, ConvNeXtXLarge = map(_sized, SIZES)
