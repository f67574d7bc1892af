"""EfficientNetV2: B0 to B3, S, M and L: inverted residual blocks, the first of them fused.

Pixels from 0 to 255 go in as they are, unless `include_preprocessing` is False.

Source: tf.keras 2.15 and Keras 3.15 applications/efficientnet_v2.py; arXiv 2104.00298.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from kshim.applications.blocks import channels_of, rounded
from kshim.applications.describing import Asked, made
from kshim.applications.imagenet_utils import (
    decode_predictions,
    pixels_as_they_are,
    standardized,
)
from kshim.applications.inverted import (
    LAST_KERNEL,
    POOLED,
    Stage,
    Style,
    stages,
    top_of,
)
from kshim.applications.stored import STORE, plain
from kshim.core.eras import by_era
from kshim.core.symbols import Symbol
from kshim.layers.preprocessing.images import Rescaling
from kshim.models import Model

__all__ = [
    "EfficientNetV2B0", "EfficientNetV2B1", "EfficientNetV2B2", "EfficientNetV2B3",
    "EfficientNetV2L", "EfficientNetV2M", "EfficientNetV2S", "decode_predictions",
    "preprocess_input",
]  # fmt: skip

preprocess_input = pixels_as_they_are(__name__)


def _rows(*given: tuple[int, int, int, int, int]) -> tuple[Stage, ...]:
    """Return stages: blocks, channels in and out, how much wider inside, steps.

    The first three are fused, all behind them weigh their channels.
    """
    return tuple(
        Stage(3, *row, 0.0 if place < 3 else 0.25, fused=place < 3)
        for place, row in enumerate(given)
    )


_B = _rows(
    (1, 32, 16, 1, 1), (2, 16, 32, 4, 2), (2, 32, 48, 4, 2),
    (3, 48, 96, 4, 2), (5, 96, 112, 6, 1), (8, 112, 192, 6, 2),
)  # fmt: skip
_S = _rows(
    (2, 24, 24, 1, 1), (4, 24, 48, 4, 2), (4, 48, 64, 4, 2),
    (6, 64, 128, 4, 2), (9, 128, 160, 6, 1), (15, 160, 256, 6, 2),
)  # fmt: skip
_M = _rows(
    (3, 24, 24, 1, 1), (5, 24, 48, 4, 2), (5, 48, 80, 4, 2),
    (7, 80, 160, 4, 2), (14, 160, 176, 6, 1), (18, 176, 304, 6, 2), (5, 304, 512, 6, 1),
)  # fmt: skip
_L = _rows(
    (4, 32, 32, 1, 1), (7, 32, 64, 4, 2), (7, 64, 96, 4, 2),
    (10, 96, 192, 4, 2), (19, 192, 224, 6, 1), (25, 224, 384, 6, 2), (7, 384, 640, 6, 1),
)  # fmt: skip
# Stages, times wider, times deeper, rows and columns of images, the files' hashes.
SIZES = {
    "B0": (_B, 1.0, 1.0, 224,
           "21ecbf6da12460d5c40bb2f29ceb2188", "893217f2bb855e2983157299931e43ff"),
    "B1": (_B, 1.0, 1.1, 240,
           "069f0534ff22adf035c89e2d9547a9dc", "0e80663031ca32d657f9caa404b6ec37"),
    "B2": (_B, 1.1, 1.2, 260,
           "424e49f28180edbde1e94797771950a7", "1dfe2e7a5d45b6632553a8961ea609eb"),
    "B3": (_B, 1.2, 1.4, 300,
           "1f1fc43bd98a6e4fd8fdfd551e02c7a0", "f6abf7b5849ac99a89b50dd3fd532856"),
    "S": (_S, 1.0, 1.0, 384,
          "e1d88a8495beba45748fedd0cecbe016", "af0682fb74e8c54910f2d4393339c070"),
    "M": (_M, 1.0, 1.0, 480,
          "a3bf6aa3276309f4fc6a34aa114c95cd", "1b8dc055df72dde80d614482840fe342"),
    "L": (_L, 1.0, 1.0, 480,
          "27e6d408b53c7ebc868fefa357689935", "b0b66b5c863aef5b46e8608fe1711615"),
}  # fmt: skip
STYLE = Style("swish", second="dwconv2", pads=False, momentum=0.9)
DROPPED = 0.2
_ARGUMENTS = (
    "include_top weights input_tensor input_shape pooling classes classifier_activation "
    "include_preprocessing"
)


def _body(
    x: Symbol, asked: Asked, *, rows: Sequence[Stage], wider: float, deeper: float, centred: bool
) -> Symbol:
    # Deeper architectures count no more blocks here than the rows do: Keras drops by this number.
    blocks = sum(row.repeats for row in rows)

    def width(filters: float) -> int:
        return rounded(filters * wider, least=0)

    if asked.own["include_preprocessing"]:
        fits = centred and channels_of(x) == 3
        x = standardized(Rescaling(1 / 255)(x)) if fits else Rescaling(1 / 128, -1.0)(x)
    x = STYLE.step(
        x, width(rows[0].filters_in), 3, "stem", "", acts=True, strides=2, padding="same"
    )
    x = stages(x, rows, STYLE, width, deeper, lambda number: DROPPED * number / blocks)
    return STYLE.step(x, width(1280), 1, "top", "", acts=True, padding="same")


def _sized(size: str) -> Callable[..., Model]:
    rows, wider, deeper, pixels, *hashes = SIZES[size]
    name = f"efficientnetv2-{size.lower()}"
    body = partial(_body, rows=rows, wider=wider, deeper=deeper, centred=size.startswith("B"))
    return made(
        f"EfficientNetV2{size}", name, body, __name__, f"Return EfficientNetV2{size}.",
        top=top_of(0.2, kernel_initializer=LAST_KERNEL), pooled=POOLED, size=pixels,
        files=plain(f"{STORE}efficientnet_v2/", name, (hashes[0], hashes[1])),
        arguments=by_era({"1.2": _ARGUMENTS, "3": f"{_ARGUMENTS} name"}),
        defaults={"include_preprocessing": True},
    )  # fmt: skip


(
    EfficientNetV2B0, EfficientNetV2B1, EfficientNetV2B2, EfficientNetV2B3,
    EfficientNetV2S, EfficientNetV2M, EfficientNetV2L,
) = map(_sized, SIZES)  # fmt: skip
