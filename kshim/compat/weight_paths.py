"""The URLs of trained weights, under the names they had in Keras's own modules.

`keras.applications.vgg16.WEIGHTS_PATH`, and from Keras 1 `TF_WEIGHTS_PATH` and `TH_WEIGHTS_PATH`,
each also with `_NO_TOP`. They are what the architecture of the era in force would fetch.

Source: Keras 1.2.2 and 2.0.8 applications, keras_applications 1.0.8.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from kshim.applications import (
    VGG16,
    VGG19,
    InceptionV3,
    MobileNet,
    MusicTaggerCRNN,
    ResNet50,
    Xception,
)
from kshim.applications.describing import Asked
from kshim.applications.imagenet_utils import CLASSES
from kshim.core.settings import in_data_format

_SHAPE = (224, 224, 3)  # of the images that weights were trained on
_FORMATS = {"TF": "channels_last", "TH": "channels_first", "WEIGHTS": "channels_last"}


class Paths:
    """Give, for each name, what returns the URL in the era in force."""

    def __init__(self, function: Any) -> None:
        self._architecture = function.architecture

    def __getattr__(self, name: str) -> Callable[[], str]:
        """Return what returns the URL, to be asked each time."""
        return partial(self._path, _FORMATS[name.partition("_")[0]], not name.endswith("_NO_TOP"))

    def folder(self) -> str:
        """Return the URL of the folder that the files are in."""
        return self._path("channels_last", True).rpartition("/")[0] + "/"

    def _path(self, data_format: str, include_top: bool) -> str:
        given = self._architecture.defaults
        asked = Asked(include_top, "imagenet", None, _SHAPE, None, 1000, "softmax", None, given)
        with in_data_format(data_format):
            return str(self._architecture.file(asked).origin)


def class_index() -> str:
    """Return the URL of the file with the names of ImageNet's classes."""
    return str(CLASSES.value().origin)


vgg16, vgg19, resnet50 = Paths(VGG16), Paths(VGG19), Paths(ResNet50)
inception_v3, xception = Paths(InceptionV3), Paths(Xception)
mobilenet, music_tagger_crnn = Paths(MobileNet), Paths(MusicTaggerCRNN)
