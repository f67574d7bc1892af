"""One face for every real Keras: build, run and differentiate with the same few calls.

``GraphKeras`` drives Keras 1.2.2 to 2.3.1 on TensorFlow 1, ``TheanoKeras`` Keras 1.2.2 on Theano,
``EagerKeras`` tf.keras 2.15, ``TorchKeras`` Keras 3 on torch, ``TensorFlowKeras`` the same on
TensorFlow; all on one thread. Runs inside the
real Keras (Python 3.6 and newer).
"""

import os
import platform

import numpy as np

if os.environ.get("KERAS_BACKEND") == "torch":
    import torch

    tf, OLD, BACKEND = None, False, "torch " + torch.__version__.split("+")[0]
elif os.environ.get("KERAS_BACKEND") == "theano":
    import theano
    import theano.ifelse  # Keras 1.2.2 uses it without importing it

    tf, OLD, BACKEND = None, True, "theano " + theano.__version__
else:
    import tensorflow as tf

    OLD, BACKEND = tf.__version__.startswith("1."), "tensorflow " + tf.__version__

if OLD or tf is None:
    import keras

    VERSION = keras.__version__
else:
    keras = tf.keras
    VERSION = __import__("keras").__version__

K = keras.backend


class GraphKeras:
    """Keras 1.2.2, 2.2.4 or 2.3.1: a graph and a session, renewed for every case."""

    name = "keras-" + VERSION
    # TensorFlow 1 races in training: the optimizer's count of batches rises before or after it is
    # read, as the order of the graph has it. Run that often, keep every distinct run.
    repeats = 10
    era = ".".join(VERSION.split(".")[:2])

    def renew(self, run: int = 0) -> None:
        """Forget every layer, start a session of one thread; runs after 0 rewrite no graph."""
        # The TensorFlow of Keras 1 does not know yet that it may be called v1.
        v1 = getattr(tf.compat, "v1", tf)
        K.clear_session()
        v1.set_random_seed(1)
        one = v1.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
        # What has no kernel here may stand in the graph, so long as it does not run.
        one.graph_options.place_pruned_graph = True
        if run:
            one.graph_options.optimizer_options.opt_level = -1
            if hasattr(one.graph_options.rewrite_options, "disable_meta_optimizer"):
                one.graph_options.rewrite_options.disable_meta_optimizer = True
        K.set_session(v1.Session(config=one))

    def leave_unused_aside(self) -> None:
        """Start a session that asks nothing of the parts of a graph that do not run."""
        config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
        config.graph_options.place_pruned_graph = True
        K.set_session(tf.Session(config=config))

    def declared_shape(self, layer: object, *shapes: object) -> object:
        """Return the shape a layer says its output has."""
        tell = getattr(layer, "compute_output_shape", None) or layer.get_output_shape_for
        return tell(*shapes)

    def shape(self, tensor: object) -> tuple:
        """Return the shape of a symbol, None for the batch."""
        # Keras 1's own int_shape asks TensorFlow, which forgets how many steps a loop makes.
        return getattr(tensor, "_keras_shape", None) or K.int_shape(tensor)

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
            K.sum(output * tf.constant(direction, output.dtype))
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


class TheanoKeras:
    """Keras 1.2.2 on Theano, which does not race."""

    name = "keras-" + VERSION + "-theano"
    repeats = 1
    era = ".".join(VERSION.split(".")[:2])

    def renew(self, run: int = 0) -> None:
        """Forget every layer name; every run is alike here."""
        keras.backend.common.reset_uids()

    def shape(self, tensor: object) -> tuple:
        """Return the shape of a symbol, None for the batch."""
        return K.int_shape(tensor)


class EagerKeras:
    """tf.keras 2.15, eagerly."""

    name = "tf.keras-" + VERSION
    repeats = 1
    era = ".".join(VERSION.split(".")[:2])

    def renew(self, run: int = 0) -> None:
        """Forget every layer name; every run is alike here."""
        K.clear_session()
        tf.random.set_seed(1)

    def declared_shape(self, layer: object, *shapes: object) -> object:
        """Return the shape a layer says its output has."""
        return layer.compute_output_shape(*shapes)

    def shape(self, tensor: object) -> tuple:
        """Return the shape of a symbol, None for the batch."""
        return K.int_shape(tensor)

    def run(self, model: object, values: list, training: bool) -> tuple:
        """Return the outputs of a model and their masks (None where there is none)."""
        outputs = flat(model(bare([tf.constant(value) for value in values]), training=training))
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
            outputs = flat(model(bare(inputs), training=training))
            total = tf.add_n(
                [
                    tf.reduce_sum(output * tf.constant(direction, output.dtype))
                    for output, direction in zip(outputs, directions)
                ]
            )
        grads = tape.gradient(total, inputs + list(model.trainable_weights))
        found = [None if grad is None else tf.convert_to_tensor(grad).numpy() for grad in grads]
        return found[: len(inputs)], found[len(inputs) :]


class TensorFlowKeras(EagerKeras):
    """Keras 3 on TensorFlow, for the layers that it cannot run without."""

    name = "keras-" + VERSION + "-tensorflow"
    era = VERSION.split(".")[0]
    asked = era + "-tensorflow"  # the cases it is for

    def shape(self, tensor: object) -> tuple:
        """Return the shape of a symbol, None for the batch."""
        return tuple(tensor.shape)


class TorchKeras:
    """Keras 3 on torch."""

    name = "keras-" + VERSION
    repeats = 1
    era = VERSION.split(".")[0]

    def renew(self, run: int = 0) -> None:
        """Forget every layer name; every run is alike here."""
        K.clear_session()
        keras.utils.set_random_seed(1)

    def declared_shape(self, layer: object, *shapes: object) -> object:
        """Return the shape a layer says its output has."""
        return layer.compute_output_shape(*shapes)

    def shape(self, tensor: object) -> tuple:
        """Return the shape of a symbol, None for the batch."""
        return tuple(tensor.shape)

    def run(self, model: object, values: list, training: bool) -> tuple:
        """Return the outputs of a model and their masks (None where there is none)."""
        with torch.no_grad():
            outputs = flat(model(bare([torch.tensor(one) for one in values]), training=training))
        masks = [tensor_mask(output) for output in outputs]
        return (
            [output.numpy() for output in outputs],
            [None if mask is None else mask.numpy() for mask in masks],
        )

    def gradients(self, model: object, values: list, directions: list, training: bool) -> tuple:
        """Return the gradients of sum(outputs * directions) by inputs and by trainable weights."""
        inputs = [torch.tensor(value) for value in values]
        leaves = [one.requires_grad_() if one.is_floating_point() else None for one in inputs]
        leaves += [weight.value for weight in model.trainable_weights]
        outputs = flat(model(bare(inputs), training=training))
        total = sum(
            (output * torch.tensor(direction).to(output.dtype)).sum()
            for output, direction in zip(outputs, directions)
        )
        found = iter(self._derive(total, [leaf for leaf in leaves if leaf is not None]))
        grads = [None if leaf is None else next(found) for leaf in leaves]
        return grads[: len(inputs)], grads[len(inputs) :]

    def _derive(self, total: object, leaves: list) -> list:
        """Return the gradients of a sum by each of the leaves."""
        if not leaves or not total.requires_grad:
            return [None] * len(leaves)
        grads = torch.autograd.grad(total, leaves, allow_unused=True)
        return [None if grad is None else grad.numpy() for grad in grads]


def open_oracle() -> object:
    """Return the driver of the Keras this Python holds, on one thread."""
    if BACKEND.startswith("theano"):
        return TheanoKeras()
    if tf is None:
        torch.set_num_threads(1)
        return TorchKeras()
    if OLD:
        return GraphKeras()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    return TensorFlowKeras() if VERSION.startswith("3.") else EagerKeras()


def origin(oracle: object, what: str) -> dict:
    """Return what every recorded file says about where it comes from."""
    return {
        "oracle": oracle.name,
        "era": oracle.era,
        "keras_version": VERSION,
        "backend": BACKEND,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "command": "python tools/record.py ORACLE_PYTHON --what " + what,
    }


def tensor_mask(tensor: object) -> object:
    """Return the mask that travels with a tensor, or None."""
    mask = getattr(tensor, "_keras_mask", None)
    if mask is None and tf is not None and getattr(tensor, "_keras_history", None) is not None:
        layer, place, output = tensor._keras_history[:3]
        nodes = getattr(layer, "_inbound_nodes", None) or layer.inbound_nodes
        masks = as_list(getattr(nodes[place], "output_masks", None))
        mask = masks[output] if output < len(masks) else None
    return mask


def as_list(value: object) -> list:
    """Return a list or tuple as a list, anything else as a list of itself."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def flat(value: object) -> list:
    """Return what lists and tuples hold, those inside them too; else a list of the value."""
    if isinstance(value, (list, tuple)):
        return [one for entry in value for one in flat(entry)]
    return [value]


def bare(values: list) -> object:
    """Return the only value of a list of one, else the list."""
    return values[0] if len(values) == 1 else values
