"""ResNet-RS, of 50 to 420 layers: residual blocks that weigh their channels, behind four windows.

Pixels from 0 to 255 go in as they are, unless `include_preprocessing` is False. Of the trained
weights there are several, for images of other sizes: `weights="imagenet-i160"`.

Source: tf.keras 2.15 applications/resnet_rs.py; arXiv 2103.07579.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from kshim.applications.blocks import (
    activation,
    channels_of,
    conv,
    excited,
    norm,
    pad,
    pool,
    summed,
)
from kshim.applications.describing import Asked, made
from kshim.applications.imagenet_utils import (
    decode_predictions,
    pixels_as_they_are,
    standardized,
)
from kshim.applications.inverted import KERNELS, POOLED, dropped, top_of
from kshim.applications.stored import STORE, Stored
from kshim.core.names import next_number
from kshim.core.symbols import Symbol
from kshim.layers.preprocessing.images import Rescaling
from kshim.models import Model

__all__ = [
    "ResNetRS101", "ResNetRS152", "ResNetRS200", "ResNetRS270", "ResNetRS350", "ResNetRS420",
    "ResNetRS50", "decode_predictions", "preprocess_input",
]  # fmt: skip

preprocess_input = pixels_as_they_are(__name__)

FILTERS = (64, 128, 256, 512)
# Filters and steps of the four windows in front.
STEM = ((32, 2), (32, 1), (64, 1), (64, 2))
# Blocks of the four stages, the top's dropout, the greatest share of samples that leave a block
# out in training; hashes of the files by the size of images.
SIZES = {
    50: ((3, 4, 6, 3), 0.25, 0.0, {
          160: ("69d9d925319f00a8bdd4af23c04e4102", "90daa68cd26c95aa6c5d25451e095529"),
    }),
    101: ((3, 4, 23, 3), 0.25, 0.0, {
          160: ("544b3434d00efc199d66e9058c7f3379", "82d5b90c5ce9d710da639d6216d0f979"),
          192: ("eb285be29ab42cf4835ff20a5e3b5d23", "f9a0f6b85faa9c3db2b6e233c4eebb5b"),
    }),
    152: ((3, 8, 36, 3), 0.25, 0.0, {
          192: ("8d72a301ed8a6f11a47c4ced4396e338", "5fbf7ac2155cb4d5a6180ee9e3aa8704"),
          224: ("31a46a92ab21b84193d0d71dd8c3d03b", "dc8b2cba2005552eafa3167f00dc2133"),
          256: ("ba6271b99bdeb4e7a9b15c05964ef4ad", "fa79794252dbe47c89130f65349d654a"),
    }),
    200: ((3, 24, 36, 3), 0.25, 0.1, {
          256: ("a76930b741884e09ce90fa7450747d5f", "bbdb3994718dfc0d1cd45d7eff3f3d9c"),
    }),
    270: ((4, 29, 53, 4), 0.25, 0.1, {
          256: ("20d575825ba26176b03cb51012a367a8", "2c42ecb22e35f3e23d2f70babce0a2aa"),
    }),
    350: ((4, 36, 72, 4), 0.4, 0.1, {
          256: ("f4a039dc3c421321b7fc240494574a68", "6e44b55025bbdff8f51692a023143d66"),
          320: ("7ccb858cc738305e8ceb3c0140bee393", "ab0c1f9079d2f85a9facbd2c88aa6079"),
    }),
    420: ((4, 44, 87, 4), 0.4, 0.1, {
          320: ("ae0eb9bed39e64fc8d7e0db4018dc7e8", "fe6217c32be8305b1889657172b98884"),
    }),
}  # fmt: skip
_ARGUMENTS = (
    "include_top weights classes input_shape input_tensor pooling classifier_activation "
    "include_preprocessing"
)


def _normed(x: Symbol, name: str) -> Symbol:
    # tf.keras makes these with a momentum of 0: the running means are the last batch's.
    return norm(x, name, momentum=0.0, epsilon=1e-5)


def _conv(x: Symbol, filters: int, size: int, name: str, strides: int = 1) -> Symbol:
    if strides > 1:
        x = pad(x, (((size - 1) // 2, size // 2),) * 2)
    return conv(
        x, filters, size, name, strides=strides, padding="same" if strides == 1 else "valid",
        use_bias=False, kernel_initializer=KERNELS,
    )  # fmt: skip


def _body(x: Symbol, asked: Asked, *, depths: Sequence[int], share: float) -> Symbol:
    if asked.own["include_preprocessing"]:
        x = Rescaling(scale=1 / 255)(x)
        if channels_of(x) == 3:
            x = standardized(x)
    x = _stem(x, f"stem_{next_number('stem_')}_stem")
    for stage, (depth, filters) in enumerate(zip(depths, FILTERS, strict=True), start=2):
        drop = share * stage / (len(depths) + 1)
        for place in range(depth):
            name = f"BlockGroup{stage}__block_{place}_"
            strides = 2 if stage > 2 and place == 0 else 1
            x = _block(x, filters, name, strides=strides, first=place == 0, drop=drop)
    return x


def _stem(x: Symbol, name: str) -> Symbol:
    """Put four convolutions of 3x3: a quarter of rows and columns."""
    for place, (filters, strides) in enumerate(STEM, start=1):
        x = _conv(x, filters, 3, f"{name}_conv_{place}", strides)
        x = activation(_normed(x, f"{name}_batch_norm_{place}"), "relu", f"{name}_act_{place}")
    return x


def _block(x: Symbol, filters: int, name: str, *, strides: int, first: bool, drop: float) -> Symbol:
    """Add three convolutions, their channels weighed, to what comes in, or to one of it."""
    came = x
    if first:
        if strides == 2:
            came = pool(x, "avg", 2, f"{name}_projection_pooling", strides=2, padding="same")
        came = _conv(came, 4 * filters, 1, f"{name}_projection_conv")
        came = _normed(came, f"{name}_projection_batch_norm")
    # The name of the first normalisation has one underscore less.
    x = _normed(_conv(x, filters, 1, f"{name}_conv_1"), f"{name}batch_norm_1")
    x = activation(x, "relu", f"{name}_act_1")
    x = _normed(_conv(x, filters, 3, f"{name}_conv_2", strides), f"{name}_batch_norm_2")
    x = activation(x, "relu", f"{name}_act_2")
    x = _normed(_conv(x, 4 * filters, 1, f"{name}_conv_3"), f"{name}_batch_norm_3")
    x = excited(x, filters, f"{name}_se_", "relu", kernel_initializer=KERNELS)
    x = summed([dropped(x, drop, f"{name}_drop"), came])
    return activation(x, "relu", f"{name}_output_act")


def _file(asked: Asked, *, name: str, hashes: Mapping[int, tuple[str, str]]) -> Stored:
    size = int(str(asked.weights).rpartition("i")[2])
    file = f"{name}-i{size}{'' if asked.include_top else '_notop'}.h5"
    return Stored(file, f"{STORE}resnet_rs/{file}", hashes[size][0 if asked.include_top else 1])


def _sized(depth: int) -> Callable[..., Model]:
    depths, rate, share, hashes = SIZES[depth]
    name = f"resnet-rs-{depth}"
    sets = [f"imagenet-i{size}" for size in hashes]
    return made(
        f"ResNetRS{depth}", name, partial(_body, depths=depths, share=share), __name__,
        f"Return ResNetRS{depth}: {sum(depths)} residual blocks.",
        top=top_of(rate), pooled=POOLED, files=partial(_file, name=name, hashes=hashes),
        trained={"imagenet": sets[-1]} | {word: word for word in sets},
        arguments=_ARGUMENTS, defaults={"include_preprocessing": True},
    )  # fmt: skip


(
    ResNetRS50, ResNetRS101, ResNetRS152, ResNetRS200, ResNetRS270, ResNetRS350, ResNetRS420,
) = map(_sized, SIZES)  # fmt: skip
