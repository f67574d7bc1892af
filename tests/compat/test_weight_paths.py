"""The URLs of trained weights are those that the real Kerases had in their modules."""

from __future__ import annotations

import importlib

import pytest

from kshim.compat import finder
from kshim.core.eras import in_era

RELEASES = "https://github.com/fchollet/deep-learning-models/releases/download/"
# Printed by Keras 1.2.2 and 2.0.8; the endings stand for those of TensorFlow's order and Theano's.
FOLDERS = {
    ("1.2", "vgg16"): "v0.1", ("1.2", "vgg19"): "v0.1", ("1.2", "resnet50"): "v0.2",
    ("1.2", "inception_v3"): "v0.2", ("1.2", "xception"): "v0.4",
    ("2.0", "vgg16"): "v0.1", ("2.0", "vgg19"): "v0.1", ("2.0", "resnet50"): "v0.2",
    ("2.0", "inception_v3"): "v0.5", ("2.0", "xception"): "v0.4",
}  # fmt: skip
OTHERS = {
    ("1.2", "music_tagger_crnn", "TF_WEIGHTS_PATH"): (
        f"{RELEASES}v0.3/music_tagger_crnn_weights_tf_kernels_tf_dim_ordering.h5"
    ),
    ("1.2", "music_tagger_crnn", "TH_WEIGHTS_PATH"): (
        f"{RELEASES}v0.3/music_tagger_crnn_weights_tf_kernels_th_dim_ordering.h5"
    ),
    ("2.0", "mobilenet", "BASE_WEIGHT_PATH"): f"{RELEASES}v0.6/",
    ("1.2", "imagenet_utils", "CLASS_INDEX_PATH"): (
        "https://s3.amazonaws.com/deep-learning-models/image-models/imagenet_class_index.json"
    ),
}


@pytest.fixture(autouse=True)
def served():
    finder.install()
    yield
    finder.uninstall()


def read(era: str, module: str, name: str) -> str:
    with in_era(era):
        return getattr(importlib.import_module(f"keras.applications.{module}"), name)


@pytest.mark.parametrize(("era", "module"), FOLDERS)
def test_a_module_names_the_files_of_its_era(era: str, module: str) -> None:
    def url(order: str, ending: str = "") -> str:
        name = f"{module}_weights_{order}_dim_ordering_{order}_kernels{ending}.h5"
        return f"{RELEASES}{FOLDERS[era, module]}/{name}"

    both = era == "1.2" or module == "xception"
    first = "TF_WEIGHTS_PATH" if both else "WEIGHTS_PATH"
    assert read(era, module, first) == url("tf")
    assert read(era, module, f"{first}_NO_TOP") == url("tf", "_notop")
    if era == "1.2" and module != "xception":
        assert read(era, module, "TH_WEIGHTS_PATH") == url("th")
        assert read(era, module, "TH_WEIGHTS_PATH_NO_TOP") == url("th", "_notop")


@pytest.mark.parametrize(("era", "module", "name"), OTHERS)
def test_folders_and_lists_are_named_too(era: str, module: str, name: str) -> None:
    assert read(era, module, name) == OTHERS[era, module, name]
