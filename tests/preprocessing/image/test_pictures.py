"""Pictures and arrays."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kshim.core.eras import in_era
from kshim.errors import ArgumentError, MissingPackage, ShapeError
from kshim.preprocessing.image import packages
from kshim.preprocessing.image.pictures import (
    array_to_img,
    img_to_array,
    list_pictures,
    load_img,
    save_img,
)

PIXELS = np.arange(4 * 3 * 3, dtype="uint8").reshape(4, 3, 3) * 7


@pytest.fixture
def path(tmp_path: Path) -> str:
    Image.fromarray(PIXELS).save(tmp_path / "one.png")
    return str(tmp_path / "one.png")


def test_a_picture_becomes_its_pixels(path: str) -> None:
    array = img_to_array(load_img(path))
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, PIXELS)
    np.testing.assert_array_equal(
        img_to_array(load_img(path), "channels_first", "uint8"), PIXELS.transpose(2, 0, 1)
    )


def test_a_picture_can_be_read_from_an_open_file(path: str) -> None:
    assert load_img(io.BytesIO(Path(path).read_bytes())).size == (3, 4)


@pytest.mark.parametrize(
    ("arguments", "mode"),
    [({}, "RGB"), ({"color_mode": "rgba"}, "RGBA"), ({"grayscale": True}, "L")],
)
def test_the_colour_mode_is_the_one_asked_for(path: str, arguments: dict, mode: str) -> None:
    assert load_img(path, **arguments).mode == mode


def test_the_target_size_is_height_and_width(path: str) -> None:
    assert load_img(path, target_size=(5, 2)).size == (2, 5)


def test_keeping_the_aspect_ratio_cuts_the_middle_out(path: str) -> None:
    array = img_to_array(load_img(path, target_size=(2, 3), keep_aspect_ratio=True))
    np.testing.assert_array_equal(array, PIXELS[1:3])


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    save_img(tmp_path / "a.png", PIXELS.astype("float32"), scale=False)
    np.testing.assert_array_equal(img_to_array(load_img(tmp_path / "a.png")), PIXELS)


def test_a_jpg_loses_its_alpha_channel_with_a_warning(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="alpha"):
        save_img(tmp_path / "a.jpg", np.ones((3, 4, 4)), file_format="jpeg")
    assert load_img(tmp_path / "a.jpg").size == (4, 3)


def test_keras_1_lifts_only_negative_pixels() -> None:
    x = np.full((2, 3, 1), 50.0)
    x[0, 0] = 100
    with in_era("1.2"):
        assert np.asarray(array_to_img(x))[1, 1] == 127
    assert np.asarray(array_to_img(x))[1, 1] == 0


def test_pictures_are_listed_through_all_folders(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("a.PNG", "deep/b.jpeg", "c.txt"):
        (tmp_path / name).touch()
    assert sorted(list_pictures(str(tmp_path))) == [f"{tmp_path}/a.PNG", f"{tmp_path}/deep/b.jpeg"]
    assert list_pictures(str(tmp_path), "txt") == [f"{tmp_path}/c.txt"]


def test_what_is_no_picture_is_named(path: str) -> None:
    with pytest.raises(ArgumentError, match="color_mode must be one of grayscale, rgba, rgb"):
        load_img(path, color_mode="cmyk")
    with pytest.raises(ArgumentError, match="interpolation must be one of nearest"):
        load_img(path, target_size=(9, 9), interpolation="best")
    with pytest.raises(ShapeError, match="3 axes"):
        array_to_img(np.ones((3, 4)))
    with pytest.raises(ShapeError, match="1, 3 or 4 channels, got 2"):
        array_to_img(np.ones((3, 4, 2)))
    with pytest.raises(ShapeError, match="2 or 3 axes, got 1"):
        img_to_array(np.ones(3))
    with pytest.raises(ArgumentError, match="data_format"):
        img_to_array(np.ones((3, 4)), "first")


def test_a_missing_package_says_what_to_install(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(module: str) -> None:
        raise ModuleNotFoundError(name=module.partition(".")[0])

    monkeypatch.setattr(packages.importlib, "import_module", missing)
    with pytest.raises(
        MissingPackage, match=r"load_img: needs Pillow.*pip install 'kshim\[data\]'"
    ):
        load_img(path)
