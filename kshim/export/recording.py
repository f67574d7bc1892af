"""Recording: the script that an old Keras runs, so that a model can be compared with it."""

from __future__ import annotations

RECORDER = '''\
"""Record what each layer of a model computes: python record.py MODEL INPUTS.npz REFERENCE.npz

Run it where the old Keras is (Keras 1, Keras 2, tf.keras or Keras 3; Python 2.7 or newer). INPUTS
holds an array for each input of the model, by the inputs' names or in their order.
"""
import sys

import numpy as np

try:
    from keras.models import Model, load_model  # tf.keras: from tensorflow.keras.models import ...
except ImportError:
    from tensorflow.keras.models import Model, load_model

model = load_model(sys.argv[1])
given = np.load(sys.argv[2])
names = [getattr(it, "name", "").split(":")[0] for it in model.inputs]
inputs = [given[it] for it in (names if all(it in given.files for it in names) else given.files)]
found = {}
for layer in model.layers:
    nodes = getattr(layer, "_inbound_nodes", None) or getattr(layer, "inbound_nodes", [])
    turn = 0
    for node in nodes if type(layer).__name__ != "InputLayer" else ():
        ends = node.output_tensors if hasattr(node, "output_tensors") else node.outputs
        ends = list(ends) if isinstance(ends, (list, tuple)) else [ends]
        try:
            part = Model(model.inputs, ends)
            for it in model.layers:
                if getattr(it, "stateful", False) and hasattr(it, "reset_states"):
                    it.reset_states()
            made = part.predict_on_batch(inputs if len(inputs) > 1 else inputs[0])
        except Exception:  # a call that does not belong to this model
            continue
        for place, array in enumerate(made if isinstance(made, list) else [made]):
            key = layer.name + ("@%d" % turn if turn else "") + (":%d" % place if place else "")
            found[key] = np.asarray(array)
        turn += 1
np.savez(sys.argv[3], **found)
print("%d outputs of %d layers in %s" % (len(found), len(model.layers), sys.argv[3]))
'''


def recorder() -> str:
    """Return a script for the old side, which writes the reference that `compare` reads."""
    return RECORDER
