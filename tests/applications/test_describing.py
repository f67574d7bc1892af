"""Arguments of architectures: their order by era, their checks, the shape of images."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import pytest

from kshim import layers
from kshim.applications.blocks import conv, norm, relu
from kshim.applications.describing import Asked, architecture, classes_of_means
from kshim.applications.shapes import obtain_input_shape
from kshim.applications.stored import STORE, kernels
from kshim.core.eras import in_era
from kshim.core.settings import set_image_data_format
from kshim.core.symbols import Symbol
from kshim.errors import ArgumentError, FileError, UnexpectedArgument


@architecture("tiny", files=kernels(f"{STORE}tiny/", "tiny"), top=classes_of_means("top"))
def Tiny(x: Symbol, asked: Asked) -> Symbol:
    """Return one convolution."""
    return relu(norm(conv(x, 8, 3, "conv", padding="same"), "bn"), "relu")


@pytest.fixture
def channels_first():
    set_image_data_format("channels_first")
    yield
    set_image_data_format("channels_last")


def names(model: object) -> list[str]:
    return [layer.name for layer in model.layers][1:]


def test_a_description_becomes_a_function_with_a_top() -> None:
    model = Tiny(weights=None, classes=5)
    assert model.name == "tiny"
    assert names(model) == ["conv", "bn", "relu", "avg_pool", "top"]
    assert model.input_shape == (None, 224, 224, 3)
    assert model.output_shape == (None, 5)


def test_without_a_top_images_or_means_or_greatest_come_out() -> None:
    assert Tiny(include_top=False, weights=None).output_shape == (None, None, None, 8)
    small = Tiny(include_top=False, weights=None, input_shape=(32, 40, 1), pooling="max")
    assert small.output_shape == (None, 8)
    assert names(small)[-1] == "global_max_pooling2d"


@pytest.mark.usefixtures("channels_first")
def test_channels_may_stand_first() -> None:
    model = Tiny(include_top=False, weights=None, input_shape=(3, 32, 40))
    assert model.output_shape == (None, 8, 32, 40)


def test_a_symbol_is_taken_for_the_images() -> None:
    images = layers.Input((32, 32, 3), name="mine")
    inside = layers.Lambda(lambda x: x * 2)(images)
    model = Tiny(include_top=False, weights=None, input_tensor=inside)
    assert model.layers[0].name == "mine"
    assert model.inputs[0] is images


@pytest.mark.parametrize(
    ("era", "order"),
    [
        ("1.2", "include_top weights input_tensor input_shape classes"),
        ("2.0", "include_top weights input_tensor input_shape pooling classes"),
        ("2.15", "include_top weights input_tensor input_shape pooling classes "
                 "classifier_activation"),
    ],
)  # fmt: skip
def test_arguments_stand_in_the_order_of_the_era(era: str, order: str) -> None:
    values = {"include_top": True, "weights": None, "input_tensor": None, "input_shape": None,
              "pooling": None, "classes": 7, "classifier_activation": None}  # fmt: skip
    with in_era(era):
        model = Tiny(*[values[word] for word in order.split()])
        with pytest.raises(UnexpectedArgument, match="arguments must be at most"):
            Tiny(*[values[word] for word in order.split()], "more", "more", "more")
    assert model.output_shape == (None, 7)


def test_modules_that_keras_applications_was_handed_pass_by() -> None:
    with in_era("2.2"):
        assert Tiny(weights=None, backend=1, layers=2, models=3, utils=4, classes=2)


def test_the_signature_is_that_of_the_newest_keras() -> None:
    words = inspect.signature(Tiny).parameters
    assert list(words)[-1] == "name"
    assert words["classes"].default == 1000


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"weights": "imagnet"}, "Tiny: weights must be None, 'imagenet' or the path of a file, "
                                 "got 'imagnet'"),
        ({"classes": 10}, "Tiny: classes must be 1000 with weights='imagenet' and include_top"),
        ({"weights": None, "pooling": "mean"}, "Tiny: pooling must be None, 'avg' or 'max'"),
        ({"classifier_activation": "relu"}, "Tiny: classifier_activation must be 'softmax' or "
                                            "None with trained weights"),
        ({"weights": None, "include_top": False, "input_shape": (31, 64, 3)},
         r"Tiny: input_shape must be at least 32x32, got \(31, 64, 3\)"),
        ({"include_top": False, "input_shape": (64, 64, 1)},
         r"Tiny: input_shape must be one of 3 channels, got \(64, 64, 1\)"),
        ({"input_shape": (64, 64, 3)},
         r"Tiny: input_shape must be \(224, 224, 3\) with include_top=True, got \(64, 64, 3\)"),
        ({"weights": None, "input_shape": (64, 64)}, "must be a tuple of three whole numbers"),
        ({"weights": None, "input_shape": (None, 64, 3)}, "must be known in full"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(words: dict, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        Tiny(**words)


def test_an_unknown_word_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnexpectedArgument, match=r"got 'clases'\. Did you mean 'classes'\?"):
        Tiny(clases=4)


def test_odd_channels_are_told_of() -> None:
    with pytest.warns(UserWarning, match="takes images of 1 or 3 channels as a rule, and got 4"):
        assert Tiny(weights=None, include_top=False, input_shape=(32, 32, 4)).output_shape[-1] == 8


def test_keras_1_fixes_the_shape_with_a_top_and_the_channels_without() -> None:
    with in_era("1.2"):
        assert obtain_input_shape(None, 224, 48, "tf", True) == (224, 224, 3)
        assert obtain_input_shape(None, 224, 48, dim_ordering="th", include_top=False) == (
            3, None, None,
        )  # fmt: skip
        with pytest.raises(ArgumentError, match=r"must be \(3, 224, 224\) with include_top=True"):
            obtain_input_shape((3, 99, 99), 224, 48, dim_ordering="th", include_top=True)
        with pytest.raises(ArgumentError, match="must be one of 3 channels"):
            obtain_input_shape((99, 99, 1), 224, 48, "tf", False)


def test_trained_weights_that_are_not_there_are_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr("kshim.utils.downloads._opened", _no_network)
    name = "tiny_weights_tf_dim_ordering_tf_kernels_notop.h5"
    wanted = (
        rf"Tiny: weights='imagenet': needs the file {name}, which is not in {tmp_path}/models and "
        rf"could not be fetched\. Put it there from {STORE}tiny/{name}"
    )
    with pytest.raises(FileError, match=wanted):
        Tiny(include_top=False)


def test_trained_weights_in_the_cache_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    kept = Tiny(weights=None)
    path = tmp_path / "models" / "tiny_weights_tf_dim_ordering_tf_kernels.h5"
    kept.save_weights(str(path))
    for weights in ("imagenet", str(path)):
        for one, other in zip(Tiny(weights=weights).get_weights(), kept.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)


def _no_network(*_: object) -> None:
    raise ConnectionError("no network")
