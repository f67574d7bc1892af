"""Record whole models: the files this Keras writes, their JSON, summary and predictions.

Runs inside the real Keras (Python 3.6 and newer).
"""

import contextlib
import glob
import io
import json
import os
import re
import tempfile
import zipfile

import h5py
import numpy as np
from archive import MIDNIGHT_1980, make_folder_of, write_files, write_recording
from asking import ask, cases_of
from draws import draw_inputs, draw_weights, stream
from layers import add, weight_name
from oracle import BACKEND, as_list, bare, keras, origin

AFTER_LOADING = 3
# The eras whose Keras writes .keras archives, and those whose Keras cannot train on from an H5.
ARCHIVING = ("2.15", "3")
NOT_RESUMING = ("3",)


def record(oracle: object, cases: str, out: str) -> list:
    """Record every model of this era; return a line for each that could not be recorded."""
    leave_out_times()
    target = os.path.join(out, "models", oracle.name, "models")
    make_folder_of(target)
    tables = sorted(glob.glob(os.path.join(cases, "models*.py")))
    asked = [case for table in tables for case in cases_of(table, oracle.era)]
    wanted = [case for case in asked if BACKEND.split()[0] in case.get("backends", BACKEND)]
    with tempfile.TemporaryDirectory() as folder:
        answers, failures = ask(wanted, lambda case: record_model(oracle, case, folder))
        write_files(target + ".zip", folder)
    write_recording(target, answers, origin(oracle, "models"))
    return failures


def leave_out_times() -> None:
    """Make h5py leave the time of writing out of what Keras writes: old h5py puts it in."""
    with_time = h5py.Group.create_dataset

    def without_time(group: object, *words: object, **more: object) -> object:
        more.setdefault("track_times", False)
        return with_time(group, *words, **more)

    h5py.Group.create_dataset = without_time


def record_model(oracle: object, case: dict, folder: str) -> tuple:
    """Build, train when asked, save and predict; return the model's row and its arrays."""
    path = os.path.join(folder, case["name"])
    oracle.renew()
    if "twin" in case:
        oracle.leave_unused_aside()
    model, arrays = case["build"](keras), {}
    values = draw_inputs(case)
    if not model.built:
        model.build(values[0].shape)
    set_weights(model, case)
    add(arrays, "weight", model.get_weights())
    row = {key: value for key, value in case.items() if not callable(value) and key != "reverse"}
    if "train" in case:
        row["losses"] = train(case, model, case["train"])
        row["metrics_names"] = list(model.metrics_names)
    add(arrays, "input", values)
    save(oracle, case, model, path)
    computing = twin_of(case, model, path) if "twin" in case else model
    add(arrays, "output", as_list(computing.predict_on_batch(bare(values))))
    row.update(describe(oracle, case, model))
    if "train" in case:
        for turn in range(case["train"] + AFTER_LOADING):
            add(arrays, f"batch_{turn}_input", draw_inputs(case, turn))
            add(arrays, f"batch_{turn}_target", draw_targets(case, turn))
        ending = ".keras" if oracle.era in NOT_RESUMING else ".h5"
        row["losses_after_loading"] = distinct(
            continue_training(oracle, case, path + ending, run) for run in range(oracle.repeats)
        )
        if oracle.era in ARCHIVING:
            after = continue_training(oracle, case, path + ".keras", 0)
            row["losses_after_archive"] = [after]
    return row, arrays


def twin_of(case: dict, model: object, path: str) -> object:
    """Return the model that computes in the place of one that cannot here, with its weights."""
    twin = case["twin"](keras)
    model.save_weights(path + ".weights.h5")
    twin.load_weights(path + ".weights.h5")
    twin.save_weights(path + ".twin.weights.h5")
    return twin


def set_weights(model: object, case: dict) -> None:
    """Give a model its drawn weights, and its normalizations their own numbers back."""
    given = {
        id(weight)
        for layer in model.layers
        if type(layer).__name__ == "Normalization"
        for weight in layer.weights
    }
    # get_weights goes layer by layer; model.weights does not in Keras 2.2 and 2.3.
    layers = getattr(model, "flattened_layers", model.layers)  # Keras 1: behind a first Merge
    weights = [weight for layer in layers for weight in layer.weights]
    before = model.get_weights()
    drawn = draw_weights(
        case, [weight_name(weight) for weight in weights], [value.shape for value in before]
    )
    model.set_weights(
        [old if id(weight) in given else new for weight, old, new in zip(weights, before, drawn)]
    )


def train(case: dict, model: object, batches: int, start: int = 0) -> list:
    """Return what ``train_on_batch`` returns for each of some batches."""
    return [
        [float(value) for value in as_list(train_on(case, model, turn))]
        for turn in range(start, start + batches)
    ]


def train_on(case: dict, model: object, turn: int) -> object:
    """Return what training on one batch returns."""
    targets = draw_targets(case, turn)
    return model.train_on_batch(bare(draw_inputs(case, turn)), bare(targets))


def draw_targets(case: dict, turn: int) -> list:
    """Return the targets of a batch: one-hot rows, or normal numbers where there is one column."""
    random = stream(case["name"], "targets", turn)
    return [
        np.eye(width, dtype=np.float32)[random.randint(0, width, size=rows)]
        if width > 1
        else random.normal(size=(rows, width)).astype(np.float32)
        for rows, width in case["targets"]
    ]


def continue_training(oracle: object, case: dict, path: str, run: int) -> list:
    """Return the losses of the next batches after the saved model is loaded again."""
    oracle.renew(run)
    return train(case, keras.models.load_model(path), AFTER_LOADING, case["train"])


def distinct(runs: object) -> list:
    """Return the different ones among some runs, in an order of their own."""
    return [json.loads(run) for run in sorted({json.dumps(run) for run in runs})]


def describe(oracle: object, case: dict, model: object) -> dict:
    """Return what a model says of itself; but for a ``quiet`` case little."""
    known = {
        "class_name": type(model).__name__,
        "output_shapes": [list(oracle.shape(tensor)) for tensor in model.outputs],
    }
    if case.get("quiet"):
        return known
    return {
        **known,
        "to_json": model.to_json(),
        "summary": summary(model),
        "layers": [layer.name for layer in model.layers],
        "weights": [[weight.name, list(oracle.shape(weight))] for weight in model.weights],
        "trainable": [weight.name for weight in model.trainable_weights],
    }


def summary(model: object) -> str:
    """Return what a model prints of itself."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        model.summary(line_length=90)
    return printed.getvalue().rstrip("\n")


def save(oracle: object, case: dict, model: object, path: str) -> None:
    """Write the model's H5, its archive where there is one, and, when asked, its weights alone."""
    if oracle.era in ARCHIVING:  # first: writing an H5, Keras 3 forgets which optimizer it has
        model.save(path + ".keras")
        leave_out_origin(path + ".keras")
    model.save(path + ".h5")
    if case.get("weights") or oracle.era in NOT_RESUMING:
        model.save_weights(path + ".weights.h5")


def leave_out_origin(path: str) -> None:
    """Write an archive again without dates and addresses in memory, which differ every time."""
    with zipfile.ZipFile(path) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members:
            if name.endswith(".json"):
                content = without_origin(content.decode()).encode()
            archive.writestr(zipfile.ZipInfo(name, MIDNIGHT_1980), content)


def without_origin(text: str) -> str:
    """Return a JSON text with a fixed date, and shared objects numbered in their order."""
    text = re.sub(r'"date_saved": "[^"]*"', '"date_saved": "1980-01-01@00:00:00"', text)
    numbers = {}

    def numbered(found):
        return f'"shared_object_id": {numbers.setdefault(found.group(1), len(numbers))}'

    return re.sub(r'"shared_object_id": (\d+)', numbered, text)
