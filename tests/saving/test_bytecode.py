"""Code in files: refused unless the user says otherwise, and then run where it can be."""

from __future__ import annotations

import base64
import marshal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kshim import layers
from kshim.core.registry import custom_object_scope
from kshim.errors import FileError
from kshim.models import load_model
from kshim.saving.bytecode import TRUSTED, function_of, with_functions
from kshim.saving.dialects import read_config
from tests.recorded import Recorded, files_of, model_file, recorded_models

HERE = ".".join(str(number) for number in sys.version_info[:2])
# `lambda x, y=2.0: x.clip(0.0, y) * 3.0 - 1.0`, by the Python that compiled it:
# python -c "import base64, marshal; print(base64.b64encode(marshal.dumps((lambda ...).__code__)))"
COMPILED = {
    "2.7": (
        "YwIAAAACAAAAAwAAAEMAAABzGAAAAHwAAGoAAGQBAHwBAIMCAGQCABRkAwAYUygEAAAATmcAAAAAAAAA"
        "AGcAAAAAAAAIQGcAAAAAAADwPygBAAAAdAQAAABjbGlwKAIAAAB0AQAAAHh0AQAAAHkoAAAAACgAAAAA"
        "cwgAAAA8c3RyaW5nPnQIAAAAPGxhbWJkYT4DAAAAdAAAAAA="
    ),
    "3.6": (
        "4wIAAAAAAAAAAgAAAAMAAABDAAAAcxQAAAB8AGoAZAF8AYMCZAIUAGQDGABTACkETucAAAAAAAAAAOcA"
        "AAAAAAAIQOcAAAAAAADwPykB2gRjbGlwKQLaAXjaAXmpAHIHAAAA2gg8c3RyaW5nPtoIPGxhbWJkYT4D"
        "AAAAcwAAAAA="
    ),
    "3.7": (
        "4wIAAAAAAAAAAgAAAAQAAABDAAAAcxQAAAB8AKAAZAF8AaECZAIUAGQDGABTACkETucAAAAAAAAAAOcA"
        "AAAAAAAIQOcAAAAAAADwPykB2gRjbGlwKQLaAXjaAXmpAHIHAAAA2gg8c3RyaW5nPtoIPGxhbWJkYT4D"
        "AAAA8wAAAAA="
    ),
    "3.8": (
        "4wIAAAAAAAAAAAAAAAIAAAAEAAAAQwAAAHMUAAAAfACgAGQBfAGhAmQCFABkAxgAUwApBE7nAAAAAAAA"
        "AADnAAAAAAAACEDnAAAAAAAA8D8pAdoEY2xpcCkC2gF42gF5qQByBwAAANoIPHN0cmluZz7aCDxsYW1i"
        "ZGE+AwAAAPMAAAAA"
    ),
    "3.9": (
        "4wIAAAAAAAAAAAAAAAIAAAAEAAAAQwAAAHMUAAAAfACgAGQBfAGhAmQCFABkAxgAUwApBE7nAAAAAAAA"
        "AADnAAAAAAAACEDnAAAAAAAA8D8pAdoEY2xpcCkC2gF42gF5qQByBwAAANoIPHN0cmluZz7aCDxsYW1i"
        "ZGE+AwAAAPMAAAAA"
    ),
    "3.10": (
        "4wIAAAAAAAAAAAAAAAIAAAAEAAAAQwAAAHMUAAAAfACgAGQBfAGhAmQCFABkAxgAUwApBE7nAAAAAAAA"
        "AADnAAAAAAAACEDnAAAAAAAA8D8pAdoEY2xpcCkC2gF42gF5qQByBwAAANoIPHN0cmluZz7aCDxsYW1i"
        "ZGE+AwAAAHMCAAAAFAA="
    ),
    "3.11": (
        "4wIAAAAAAAAAAAAAAAQAAAADAAAA8zoAAACXAHwAoAAAAAAAAAAAAAAAAAAAAAAAAAAAAGQBfAGmAgAA"
        "qwIAAAAAAAAAAGQCegUAAGQDegoAAFMAKQRO5wAAAAAAAAAA5wAAAAAAAAhA5wAAAAAAAPA/KQHaBGNs"
        "aXApAtoBeNoBeXMCAAAAICD6CDxzdHJpbmc++gg8bGFtYmRhPnIJAAAAAwAAAHMcAAAAgACwcbd2sna4"
        "Y8AxsX60fsgD0TdLyGPRN1GAAPMAAAAA"
    ),
    "3.12": (
        "4wIAAAAAAAAAAAAAAAQAAAADAAAA8zIAAACXAHwAagEAAAAAAAAAAAAAAAAAAAAAAABkAXwBqwIAAAAA"
        "AABkAnoFAABkA3oKAABTACkETucAAAAAAAAAAOcAAAAAAAAIQOcAAAAAAADwPykB2gRjbGlwKQLaAXja"
        "AXlzAgAAACAg+gg8c3RyaW5nPvoIPGxhbWJkYT5yCQAAAAMAAABzGgAAAIAAsHG3drF2uGPAMbN+yAPR"
        "N0vIY9E3UYAA8wAAAAA="
    ),
    "3.13": (
        "4wIAAAAAAAAAAAAAAAQAAAADAAAA8zIAAACVAFUAUgEAAAAAAAAAAAAAAAAAAAAAAABTAVUBNQIAAAAA"
        "AABTAi0FAABTAy0KAAAkACkETucAAAAAAAAAAOcAAAAAAAAIQOcAAAAAAADwPykB2gRjbGlwKQLaAXja"
        "AXlzAgAAACAg2gg8c3RyaW5nPtoIPGxhbWJkYT5yCQAAAAMAAABzGAAAAIAAsHG3drF2uGPAMbN+yAPR"
        "N0vIY9I3UfMAAAAA"
    ),
}
# These Pythons have the same instructions for it.
ALIKE = ({"3.8", "3.9", "3.10"},)
WITH_CODE = [
    (case, ending)
    for case in recorded_models()
    if case.name == "lambdas"
    for ending in files_of(case)
    if not ending.endswith(".weights.h5")
]


def runs_here(version: str) -> bool:
    """Return whether this Python has the instructions of another."""
    return version == HERE or any({version, HERE} <= alike for alike in ALIKE)


def coded(function: Any) -> str:
    """Return a function's code as files hold it."""
    return base64.b64encode(marshal.dumps(function.__code__)).decode()


@pytest.mark.parametrize("version", COMPILED)
def test_code_of_this_python_runs_and_that_of_others_is_refused(version: str) -> None:
    stored = [COMPILED[version], [2.0], None]
    if runs_here(version):
        made = function_of(stored, "f.h5: function of 'l'")
        np.testing.assert_allclose(made(np.array([-1.0, 0.5, 9.0])), [-1.0, 0.5, 5.0])
    else:
        with pytest.raises(FileError, match=rf"function of 'l' must be bytecode of Python {HERE}"):
            function_of(stored, "f.h5: function of 'l'")


@pytest.mark.parametrize(("case", "ending"), WITH_CODE, ids=str)
def test_recorded_files_with_code(case: Recorded, ending: str) -> None:
    path = model_file(case, ending)
    with pytest.raises(FileError, match="code in files is not executed"):
        load_model(path)
    if HERE != "3.11" or case.era not in (
        "2.15",
        "3",
    ):  # the others were written by Python 3.6, 3.7
        with pytest.raises(FileError, match=f"must be bytecode of Python {HERE}"):
            load_model(path, safe_mode=False)
        return
    model = load_model(path, safe_mode=False)
    np.testing.assert_allclose(model.predict(case.inputs[0]), case.outputs[0], rtol=1e-5, atol=1e-6)


def test_code_closes_over_values_and_finds_the_users_objects() -> None:
    factor = 3.0
    outer = lambda x: (x * factor, mine(x), np.pi, K.epsilon())  # type: ignore[name-defined]  # noqa: E731, F821
    stored = {"class_name": "__lambda__", "config": {"code": coded(outer), "closure": [factor]}}
    with custom_object_scope({"mine": abs}):
        made = function_of(stored, "f")
    assert made(-2.0) == (-6.0, 2.0, np.pi, 1e-7)


def test_lists_in_defaults_are_tuples_again() -> None:
    made = function_of([coded(lambda x, axes=(1, 2): axes), [[1, 2]], None], "f")
    assert made(0) == (1, 2)


def test_code_of_keras_1_is_a_letter_a_byte() -> None:
    text = marshal.dumps((lambda x: x + 1).__code__).decode("raw_unicode_escape")
    assert function_of([text, None, None], "f")(1) == 2


@pytest.mark.parametrize("text", ["", "4wEA", "!!", "TlRoaXMgaXMgbm8gY29kZQ==", "KQA=", None, 3])
def test_what_is_no_code_is_refused(text: Any) -> None:
    with pytest.raises(FileError, match="f must be bytecode"):
        function_of([text, None, None], "f")


def test_code_that_lacks_what_it_closes_over_is_refused() -> None:
    factor = 3.0
    with pytest.raises(FileError, match="f must close over 1 values, got 0"):
        function_of([coded(lambda x: x * factor), None, None], "f")


def test_every_place_that_may_hold_code() -> None:
    code = [coded(lambda shapes: shapes[0]), None, None]
    config = {"name": "m", "mode": code, "mode_type": "lambda", "output_shape": [3], "other": code}
    made = with_functions(config, "f")
    assert made["mode"]([4]) == 4
    assert made["other"] == code
    assert "mode_type" not in made


def test_a_lambdas_shape_and_mask_are_functions_too() -> None:
    config = {
        "name": "l",
        "function": [coded(lambda x: x[:, 1:]), None, None],
        "function_type": "lambda",
        "module": "keras.layers.core",
        "output_shape": [coded(lambda shape: (shape[0], shape[1] - 1)), None, None],
        "output_shape_type": "lambda",
        "output_shape_module": "keras.layers.core",
        "mask": {"class_name": "__lambda__", "config": {"code": coded(lambda x, mask: mask)}},
        "arguments": {},
    }
    with TRUSTED.override(True):
        layer = layers.Lambda.from_config(
            read_config({"class_name": "Lambda", "config": config})["config"]
        )
    assert layer(layers.Input((4,))).shape == (None, 3)
    assert layer.mask(1, mask=2) == 2


def test_trust_ends_with_the_file(tmp_path: Path) -> None:
    case, ending = next(it for it in WITH_CODE if it[0].era == "2.15")
    try:
        load_model(model_file(case, ending), safe_mode=False)
    except FileError:
        assert HERE != "3.11"
    with pytest.raises(FileError, match="code in files is not executed"):
        load_model(model_file(case, ending))
