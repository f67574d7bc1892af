"""TensorBoard's event files, read back by TensorBoard itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kshim import layers as L
from kshim.callbacks import LearningRateScheduler, TensorBoard
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, MissingPackage, NotSupported
from kshim.models import Model, Sequential

pytest.importorskip("tensorboard")
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

X = np.random.default_rng(0).normal(size=(12, 4)).astype("float32")
Y = X.sum(1, keepdims=True)


def fit(callback: Any, *others: Any, **words: Any) -> Any:
    model = Sequential(
        [L.Dense(3, input_shape=(4,), name="first"), L.Dense(1, name="last")], name="net"
    )
    model.compile("sgd", "mse", metrics=["mae"])
    words = {"epochs": 2, "batch_size": 4, "verbose": 0, "validation_data": (X, Y), **words}
    return model.fit(X, Y, callbacks=[*others, callback], **words)


def read(folder: Path) -> EventAccumulator:
    found = EventAccumulator(str(folder), size_guidance={"scalars": 0, "histograms": 0})
    found.Reload()
    return found


def scalars(folder: Path, tag: str) -> list[tuple[int, float]]:
    return [(event.step, event.value) for event in read(folder).Scalars(tag)]


def test_training_and_validation_have_a_folder_each(tmp_path: Path) -> None:
    history = fit(TensorBoard(tmp_path), LearningRateScheduler(lambda epoch: 0.1)).history
    train, validation = read(tmp_path / "train"), read(tmp_path / "validation")
    assert set(train.Tags()["scalars"]) == {"epoch_loss", "epoch_mae", "epoch_learning_rate"}
    assert set(validation.Tags()["scalars"]) == {
        "epoch_loss", "epoch_mae", "evaluation_loss_vs_iterations", "evaluation_mae_vs_iterations",
    }  # fmt: skip
    steps, values = zip(*scalars(tmp_path / "train", "epoch_loss"), strict=True)
    assert steps == (0, 1)
    np.testing.assert_allclose(values, history["loss"], rtol=1e-6)
    steps, values = zip(*scalars(tmp_path / "validation", "epoch_mae"), strict=True)
    np.testing.assert_allclose(values, history["val_mae"], rtol=1e-6)
    steps, _ = zip(*scalars(tmp_path / "validation", "evaluation_loss_vs_iterations"), strict=True)
    assert steps == (3, 6)


def test_up_to_keras_2_3_all_goes_into_one_folder(tmp_path: Path) -> None:
    with in_era("2.2"):
        history = fit(TensorBoard(log_dir=str(tmp_path))).history
    names = {"loss", "mean_absolute_error", "val_loss", "val_mean_absolute_error"}
    assert set(read(tmp_path).Tags()["scalars"]) == names
    steps, values = zip(*scalars(tmp_path, "val_loss"), strict=True)
    assert steps == (0, 1)
    np.testing.assert_allclose(values, history["val_loss"], rtol=1e-6)


@pytest.mark.parametrize(
    ("era", "frequency", "tag", "steps"),
    [
        ("2.15", "batch", "batch_loss", [1, 2, 3, 4, 5, 6]),
        ("2.15", 2, "batch_loss", [2, 4, 6]),
        ("2.3", "batch", "loss", [4, 8, 12, 12, 16, 20, 24, 24]),
        ("2.3", 8, "loss", [8, 12, 16, 24, 24]),
    ],
)
def test_batches_are_written_as_often_as_asked(
    era: str, frequency: Any, tag: str, steps: list[int], tmp_path: Path
) -> None:
    with in_era(era):
        fit(TensorBoard(tmp_path, update_freq=frequency))
    folder = tmp_path / "train" if era == "2.15" else tmp_path
    assert [step for step, _ in scalars(folder, tag)] == steps


def test_weights_are_written_as_histograms_and_pictures(tmp_path: Path) -> None:
    fit(TensorBoard(tmp_path, histogram_freq=2, write_images=True), epochs=3)
    train = read(tmp_path / "train")
    words = {f"{name}_0" for name in ("first/kernel", "first/bias", "last/kernel", "last/bias")}
    assert set(train.Tags()["histograms"]) == {f"{word}/histogram" for word in words}
    assert [event.step for event in train.Histograms("first/kernel_0/histogram")] == [0, 2]
    assert train.Histograms("first/kernel_0/histogram")[0].histogram_value.num == 12
    assert "first/kernel_0/image" in train.Tags()["images"]


def test_the_graph_holds_the_layers_and_what_feeds_them(tmp_path: Path) -> None:
    a, b = L.Input((4,), name="a"), L.Input((4,), name="b")
    shared = L.Dense(2, name="shared")
    model = Model([a, b], L.add([shared(a), shared(b)], name="joined"))
    model.compile("sgd", "mse")
    model.fit([X, X], np.ones((12, 2)), callbacks=[TensorBoard(tmp_path)], verbose=0)
    graph = read(tmp_path / "train").Graph()
    nodes = {node.name: (node.op, list(node.input)) for node in graph.node}
    assert nodes["shared"] == ("Dense", ["a"])
    assert nodes["shared_1"] == ("Dense", ["b"])
    assert nodes["joined"] == ("Add", ["shared", "shared_1"])
    assert nodes["a"] == ("InputLayer", [])


def test_vectors_of_words_are_written_for_the_projector(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("nought\none\ntwo\n")
    model = Sequential([L.Embedding(4, 2, input_length=2, name="words"), L.Flatten(), L.Dense(1)])
    model.compile("sgd", "mse")
    board = TensorBoard(tmp_path / "logs", embeddings_freq=1, embeddings_metadata=str(words))
    model.fit(np.array([[0, 3], [1, 2]]), np.ones((2, 1)), callbacks=[board], verbose=0)
    folder = next((tmp_path / "logs" / "train").glob("00000/words*"))
    assert (folder / "metadata.tsv").read_text().split("\n")[:4] == ["nought", "one", "two", ""]
    vectors = np.loadtxt(folder / "tensors.tsv")
    np.testing.assert_allclose(vectors, model.get_weights()[0], rtol=1e-5)


def test_what_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(NotSupported, match="write_grads must be False"):
        TensorBoard(write_grads=True)
    with pytest.raises(ArgumentError, match="update_freq must be 'epoch', 'batch' or a whole"):
        TensorBoard(update_freq=0)
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(MissingPackage, match=r"pip install 'kshim\[tensorboard\]'"):
        fit(TensorBoard(tmp_path))
