"""Record which files of trained weights the newer architectures ask for, and for which images.

No model is made and nothing is fetched: the functions of this Keras run with stand-ins for layers
and models, down to the call that would fetch the file. Runs inside the real Keras.
"""

import importlib
import json
import os
import runpy
from unittest import mock

from asking import ask
from oracle import keras, origin

SHAPE = (None, 56, 56, 16)


def record(oracle: object, cases: str, out: str) -> list:
    """Record all files of this era; return a line for each architecture that failed."""
    rows = runpy.run_path(os.path.join(cases, "applications.py"))["TRAINED"]
    asked = [dict(row, name=row["function"]) for row in rows if oracle.era in row["eras"]]
    answers, failures = ask(asked, record_files)
    told = dict(origin(oracle, "trained"), cases=answers)
    with open(os.path.join(out, "recorded", oracle.name, "trained.json"), "w") as file:
        json.dump(told, file, indent=0, sort_keys=True)
        file.write("\n")
    return failures


def record_files(case: dict) -> dict:
    """Return name, origin and hash of each file of an architecture, and the size of images."""
    module = importlib.import_module("keras.src.applications." + case["module"])
    function = getattr(keras.applications, case["function"])
    return {
        "function": case["function"], "module": case["module"],
        "sets": [
            dict(one, include_top=top, **asked_for(module, function, dict(one, include_top=top)))
            for one in case["sets"]
            for top in (True, False)
        ],
    }  # fmt: skip


def asked_for(module: object, function: object, words: dict) -> dict:
    """Return what a call asks the cache for."""
    found = {}

    def get_file(fname: str, origin: str, cache_subdir: str, file_hash: str) -> str:
        found.update(file=fname, origin=origin, folder=cache_subdir, hash=file_hash)
        return "none"

    def shape(given: object, default_size: int, **_: object) -> tuple:
        found["size"] = default_size
        return (default_size, default_size, 3)

    named = ("data_utils", "file_utils", "utils")
    place = next(getattr(module, name) for name in named if hasattr(module, name))
    place = getattr(place, "data_utils", place)
    stand_ins = (
        "layers",
        "models",
        "training",
        "training_lib",
        "sequential",
        "Functional",
        "Sequential",
        "LayerScale",
        "layer_utils",
        "operation_utils",
        "tf",
        "backend",
    )
    with (
        mock.patch.object(place, "get_file", get_file),
        mock.patch.object(module.imagenet_utils, "obtain_input_shape", shape),
        mock.patch.object(module.imagenet_utils, "correct_pad", lambda *_: 1),
    ):
        patches = [
            mock.patch.object(module, it, mock.MagicMock())
            for it in stand_ins
            if hasattr(module, it)
        ]
        if hasattr(module, "_depth"):  # reckons with the channels of what is no tensor here
            patches.append(mock.patch.object(module, "_depth", lambda *_: 8))
        for patch in patches:
            patch.start()
        if hasattr(module, "backend"):
            module.backend.image_data_format.return_value = "channels_last"
            module.backend.int_shape.return_value = SHAPE
        module.layers.mock_add_spec([*dir(keras.layers), "VersionAwareLayers"])
        try:
            function(**words)
        finally:
            for patch in reversed(patches):
                patch.stop()
    return found
