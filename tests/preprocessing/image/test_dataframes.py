"""`flow_from_dataframe`: what real Kerases gave (tools/recording/dataframes.py), and refusals."""

from __future__ import annotations

import importlib.util
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas
import pytest

from kshim.core.eras import in_era
from kshim.errors import ArgumentError, UnknownName, WrongKind
from kshim.preprocessing.image import DataFrameIterator, ImageDataGenerator

ROOT = Path(__file__).parents[3]
TOOLS = ROOT / "tools" / "recording"
RECORDED = {
    ("2.2", ""): "keras-2.2.4/preprocessing/dataframes.npz",
    ("2.3", ""): "keras-2.3.1/preprocessing/dataframes.npz",
    ("2.15", ""): "tf.keras-2.15.0/preprocessing/dataframes.npz",
    ("2.2", "1.0.5"): "keras-2.2.4/preprocessing/dataframes_old_1.0.5.npz",
    ("2.2", "1.0.9"): "keras-2.2.4/preprocessing/dataframes_old_1.0.9.npz",
}
# Under Keras 2.2 and before, words of older versions do what they said: its own recording
# stands beside keras_preprocessing 1.1.2, which does not listen to them.
LISTENED_TO = {("2.2", ""): ("duplicates_",)}


@cache
def recorder() -> ModuleType:
    sys.path.insert(0, str(TOOLS))
    try:
        spec = importlib.util.spec_from_file_location("dataframes", TOOLS / "dataframes.py")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(TOOLS))
    return module


@cache
def recorded(era: str, old: str) -> dict[str, Any]:
    with np.load(ROOT / "compat_cases" / "recorded" / RECORDED[era, old]) as file:
        return dict(file)


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "sub").mkdir()
    recorder().pictures(str(folder))
    return str(folder)


OURS: dict[tuple[str, str], dict[str, Any]] = {}


def ours(era: str, old: str, where: str) -> dict[str, Any]:
    if (era, old) not in OURS:
        with in_era(era):
            found = recorder().cases(ImageDataGenerator, where)
            if old:
                found = recorder().old_cases(ImageDataGenerator, where, old)
            OURS[era, old] = dict(found)
    return OURS[era, old]


def rows() -> Iterator[Any]:
    for era, old in RECORDED:
        for name in sorted({*recorded(era, old)} - {"keras_version"}):
            if not name.startswith(LISTENED_TO.get((era, old), ("-",))):
                yield pytest.param(era, old, name, id="-".join(filter(None, (era, old, name))))


@pytest.mark.parametrize(("era", "old", "name"), [*rows()])
def test_a_frame_gives_what_keras_gave(era: str, old: str, name: str, where: str) -> None:
    wanted, given = recorded(era, old)[name], ours(era, old, where)[name]
    assert given.shape == wanted.shape
    assert given.dtype == wanted.dtype
    if wanted.dtype.kind == "f":
        # Pictures are 0 to 127.5 here: a thousandth of a step of their 256.
        np.testing.assert_allclose(given, wanted, rtol=1e-5, atol=1e-3)
    else:
        np.testing.assert_array_equal(given, wanted)


def test_what_a_flow_found_is_told(where: str, capsys: pytest.CaptureFixture[str]) -> None:
    made = ImageDataGenerator()
    with pytest.warns(UserWarning, match=r"left out 2 of 8 files of column 'filename'.*gone.png"):
        made.flow_from_dataframe(recorder().frame(), where)
    assert capsys.readouterr().out == (
        "Found 6 validated image filenames belonging to 3 classes.\n"
    )
    flow = made.flow_from_dataframe(
        recorder().frame(), where, class_mode=None, validate_filenames=False
    )
    assert capsys.readouterr().out == "Found 8 non-validated image filenames.\n"
    assert isinstance(flow, DataFrameIterator)
    assert (flow.samples, len(flow), flow.filepaths[0]) == (8, 1, f"{where}/b.png")


def test_names_may_be_whole_paths(where: str) -> None:
    frame = pandas.DataFrame({"path": [f"{where}/a.png"], "class": ["cat"]})
    x, y = next(ImageDataGenerator().flow_from_dataframe(frame, x_col="path", target_size=(5, 4)))
    assert x.shape == (1, 5, 4, 3)
    np.testing.assert_array_equal(y, [[1.0]])


def test_the_frame_stays_as_it_is(where: str) -> None:
    frame, before = recorder().frame(), recorder().frame()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ImageDataGenerator().flow_from_dataframe(frame, where, classes=["cat"], drop_duplicates=1)
    pandas.testing.assert_frame_equal(frame, before)


def test_pictures_are_saved(where: str, tmp_path: Path) -> None:
    flow = ImageDataGenerator().flow_from_dataframe(
        recorder().frame().iloc[:3], where, save_to_dir=str(tmp_path), save_prefix="seen",
        batch_size=2, shuffle=False,
    )  # fmt: skip
    next(flow)
    assert sorted(path.name.split("_")[:2] for path in tmp_path.iterdir()) == [
        ["seen", "0"],
        ["seen", "1"],
    ]


@pytest.mark.parametrize(
    ("asked", "error", "text"),
    [
        ({"class_mode": "binari"}, ArgumentError, r"Did you mean 'binary'\?"),
        ({"x_col": "file_name"}, UnknownName, r"got \['file_name'\]. Did you mean 'filename'\?"),
        ({"y_col": "label", "weight_col": "w"}, UnknownName, r"got \['label', 'w'\]"),
        ({"x_col": "size"}, WrongKind, "x_col: column 'size' must be text, got 1.5"),
        ({"y_col": "size"}, WrongKind, "y_col: column 'size' must be text or lists of text"),
        ({"y_col": "size", "class_mode": "sparse"}, WrongKind, "text for class_mode='sparse'"),
        ({"class_mode": "binary"}, ArgumentError, r"two classes.*got \['cat', 'dog', 'emu'\]"),
        ({"class_mode": "binary", "classes": ["cat"]}, ArgumentError, "classes must be two classe"),
        ({"class_mode": "multi_output"}, WrongKind, "y_col must be a list of columns"),
        ({"weight_col": "class"}, WrongKind, "weight_col: column 'class' must be numbers"),
        ({"color_mode": "bgr"}, ArgumentError, "color_mode must be one of grayscale, rgb, rgba"),
        ({"subset": "test"}, ArgumentError, "subset must be 'training' or 'validation'"),
    ],
)
def test_what_a_frame_does_not_hold_is_refused(
    asked: dict[str, Any], error: type[Exception], text: str, where: str
) -> None:
    with pytest.raises(error, match=text):
        ImageDataGenerator().flow_from_dataframe(recorder().frame().iloc[:3], where, **asked)


def test_classes_that_mean_nothing_are_warned_of(where: str) -> None:
    with pytest.warns(UserWarning, match="classes mean nothing for class_mode='input'"):
        ImageDataGenerator().flow_from_dataframe(
            recorder().frame().iloc[:3], where, classes=["cat"], class_mode="input"
        )


@pytest.mark.parametrize(
    ("era", "word", "text"),
    [
        ("2.2", "has_ext", "has_ext is old"),
        ("2.15", "has_ext", "has_ext means nothing"),
        ("2.15", "sort", "sort means nothing: batches come in the frame's order"),
        ("2.2", "rescale", "rescale means nothing: it is no argument of flow_from_dataframe"),
    ],
)
def test_words_of_older_versions_are_warned_of(era: str, word: str, text: str, where: str) -> None:
    frame = recorder().frame().iloc[:3]
    with in_era(era), pytest.warns(Warning, match=text):
        ImageDataGenerator().flow_from_dataframe(frame, where, **{word: True})


def test_sort_orders_by_name_in_old_eras(where: str) -> None:
    with in_era("2.2"), pytest.warns(DeprecationWarning, match="sort is old"):
        flow = ImageDataGenerator().flow_from_dataframe(
            recorder().old_frame(), where, sort=True, shuffle=False
        )
    assert flow.filenames == ["a.png", "b.png", "b.png", "c.png", "d.png"]
