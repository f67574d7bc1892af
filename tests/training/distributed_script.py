"""What the tests of distributed training run: a script that says nothing of processes.

It is started alone, and by torchrun's words in two processes; each writes what it found.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import numpy as np
import torch

import kshim
from kshim import backend, layers, mixed_precision, optimizers
from kshim.callbacks import (
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    ModelCheckpoint,
    TensorBoard,
)
from kshim.compat.tensorflow.distribution import MirroredStrategy
from kshim.errors import NotSupported
from kshim.graph import pieces
from kshim.models import Model, Sequential, load_model
from kshim.training import sharding
from kshim.utils import multi_gpu_model

ROWS, FEATURES, CLASSES = 11, 4, 3  # by fives: the last batch holds one row, for two processes


def data() -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.RandomState(3)
    return draw.normal(size=(ROWS, FEATURES)), np.eye(CLASSES)[draw.randint(0, CLASSES, ROWS)]


def same_weights(model: Any) -> None:
    draw = np.random.RandomState(4)
    model.set_weights([draw.uniform(-0.5, 0.5, it.shape) for it in model.get_weights()])


def classifier(**options: Any) -> Any:
    model = Sequential([
        layers.Dense(5, activation="tanh", input_shape=(FEATURES,), **options),
        layers.Dense(CLASSES, activation="softmax"),
    ])  # fmt: skip
    same_weights(model)
    return model


def told(model: Any, history: Any, **more: Any) -> dict[str, Any]:
    x, y = data()
    return {
        "history": history.history, "weights": [it.tolist() for it in model.get_weights()],
        "evaluated": model.evaluate(x, y, batch_size=5, verbose=0),
        "predicted": model.predict(x, batch_size=5).tolist(), **more,
    }  # fmt: skip


def plain(folder: str) -> dict[str, Any]:
    x, y = data()
    model = classifier(kernel_regularizer="l2")
    model.compile(optimizers.Adam(0.05), "categorical_crossentropy", metrics=["accuracy", "AUC"])
    files = [ModelCheckpoint(f"{folder}/best.h5", verbose=1), CSVLogger(f"{folder}/log.csv")]
    history = model.fit(
        x, y, batch_size=5, epochs=3, validation_data=(x[:7], y[:7]), verbose=2, callbacks=files
    )
    return told(model, history)


def saved_by_the_script(folder: str) -> dict[str, Any]:
    """Save at the end, as scripts do: the first process writes, late, and the other waits."""
    x, y = data()
    model = classifier()
    model.compile("adam", "categorical_crossentropy")
    model.fit(x, y, batch_size=5, verbose=0, callbacks=[ModelCheckpoint(f"{folder}/whole.h5")])
    number = os.environ.get("RANK", "0")
    time.sleep(0.5 if number == "0" else 0)
    model.save(f"{folder}/whole.h5")
    file = os.stat(f"{folder}/whole.h5").st_ino  # another one, if written again
    found = load_model(f"{folder}/whole.h5").predict(x).tolist()
    with patch.object(pieces, "_BEHIND", 0.1):  # each its own: nobody is waited for
        model.save_weights(f"{folder}/of-{number}.h5")
    model.fit(x, y, batch_size=5, verbose=0)
    return {"file": file, "predicted": found, "own": os.path.exists(f"{folder}/of-{number}.h5")}


def saved_nowhere(folder: str) -> dict[str, Any]:
    x, y = data()
    model = classifier()
    model.compile("adam", "categorical_crossentropy")
    model.fit(x, y, batch_size=5, verbose=0)
    model.save(f"{folder}/no/such/folder.h5")
    return {}


class Forking(Model):
    """Leave out a layer in every second batch."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = layers.Dense(CLASSES), layers.Dense(CLASSES)
        self.turn = 0

    def call(self, inputs: Any) -> Any:
        self.turn += 1
        return self.first(inputs) + (self.second(inputs) if self.turn % 2 else 0)


def forking(folder: str) -> dict[str, Any]:
    x, y = data()
    model = Forking()
    model(x)
    same_weights(model)
    model.compile("adam", "mse")
    history = model.fit(x, y, batch_size=5, epochs=2, shuffle=False, verbose=0)
    return {"history": history.history, "weights": [it.tolist() for it in model.get_weights()]}


def stopped_early(folder: str) -> dict[str, Any]:
    x, y = data()
    model = classifier()
    model.compile("sgd", "categorical_crossentropy")
    stopping = EarlyStopping("loss", min_delta=10.0, patience=1, verbose=1)
    return told(model, model.fit(x, y, batch_size=5, epochs=9, verbose=0, callbacks=[stopping]))


def weighted_as_keras_2(folder: str) -> dict[str, Any]:
    kshim.era("2.2")
    x, y = data()
    model = classifier()
    model.compile("rmsprop", "categorical_crossentropy", metrics=["acc"])
    weights = np.linspace(0, 2, ROWS)  # the mean is over those that are not 0
    np.random.seed(5)
    history = model.fit(x, y, batch_size=4, epochs=2, verbose=0, sample_weight=weights)
    return told(model, history)


def added(folder: str) -> dict[str, Any]:
    x, y = data()
    inputs = layers.Input((FEATURES,))
    hidden = layers.Dense(5, activation="tanh")(inputs)
    model = Model(inputs, [layers.Dense(CLASSES)(hidden), layers.Dense(2, name="unused")(hidden)])
    model.add_loss(backend.mean(backend.square(hidden)))
    model.add_metric(backend.mean(hidden), name="level")
    same_weights(model)
    model.compile(optimizers.SGD(0.1), {model.output_names[0]: "mse"})
    history = model.fit(x, [y, None], batch_size=5, epochs=2, shuffle=False, verbose=0)
    return {"history": history.history, "predicted": model.predict(x)[0].tolist()}


def of_a_generator(folder: str) -> dict[str, Any]:
    def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        while True:
            rows = np.random.permutation(ROWS)[:6]
            yield x[rows], y[rows]

    x, y = data()
    model = classifier()
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    np.random.seed(6 + int(os.environ.get("RANK", "0")))
    return told(model, model.fit(batches(), steps_per_epoch=3, epochs=2, verbose=0))


def by_single_batches(folder: str) -> dict[str, Any]:
    x, y = data()
    model = classifier()
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    trained = [model.train_on_batch(x[first:], y[first:]) for first in range(4)]
    return {"trained": trained, "tested": model.test_on_batch(x, y)}


def begun_anew(folder: str) -> dict[str, Any]:
    """Begin with weights of chance: both processes must have the same."""
    torch.manual_seed(7 + int(os.environ.get("RANK", "0")))
    x, y = data()
    model = Sequential([layers.Dense(CLASSES, input_shape=(FEATURES,)), layers.Dropout(0.5)])
    model.compile("sgd", "mse")
    return told(model, model.fit(x, y, batch_size=4, epochs=2, verbose=0))


def normalised(folder: str) -> dict[str, Any]:
    x, _ = data()
    model = Sequential([layers.BatchNormalization(momentum=0.5, input_shape=(FEATURES,))])
    model.compile(optimizers.SGD(0.0), "mse")
    model.fit(x[:8], x[:8], batch_size=8, epochs=1, shuffle=False, verbose=0)
    return {"moving": [it.tolist() for it in model.get_weights()[2:]], "x": x[:8].tolist()}


def scaled(folder: str) -> dict[str, Any]:
    mixed_precision.set_global_policy("mixed_float16")
    x, y = data()
    model = classifier()
    model.compile("sgd", "mse")
    found = told(model, model.fit(x, y, batch_size=5, epochs=2, verbose=0))
    mixed_precision.set_global_policy(None)
    return found


def resumed(folder: str) -> dict[str, Any]:
    x, y = data()
    for epochs in (1, 3):
        backend.clear_session()
        model = classifier()
        model.compile("adam", "mse")
        history = model.fit(
            x, y, batch_size=5, epochs=epochs, verbose=0, shuffle=False, resume=f"{folder}/kept"
        )
    return told(model, history)


def until_told(folder: str) -> dict[str, Any]:
    def begun(epoch: int, logs: Any) -> None:
        with open(f"{folder}/begun-{os.environ['RANK']}", "w"):
            pass

    x, y = data()
    model = classifier()
    model.compile("sgd", "mse")
    heard = LambdaCallback(on_epoch_end=begun)
    model.fit(x, y, batch_size=5, epochs=100_000, verbose=0, callbacks=[heard])
    return {}


def on_two_devices(folder: str) -> dict[str, Any]:
    """Say with tf.distribute, and with multi_gpu_model, what torchrun brings about."""
    strategy = MirroredStrategy()
    x, y = data()
    with strategy.scope():
        model = classifier()
        model = multi_gpu_model(model, gpus=2) if strategy.num_replicas_in_sync > 1 else model
        model.compile("sgd", "mse")
    found = told(model, model.fit(x, y, batch_size=5, epochs=1, verbose=0))
    try:
        strategy.run(len, args=([],))
        return found | {"loop": "runs"}
    except NotSupported as error:
        return found | {"loop": str(error)}


def adversaries(folder: str) -> dict[str, Any]:
    x, _ = data()
    maker = Sequential([layers.Dense(FEATURES, input_shape=(2,))])
    judge = Sequential([layers.Dense(3, activation="tanh", input_shape=(FEATURES,)),
                        layers.Dropout(0.0), layers.Dense(1, activation="sigmoid")])  # fmt: skip
    for model in (maker, judge):
        same_weights(model)
    judge.compile(optimizers.SGD(0.1), "binary_crossentropy", metrics=["accuracy"])
    judge.trainable = False
    both = Sequential([maker, judge])
    both.compile(optimizers.SGD(0.1), "binary_crossentropy")
    losses = []
    for turn in range(3):
        chance = np.random.RandomState(turn).normal(size=(6, 2))
        made = maker.predict(chance, verbose=0)
        losses += judge.train_on_batch(x[:7], np.ones((7, 1)))
        losses += judge.train_on_batch(made, np.zeros((6, 1)))
        losses.append(both.train_on_batch(chance, np.ones((6, 1))))
    return {"losses": losses, "weights": [it.tolist() for it in both.get_weights()]}


def sequences(folder: str) -> dict[str, Any]:
    draw = np.random.RandomState(8)
    x, y = draw.randint(0, 6, (ROWS, 5)), draw.normal(size=(ROWS, 5, 2))
    model = Sequential([layers.Embedding(6, 4, mask_zero=True, input_length=5),
                        layers.LSTM(3, return_sequences=True), layers.Dense(2)])  # fmt: skip
    same_weights(model)
    model.compile("rmsprop", "mae", metrics=["mse"])
    history = model.fit(x, y, batch_size=5, epochs=2, verbose=0, validation_split=0.2)
    return {"history": history.history, "weights": [it.tolist() for it in model.get_weights()]}


def shared_out(folder: str) -> dict[str, Any]:
    """Share the weights out, large modules apart from the others, and write files of them."""
    sharding.LEAST = 16
    x, y = data()
    model = classifier(kernel_regularizer="l2", bias_constraint="max_norm")
    model.add(layers.Dense(1, activation="tanh"))  # fewer rows than processes
    model.add(layers.Dense(CLASSES, activation="softmax"))
    same_weights(model)
    rule = optimizers.Adam(0.05, clipnorm=0.05, use_ema=True, ema_momentum=0.9)
    model.compile(rule, "categorical_crossentropy", metrics=["accuracy"], distribute="fsdp")
    files = [ModelCheckpoint(f"{folder}/{{epoch}}.keras"), CSVLogger(f"{folder}/shared.csv"),
             TensorBoard(f"{folder}/board", histogram_freq=1)]  # fmt: skip
    history = model.fit(
        x, y, batch_size=5, epochs=3, validation_data=(x[:7], y[:7]), verbose=0, callbacks=files
    )
    slots = [it.tolist() for it in model.optimizer.get_weights()]
    found = told(model, history, single=model.predict_on_batch(x[:2]).tolist(), slots=slots)
    check_files(folder, model)
    kinds = {type(it).__name__ for it in model.parameters()}
    more = model.fit(x, y, batch_size=5, verbose=0, shuffle=False)
    return found | {"more": told(model, more), "kinds": sorted(kinds)}


def check_files(folder: str, model: Any) -> None:
    """Hold files to what the model says of itself: its weights, and its optimizer's state."""
    kept, slots = model.get_weights(), model.optimizer.get_weights()
    for name in ("whole.h5", "only.weights.h5", "state.pt", "tf"):
        (model.save if name == "whole.h5" else model.save_weights)(f"{folder}/{name}")
        model.set_weights([np.zeros_like(it) for it in kept])
        model.load_weights(f"{folder}/{name}")
        for mine, theirs in zip(model.get_weights(), kept, strict=True):
            np.testing.assert_array_equal(mine, theirs, err_msg=name)
    loaded = load_model(f"{folder}/whole.h5")
    for mine, theirs in zip(loaded.get_weights(), kept, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    for mine, theirs in zip(loaded.optimizer.get_weights(), slots, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert [it.shape for it in load_model(f"{folder}/3.keras").get_weights()] == [
        it.shape for it in kept
    ]


def shared_out_sequences(folder: str) -> dict[str, Any]:
    kshim.era("2.2")  # clipnorm is of all gradients together
    sharding.LEAST = 16
    draw = np.random.RandomState(8)
    x, y = draw.randint(0, 6, (ROWS, 5)), draw.normal(size=(ROWS, 5, 2))
    model = Sequential([
        layers.Embedding(6, 4, mask_zero=True, input_length=5),
        layers.GRU(3, return_sequences=True),
        layers.Bidirectional(layers.LSTM(2, return_sequences=True)), layers.Dense(2),
    ])  # fmt: skip
    same_weights(model)
    model.layers[0].trainable = False
    rule = optimizers.SGD(0.1, momentum=0.9, clipnorm=0.1)
    model.compile(rule, "mae", metrics=["mse"], distribute="fsdp")
    first = model.fit(x, y, batch_size=5, epochs=2, verbose=0)
    model.layers[0].trainable = True
    model.compile("nadam", "mae", metrics=["mse"], distribute="fsdp")
    then = model.fit(x, y, batch_size=5, epochs=2, verbose=0)
    return {
        "first": first.history, "then": then.history,
        "weights": [it.tolist() for it in model.get_weights()],
    }  # fmt: skip


def shared_out_added(folder: str) -> dict[str, Any]:
    sharding.LEAST = 16
    x, y = data()
    inputs = layers.Input((FEATURES,))
    hidden = layers.Dense(5, activation="tanh", activity_regularizer="l2")(inputs)
    shared = layers.Dense(5)
    ends = [layers.Dense(CLASSES)(shared(shared(hidden))), layers.Dense(2)(hidden)]
    model = Model(inputs, ends)
    model.add_loss(backend.mean(backend.square(hidden)))
    model.add_metric(backend.mean(hidden), name="level")
    same_weights(model)
    losses = {model.output_names[0]: "mse"}
    model.compile("adam", losses)
    model.fit(x, [y, None], batch_size=5, verbose=0)  # what slots there are by then go with it
    model.compile(model.optimizer, losses, distribute="fsdp")
    history = model.fit(x, [y, None], batch_size=5, epochs=2, verbose=0)
    return {"history": history.history, "predicted": model.predict(x)[0].tolist()}


def shared_out_in_half(folder: str) -> dict[str, Any]:
    sharding.LEAST = 16
    mixed_precision.set_global_policy("mixed_float16")
    x, y = data()
    model = classifier()
    model.compile("sgd", "mse", distribute="fsdp")
    found = told(model, model.fit(x, y, batch_size=5, epochs=2, verbose=0))
    mixed_precision.set_global_policy(None)
    return found


def shared_out_resumed(folder: str) -> dict[str, Any]:
    x, y = data()
    for epochs in (1, 3):
        backend.clear_session()
        model = classifier()
        model.compile("adam", "mse", distribute="fsdp")
        history = model.fit(
            x, y, batch_size=5, epochs=epochs, verbose=0, shuffle=False,
            resume=f"{folder}/kept_in_parts",
        )  # fmt: skip
    return told(model, history)


class Own(Model):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = layers.Dense(5), layers.Dense(CLASSES)

    def call(self, inputs: Any) -> Any:
        hidden = self.first(inputs)
        hidden += 1.0
        return self.last(hidden)


def shared_out_own_class(folder: str) -> dict[str, Any]:
    x, y = data()
    model = Own()
    model(torch.tensor(x, dtype=torch.float32))
    same_weights(model)
    model.compile("sgd", "mse", distribute="fsdp")
    return told(model, model.fit(x, y, batch_size=5, epochs=2, verbose=0))


def trained_in_parts(**options: Any) -> Any:
    model = classifier()
    model.compile(options.get("optimizer", "sgd"), "mse", distribute="fsdp")
    model.fit(*data(), verbose=0)
    return model


def not_by_number(folder: str) -> dict[str, Any]:
    trained_in_parts(optimizer=optimizers.Adafactor())
    return {}


def of_two_models(folder: str) -> dict[str, Any]:
    other = Sequential([trained_in_parts()])
    other.compile("sgd", "mse")
    other.fit(*data(), verbose=0)
    return {}


def exported_in_parts(folder: str) -> dict[str, Any]:
    trained_in_parts().to_torch()
    return {}


def written_nowhere(folder: str) -> dict[str, Any]:
    trained_in_parts().save(f"{folder}/no/such/folder.h5")
    return {}


def stateful(folder: str) -> dict[str, Any]:
    model = Sequential([layers.LSTM(2, stateful=True, batch_input_shape=(2, 3, 4))])
    model.compile("sgd", "mse")
    model.fit(np.ones((2, 3, 4)), np.ones((2, 2)), verbose=0)
    return {}


def of_other_data(folder: str) -> dict[str, Any]:
    model = classifier()
    model.compile("sgd", "mse")
    x, y = data()
    model.fit(x + int(os.environ.get("RANK", "0")), y, verbose=0)
    return {}


if __name__ == "__main__":
    runs: dict[str, Callable[[str], dict[str, Any]]] = {
        name: it for name, it in list(globals().items()) if callable(it)
    }
    folder, *names = sys.argv[1:]
    for name in names:
        backend.clear_session()
        kshim.era("2.15")
        torch.manual_seed(1)
        np.random.seed(2)
        try:
            found = runs[name](folder)
        except Exception as error:
            found = {"refused": f"{type(error).__name__}: {error}"}
        file = f"{folder}/{name}-{os.environ.get('RANK', 'alone')}.json"
        with open(file, "w") as out:
            json.dump(found, out)
