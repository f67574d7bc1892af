import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kshim.errors import ArgumentError, FileError
from kshim.saving.h5_dict import H5Dict, load_from_binary_h5py, save_to_binary_h5py


@pytest.mark.parametrize("in_file", [True, False])
def test_what_is_put_in_comes_out(tmp_path: Path, in_file: bool) -> None:
    place: Any = tmp_path / "data.h5" if in_file else {}
    with H5Dict(place, "w") as data:
        data["text"] = "abc"
        data["names"] = [b"one", b"two"]
        data["inner"]["deeper"]["x"] = np.arange(3.0)
    with H5Dict(place, "r") as data:
        assert data["text"] == "abc" and list(data["names"]) == [b"one", b"two"]
        assert data["inner"]["deeper"]["x"].tolist() == [0, 1, 2]
        assert "inner" in data and "gone" not in data and data.get("gone", 7) == 7
        with pytest.raises(KeyError):
            data["gone"]
        with pytest.raises(FileError, match="must not be written"):
            data["text"] = "other"
    with pytest.raises(ArgumentError, match="r, w or a"):
        H5Dict(place, "x")


def test_a_stream_holds_a_whole_file() -> None:
    stream = io.BytesIO()
    save_to_binary_h5py(lambda file: file.create_dataset("x", data=[1, 2]), stream)
    stream.seek(0)
    assert load_from_binary_h5py(lambda file: file["x"][()].tolist(), stream) == [1, 2]
