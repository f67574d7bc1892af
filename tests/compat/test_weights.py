"""Weights of some layers in an open group of h5py's, as detectors of objects load theirs."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from kshim.compat.weights import (
    load_weights_from_hdf5_group,
    load_weights_from_hdf5_group_by_name,
    save_weights_to_hdf5_group,
)
from kshim.core.eras import in_era
from kshim.errors import WeightError
from kshim.layers import Dense
from kshim.models import Sequential


def model(last: int = 2) -> Sequential:
    return Sequential([Dense(3, input_dim=4, name="first"), Dense(last, name="last")])


def test_layers_are_read_in_order_or_by_name(tmp_path: Path) -> None:
    with in_era("2.2"):
        saved = model()
        saved.save(str(tmp_path / "whole.h5"))
        with h5py.File(tmp_path / "whole.h5", "r") as file:
            group = file["model_weights"]
            whole, some = model(), model(5)
            load_weights_from_hdf5_group(group, whole.layers)
            before = some.layers[1].get_weights()[0]
            load_weights_from_hdf5_group_by_name(group, some.layers[:1])
            with pytest.raises(WeightError, match="last"):
                load_weights_from_hdf5_group_by_name(group, some.layers)
    for mine, theirs in zip(whole.get_weights(), saved.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_array_equal(some.get_weights()[0], saved.get_weights()[0])
    np.testing.assert_array_equal(some.layers[1].get_weights()[0], before)


def test_layers_are_written_as_a_models_are(tmp_path: Path) -> None:
    with in_era("2.2"):
        saved, read = model(), model()
        with h5py.File(tmp_path / "some.h5", "w") as file:
            save_weights_to_hdf5_group(file, saved.layers)
            assert [name.decode() if isinstance(name, bytes) else name
                    for name in file.attrs["layer_names"]] == ["first", "last"]  # fmt: skip
        read.load_weights(str(tmp_path / "some.h5"))
    np.testing.assert_array_equal(read.get_weights()[2], saved.get_weights()[2])
