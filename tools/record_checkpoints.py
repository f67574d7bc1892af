"""Record checkpoints and SavedModels with a real tf.keras 2.x, what they predict and go on to lose.

ORACLE_PYTHON tools/record_checkpoints.py
"""

import io
import json
import os
import sys
import tempfile
import zipfile

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0", CUDA_VISIBLE_DEVICES="-1")

import keras
import numpy as np
import tensorflow as tf

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CASES = os.path.join(ROOT, "compat_cases", "cases")
OUT = os.path.join(ROOT, "compat_cases", "models", "tf.keras-2.15.0")
sys.path.insert(0, CASES)

import checkpoints  # noqa: E402


def record(name, folder):
    """Train a model, save it in a folder, and return what it predicts and goes on to lose."""
    how, make, shapes = checkpoints.CASES[name]
    tf.keras.utils.set_random_seed(checkpoints.SEED)
    tf.keras.backend.clear_session()
    model = make(tf.keras)
    inputs, targets = checkpoints.data(np, shapes)
    given = inputs[0] if len(inputs) == 1 else inputs
    for _ in range(checkpoints.STEPS):
        model.train_on_batch(given, targets)
    predicted = model.predict(given, verbose=0)
    path = os.path.join(folder, name)
    if how == "weights":
        model.save_weights(os.path.join(path, "w"))
    elif how == "checkpoint":
        step = tf.Variable(5, dtype="int64")
        tf.train.Checkpoint(model=model, optimizer=model.optimizer, step=step).save(
            os.path.join(path, "c")
        )
    else:
        model.save(path)
    losses = [float(model.train_on_batch(given, targets)) for _ in range(checkpoints.STEPS)]
    return {"predicted": predicted.tolist(), "losses": losses}


def main():
    """Record every case into one zip and one json."""
    with tempfile.TemporaryDirectory() as folder:
        told = {name: record(name, folder) for name in checkpoints.CASES}
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for place, _, names in sorted(os.walk(folder)):
                for name in sorted(names):
                    path = os.path.join(place, name)
                    member = zipfile.ZipInfo(os.path.relpath(path, folder))
                    member.compress_type = zipfile.ZIP_DEFLATED
                    with open(path, "rb") as file:
                        archive.writestr(member, file.read())
    with open(os.path.join(OUT, "checkpoints.zip"), "wb") as file:
        file.write(packed.getvalue())
    whole = {
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "command": "ORACLE_PYTHON tools/record_checkpoints.py",
        "cases": told,
    }
    with open(os.path.join(OUT, "checkpoints.json"), "w") as file:
        json.dump(whole, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
