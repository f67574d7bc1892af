"""Numbers recorded from tf.contrib.image of TensorFlow 1.14."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kshim.compat.tensorflow import contrib_image as image
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, ShapeError
from kshim.layers import Input, Lambda
from kshim.models import Model

X = np.random.RandomState(3).uniform(size=(2, 4, 5, 1)).astype("float32")
ANGLES = np.array([0.3, -1.1], "float32")
BENT = np.array(
    [[1.1, 0.2, -0.5, -0.1, 0.9, 0.7, 0.01, -0.02], [0.8, 0.0, 1.0, 0.1, 1.2, -1.0, 0.0, 0.03]],
    "float32",
)
MOVED = [[1.0, -1.0], [0.5, 0.25]]
RECORDED = {
    "rotate": [
        0.302043, 0.389253, 0.37163, 0.497665, 0.384672, 0.642215, 0.274221, 0.193385,
        0.164042, 0.551029, 0.528513, 0.346774, 0.611225, 0.34082, 0.466048, 0.143237,
        0.263251, 0.337978, 0.312788, 0.158062, 0.335619, 0.845448, 0.482083, 0.616112,
        0.020418, 0.430095, 0.687091, 0.407256, 0.356096, 0.151925, 0.295432, 0.689395,
        0.718541, 0.340692, 0.277342, 0.017611, 0.356957, 0.620987, 0.721553, 0.529614,
    ],
    "rotate_nearest": [
        0, 0.708148, 0.290905, 0.510828, 0.44081, 0.550798, 0.125585, 0.207243, 0.051467,
        0.676255, 0.896293, 0.456833, 0.649144, 0.278487, 0.415101, 0.029876, 0.023982,
        0.558854, 0.259252, 0, 0.092217, 0.975995, 0.306364, 0.693138, 0, 0.653411,
        0.672384, 0.221958, 0.440454, 0, 0, 0.557841, 0.902834, 0.387971, 0.156868, 0,
        0.361565, 0.845751, 0.936384, 0.544649,
    ],
    "rotate_one": [
        0.1579, 0.25141, 0.384085, 0.437124, 0.249367, 0.616377, 0.323235, 0.193797,
        0.220404, 0.669004, 0.88551, 0.303618, 0.57762, 0.393908, 0.354318, 0.0806,
        0.256036, 0.236023, 0.360117, 0.059536,
    ],
    "translate": [
        0, 0.896293, 0.125585, 0.207243, 0.051467, 0, 0.029876, 0.456833, 0.649144,
        0.278487, 0, 0.590863, 0.023982, 0.558854, 0.259252, 0, 0, 0, 0, 0, 0.106322,
        0.366249, 0.425097, 0.223996, 0.263069, 0.328059, 0.529587, 0.339819, 0.303389,
        0.584323, 0.463538, 0.753977, 0.656747, 0.731961, 0.624449, 0.156581, 0.485658,
        0.651122, 0.56335, 0.37295,
    ],
    "translate_all": [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.550798, 0.708148, 0.290905, 0.510828, 0,
        0.896293, 0.125585, 0.207243, 0.051467,
    ],
    "transform": [
        0.396322, 0.522, 0.307455, 0.311595, 0.666472, 0.241575, 0.325732, 0.371411,
        0.123111, 0.472901, 0.330388, 0.262536, 0.56839, 0.354134, 0.455098, 0.203192,
        0.086704, 0.293508, 0.271778, 0.159056, 0, 0.049099, 0.05406, 0.093594, 0.174288,
        0.611103, 0.428226, 0.298464, 0.409233, 0.712817, 0.447501, 0.490612, 0.59253,
        0.65085, 0.552639, 0.662628, 0.712132, 0.654097, 0.49623, 0.295021,
    ],
    "transform_nearest": [
        0, 0.125585, 0.290905, 0.510828, 0.892947, 0.029876, 0.456833, 0.207243, 0.051467,
        0.44081, 0.590863, 0.456833, 0.649144, 0.278487, 0.676255, 0, 0.023982, 0.558854,
        0.415101, 0, 0, 0, 0, 0, 0, 0.693138, 0.440454, 0.156868, 0.156868, 0.936384,
        0.306364, 0.221958, 0.902834, 0.845751, 0.377994, 0.672384, 0.902834, 0.557841,
        0.361565, 0.225055,
    ],
    "transform_size": [
        0.396322, 0.522, 0.307455, 0.311595, 0.666472, 0.192101, 0.241575, 0.325732,
        0.371411, 0.123111, 0.472901, 0, 0.330388, 0.262536, 0.56839, 0.354134, 0.455098, 0,
        0, 0.049099, 0.05406, 0.093594, 0.174288, 0, 0.611103, 0.428226, 0.298464, 0.409233,
        0.712817, 0.118089, 0.447501, 0.490612, 0.59253, 0.65085, 0.552639, 0.139779,
    ],
    "angles": [
        0.955337, -0.29552, 0.532607, 0.29552, 0.955337, -0.524045, 0, 0, 0.453596,
        0.891207, -0.244003, -0.891207, 0.453596, 2.602021, 0, 0,
    ],
    "translations": [
        1, 0, -1, 0, 1, 1, 0, 0, 1, 0, -0.5, 0, 1, -0.25, 0, 0,
    ],
    "composed": [
        1.092702, -0.13192, -0.018646, 0.167782, 0.875516, 0.172374, 0.003586, -0.021719,
        0.336602, 0.661341, 0.746523, -0.949937, 0.58757, 1.94611, -0.0248, 0.012623,
    ],
    "matrices": [
        1.1, 0.2, -0.5, -0.1, 0.9, 0.7, 0.01, -0.02, 1, 0.8, 0, 1, 0.1, 1.2, -1, 0, 0.03, 1,
    ],
}  # fmt: skip
CALLS: dict[str, Callable[[], Any]] = {
    "rotate": lambda: image.rotate(X, ANGLES, "BILINEAR"),
    "rotate_nearest": lambda: image.rotate(X, ANGLES),
    "rotate_one": lambda: image.rotate(X[0, :, :, 0], 0.5, "BILINEAR"),
    "translate": lambda: image.translate(X, MOVED, "BILINEAR"),
    "translate_all": lambda: image.translate(X[0], [1.0, 2.0]),
    "transform": lambda: image.transform(X, BENT, "BILINEAR"),
    "transform_nearest": lambda: image.transform(X, BENT),
    "transform_size": lambda: image.transform(X, BENT, "BILINEAR", [3, 6]),
    "angles": lambda: image.angles_to_projective_transforms(ANGLES, 4.0, 5.0),
    "translations": lambda: image.translations_to_projective_transforms(MOVED),
    "composed": lambda: image.compose_transforms(
        BENT, image.angles_to_projective_transforms(ANGLES, 4.0, 5.0)
    ),
    "matrices": lambda: image.flat_transforms_to_matrices(BENT),
}
SHAPES = {"rotate_one": (4, 5), "translate_all": (4, 5, 1), "transform_size": (2, 3, 6, 1)}


@pytest.mark.parametrize("name", CALLS)
def test_pictures_are_turned_moved_and_bent_as_tensorflow_does(name: str) -> None:
    found = CALLS[name]()
    assert tuple(found.shape) == SHAPES.get(name, tuple(found.shape))
    np.testing.assert_allclose(found.numpy().ravel(), RECORDED[name], rtol=1e-5, atol=1e-6)


def test_symbols_take_them_too() -> None:
    with in_era("2.2"):
        data = Input((4, 5, 1))
        model = Model(data, Lambda(lambda x: image.rotate(x, 0.3, "BILINEAR"))(data))
        assert model.output_shape == (None, 4, 5, 1)
        wanted = image.rotate(X, [0.3, 0.3], "BILINEAR")
        np.testing.assert_allclose(model.predict(X), wanted, rtol=1e-6)


def test_what_is_no_transform_is_refused() -> None:
    with pytest.raises(ArgumentError, match="interpolation must be NEAREST or BILINEAR"):
        image.transform(X, BENT, "CUBIC")
    with pytest.raises(ShapeError, match=r"must have shape \(8,\) or \(batch, 8\), got \(2, 6\)"):
        image.transform(X, BENT[:, :6])
    with pytest.raises(ArgumentError, match="at least one"):
        image.compose_transforms()
