"""Names that stand for parts of TensorFlow which torch has no need of: they do no harm."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from kshim.compat import finder
from kshim.core.eras import in_era
from kshim.errors import ArgumentError


@pytest.fixture(scope="module")
def tf() -> Iterator[Any]:
    finder.install()
    try:
        yield importlib.import_module("tensorflow")
    finally:
        finder.uninstall()


def test_a_session_of_tensorflow_1_runs_what_it_is_given(tf: Any) -> None:
    with in_era("2.2"):
        config = tf.compat.v1.ConfigProto(allow_soft_placement=True)
        x = tf.placeholder(tf.float32, [None, 3])
        doubled = x * 2.0
        for kind in (tf.Session, tf.compat.v1.Session, tf.InteractiveSession):
            session = kind(config=config)
            for start in (
                tf.global_variables_initializer(), tf.compat.v1.global_variables_initializer(),
                tf.tables_initializer(), tf.variables_initializer([]),
            ):  # fmt: skip
                session.run(start)
            made = session.run(doubled, feed_dict={x: np.ones((2, 3), "float32")})
            np.testing.assert_array_equal(made, np.full((2, 3), 2.0))
            session.close()


def test_graphs_hold_nothing(tf: Any) -> None:
    assert isinstance(tf.global_variables(), list)
    tf.reset_default_graph()
    with tf.get_default_graph().as_default(), tf.control_dependencies([]):
        assert tf.add(1.0, 2.0).item() == 3.0


def test_devices_can_be_asked_and_chosen(tf: Any) -> None:
    config = tf.config
    assert len(config.get_visible_devices()) == len(config.list_physical_devices())
    for device in config.experimental.list_physical_devices("GPU"):
        config.experimental.set_memory_growth(device, True)
    config.experimental.set_visible_devices([], "GPU")
    assert [one.device_type for one in config.experimental.list_logical_devices("CPU")] == ["CPU"]


def test_types_are_torch_s(tf: Any) -> None:
    assert (tf.float16, tf.as_dtype("float16")) == (torch.float16, torch.float16)
    assert tf.cast([1.5], tf.float16).dtype == torch.float16
    assert tf.constant("text", dtype=tf.string) == "text"


def test_versions_are_those_that_went_with_an_era(tf: Any) -> None:
    for era, version in (("1.2", "1."), ("2.2", "1."), ("2.15", "2.15")):
        with in_era(era):
            assert tf.__version__.startswith(version)
            assert tf.__version__ == tf.version.VERSION


def test_old_names_draw_by_a_seed(tf: Any) -> None:
    drawn = []
    for _ in range(2):
        tf.set_random_seed(5)
        drawn.append(tf.random_uniform((3,), 1.0, 2.0))
    assert torch.equal(*drawn)
    assert bool((drawn[0] >= 1).all()) and bool((drawn[0] < 2).all())


def test_pictures_of_tensorflow_1_are_sized_from_their_corner(tf: Any) -> None:
    x = np.arange(12, dtype="float32").reshape(1, 3, 4, 1)
    with in_era("2.2"):
        old = tf.image.resize(x, (6, 8))
    np.testing.assert_array_equal(old, tf.compat.v1.image.resize_images(x, (6, 8)))
    assert not np.array_equal(old, tf.image.resize(x, (6, 8)))
    with pytest.raises(ArgumentError, match="resize_images: method must be one of bilinear"):
        tf.compat.v1.image.resize_images(x, (6, 8), "cubic")
