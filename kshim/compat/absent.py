"""What old scripts take from tensorflow and kshim does not have: why, and what to use instead.

A row names the beginnings of dotted paths. It is told at the line that asks for such a name.
"""

from __future__ import annotations

_GRAPHS = "there is no TensorFlow graph to change"
_RECORDS = "TFRecords cannot be read or written; convert them to numpy arrays"
_SPARSE = "there are no sparse tensors of TensorFlow's; use dense ones, or torch.sparse"
_STRINGS = "texts are Python's; use str methods before the model, or TextVectorization in it"
_SUMMARIES = "events are written by the callback TensorBoard, or torch.utils.tensorboard"
_TPU = "there are no TPUs; leave the strategy out"
_ESTIMATORS = "there are no estimators; use model.fit"
_RAGGED = "there are no ragged tensors; pad the rows and mask them"
_INSIDE = "it is TensorFlow's own inside; take the public name from tensorflow, where there is one"
_CELLS = "cells are Keras's; use keras.layers.GRUCell or LSTMCell"

REASONS: dict[str, str] = {
    "tensorflow.IndexedSlices": "gradients of embeddings are dense tensors",
    "tensorflow.Print": "use K.print_tensor",
    "tensorflow.RaggedTensor": _RAGGED,
    "tensorflow.RegisterGradient": f"{_GRAPHS}; use tf.custom_gradient or torch.autograd.Function",
    "tensorflow.SparseTensor": _SPARSE,
    "tensorflow.Summary": _SUMMARIES,
    "tensorflow.as_string": _STRINGS,
    "tensorflow.compat.v1.estimator": _ESTIMATORS,
    "tensorflow.compat.v1.experimental": _GRAPHS,
    "tensorflow.compat.v1.nn.rnn_cell": _CELLS,
    "tensorflow.config.experimental_connect_to_host": "there are no other hosts; use torchrun",
    "tensorflow.contrib.cluster_resolver": _TPU,
    "tensorflow.contrib.distribute": _TPU,
    "tensorflow.distribute.cluster_resolver": _TPU,
    "tensorflow.distribute.experimental.TPUStrategy": _TPU,
    "tensorflow.estimator": _ESTIMATORS,
    "tensorflow.extract_image_patches": "use torch.nn.functional.unfold in a layer of your own",
    "tensorflow.image.crop_and_resize": "cut the pictures, and give each to tf.image.resize",
    "tensorflow.io.FixedLenFeature": _RECORDS,
    "tensorflow.io.TFRecordWriter": _RECORDS,
    "tensorflow.io.parse_single_example": _RECORDS,
    "tensorflow.nn.rnn_cell": _CELLS,
    "tensorflow.python.client": "use tf.config.list_physical_devices",
    "tensorflow.python": _INSIDE,
    "tensorflow.ragged": _RAGGED,
    "tensorflow.report_uninitialized_variables": "variables have their values from the start",
    "tensorflow.sets": "use Python's sets on numbers",
    "tensorflow.sparse": _SPARSE,
    "tensorflow.sparse_tensor_to_dense": _SPARSE,
    "tensorflow.string_to_hash_bucket_fast": "use keras.layers.Hashing",
    "tensorflow.strings": _STRINGS,
    "tensorflow.summary": _SUMMARIES,
    "tensorflow.tpu": _TPU,
    "tensorflow.train.Example": _RECORDS,
    "tensorflow.train.Feature": _RECORDS,
    "tensorflow.train.Features": _RECORDS,
    "tensorflow.train.Int64List": _RECORDS,
}


def reason_for(path: str) -> str:
    """Return why kshim lacks a dotted name, by its longest beginning that has a row; or nothing."""
    if path.startswith("tensorflow.python.keras"):
        return ""
    held = [start for start in REASONS if f"{path}.".startswith(f"{start}.")]
    return REASONS[max(held, key=len)] if held else ""
