"""Variants: an ONNX file in half precision, or in whole numbers of 8 bits, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kshim.errors import ArgumentError, ShapeError
from kshim.export.differing import difference
from kshim.export.needing import need
from kshim.export.tracing import quiet

Feed = dict[str, Any]  # an array by the name of each input
_BATCH = 32  # samples that go through onnxruntime at a time


@dataclass(frozen=True)
class Change:
    """Say what a variant changed of the float32 model.

    Attributes:
        kind: "float16", "int8, dynamic" or "int8, static".
        difference: the largest between outputs: absolute below 1, else relative.
        agreement: the share of samples of the same class; None where outputs are no classes.
        samples: how many samples that was measured on.
        own_data: whether those were given; else they are seeded noise.
        size: of the file relative to the float32 file's.
    """

    kind: str
    difference: float
    agreement: float | None
    samples: int
    own_data: bool
    size: float

    def __str__(self) -> str:
        """Return one line for people."""
        same = "" if self.agreement is None else f"; the same class in {self.agreement:.1%}"
        data = "given samples" if self.own_data else "samples of seeded noise"
        return (
            f"{self.kind}: differs from float32 by {self.difference:.1e} at most{same}, on "
            f"{self.samples} {data}; {self.size:.2f} of the size"
        )


def kind_of(dtype: str, quantize: str | None, calibration: Any) -> str | None:
    """Return which variant is asked for; None for float32.

    Raises:
        ArgumentError: for a word that is none, and for both at once.
    """
    if dtype not in ("float32", "float16"):
        raise ArgumentError("dtype", "'float32' or 'float16'", dtype, who="to_onnx")
    if quantize not in (None, "int8"):
        raise ArgumentError("quantize", "'int8' or None", quantize, who="to_onnx")
    if quantize and dtype == "float16":
        wanted = "None beside dtype='float16'"
        raise ArgumentError("quantize", wanted, quantize, who="to_onnx")
    if quantize:
        return "int8, dynamic" if calibration is None else "int8, static"
    return "float16" if dtype == "float16" else None


def fed(entrances: Sequence[Any], calibration: Any) -> list[Feed]:
    """Return given samples as batches by input name.

    Args:
        calibration: an array, a list of one for each input, or a dict by name, as `predict`
            takes them.

    Raises:
        ShapeError: when they do not fit the inputs.
    """
    names = [entrance.name for entrance in entrances]
    if isinstance(calibration, Mapping):
        given = [calibration.get(name) for name in names]
        if set(calibration) != set(names):
            raise ArgumentError("calibration", f"arrays for {', '.join(names)}",
                                ", ".join(map(str, calibration)), who="to_onnx")  # fmt: skip
    else:
        given = list(calibration) if isinstance(calibration, list | tuple) else [calibration]
    if len(given) != len(names):
        raise ArgumentError("calibration", f"{len(names)} arrays", len(given), who="to_onnx")
    arrays = [
        np.asarray(array, str(entrance.kind).removeprefix("torch."))
        for array, entrance in zip(given, entrances, strict=True)
    ]
    for array, entrance in zip(arrays, entrances, strict=True):
        fits = len(array.shape) == len(entrance.shape) and all(
            size in (None, own) for size, own in zip(entrance.shape, array.shape, strict=True)
        )
        if not fits or not len(array) or len(array) != len(arrays[0]):
            raise ShapeError(
                f"to_onnx: calibration for input {entrance.name!r} must be of shape "
                f"{entrance.shape}, as many samples as the others and at least one, got "
                f"{array.shape}."
            )
    starts = range(0, len(arrays[0]), _BATCH)
    return [
        {name: array[start : start + _BATCH] for name, array in zip(names, arrays, strict=True)}
        for start in starts
    ]


def write(kind: str, source: Path, target: Path, feeds: Sequence[Feed], large: bool) -> None:
    """Write the variant of a float32 file.

    Args:
        feeds: what static int8 takes the ranges of values from.
        large: the weights are too many for one file.
    """
    with quiet():
        if kind == "float16":
            _write_half(source, target, large)
        else:
            _write_whole(kind, source, target, feeds, large)
    need("onnx").checker.check_model(target, full_check=True)


def _write_half(source: Path, target: Path, large: bool) -> None:
    """Write weights and arithmetic in half precision; inputs and outputs stay as they are."""
    onnx = need("onnx")
    convert = need("onnxruntime.transformers.float16").convert_float_to_float16
    half = convert(onnx.load(source), keep_io_types=True, disable_shape_infer=large)
    ir = need("onnx_ir")
    model = ir.from_proto(half)
    # The casts of the inputs were put behind all else.
    model.graph.sort()
    ir.save(model, target, external_data=f"{target.name}.data" if large else None)


def _write_whole(
    kind: str, source: Path, target: Path, feeds: Sequence[Feed], large: bool
) -> None:  # fmt: skip
    """Write weights, and what static calibration knows the range of, in 8 bits."""
    onnx, quantization = need("onnx"), need("onnxruntime.quantization")
    # onnxruntime turns matrices over and keeps what the file said of their shapes.
    told = onnx.load(source, load_external_data=False)
    del told.graph.value_info[:]
    onnx.save(told, source)
    if kind == "int8, dynamic":
        # onnxruntime's ConvInteger takes weights without a sign alone.
        quantization.quantize_dynamic(
            source, target, weight_type=quantization.QuantType.QUInt8,
            use_external_data_format=large,
        )  # fmt: skip
        return

    class Reader(quantization.CalibrationDataReader):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            self.rest: Iterator[Feed] = iter(feeds)

        def get_next(self) -> Feed | None:
            return next(self.rest, None)

    quantization.quantize_static(
        source, target, Reader(), quant_format=quantization.QuantFormat.QDQ, per_channel=True,
        use_external_data_format=large,
    )  # fmt: skip


def change(
    kind: str, before: Path, after: Path, feeds: Sequence[Feed], ends: Sequence[str | None],
    own_data: bool,
) -> Change:  # fmt: skip
    """Measure a variant against the float32 file in onnxruntime.

    Args:
        ends: for each output the operation it ends in; those of softmax and sigmoid are classes.
    """
    first, second = session(before), session(after)
    largest, same, samples = 0.0, [], 0
    for feed in feeds:
        samples += len(next(iter(feed.values())))
        for end, own, other in zip(
            ends, first.run(None, feed), second.run(None, feed), strict=True
        ):
            largest = max(largest, difference(other, own))
            if end is not None:
                same.append((_classes(own, end) == _classes(other, end)).ravel())
    size = _size(after) / _size(before)
    agreement = float(np.concatenate(same).mean()) if same else None
    return Change(kind, largest, agreement, samples, own_data, size)


def session(file: Path) -> Any:
    """Return onnxruntime's session of a file, on the CPU and silent."""
    runtime = need("onnxruntime")
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    return runtime.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def _classes(array: Any, end: str) -> Any:
    return array.argmax(-1) if end == "softmax" else array > 0.5


def _size(file: Path) -> int:
    return sum(made.stat().st_size for made in file.parent.glob(f"{file.name}*"))
