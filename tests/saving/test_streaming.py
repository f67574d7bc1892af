"""Large weights go between files and tensors in pieces: the same numbers as whole."""

import h5py
import numpy as np
import pytest
import torch

from kshim import layers
from kshim.models import Sequential
from kshim.saving import h5, streaming


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(h5, "PIECE", 256)


def model():
    return Sequential([
        layers.Input((6,)),
        layers.Embedding(50, 24),
        layers.LSTM(20),
        layers.Reshape((4, 5, 1)),
        layers.Conv2D(9, (3, 2), data_format="channels_last"),
        layers.Flatten(),
        layers.Dense(30),
    ])  # fmt: skip


def kernel_file(path, kernel, **options):
    with h5py.File(path, "w") as file:
        file.create_dataset("kernel", data=kernel, **options)
    return path


def give(weight, path):
    with h5.reading(str(path)) as folder:
        streaming.give(weight, streaming.take(folder, "kernel", tuple(weight.shape)))


def weight_of(layer, *shape):
    layer.build(shape)
    return layer.weights[0]


WEIGHTS = {
    "lies as in a file": lambda: weight_of(layers.Embedding(50, 24), None, 7),
    "turned": lambda: weight_of(layers.Dense(24), None, 50),
}


def test_a_model_in_pieces_is_the_same(tmp_path):
    one, other = model(), model()
    one.save_weights(str(tmp_path / "m.h5"))
    other.load_weights(str(tmp_path / "m.h5"))
    for mine, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", "<f2", "<i4", "<u1"])
@pytest.mark.parametrize("options", [{}, {"chunks": (7, 5)}, {"compression": "gzip"}])
def test_numbers_of_every_kind_in_every_layout(tmp_path, kind, dtype, options):
    kernel = (np.arange(1200).reshape(50, 24) % 251).astype(dtype)
    path = kernel_file(tmp_path / "k.h5", kernel, **options)
    weight = WEIGHTS[kind]()
    give(weight, path)
    np.testing.assert_array_equal(weight.numpy(), kernel.astype("float32"))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("kind", WEIGHTS)
def test_weights_of_every_precision(tmp_path, kind, dtype):
    weight = WEIGHTS[kind]()
    weight.tensors[0].data = weight.tensors[0].data.to(dtype)
    kernel = (np.arange(1200).reshape(50, 24) % 251).astype("float32")
    path = kernel_file(tmp_path / "k.h5", kernel)
    give(weight, path)
    shown = weight.to_keras(*weight.tensors).detach()
    assert shown.dtype == dtype
    np.testing.assert_array_equal(shown.to(torch.float64).numpy(), kernel)


def test_only_what_nothing_can_go_wrong_with_waits(tmp_path):
    plain = kernel_file(tmp_path / "plain.h5", np.zeros((50, 24), "float32"))
    packed = kernel_file(tmp_path / "packed.h5", np.zeros((50, 24), "f4"), compression="gzip")
    for path, waits in ((plain, True), (packed, False)):
        with h5.reading(str(path)) as folder:
            taken = streaming.take(folder, "kernel", (50, 24))
            assert isinstance(taken, streaming.Waiting) == waits
