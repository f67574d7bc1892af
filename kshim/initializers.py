"""Initializers: how a weight gets its first values.

Each is called with a shape in Keras's order (kernels: window, inputs, outputs) and returns a
tensor on the CPU. Without a seed the values hang on the global stream that the era's scripts
seed: `numpy.random.seed` up to Keras 2.3, torch's own from tf.keras on.

Source: Keras 1.2.2 initializations.py, Keras 2.2.4 and tf.keras 2.15 initializers.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np
import torch
from torch import Tensor

from kshim.core.arguments import Declared, arg
from kshim.core.checks import (
    anything,
    number,
    one_of,
    optional,
    several,
    true_or_false,
    whole_number,
)
from kshim.core.config import class_name, to_config
from kshim.core.eras import by_era, rule
from kshim.core.registry import Registry, custom_object_scope
from kshim.core.settings import floatx
from kshim.errors import ArgumentError
from kshim.nn.spectrogram import WINDOWS, fourier_kernel, shaped_window

DType: TypeAlias = str | torch.dtype | None

# The deviation of a standard normal that is cut at two deviations.
DEVIATION_AFTER_CUT = 0.87962566103423978

INITIALIZERS = Registry("initializer")

_USUAL = by_era({"1.2": None, "2.15": "glorot_uniform"})
_SEEDS_BELOW = by_era({"1.2": 10**9, "2.0": 10**7})


def get(identifier: Any) -> Any:
    """Return the initializer that a name, a config, a class or a function stands for.

    Raises:
        UnknownName: for a name in no table.
    """
    return None if identifier is None else INITIALIZERS.make(identifier)


def of_weight(identifier: Any) -> Any:
    """Return the initializer of a weight: what `get` returns, and for None the era's usual one.

    Raises:
        ArgumentError: for None up to Keras 2.3, which knew no usual one.
    """
    found = get(_USUAL.value() if identifier is None else identifier)
    if found is None:
        raise ArgumentError("value", "the name of an initializer, or a function", None)
    return found


def serialize(initializer: Any) -> Any:
    """Return the config of an initializer, or the name of a function."""
    return to_config(initializer)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the initializer that `serialize` described."""
    with custom_object_scope(custom_objects):
        return get(config)


def initial_value(
    initializer: Any, shape: Sequence[int], dtype: DType = None, dim_ordering: str | None = None
) -> Tensor:
    """Return the first value of a weight, whatever kind of initializer a script gave.

    A script's own function may take `(shape)`, `(shape, dtype)` or Keras 1's `(shape, name)`, and
    return a tensor, an array or a number.

    Args:
        dim_ordering: Keras 1's word for the order of a kernel's axes, told to those who ask.

    Raises:
        ArgumentError: when what it returns has another shape.
    """
    kind = torch_type(dtype)
    options: dict[str, Any] = {}
    if _takes(initializer, "dtype"):
        options["dtype"] = dtype or floatx()
    if dim_ordering is not None and _takes(initializer, "dim_ordering"):
        options["dim_ordering"] = dim_ordering
    value = torch.as_tensor(initializer(tuple(shape), **options)).detach().to(kind)
    if tuple(value.shape) not in (tuple(shape), ()):
        name = getattr(initializer, "__name__", class_name(initializer))
        raise ArgumentError("the value", f"of shape {tuple(shape)}", value, who=name)
    return value.expand(tuple(shape)).contiguous()


def a_window(value: Any) -> Any:
    """Take the name of a window, the numbers of one, or None."""
    if value is None:
        return None
    if isinstance(value, str):
        return one_of(*WINDOWS)(value)
    kept = several(number(), "a window's name, or its numbers")(value)
    if not kept:
        raise ArgumentError("value", "a window's name, or its numbers", value)
    return [float(item) for item in kept]


class Initializer(Declared):
    """Make the first values of a weight; the base of all initializers."""

    def __call__(self, shape: Sequence[int], dtype: DType = None, **options: Any) -> Tensor:
        """Return the values for a weight of this shape."""
        raise NotImplementedError(f"{type(self).__name__}: __call__ must be defined.")


@INITIALIZERS.register("zeros", "zero")
class Zeros(Initializer):
    """Fill with zeros."""

    def __call__(self, shape: Sequence[int], dtype: DType = None, **options: Any) -> Tensor:
        """Return zeros."""
        return torch.zeros(tuple(shape), dtype=torch_type(dtype), device="cpu")


@INITIALIZERS.register("ones", "one")
class Ones(Initializer):
    """Fill with ones."""

    def __call__(self, shape: Sequence[int], dtype: DType = None, **options: Any) -> Tensor:
        """Return ones."""
        return torch.ones(tuple(shape), dtype=torch_type(dtype), device="cpu")


@INITIALIZERS.register("constant")
class Constant(Initializer):
    """Fill with one number, or with the numbers of an array of the weight's size."""

    value: Any = arg(anything, 0)

    def __call__(self, shape: Sequence[int], dtype: DType = None, **options: Any) -> Tensor:
        """Return the constant in the shape asked for."""
        value = torch.as_tensor(self.value, dtype=torch_type(dtype), device="cpu")
        whole = value.numel() == math.prod(shape)
        return (value.reshape(tuple(shape)) if whole else value.expand(tuple(shape))).clone()


class Seeded(Initializer):
    """Draw from a random stream; the base of the initializers that do."""

    seed: int | None

    def stream(self) -> torch.Generator | None:
        """Return the random stream of one call; None is torch's global one."""
        seed = self._seed_of_call()
        return None if seed is None else torch.Generator().manual_seed(seed)

    def _seed_of_call(self) -> int | None:
        if self.seed is None:
            taken = rule("seeds_come_from_numpy")
            return int(np.random.randint(_SEEDS_BELOW.value())) if taken else None
        seed = self.seed
        if rule("seed_counts_up"):
            self.seed += 1
        return seed


@INITIALIZERS.register("random_normal", "normal")
class RandomNormal(Seeded):
    """Draw from a normal distribution."""

    mean: float = arg(number(), 0.0)
    stddev: float = arg(number(), 0.05)
    seed: int | None = arg(optional(whole_number()), None)

    def __call__(self, shape: Sequence[int], dtype: DType = None, **options: Any) -> Tensor:
        """Return the drawn values."""
        return normal_values(shape, self.mean, self.stddev, self.stream(), dtype)


@INITIALIZERS.register("random_uniform", "uniform")
class RandomUniform(Seeded):
    """Draw evenly between two bounds."""

    minval: float = arg(number(), -0.05)
    maxval: float = arg(number(), 0.05)
    seed: int | None = arg(optional(whole_number()), None)

    def __call__(self, shape: Sequence[int], dtype: DType = None, **options: Any) -> Tensor:
        """Return the drawn values."""
        return uniform_values(shape, self.minval, self.maxval, self.stream(), dtype)


@INITIALIZERS.register("truncated_normal")
class TruncatedNormal(Seeded):
    """Draw from a normal distribution, again where a value is two deviations off or more."""

    mean: float = arg(number(), 0.0)
    stddev: float = arg(number(), 0.05)
    seed: int | None = arg(optional(whole_number()), None)

    def __call__(self, shape: Sequence[int], dtype: DType = None, **options: Any) -> Tensor:
        """Return the drawn values."""
        return cut_normal_values(shape, self.mean, self.stddev, self.stream(), dtype)


@INITIALIZERS.register("variance_scaling")
class VarianceScaling(Seeded):
    """Draw with a variance of scale / n, n being the number of inputs, outputs or their mean.

    Args:
        mode: fan_in, fan_out or fan_avg: what n counts.
        distribution: uniform, truncated_normal (normal means the same) or untruncated_normal.
    """

    scale: float = arg(number(at_least=0), 1.0)
    mode: str = arg(one_of("fan_in", "fan_out", "fan_avg"), "fan_in")
    distribution: str = arg(
        one_of("normal", "uniform", "truncated_normal", "untruncated_normal"),
        by_era({"1.2": "normal", "2.15": "truncated_normal"}),
    )
    seed: int | None = arg(optional(whole_number()), None)

    def __call__(self, shape: Sequence[int], dtype: DType = None, **options: Any) -> Tensor:
        """Return the drawn values."""
        fan_in, fan_out = compute_fans(shape, _data_format(options))
        count = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
        variance = self.scale / max(1.0, count[self.mode])
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return uniform_values(shape, -limit, limit, self.stream(), dtype)
        kind = "plain" if self.distribution == "untruncated_normal" else rule("scaled_normal")
        draw = normal_values if kind == "plain" else cut_normal_values
        widened = DEVIATION_AFTER_CUT if kind == "widened" else 1.0
        return draw(shape, 0.0, math.sqrt(variance) / widened, self.stream(), dtype)


class NamedScaling(Seeded):
    """Stand for one setting of VarianceScaling under a name of its own."""

    seed: int | None = arg(optional(whole_number()), None)
    setting: ClassVar[tuple[float, str, str]]

    @property
    def variance_scaling(self) -> VarianceScaling:
        """Return the VarianceScaling that draws the same, in the words of the era in force."""
        scale, mode, distribution = self.setting
        plain = VarianceScaling.arguments["distribution"].value_by_default()
        chosen = distribution if distribution == "uniform" else plain
        return VarianceScaling(scale, mode, chosen, self.seed)

    @property
    def keras_name(self) -> str:
        """Return the class name that files of the era in force know."""
        return type(self).__name__ if rule("shorthands_have_classes") else "VarianceScaling"

    def get_config(self) -> dict[str, Any]:
        """Return the config; up to Keras 2.3 that of the VarianceScaling it stands for."""
        own = rule("shorthands_have_classes")
        return super().get_config() if own else self.variance_scaling.get_config()

    def __call__(self, shape: Sequence[int], dtype: DType = None, **options: Any) -> Tensor:
        """Return the drawn values."""
        scaling = self.variance_scaling
        values = scaling(shape, dtype, **options)
        self.seed = scaling.seed
        return values


@INITIALIZERS.register("glorot_uniform", "xavier_uniform")
class GlorotUniform(NamedScaling):
    """Draw evenly within sqrt(6 / (inputs + outputs))."""

    setting = (1.0, "fan_avg", "uniform")


@INITIALIZERS.register("glorot_normal", "xavier_normal")
class GlorotNormal(NamedScaling):
    """Draw from a normal distribution of variance 2 / (inputs + outputs)."""

    setting = (1.0, "fan_avg", "normal")


@INITIALIZERS.register("he_uniform")
class HeUniform(NamedScaling):
    """Draw evenly within sqrt(6 / inputs)."""

    setting = (2.0, "fan_in", "uniform")


@INITIALIZERS.register("he_normal")
class HeNormal(NamedScaling):
    """Draw from a normal distribution of variance 2 / inputs."""

    setting = (2.0, "fan_in", "normal")


@INITIALIZERS.register("lecun_uniform")
class LecunUniform(NamedScaling):
    """Draw evenly within sqrt(3 / inputs)."""

    setting = (1.0, "fan_in", "uniform")


@INITIALIZERS.register("lecun_normal")
class LecunNormal(NamedScaling):
    """Draw from a normal distribution of variance 1 / inputs."""

    setting = (1.0, "fan_in", "normal")


@INITIALIZERS.register("orthogonal", "OrthogonalInitializer")
class Orthogonal(Seeded):
    """Draw a matrix whose rows, or columns where they are fewer, are orthonormal, times gain.

    More axes are flattened into two. Up to Keras 2.3 the draw is numpy's, number for number.
    """

    gain: float = arg(number(), by_era({"1.2": 1.1, "2.0": 1.0}), was="scale")
    seed: int | None = arg(optional(whole_number()), None)

    def __call__(self, shape: Sequence[int], dtype: DType = None, **options: Any) -> Tensor:
        """Return the drawn values."""
        if len(shape) < 2:
            raise ArgumentError("shape", "of two axes or more", shape, who="Orthogonal")
        way = rule("orthogonal")
        rows = shape[0] if way == "svd of rows" else math.prod(shape[:-1])
        flat = (rows, math.prod(shape) // rows)
        matrix = _by_qr(flat, self.stream()) if way == "qr" else self._by_svd(flat)
        return (self.gain * matrix).reshape(tuple(shape)).to(torch_type(dtype))

    def _by_svd(self, shape: tuple[int, int]) -> Tensor:
        random = np.random if self.seed is None else np.random.RandomState(self._seed_of_call())
        left, _, right = np.linalg.svd(random.normal(0.0, 1.0, shape), full_matrices=False)
        return torch.from_numpy(np.ascontiguousarray(left if left.shape == shape else right))


@INITIALIZERS.register("identity", "IdentityInitializer")
class Identity(Initializer):
    """Fill a matrix with gain on the diagonal, zeros elsewhere."""

    gain: float = arg(number(), 1.0, was="scale")

    def __call__(self, shape: Sequence[int], dtype: DType = None, **options: Any) -> Tensor:
        """Return the matrix; up to Keras 2.2 a long one repeats the identity."""
        if len(shape) != 2:
            raise ArgumentError("shape", "of two axes", shape, who="Identity")
        rows, columns = shape
        if not rule("identity_repeats"):
            return self.gain * torch.eye(rows, columns, dtype=torch_type(dtype))
        if max(shape) % min(shape):
            wanted = "a matrix whose long side is a multiple of its short side"
            raise ArgumentError("shape", wanted, shape, who="Identity")
        return self.repeated(shape, dtype)

    def repeated(self, shape: Sequence[int], dtype: DType = None, **options: Any) -> Tensor:
        """Return the identity as often as it stands along the long side."""
        rows, columns = shape
        square = self.gain * torch.eye(min(shape), dtype=torch_type(dtype))
        return square.repeat(rows // min(shape), columns // min(shape))


@INITIALIZERS.register("STFTInitializer")
class STFT(Initializer):
    """Fill a kernel with the real or imaginary part of a Fourier transform.

    Shapes:
        kernel: (frame_length, 1, bands)

    Source: Keras 3.15 initializers/constant_initializers.py.
    """

    side: str = arg(one_of("real", "imag"), "real")
    window: Any = arg(a_window, "hann")
    scaling: str | None = arg(optional(one_of("density", "spectrum")), "density")
    periodic: bool = arg(true_or_false, False)

    def __call__(self, shape: Sequence[int], dtype: DType = None, **options: Any) -> Tensor:
        """Return the kernel."""
        length, _, bands = shape
        window = shaped_window(self.window, length, self.periodic)
        if window is not None and window.shape != (length,):
            raise ArgumentError("window", f"of shape ({length},)", window, who="STFT")
        kernel = fourier_kernel(self.side, window, length, bands, self.scaling)
        return kernel.to(torch_type(dtype))


zeros = zero = Zeros
ones = one = Ones
constant = Constant
random_normal = normal = RandomNormal
random_uniform = uniform = RandomUniform
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
glorot_uniform = GlorotUniform
glorot_normal = GlorotNormal
he_uniform = HeUniform
he_normal = HeNormal
lecun_uniform = LecunUniform
lecun_normal = LecunNormal
orthogonal = OrthogonalInitializer = Orthogonal
identity = IdentityInitializer = Identity


def compute_fans(shape: Sequence[int], data_format: str = "channels_last") -> tuple[float, float]:
    """Return how many inputs reach one output, and how many outputs one input reaches.

    Args:
        shape: of the kernel, window first.
        data_format: channels_first for Keras 1's Theano kernels (outputs, inputs, window).
    """
    kind, rank = rule("fans"), len(shape)
    if kind == "any rank" and rank < 2:
        return (float(math.prod(shape)),) * 2
    known = {"keras1": (2, 4, 5), "ranks 2 to 5": (2, 3, 4, 5)}.get(kind, (rank,))
    if rank < 2 or rank not in known:
        return (math.sqrt(math.prod(shape)),) * 2
    if rank > 2 and data_format == "channels_first":
        window = math.prod(shape[2:])
        return float(shape[1] * window), float(shape[0] * window)
    # Keras 1 counts only two axes of a 3D kernel's window.
    window = math.prod(shape[:-2][:2] if kind == "keras1" else shape[:-2])
    return float(shape[-2] * window), float(shape[-1] * window)


def torch_type(dtype: Any) -> torch.dtype:
    """Return torch's type for a name, a torch, numpy or TensorFlow type, or None (floatx)."""
    if isinstance(dtype, torch.dtype):
        return dtype
    name = floatx() if dtype is None else getattr(dtype, "name", dtype)
    found = getattr(torch, name if isinstance(name, str) else np.dtype(name).name, None)
    if not isinstance(found, torch.dtype):
        raise ArgumentError("dtype", "the name of a type", dtype)
    return found


def normal_values(
    shape: Sequence[int], mean: float, stddev: float, stream: torch.Generator | None, dtype: DType
) -> Tensor:
    """Draw from a normal distribution."""
    return _empty(shape, dtype).normal_(mean, stddev, generator=stream).to(torch_type(dtype))


def uniform_values(
    shape: Sequence[int], low: float, high: float, stream: torch.Generator | None, dtype: DType
) -> Tensor:
    """Draw evenly between two bounds."""
    return _empty(shape, dtype).uniform_(low, high, generator=stream).to(torch_type(dtype))


def cut_normal_values(
    shape: Sequence[int], mean: float, stddev: float, stream: torch.Generator | None, dtype: DType
) -> Tensor:
    """Draw from a normal distribution that is cut at two deviations."""
    low, high = mean - 2 * stddev, mean + 2 * stddev
    values = torch.nn.init.trunc_normal_(
        _empty(shape, dtype), mean, stddev, low, high, generator=stream
    )
    return values.to(torch_type(dtype))


def _empty(shape: Sequence[int], dtype: DType) -> Tensor:
    """Return room on the CPU, so that a seed draws the same on every machine."""
    kind = torch.float64 if torch_type(dtype) is torch.float64 else torch.float32
    return torch.empty(tuple(shape), dtype=kind, device="cpu")


def _by_qr(shape: tuple[int, int], stream: torch.Generator | None) -> Tensor:
    long, short = max(shape), min(shape)
    q: Tensor
    q, r = torch.linalg.qr(normal_values((long, short), 0.0, 1.0, stream, torch.float64))
    q = q * torch.sign(torch.diagonal(r))
    return q if shape[0] >= shape[1] else q.T


def _data_format(options: Mapping[str, Any]) -> str:
    """Return the order of a kernel's axes: Keras 1 names it, later Kerases have only one."""
    unsaid = "channels_first" if rule("fans") == "keras1" else "channels_last"
    ordering = options.get("dim_ordering", options.get("data_format"))
    return {"th": "channels_first", "tf": "channels_last", None: unsaid}.get(ordering, ordering)


def _takes(function: Callable[..., Any], keyword: str) -> bool:
    ours = isinstance(function, Initializer)
    words = _words(type(function).__call__ if ours else function)  # type: ignore[operator]
    return words is not None and (keyword in words or None in words)


@functools.lru_cache(maxsize=64)
def _words(function: Callable[..., Any]) -> frozenset[str | None] | None:
    """Return the words a function takes, None among them where it takes any."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return frozenset(None if it.kind is it.VAR_KEYWORD else it.name for it in parameters)
