"""Recorded model files of every Keras: they load, predict and train on as they did there.

What real Kerases wrote (compat_cases/README.md): whole models as HDF5 and as archives, and weights
alone. Predictions and the losses of three more batches are those of the Keras that wrote them.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kshim.core.eras import in_era
from kshim.models import load_model, model_from_json
from kshim.saving import inspect
from tests.recorded import Recorded, files_of, model_file, own_objects, recorded_models

CASES = recorded_models()
FILES = [(case, ending) for case in CASES for ending in files_of(case)]
WEIGHTS = [case for case, ending in FILES if ending == ".weights.h5" and "to_json" in case.spec]
TWINS = [case for case, ending in FILES if ending == ".twin.weights.h5"]
AFTER = {".h5": "losses_after_loading", ".keras": "losses_after_archive"}
WHOLE = [(case, ending) for case, ending in FILES if ending in AFTER]
RESUMED = [(case, ending) for case, ending in WHOLE if AFTER[ending] in case.spec]
ALIKE = ("keras-1.2.2-theano", "keras-2.0.8", "keras-2.3.1")  # what is written of these is not new
AGAIN = [
    (case, ending)
    for case, ending in WHOLE
    if "train" not in case.spec and case.oracle not in ALIKE
]

# TensorFlow 1.4 takes the new weights of the last layer into the gradient of the one before, in
# these graphs each time: with the late weights the formula gives the recorded losses to 1e-6. The
# same models recorded on Theano, which does not race, are met.
_RACED = "TensorFlow 1.4 raced in every run that was recorded"
# Known differences in training that goes on: the case as it is printed, and why.
KNOWN = {
    "trained_sgd-1.2.h5": _RACED,
    "trained_rmsprop-1.2.h5": _RACED,
    "trained_decay-1.2.h5": _RACED,
    "trained_nadam-2.15.keras": "the real one goes on with NaN: its archive lacks the product",
}


def row(case: Recorded, ending: str, known: dict[str, str] | None = None) -> Any:
    """Return the parameters of a file; a strict xfail where a difference is known."""
    reason = (known or {}).get(f"{case}{ending}")
    marks = [pytest.mark.xfail(strict=True, reason=reason)] if reason else []
    return pytest.param(case, ending, id=f"{case}{ending}", marks=marks)


def loaded(case: Recorded, ending: str, compile: bool = False) -> Any:
    """Return the model in a file of a case."""
    path = model_file(case, ending)
    return load_model(path, compile=compile, custom_objects=own_objects(case))


def alone(values: list[Any]) -> Any:
    """Return one array alone, several as a list."""
    return values[0] if len(values) == 1 else values


def check_predictions(model: Any, case: Recorded) -> None:
    """Check that a model predicts what the real Keras predicted."""
    outputs = model.predict(alone(case.inputs), batch_size=len(case.inputs[0]))
    listed = outputs if isinstance(outputs, list) else [outputs]
    for got, wanted in zip(listed, case.outputs, strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("oracle", sorted({case.oracle for case in CASES}))
def test_at_least_twenty_architectures_of_each_keras_are_recorded(oracle: str) -> None:
    names = {case.name for case in CASES if case.oracle == oracle}
    assert len({name for name in names if not name.startswith("trained_")}) >= 20
    assert len({name for name in names if name.startswith("trained_")}) >= 9


@pytest.mark.parametrize(("case", "ending"), [row(*it) for it in WHOLE if it not in RESUMED])
def test_a_whole_model_predicts_as_it_did(case: Recorded, ending: str) -> None:
    model = loaded(case, ending)
    assert model.era == case.era
    check_predictions(model, case)


@pytest.mark.parametrize("case", WEIGHTS, ids=str)
def test_weights_alone_go_into_the_model_that_its_json_makes(case: Recorded) -> None:
    with in_era(case.era):
        model = model_from_json(case.spec["to_json"], custom_objects=own_objects(case))
    model.set_weights([0 * value for value in model.get_weights()])
    model.load_weights(model_file(case, ".weights.h5"))
    check_predictions(model, case)


@pytest.mark.parametrize(("case", "ending"), [row(*it) for it in AGAIN])
def test_a_model_written_again_predicts_the_same(
    case: Recorded, ending: str, tmp_path: Path
) -> None:
    if (case.name, case.era, ending) == ("functions", "2.15", ".keras"):
        pytest.skip("tf.matmul(transpose_b=True) has no word in Keras 3")
    path = tmp_path / f"again{ending}"
    loaded(case, ending).save(path)
    check_predictions(load_model(path, custom_objects=own_objects(case)), case)


@pytest.mark.parametrize(("case", "ending"), [row(*it, KNOWN) for it in RESUMED])
def test_training_goes_on_as_in_one_of_the_recorded_runs(case: Recorded, ending: str) -> None:
    model = loaded(case, ending, compile=True)
    assert model.era == case.era
    check_predictions(model, case)
    losses = []
    for turn in range(case.spec["train"], case.spec["train"] + 3):
        inputs, targets = (case.numbered(f"batch_{turn}_{part}") for part in ("input", "target"))
        losses.append(np.ravel(model.train_on_batch(alone(inputs), alone(targets))))
    runs = [[np.ravel(values) for values in run] for run in case.spec[AFTER[ending]]]
    assert any(np.allclose(losses, run, rtol=1e-5, atol=1e-5, equal_nan=True) for run in runs)
    assert model.metrics_names == case.spec["metrics_names"]


@pytest.mark.parametrize(("case", "ending"), [row(*it) for it in FILES])
def test_the_report_of_a_file_is_true(case: Recorded, ending: str) -> None:
    report = inspect(model_file(case, ending), custom_objects=own_objects(case))
    assert report.loads, report.problems
    if ending in (".h5", ".keras"):
        assert report.era == case.era
        assert ("train" in case.spec) == (report.optimizer is not None)
        assert report.class_name is not None
    if case not in TWINS:
        assert report.parameters == sum(array.size for array in case.weights)


@pytest.mark.parametrize("case", TWINS, ids=str)
def test_weights_of_plain_layers_go_into_those_for_a_gpu(case: Recorded) -> None:
    model = loaded(case, ".h5")
    model.set_weights([0 * value for value in model.get_weights()])
    model.load_weights(model_file(case, ".twin.weights.h5"))
    check_predictions(model, case)


NESTING = ("nested", "shared_model", "distributed_model", "nested_sequential")


@pytest.mark.parametrize(
    "case",
    [case for case, ending in WHOLE if ending == ".keras" and case.name in NESTING],
    ids=str,
)
def test_calls_of_models_inside_models_are_counted_as_their_keras_does(
    case: Recorded, tmp_path: Path
) -> None:
    loaded(case, ".keras").save(tmp_path / "again.keras")
    theirs, mine = (calls_in(it) for it in (model_file(case, ".keras"), tmp_path / "again.keras"))
    assert mine == theirs


def calls_in(path: Path) -> dict[str, Any]:
    """Return by layer which calls of others go into its calls, as an archive tells it."""
    with zipfile.ZipFile(path) as archive:
        told = json.loads(archive.read("config.json"))
    layers = told["config"]["layers"]
    return {it["name"]: history_in(it["inbound_nodes"]) for it in layers if "inbound_nodes" in it}


def history_in(nodes: Any) -> list[tuple[Any, ...]]:
    """Return every (layer, call, output) inside a config, in both ways of telling it."""
    if isinstance(nodes, dict):
        if "keras_history" in nodes:
            return [tuple(nodes["keras_history"])]
        return [it for value in nodes.values() for it in history_in(value)]
    if not isinstance(nodes, list):
        return []
    if len(nodes) >= 3 and isinstance(nodes[0], str):
        return [tuple(nodes[:3])]
    return [it for value in nodes for it in history_in(value)]
