"""`ImageDataGenerator`: folders of pictures, options, errors (its numbers are recorded)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kshim.core.eras import in_era
from kshim.errors import ArgumentError, NotSupported, ShapeError
from kshim.preprocessing.image import ImageDataGenerator, Iterator

X = np.arange(5 * 2 * 3 * 1, dtype="float32").reshape(5, 2, 3, 1)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """Three pictures of cats, two of dogs; the pixels of each hold its number."""
    for number, name in enumerate(["cat/0", "cat/1", "cat/sub/2", "dog/3", "dog/4"]):
        place = tmp_path / "data" / f"{name}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((4, 5, 3), number, "uint8")).save(place)
    (tmp_path / "data" / "dog" / "notes.txt").touch()
    return str(tmp_path / "data")


@pytest.mark.parametrize(
    ("mode", "targets"),
    [
        ("categorical", [[1, 0], [1, 0], [1, 0], [0, 1], [0, 1]]),
        ("binary", [0, 0, 0, 1, 1]),
        ("sparse", [0, 0, 0, 1, 1]),
    ],
)
def test_a_folder_gives_pictures_and_classes(
    folder: str, mode: str, targets: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    flow = ImageDataGenerator().flow_from_directory(
        folder, target_size=(2, 3), class_mode=mode, shuffle=False
    )
    x, y = next(flow)
    assert capsys.readouterr().out == "Found 5 images belonging to 2 classes.\n"
    assert x.shape == (5, 2, 3, 3)
    np.testing.assert_array_equal(x[:, 0, 0, 0], [0, 1, 2, 3, 4])
    np.testing.assert_array_equal(y, targets)
    assert flow.filenames == ["cat/0.png", "cat/1.png", "cat/sub/2.png", "dog/3.png", "dog/4.png"]
    assert flow.class_indices == {"cat": 0, "dog": 1}
    assert (flow.samples, flow.num_classes, flow.labels.tolist()) == (5, 2, [0, 0, 0, 1, 1])


def test_a_folder_gives_pictures_alone_or_as_their_own_targets(folder: str) -> None:
    made = ImageDataGenerator(rescale=0.5, data_format="channels_first")
    alone = made.flow_from_directory(
        folder, (2, 3), "grayscale", class_mode=None, shuffle=False, classes=["dog"]
    )
    np.testing.assert_array_equal(next(alone)[:, 0, 1, 2], [1.5, 2])
    x, y = next(made.flow_from_directory(folder, (2, 3), class_mode="input", batch_size=2))
    assert x.shape == (2, 3, 2, 3)
    np.testing.assert_array_equal(x, y)


def test_each_class_of_a_folder_is_split(folder: str) -> None:
    made = ImageDataGenerator(validation_split=0.5)
    parts = {
        part: made.flow_from_directory(folder, subset=part).filenames
        for part in ("training", "validation")
    }
    assert parts == {
        "validation": ["cat/0.png", "dog/3.png"],
        "training": ["cat/1.png", "cat/sub/2.png", "dog/4.png"],
    }


def test_other_arrays_and_weights_go_with_the_images() -> None:
    flow = ImageDataGenerator().flow(
        (X, [np.arange(5), np.arange(5) * 2]),
        np.arange(5) * 3,
        sample_weight=np.arange(5) * 4,
        batch_size=3,
    )
    (x, one, two), y, weights = next(flow)
    np.testing.assert_array_equal(x, X[one])
    np.testing.assert_array_equal([two, y, weights], [one * 2, one * 3, one * 4])


def test_every_round_has_every_image_once() -> None:
    flow = ImageDataGenerator().flow(X, batch_size=2)
    for _ in range(2):
        seen = np.concatenate([next(flow)[:, 0, 0, 0] for _ in range(len(flow))])
        assert sorted(seen) == X[:, 0, 0, 0].tolist()


def test_pictures_are_saved_where_asked(tmp_path: Path) -> None:
    flow = ImageDataGenerator().flow(
        X, batch_size=5, shuffle=False, save_to_dir=str(tmp_path), save_prefix="a"
    )
    next(flow)
    assert sorted(one.name.rsplit("_", 1)[0] for one in tmp_path.iterdir()) == [
        f"a_{number}" for number in range(5)
    ]


def test_a_preprocessing_function_sees_the_changed_image() -> None:
    made = ImageDataGenerator(preprocessing_function=lambda x: x + 100, rescale=2.0)
    np.testing.assert_array_equal(next(made.flow(X, shuffle=False)), (X + 100) * 2)


def test_what_is_learned_by_fit_is_used_before_fit_with_a_warning() -> None:
    made = ImageDataGenerator(featurewise_std_normalization=True)
    with pytest.warns(UserWarning) as told:
        np.testing.assert_allclose(made.standardize(X[1].copy()), X[1])
    assert [str(one.message).split()[1] for one in told] == ["mean", "std"]


def test_brightness_keeps_an_image_in_its_range_from_tf_keras_on() -> None:
    x = np.full((2, 3, 3), 40.0, "float32")
    for era, wanted in (("2.2", 0), ("2.15", 20)):
        with in_era(era):
            changed = ImageDataGenerator().apply_transform(x, {"brightness": 0.5})
        np.testing.assert_array_equal(changed, np.full_like(x, wanted))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"zoom_range": (1, 2, 3)}, "zoom_range must be one or two numbers"),
        ({"brightness_range": 0.5}, "brightness_range must be two numbers, got 0.5"),
        ({"data_format": "last"}, "data_format must be one of channels_last, channels_first"),
        ({"validation_split": 1.5}, "validation_split must be from 0 to 1, got 1.5"),
    ],
)
def test_a_wrong_argument_is_named(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        ImageDataGenerator(**arguments)


def test_arrays_that_do_not_fit_are_named(folder: str) -> None:
    made = ImageDataGenerator(validation_split=0.4)
    with pytest.raises(ShapeError, match=r"y must be as long as x \(5\), got 4"):
        made.flow(X, np.ones(4))
    with pytest.raises(ShapeError, match="sample_weight must be as long"):
        made.flow(X, np.ones(5), sample_weight=np.ones(3))
    with pytest.raises(ShapeError, match="4 axes"):
        made.flow(X[0])
    with pytest.raises(ShapeError, match="4 axes"):
        made.fit(X[0])
    with pytest.raises(ArgumentError, match="y must be shuffled"):
        made.flow(X, [0, 0, 1, 1, 1], subset="training")
    with pytest.raises(ArgumentError, match="subset must be 'training' or 'validation'"):
        made.flow(X, subset="test")
    with pytest.raises(ArgumentError, match="class_mode must be one of"):
        made.flow_from_directory(folder, class_mode="one_hot")
    with pytest.raises(ArgumentError, match="color_mode must be one of"):
        made.flow_from_directory(folder, color_mode="bgr")
    with pytest.raises(ArgumentError, match="index must be below 3, got 3"):
        made.flow(X, batch_size=2)[3]


def test_an_iterator_of_ones_own_must_make_the_batches() -> None:
    with pytest.raises(NotSupported, match="must define _get_batches_of_transformed_samples"):
        next(Iterator(3, 2, False, None))
