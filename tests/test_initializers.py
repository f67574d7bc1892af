"""Initializers: moments and bounds from the formulas, numbers of Keras 2.2.4, configs, streams."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from kshim import initializers
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, UnknownName

SHAPE = (3, 4, 50, 60)
FAN_IN, FAN_OUT = 3 * 4 * 50, 3 * 4 * 60
CUT = 0.87962566103423978

UNIFORM = {
    "glorot_uniform": 6 / (FAN_IN + FAN_OUT),
    "he_uniform": 6 / FAN_IN,
    "lecun_uniform": 3 / FAN_IN,
}
NORMAL = {
    "glorot_normal": 2 / (FAN_IN + FAN_OUT),
    "he_normal": 2 / FAN_IN,
    "lecun_normal": 1 / FAN_IN,
}


def drawn(name: str, shape: tuple[int, ...] = SHAPE) -> Any:
    initializer = initializers.get(name)
    initializer.seed = 1
    # Keras 1 takes a kernel for Theano's, the filters first, unless it is told otherwise.
    return initializer(shape, dim_ordering="tf").numpy()


@pytest.mark.parametrize("era", ["1.2", "2.0", "2.2", "2.15"])
@pytest.mark.parametrize("name", UNIFORM)
def test_uniform_scaling_fills_the_same_range_in_every_era(era: str, name: str) -> None:
    limit = math.sqrt(UNIFORM[name])
    with in_era(era):
        values = drawn(name)
    assert limit * 0.999 < np.abs(values).max() <= limit
    assert values.std() == pytest.approx(limit / math.sqrt(3), rel=0.01)


@pytest.mark.parametrize(
    ("era", "deviation", "reach"),
    [("1.2", 1.0, math.inf), ("2.0", CUT, 2.0), ("2.2", 1.0, 2 / CUT), ("2.15", 1.0, 2 / CUT)],
)
@pytest.mark.parametrize("name", NORMAL)
def test_normal_scaling_is_cut_as_its_era_cuts_it(
    era: str, deviation: float, reach: float, name: str
) -> None:
    wanted = math.sqrt(NORMAL[name])
    with in_era(era):
        values = drawn(name) / wanted
    assert values.std() == pytest.approx(deviation, rel=0.01)
    assert np.abs(values).max() <= reach + 1e-5
    assert np.abs(values).max() > min(reach * 0.99, 3.0)


@pytest.mark.parametrize(
    ("distribution", "reach"),
    [("normal", 2 / CUT), ("truncated_normal", 2 / CUT), ("untruncated_normal", math.inf)],
)
def test_variance_scaling_has_three_normals(distribution: str, reach: float) -> None:
    scaling = initializers.VarianceScaling(3.0, "fan_out", distribution, seed=1)
    values = scaling(SHAPE).numpy() / math.sqrt(3 / FAN_OUT)
    assert values.std() == pytest.approx(1.0, rel=0.01)
    assert (np.abs(values).max() <= reach + 1e-5) and np.abs(values).max() > min(reach * 0.99, 3)


@pytest.mark.parametrize(
    ("era", "shape", "data_format", "wanted"),
    [
        ("2.2", (3, 4), "channels_last", (3, 4)),
        ("2.2", (2, 3, 4), "channels_last", (6, 8)),
        ("2.2", (2, 3, 4, 5, 6), "channels_last", (120, 144)),
        ("1.2", (2, 3, 4, 5, 6), "channels_last", (30, 36)),
        ("1.2", (6, 5, 2, 3), "channels_first", (30, 36)),
        ("2.2", (9,), "channels_last", (3, 3)),
        ("2.15", (9,), "channels_last", (9, 9)),
        ("2.2", (1, 1, 1, 1, 4, 16), "channels_last", (8, 8)),
        ("2.15", (1, 1, 1, 1, 4, 16), "channels_last", (4, 16)),
        ("2.15", (), "channels_last", (1, 1)),
    ],
)
def test_fans_are_counted_as_the_era_counts_them(
    era: str, shape: tuple[int, ...], data_format: str, wanted: tuple[float, float]
) -> None:
    with in_era(era):
        assert initializers.compute_fans(shape, data_format) == wanted


def test_plain_draws_have_their_moments_and_bounds() -> None:
    normal = initializers.RandomNormal(1.0, 0.5, seed=1)(SHAPE).numpy()
    assert normal.mean() == pytest.approx(1.0, abs=0.01)
    assert normal.std() == pytest.approx(0.5, rel=0.01)
    uniform = initializers.RandomUniform(-1.0, 3.0, seed=1)(SHAPE).numpy()
    assert uniform.min() == pytest.approx(-1, abs=0.01)
    assert uniform.max() == pytest.approx(3, abs=0.01)
    cut = initializers.TruncatedNormal(1.0, 0.5, seed=1)(SHAPE).numpy()
    assert np.abs(cut - 1.0).max() <= 1.0
    assert cut.std() == pytest.approx(0.5 * CUT, rel=0.01)


def test_keras_1_words_have_their_spread() -> None:
    with in_era("1.2"):
        assert np.abs(drawn("uniform")).max() == pytest.approx(0.05, rel=0.01)
        assert drawn("normal").std() == pytest.approx(0.05, rel=0.01)
        matrix = initializers.get("orthogonal")((4, 3)).numpy()
        np.testing.assert_allclose(matrix.T @ matrix, 1.21 * np.eye(3), atol=1e-6)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (2, 3, 4), (4, 4)])
@pytest.mark.parametrize("era", ["1.2", "2.2", "2.15"])
def test_orthogonal_rows_or_columns_are_orthonormal(era: str, shape: tuple[int, ...]) -> None:
    with in_era(era):
        values = initializers.Orthogonal(gain=2.0, seed=3)(shape).numpy()
    flat = values.reshape(shape[0], -1) if era == "1.2" else values.reshape(-1, shape[-1])
    product = flat @ flat.T if flat.shape[0] < flat.shape[1] else flat.T @ flat
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-5)


def test_orthogonal_draws_the_numbers_of_keras_2_2_4() -> None:
    np.random.seed(0)
    with in_era("2.2"):
        values = initializers.get("orthogonal")((3, 2)).numpy()
    recorded = [
        [-0.61120516, 0.20473766],
        [-0.67424345, -0.64059091],
        [-0.4145166, 0.74008498],
    ]
    np.testing.assert_allclose(values, recorded, atol=1e-7)


def test_identity_is_padded_or_repeated() -> None:
    with in_era("2.2"):
        wide = initializers.Identity(2.0)((2, 4)).tolist()
        assert wide == [[2, 0, 2, 0], [0, 2, 0, 2]]
        with pytest.raises(ArgumentError, match="Identity: shape must be a matrix whose long"):
            initializers.Identity()((2, 3))
    assert initializers.Identity(2.0)((2, 3)).tolist() == [[2, 0, 0], [0, 2, 0]]


def test_constants_fill_the_shape() -> None:
    assert initializers.Constant(3)((2, 3)).tolist() == [[3.0] * 3] * 2
    assert initializers.Constant([[1, 2], [3, 4]])((4,)).tolist() == [1, 2, 3, 4]
    assert initializers.get("zero")((2,), dtype="int32").dtype == torch.int32
    assert initializers.get("one")((2,), dtype=torch.float64).tolist() == [1, 1]


@pytest.mark.parametrize("name", ["glorot_uniform", "he_normal", "random_normal", "orthogonal"])
def test_the_global_stream_of_the_era_makes_draws_repeat(name: str) -> None:
    def pair(seed: Any) -> Any:
        seed(7)
        first = initializers.get(name)((3, 4))
        seed(7)
        return first, initializers.get(name)((3, 4)), initializers.get(name)((3, 4))

    with in_era("2.2"):
        first, again, other = pair(np.random.seed)
    assert torch.equal(first, again) and not torch.equal(first, other)
    first, again, other = pair(torch.manual_seed)
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_a_seed_draws_the_same_except_in_keras_2_3_where_it_counts_up() -> None:
    for era, same in (("2.2", True), ("2.3", False), ("2.15", True)):
        with in_era(era):
            initializer = initializers.glorot_uniform(seed=5)
            first = initializer((3, 4))
            assert torch.equal(first, initializer((3, 4))) is same
            assert torch.equal(first, initializers.glorot_uniform(seed=5)((3, 4)))


def test_configs_are_in_the_words_of_the_era() -> None:
    old = {
        "class_name": "VarianceScaling",
        "config": {"scale": 2.0, "mode": "fan_in", "distribution": "normal", "seed": 3},
    }
    with in_era("2.2"):
        assert initializers.serialize(initializers.he_normal(seed=3)) == old
    new = {"class_name": "HeNormal", "config": {"seed": 3}}
    assert initializers.serialize(initializers.he_normal(seed=3)) == new
    assert initializers.get(new).variance_scaling.scale == 2.0
    one, other = initializers.get(old)(SHAPE), initializers.get(new)(SHAPE)
    assert torch.equal(one, other)


@pytest.mark.parametrize(
    "name",
    [
        "Zeros",
        "zeros",
        "zero",
        "Ones",
        "ones",
        "one",
        "Constant",
        "constant",
        "RandomNormal",
        "random_normal",
        "normal",
        "RandomUniform",
        "random_uniform",
        "uniform",
        "TruncatedNormal",
        "truncated_normal",
        "VarianceScaling",
        "variance_scaling",
        "Orthogonal",
        "orthogonal",
        "Identity",
        "identity",
        "GlorotUniform",
        "glorot_uniform",
        "GlorotNormal",
        "glorot_normal",
        "HeUniform",
        "he_uniform",
        "HeNormal",
        "he_normal",
        "LecunUniform",
        "lecun_uniform",
        "LecunNormal",
        "lecun_normal",
    ],
)
def test_every_name_makes_an_initializer_that_survives_its_config(name: str) -> None:
    assert issubclass(getattr(initializers, name), initializers.Initializer)
    first = initializers.get(name)
    again = initializers.deserialize(initializers.serialize(first))
    assert type(again) is type(first) and again.get_config() == first.get_config()
    assert first((4, 4)).shape == (4, 4)


@pytest.mark.parametrize(
    "function",
    [
        lambda shape: np.full(shape, 2.0),
        lambda shape, dtype=None: torch.full(shape, 2.0),
        lambda shape, name=None: np.full(shape, 2.0),
        lambda shape, **options: 2,
    ],
)
def test_functions_of_every_era_give_a_weight_its_value(function: Any) -> None:
    value = initializers.initial_value(initializers.get(function), (2, 3), "float32")
    assert value.dtype == torch.float32 and value.tolist() == [[2.0] * 3] * 2


def test_a_value_of_the_wrong_shape_is_refused() -> None:
    def crooked(shape: Any) -> Any:
        return np.zeros((3, 2))

    with pytest.raises(ArgumentError, match=r"crooked: the value must be of shape \(2, 3\), got"):
        initializers.initial_value(crooked, (2, 3))


def test_a_wrong_initializer_gets_the_nearest_name() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'glorot_uniform'"):
        initializers.get("glorot_unifrom")
