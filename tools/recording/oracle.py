"""One face for every real Keras: build, run and differentiate with the same few calls.

``GraphKeras`` drives Keras 2.2.4 and 2.3.1 on TensorFlow 1, ``EagerKeras`` drives tf.keras 2.15.
Both run on one thread. Runs inside the real Keras (Python 3.6 and newer).
"""

import platform

import numpy as np
import tensorflow as tf

OLD = tf.__version__.startswith("1.")
if OLD:
    import keras
else:
    keras = tf.keras

K = keras.backend
VERSION = keras.__version__ if OLD else __import__("keras").__version__


class GraphKeras:
    """Keras 2.2.4 or 2.3.1: a graph and a session, renewed for every case."""

    name = "keras-" + VERSION
    # TensorFlow 1 races in training: the optimizer's count of batches rises before or after it is
    # read, as the order of the graph has it. Run that often, keep every distinct run.
    repeats = 10
    era = ".".join(VERSION.split(".")[:2])

    def renew(self, run: int = 0) -> None:
        """Forget every layer, start a session of one thread; runs after 0 rewrite no graph."""
        K.clear_session()
        tf.compat.v1.set_random_seed(1)
        one = tf.compat.v1.ConfigProto(
            intra_op_parallelism_threads=1, inter_op_parallelism_threads=1
        )
        if run:
            one.graph_options.optimizer_options.opt_level = -1
            one.graph_options.rewrite_options.disable_meta_optimizer = True
        K.set_session(tf.compat.v1.Session(config=one))

    def run(self, model: object, values: list, training: bool) -> tuple:
        """Return the outputs of a model and their masks (None where there is none)."""
        masks = [tensor_mask(tensor) for tensor in model.outputs]
        wanted = list(model.outputs) + [mask for mask in masks if mask is not None]
        found = self._evaluate(model, wanted, values, training, updates=model.state_updates)
        outputs, kept = found[: len(model.outputs)], iter(found[len(model.outputs) :])
        return outputs, [None if mask is None else next(kept) for mask in masks]

    def gradients(self, model: object, values: list, directions: list, training: bool) -> tuple:
        """Return the gradients of sum(outputs * directions) by inputs and by trainable weights."""
        total = sum(
            K.sum(output * K.constant(direction))
            for output, direction in zip(model.outputs, directions)
        )
        sources = list(model.inputs) + list(model.trainable_weights)
        grads = tf.gradients(total, sources)
        wanted = [tf.convert_to_tensor(grad) for grad in grads if grad is not None]
        kept = iter(self._evaluate(model, wanted, values, training) if wanted else [])
        found = [None if grad is None else next(kept) for grad in grads]
        return found[: len(model.inputs)], found[len(model.inputs) :]

    def _evaluate(
        self, model: object, wanted: list, values: list, training: bool, updates: list = ()
    ) -> list:
        inputs = [*list(model.inputs), K.learning_phase()]
        function = K.function(inputs, wanted, updates=list(updates))
        return function([*list(values), int(training)])


class EagerKeras:
    """tf.keras 2.15, eagerly."""

    name = "tf.keras-" + VERSION
    repeats = 1
    era = ".".join(VERSION.split(".")[:2])

    def renew(self, run: int = 0) -> None:
        """Forget every layer name; every run is alike here."""
        K.clear_session()
        tf.random.set_seed(1)

    def run(self, model: object, values: list, training: bool) -> tuple:
        """Return the outputs of a model and their masks (None where there is none)."""
        outputs = as_list(model(bare([tf.constant(value) for value in values]), training=training))
        masks = [tensor_mask(output) for output in outputs]
        return (
            [output.numpy() for output in outputs],
            [None if mask is None else mask.numpy() for mask in masks],
        )

    def gradients(self, model: object, values: list, directions: list, training: bool) -> tuple:
        """Return the gradients of sum(outputs * directions) by inputs and by trainable weights."""
        inputs = [tf.constant(value) for value in values]
        with tf.GradientTape() as tape:
            for value in inputs:
                if value.dtype.is_floating:
                    tape.watch(value)
            outputs = as_list(model(bare(inputs), training=training))
            total = tf.add_n(
                [
                    tf.reduce_sum(output * direction)
                    for output, direction in zip(outputs, directions)
                ]
            )
        grads = tape.gradient(total, inputs + list(model.trainable_weights))
        found = [None if grad is None else tf.convert_to_tensor(grad).numpy() for grad in grads]
        return found[: len(inputs)], found[len(inputs) :]


def open_oracle() -> object:
    """Return the driver of the Keras this Python holds, on one thread."""
    if OLD:
        return GraphKeras()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return EagerKeras()


def origin(oracle: object, what: str) -> dict:
    """Return what every recorded file says about where it comes from."""
    return {
        "oracle": oracle.name,
        "era": oracle.era,
        "keras_version": VERSION,
        "backend": "tensorflow " + tf.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "command": "python tools/record.py ORACLE_PYTHON --what " + what,
    }


def tensor_mask(tensor: object) -> object:
    """Return the mask that travels with a tensor, or None."""
    mask = getattr(tensor, "_keras_mask", None)
    if mask is None and getattr(tensor, "_keras_history", None) is not None:
        layer, node, place = tensor._keras_history[:3]
        masks = as_list(getattr(layer._inbound_nodes[node], "output_masks", None))
        mask = masks[place] if place < len(masks) else None
    return mask


def as_list(value: object) -> list:
    """Return a list or tuple as a list, anything else as a list of itself."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def bare(values: list) -> object:
    """Return the only value of a list of one, else the list."""
    return values[0] if len(values) == 1 else values
