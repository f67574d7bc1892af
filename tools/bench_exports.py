"""Compare ONNX that kshim writes with what Keras 3 on torch and tf2onnx write of the same models.

    python tools/bench_exports.py KERAS_PYTHON ... [--rounds 40]

Each KERAS_PYTHON is the Python of a real Keras: tf.keras 2.15 with tf2onnx, or Keras 3 on torch
with onnx and onnxscript. It builds each model of `MODELS` in Keras's words and writes it its own
way; kshim writes its own twin. All weights are drawn, or biases of zero would be left out of some
files. All files then run in one process of onnxruntime, one thread, in turn, to and fro: the table
shows nodes, Transposes, kilobytes and the median of the rounds in time of the CPU at two batch
sizes, which others' work on the machine disturbs less than the clock's.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BATCHES = (1, 32)
HEADS = ("model", "written by", "nodes", "Transposes", "kB", *(f"ms at {it}" for it in BATCHES))


def mlp(layers, models):
    """Return a plain stack of Dense layers."""
    return models.Sequential([
        layers.Input((64,)), layers.Dense(128, activation="relu"), layers.BatchNormalization(),
        layers.Dense(64, activation="relu"), layers.Dropout(0.5), layers.Dense(10, "softmax"),
    ])  # fmt: skip


def cnn(layers, models):
    """Return a small CNN with normalization."""
    return models.Sequential([
        layers.Input((32, 32, 3)), layers.Conv2D(32, 3, padding="same"),
        layers.BatchNormalization(), layers.Activation("relu"), layers.MaxPooling2D(),
        layers.Conv2D(64, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(10, "softmax"),
    ])  # fmt: skip


def resnet(layers, models):
    """Return a few residual blocks."""
    start = x = layers.Input((32, 32, 3))
    x = layers.Conv2D(32, 3, padding="same", use_bias=False)(x)
    for width, step in ((32, 1), (64, 2), (64, 1)):
        y = layers.Conv2D(width, 3, strides=step, padding="same", use_bias=False)(x)
        y = layers.Activation("relu")(layers.BatchNormalization()(y))
        y = layers.BatchNormalization()(layers.Conv2D(width, 3, padding="same")(y))
        x = layers.Conv2D(width, 1, strides=step)(x) if x.shape[-1] != width or step > 1 else x
        x = layers.Activation("relu")(layers.Add()([x, y]))
    return models.Model(start, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))


def lstm(layers, models):
    """Return an LSTM over words."""
    return models.Sequential([
        layers.Input((40,)), layers.Embedding(500, 32), layers.LSTM(64), layers.Dense(1, "sigmoid"),
    ])  # fmt: skip


def bigru(layers, models):
    """Return a GRU in both directions over numbers, its sequences kept."""
    return models.Sequential([
        layers.Input((30, 16)), layers.Bidirectional(layers.GRU(32, return_sequences=True)),
        layers.TimeDistributed(layers.Dense(8)),
    ])  # fmt: skip


def conv1d(layers, models):
    """Return convolutions over time."""
    return models.Sequential([
        layers.Input((100, 8)), layers.Conv1D(32, 5, activation="relu"), layers.MaxPooling1D(2),
        layers.Conv1D(32, 5, activation="relu"), layers.GlobalMaxPooling1D(), layers.Dense(4),
    ])  # fmt: skip


def attention(layers, models):
    """Return a layer of self-attention with what follows it in a transformer."""
    start = layers.Input((24, 32))
    seen = layers.MultiHeadAttention(4, 8)(start, start)
    seen = layers.LayerNormalization()(layers.Add()([start, seen]))
    more = layers.Dense(32)(layers.Dense(64, activation="relu")(seen))
    seen = layers.LayerNormalization()(layers.Add()([seen, more]))
    return models.Model(start, layers.Dense(3)(layers.GlobalAveragePooling1D()(seen)))


MODELS = {
    "mlp": mlp,
    "cnn": cnn,
    "resnet": resnet,
    "lstm": lstm,
    "bigru": bigru,
    "conv1d": conv1d,
    "attention": attention,
}


def drawn(model):
    """Return a model with weights that are drawn from a seed, positive as variances are."""
    import numpy as np

    source = np.random.default_rng(0)
    model.set_weights([source.uniform(0.01, 0.1, it.shape) for it in model.get_weights()])
    return model


def write(folder):
    """Write every model with the Keras of this Python; a model that cannot be is told of."""
    import keras
    import numpy as np

    version = keras.__version__
    older = version < "3"
    name = f"tf2onnx-{version}" if older else f"keras-{version}"
    if older:
        import tf2onnx
        from tensorflow import keras
    for title, make in MODELS.items():
        path = os.path.join(folder, f"{title}@{name}.onnx")
        keras.backend.clear_session()
        model = make(keras.layers, keras.models)
        try:
            model.predict(np.ones((1, *model.input_shape[1:])), verbose=0)  # Keras 3 asks for it
            drawn(model)
            if older:
                tf2onnx.convert.from_keras(model, output_path=path)
            else:
                model.export(path, format="onnx", verbose=False)
        except Exception as error:
            print(f"{title}: {name} cannot: {' '.join(str(error).split())[:150]}")


def write_ours(folder):
    """Write every model with kshim."""
    from kshim import layers, models
    from kshim.export import to_onnx

    for title, make in MODELS.items():
        made = drawn(make(layers, models))
        to_onnx(made, os.path.join(folder, f"{title}@kshim.onnx"), verbose=False)


def table(folder, rounds):
    """Return a row for each file: title, writer, nodes, Transposes, kilobytes, milliseconds."""
    import numpy as np
    import onnx
    import onnxruntime

    one = onnxruntime.SessionOptions()
    one.intra_op_num_threads = one.inter_op_num_threads = 1
    rows, runs = {}, {}
    for file in sorted(os.listdir(folder)):
        title, _, writer = file[: -len(".onnx")].partition("@")
        path = os.path.join(folder, file)
        nodes = [it.op_type for it in onnx.load(path).graph.node]
        rows[title, writer] = [len(nodes), nodes.count("Transpose"), os.path.getsize(path) // 1000]
        session = onnxruntime.InferenceSession(path, one)
        (entry,) = session.get_inputs()
        for batch in BATCHES:
            shape = [batch, *(it if isinstance(it, int) else 40 for it in entry.shape[1:])]
            whole = "int" in entry.type
            given = np.ones(shape, np.int64 if "64" in entry.type else np.int32 if whole else "f4")
            runs[title, writer, batch] = session, {entry.name: given}
    times = {key: [] for key in runs}
    for number in range(rounds):
        for key, (session, feed) in list(runs.items())[:: -1 if number % 2 else 1]:
            session.run(None, feed)
            start, repeats = time.process_time(), max(1, 32 // key[2])
            for _ in range(repeats):
                session.run(None, feed)
            times[key].append((time.process_time() - start) / repeats * 1000)
    for (title, writer, _), found in times.items():
        rows[title, writer].append(statistics.median(found))
    return rows


def main(words):
    """Print the table; with --write, only write the files of this Python's Keras."""
    if words[:1] == ["--write"]:
        write(words[1])
        return 0
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("oracles", nargs="+", metavar="KERAS_PYTHON")
    parser.add_argument("--rounds", type=int, default=40)
    asked = parser.parse_args(words)
    sys.path.insert(0, ROOT)
    with tempfile.TemporaryDirectory() as folder:
        write_ours(folder)
        bare = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        for python in asked.oracles:
            subprocess.run([python, __file__, "--write", folder], check=True, env=bare)
        print("".join(f"{head:>14}" for head in HEADS))
        for (title, writer), row in table(folder, asked.rounds).items():
            shown = [*map(str, row[:3]), *(f"{it:.3f}" for it in row[3:])]
            print("".join(f"{it:>14}" for it in (title, writer, *shown)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
