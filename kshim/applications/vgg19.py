"""VGG19: VGG16 with one more convolution in each of the last three blocks.

Source: Keras 1.2.2 applications/vgg19.py, keras_applications 1.0.8, tf.keras 2.15.
"""

from __future__ import annotations

from kshim.applications.describing import Asked, architecture
from kshim.applications.imagenet_utils import decode_predictions, pixels_in
from kshim.applications.vgg16 import LEAST, blocks_of, files_of, wide_top
from kshim.core.symbols import Symbol

__all__ = ["VGG19", "decode_predictions", "preprocess_input"]

preprocess_input = pixels_in("caffe", __name__)


@architecture(
    "vgg19",
    top=wide_top,
    least=LEAST,
    files=files_of("vgg19", "cbe5617147190e668d6c5d5026f83318", "253f8cb515780f3b799900260a226db6"),
)
def VGG19(x: Symbol, asked: Asked) -> Symbol:
    """Return VGG19: sixteen convolutions of 3x3 in five blocks, three dense layers on top."""
    return blocks_of(x, (2, 2, 4, 4, 4))
