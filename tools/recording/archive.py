"""Write recorded numbers so that the same numbers always give the same bytes.

Runs inside the real Keras (Python 3.6 and newer), so it keeps to what that Python knows.
"""

import io
import json
import os
import zipfile

import numpy as np

MIDNIGHT_1980 = (1980, 1, 1, 0, 0, 0)


def write_arrays(path: str, arrays: dict, origin: dict) -> None:
    """Write named arrays, and who recorded them, as an npz whose bytes depend on nothing else."""
    named = dict(arrays, recorded_by=np.array(json.dumps(origin, sort_keys=True)))
    make_folder_of(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(named):
            entry = zipfile.ZipInfo(name + ".npy", MIDNIGHT_1980)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, array_bytes(named[name]))


def write_table(path: str, rows: list, origin: dict) -> None:
    """Write who recorded and one line of JSON for every row."""
    make_folder_of(path)
    head = ",\n".join(json.dumps(key) + ": " + line(origin[key]) for key in sorted(origin))
    body = ",\n".join(line(row) for row in rows)
    with io.open(path, "w", newline="\n", encoding="ascii") as file:
        file.write("{" + head + ',\n"cases": [\n' + body + "\n]}\n")


def line(value: object) -> str:
    """Return a value as one line of JSON, numpy's numbers and shapes included."""
    return json.dumps(value, sort_keys=True, default=plain)


def plain(value: object) -> object:
    """Return numpy's and TensorFlow's values as JSON can hold them."""
    if hasattr(value, "as_list"):
        return value.as_list()
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError("cannot record a %s" % type(value).__name__)


def array_bytes(array: object) -> bytes:
    """Return an array as the bytes of an npy file, floats in single precision."""
    array = np.asarray(array)
    if array.dtype == np.float64:
        array = array.astype(np.float32)
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(array).reshape(array.shape))
    return buffer.getvalue()


def make_folder_of(path: str) -> None:
    """Make the folder a file goes to, when it is missing."""
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        os.makedirs(folder)
