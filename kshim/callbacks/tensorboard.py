"""TensorBoard: event files that TensorBoard shows, written by torch's own writer.

The only file that imports torch.utils.tensorboard, which needs the package tensorboard.

Source: Keras 2.2.4 and tf.keras 2.15 callbacks.py (folders, tags, steps).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import torch

from kshim.callbacks.base import Callback
from kshim.callbacks.gradients import gradients_of
from kshim.core.eras import rule
from kshim.core.replacing import need_writable
from kshim.core.symbols import symbols_in
from kshim.errors import ArgumentError, MissingPackage, NotSupported
from kshim.training.distributed import is_writer

_PICTURE_DEPTHS = (1, 3)  # the writer draws no fourth channel


class TensorBoard(Callback):
    """Write losses, metrics, weights and the graph as TensorBoard reads them.

    Up to Keras 2.3 everything goes into one folder, under the names of the logs. Later, training
    and validation have a folder each, and names say what they count: `epoch_loss`, `batch_loss`,
    `evaluation_loss_vs_iterations`.

    Args:
        log_dir: the folder; made when it is not there.
        histogram_freq: every how many epochs histograms of the weights are written; 0 for never.
        write_grads: whether histograms of the gradients of the loss of the validation data are
            written with those of the weights (up to Keras 2.3).
        write_graph: whether the layers and what they are fed from are written.
        write_images: whether weights are written as pictures too, with the histograms.
        write_steps_per_second: whether the speed is written.
        update_freq: "epoch", "batch", or every how many batches (up to Keras 2.3: samples).
        embeddings_freq: every how many epochs the vectors of Embedding layers are written.
        embeddings_layer_names: of which layers; all when left out.
        embeddings_metadata: a file of words, one a line, for all layers or by layer name.

    Raises:
        MissingPackage: when tensorboard is not installed.
        ArgumentError: in Keras 2.2 and 2.3, for histograms without arrays to validate on.
        NotSupported: for `write_grads` where callbacks see no validation data: from tf.keras on.
    """

    writes = True
    reads_weights = True

    def __init__(
        self, log_dir: Any = None, histogram_freq: int = 0, batch_size: int | None = None,
        write_graph: bool = True, write_grads: bool = False, write_images: bool = False,
        embeddings_freq: int = 0, embeddings_layer_names: Iterable[str] | None = None,
        embeddings_metadata: Any = None, embeddings_data: Any = None, update_freq: Any = "epoch",
        write_steps_per_second: bool = False, profile_batch: Any = 0, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__()
        usual = "./logs" if rule("tensorboard_has_one_run") else "logs"
        self.log_dir = usual if log_dir is None else os.fspath(log_dir)
        self.histogram_freq, self.write_graph = histogram_freq, write_graph
        self.write_images, self.embeddings_freq = write_images, embeddings_freq
        self.embeddings_layer_names, self.embeddings_metadata = (
            embeddings_layer_names, embeddings_metadata,
        )  # fmt: skip
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = _frequency(update_freq)
        if write_grads and not rule("callbacks_see_validation_data"):
            raise NotSupported(
                "TensorBoard: write_grads must be False, for gradients are gone when an epoch "
                "ends. Write them in a callback of your own, or leave it out."
            )
        self.write_grads = write_grads
        self._one_run = rule("tensorboard_has_one_run")
        self._writers: dict[str, Any] = {}
        self._batches = self._samples = self._written = 0
        self._epoch_began = (0.0, 0)

    def set_model(self, model: Any) -> None:
        """Take the model, and write its graph."""
        super().set_model(model)
        need_writable("TensorBoard", self.log_dir)
        _summary_writer()  # refuse at once where the package is missing
        if self.write_graph and model.graph is not None:
            writer = self._writer("train")
            writer._get_file_writer().add_graph((_graph(model), _run_metadata()))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Look at the clock."""
        self._epoch_began = (time.monotonic(), self._batches)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Write the values of the batch, as often as was asked for."""
        self._batches += 1
        if self.update_freq is None:
            return
        told = dict(logs or {})
        size, _ = told.pop("size", 1), told.pop("batch", None)
        self._samples += size
        count = self._samples if self._one_run else self._batches
        if count - self._written >= self.update_freq:
            self._written = count
            self._write("train", told, count, "" if self._one_run else "batch_")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write the values of the epoch, and what is due of weights and embeddings."""
        told = dict(logs or {})
        if self.histogram_freq and self.validation_data is None:
            self._need_no_validation_data()
        if self._one_run:
            # Keras 2 counts samples where it writes batches.
            self._write("train", told, epoch if self.update_freq is None else self._samples)
        else:
            self._write_apart(epoch, told)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)
            if self.write_grads and self.validation_data is not None:
                self._write_gradients(epoch)
        if self.embeddings_freq and epoch % self.embeddings_freq == 0:
            self._write_embeddings(epoch)
        for writer in self._writers.values():
            writer.flush()

    def on_test_end(self, logs: Any = None) -> None:
        """Write an evaluation's values by the optimizer's updates."""
        if not self._one_run and self.model.optimizer is not None:
            updates = int(self.model.optimizer.iterations)
            named = {f"evaluation_{name}_vs_iterations": it for name, it in (logs or {}).items()}
            self._write("validation", named, updates)

    def on_train_end(self, logs: Any = None) -> None:
        """Close the files."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def state_dict(self) -> dict[str, Any]:
        """Return for how long the epoch runs: another process has another clock."""
        return {"seconds": time.monotonic() - self._epoch_began[0]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Let the epoch have run for so long."""
        self._epoch_began = (time.monotonic() - state["seconds"], self._epoch_began[1])

    def _write_apart(self, epoch: int, told: dict[str, Any]) -> None:
        """Write an epoch's values into the folders of training and of validation."""
        checked = {key[4:]: it for key, it in told.items() if key.startswith("val_")}
        trained = {key: it for key, it in told.items() if not key.startswith("val_")}
        if self.write_steps_per_second:
            began, batches = self._epoch_began
            trained["steps_per_second"] = (self._batches - batches) / (time.monotonic() - began)
        rate = trained.pop("lr", None)
        if rate is not None:
            trained["learning_rate"] = rate
        self._write("train", trained, epoch, "epoch_")
        self._write("validation", checked, epoch, "epoch_")

    def _write(self, run: str, values: Mapping[str, Any], step: int, prefix: str = "") -> None:
        for name, value in values.items():
            self._writer(run).add_scalar(prefix + name, float(value), step)

    def _write_weights(self, epoch: int) -> None:
        writer = self._writer("train")
        for layer in self.model.layers:
            for weight in layer.weights:
                tag, values = weight.name.replace(":", "_"), weight.numpy()
                suffixes = ("", "") if self._one_run else ("/histogram", "/image")
                writer.add_histogram(tag + suffixes[0], values, epoch)
                pictures = _pictures(values) if self.write_images else None
                if pictures is not None:
                    writer.add_images(tag + suffixes[1], pictures, epoch, dataformats="NHWC")

    def _need_no_validation_data(self) -> None:
        if rule("histograms_need_validation_data"):
            raise ArgumentError(
                "validation_data", "provided as arrays, beside histogram_freq", None,
                who="TensorBoard",
            )  # fmt: skip

    def _write_gradients(self, epoch: int) -> None:
        """Write the gradients of the loss of the data that `fit` validates on."""
        for weight, values in gradients_of(self.model, self.validation_data):
            tag = f"{weight.name.replace(':', '_')}_grad"
            self._writer("train").add_histogram(tag, values, epoch)

    def _write_embeddings(self, epoch: int) -> None:
        named = set(self.embeddings_layer_names or [])
        for layer in self.model.layers:
            vectors = getattr(layer, "embeddings", None)
            if vectors is None or (named and layer.name not in named):
                continue
            given = self.embeddings_metadata
            file = given.get(layer.name) if isinstance(given, Mapping) else given
            words = None if file is None else _lines(file, len(vectors))
            self._writer("train").add_embedding(
                torch.from_numpy(vectors.numpy()), metadata=words, tag=layer.name,
                global_step=epoch,
            )  # fmt: skip

    def _writer(self, run: str) -> Any:
        """Return the writer of a run, made when it is first asked for."""
        if not is_writer():  # here to read weights that are shared out, with the first process
            return _Silent()
        if run not in self._writers:
            folder = self.log_dir if self._one_run else os.path.join(self.log_dir, run)
            self._writers[run] = _summary_writer()(folder)
        return self._writers[run]


class _Silent:
    """Take what a writer takes, and write nothing."""

    def __getattr__(self, name: str) -> Any:
        """Return what takes a call."""
        return self

    def __call__(self, *told: Any, **words: Any) -> Any:
        """Do nothing."""
        return self


def _frequency(value: Any) -> int | None:
    """Return every how many batches is written; None for epochs alone."""
    if value == "epoch":
        return None
    if value == "batch":
        return 1
    if not isinstance(value, int) or value < 1:
        wanted = "'epoch', 'batch' or a whole number of at least 1"
        raise ArgumentError("update_freq", wanted, value, who="TensorBoard")
    return value


def _pictures(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | None:
    """Return a weight as pictures (count, rows, columns, depth), scaled to 0..1, if it can be."""
    flat = np.squeeze(values)
    if flat.ndim == 1:
        flat = flat[None, :, None, None]
    elif flat.ndim == 2:
        flat = (flat.T if flat.shape[0] > flat.shape[1] else flat)[None, :, :, None]
    elif flat.ndim == 3:
        flat = np.transpose(flat, (2, 0, 1))[..., None]
    if flat.ndim != 4 or flat.shape[-1] not in _PICTURE_DEPTHS:
        return None
    low, high = float(flat.min()), float(flat.max())
    return (flat - low) / ((high - low) or 1.0)


def _lines(file: Any, count: int) -> list[str]:
    with open(file, encoding="utf-8") as words:
        found = [line.rstrip("\n") for line in words][:count]
    return found + [""] * (count - len(found))


def _graph(model: Any) -> Any:
    """Return the layers, and what feeds each, as the graph that TensorBoard draws."""
    from tensorboard.compat.proto.graph_pb2 import GraphDef
    from tensorboard.compat.proto.node_def_pb2 import NodeDef

    return GraphDef(
        node=[NodeDef(name=name, op=op, input=feeds) for name, op, feeds in _nodes(model)]
    )


def _nodes(model: Any) -> Iterator[tuple[str, str, list[str]]]:
    """Give name, class and sources of each input and of each call of a layer."""
    for symbol in model.graph.input_symbols:
        yield _call_name(symbol.node), symbol.node.layer.keras_name, []
    for node in model.graph.nodes:
        feeds = [it.node for it in symbols_in((node.args, node.kwargs)) if it.node is not None]
        sources = list(dict.fromkeys(map(_call_name, feeds)))
        yield _call_name(node), node.layer.keras_name, sources


def _call_name(node: Any) -> str:
    return node.layer.name if node.number == 0 else f"{node.layer.name}_{node.number}"


def _run_metadata() -> Any:
    from tensorboard.compat.proto.config_pb2 import RunMetadata

    return RunMetadata()


def _summary_writer() -> Any:
    """Return torch's writer of event files."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise MissingPackage("TensorBoard", "tensorboard", "tensorboard") from None
    return SummaryWriter
