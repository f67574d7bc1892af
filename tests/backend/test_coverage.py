"""Every public function of K has a value from a real Keras, a test by name, or a reason.

The functions are those of Keras 1.2.2, 2.0.8, 2.2.4, 2.3.1 and tf.keras 2.15, written down by
tools/recording/backend.py beside the values.
"""

from __future__ import annotations

import ast
import importlib
import json
import re
from functools import cache
from pathlib import Path

import pytest

from kshim import backend as K
from kshim.compat import finder
from tests.recorded import RECORDED, recorded

TESTS = Path(__file__).resolve().parent
ORACLES = ("keras-1.2.2", "keras-2.0.8", "keras-2.2.4", "keras-2.3.1", "tf.keras-2.15.0")

# The file and test that holds a function which keeps state, draws, or takes functions.
TESTED = {
    "batch_set_value": "state: weights_of_a_model_are_read_and_written_like_variables",
    "clear_session": "sessions: after_clear_session_nothing_holds_the_models_made_before",
    "control_dependencies": "sessions: names_of_scopes_and_orders_of_steps_change_nothing",
    "eager": "sessions: names_of_scopes_and_orders_of_steps_change_nothing",
    "get_session": "state: a_session_runs_variables_and_symbols",
    "get_uid": "sessions: numbers_of_names_start_again",
    "is_keras_tensor": "state: only_symbols_made_by_layers_are_keras_tensors",
    "is_placeholder": "coverage: a_variable_counts_its_numbers",
    "is_variable": "coverage: a_variable_counts_its_numbers",
    "learning_phase_scope": "sessions: the_phase_of_a_block_ends_with_it",
    "manual_variable_initialization": (
        "sessions: names_of_scopes_and_orders_of_steps_change_nothing"
    ),
    "moving_average_update": "state: updates_write_at_once_where_there_is_no_graph",
    "name_scope": "sessions: names_of_scopes_and_orders_of_steps_change_nothing",
    "reset_uids": "sessions: numbers_of_names_start_again",
    "set_epsilon": "older_words: settings_take_the_words_of_every_keras",
    "set_floatx": "older_words: settings_take_the_words_of_every_keras",
    "set_image_data_format": "older_words: settings_take_the_words_of_every_keras",
    "set_image_dim_ordering": "older_words: settings_take_the_words_of_every_keras",
    "set_learning_phase": "graphs: a_learning_phase_that_was_set_is_a_number",
    "set_session": "sessions: a_session_that_is_set_is_the_one_that_is_got",
    "set_value": "state: set_value_refuses_another_shape",
    "symbolic": "sessions: names_of_scopes_and_orders_of_steps_change_nothing",
}  # fmt: skip
# What no value can be held to.
REASONS = {
    "ctc_label_dense_to_sparse": "it makes a SparseTensor, which torch has no like of",
    "legacy_weight_ordering": "the order of weights in files of Keras 0, which none reads",
    "set_legacy_weight_ordering": "the order of weights in files of Keras 0, which none reads",
    "has_arg": "of keras.utils.generic_utils, which K's module imports",
    "transpose_shape": "of keras.utils.generic_utils, which K's module imports",
    "py_all": "Python's own",
    "py_any": "Python's own",
    "py_sum": "Python's own",
}
NOT_SERVED = {
    "ctc_label_dense_to_sparse",
    "legacy_weight_ordering",
    "set_legacy_weight_ordering",
}


@cache
def functions() -> dict[str, list[str]]:
    """Return the Kerases that have each function."""
    found: dict[str, list[str]] = {}
    for oracle in ORACLES:
        for line in (RECORDED / oracle / "backend_functions.txt").read_text().splitlines():
            found.setdefault(line.split()[0], []).append(oracle)
    return found


@cache
def with_values() -> frozenset[str]:
    """Return the functions that a real Keras was recorded to answer."""
    cases = [case for oracle in ORACLES for case in recorded("backend", oracle)]
    asked = {case.spec["function"] for case in cases if "refused" not in case.spec}
    for oracle in ORACLES:
        programs = json.loads((RECORDED / oracle / "backend_programs.json").read_text())["cases"]
        asked |= {name for one in programs for name in re.findall(r"\bK\.(\w+)", one)}
    return frozenset(asked)


@cache
def body_of(told: str) -> str:
    """Return the source of the test that an entry of TESTED names."""
    file, _, name = told.partition(": ")
    source = (TESTS / f"test_{file}.py").read_text()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == f"test_{name}":
            return ast.get_source_segment(source, node) or ""
    return ""


def test_there_are_as_many_functions_as_were_counted() -> None:
    assert {oracle: sum(oracle in some for some in functions().values()) for oracle in ORACLES} == {
        "keras-1.2.2": 143, "keras-2.0.8": 154, "keras-2.2.4": 160, "keras-2.3.1": 157,
        "tf.keras-2.15.0": 147,
    }  # fmt: skip


@pytest.mark.parametrize("name", functions())
def test_a_function_is_held_to_a_keras_or_to_a_test(name: str) -> None:
    held = {"a value": name in with_values(), "a test": name in TESTED, "a reason": name in REASONS}
    assert sum(held.values()) == 1, f"{name} of {functions()[name]} has {held}"


@pytest.mark.parametrize("name", TESTED)
def test_the_named_test_asks_the_function(name: str) -> None:
    body = body_of(TESTED[name])
    assert f".{name}" in body, f"{TESTED[name]} does not name {name}"


@pytest.mark.parametrize("name", functions())
def test_a_function_is_served(name: str) -> None:
    finder.install()
    try:
        backend = importlib.import_module("keras.backend")
        assert hasattr(backend, name) is (name not in NOT_SERVED)
    finally:
        finder.uninstall()


def test_the_tables_name_functions_alone() -> None:
    assert {*TESTED, *REASONS} <= {*functions()}
    assert {*REASONS} >= NOT_SERVED


def test_a_variable_counts_its_numbers() -> None:
    held = K.variable([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert K.count_params(held) == 6
    assert K.is_placeholder(K.placeholder((2, 3))) and not K.is_placeholder(held)
    assert K.is_variable(held) and not K.is_variable(K.eval(held))
