"""Write recorded numbers so that the same numbers always give the same bytes.

Runs inside the real Keras (Python 3.6 and newer), so it keeps to what that Python knows.
"""

import io
import json
import os
import zipfile

import numpy as np

MIDNIGHT_1980 = (1980, 1, 1, 0, 0, 0)


def write_recording(target: str, answers: list, origin: dict) -> None:
    """Write answers, pairs of a row and its named arrays, as a table and the numbers beside it.

    ``target.json`` holds one row a line, its arrays as names and shapes; ``target.npz`` holds all
    their numbers one after another, rows in order, names sorted.
    """
    rows = [dict(row, arrays=shapes(arrays)) for row, arrays in answers]
    numbers = [np.ravel(arrays[name]) for _, arrays in answers for name in sorted(arrays)]
    values = np.concatenate([np.zeros(0), *numbers]).astype(np.float32)
    make_folder_of(target)
    write_table(target + ".json", rows, origin)
    write_arrays(target + ".npz", {"values": values, "recorded_by": line(origin)})


def shapes(arrays: dict) -> dict:
    """Return the shape of each array."""
    return {name: list(np.shape(array)) for name, array in arrays.items()}


def write_arrays(path: str, arrays: dict) -> None:
    """Write named arrays as an npz whose bytes depend on nothing else."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(arrays):
            entry = zipfile.ZipInfo(name + ".npy", MIDNIGHT_1980)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, array_bytes(np.asarray(arrays[name])))


def write_table(path: str, rows: list, origin: dict) -> None:
    """Write who recorded and one line of JSON for every row."""
    head = ",\n".join(line(key) + ": " + line(origin[key]) for key in sorted(origin))
    body = ",\n".join(line(row) for row in rows)
    with open(path, "w", newline="\n", encoding="ascii") as file:
        file.write("{" + head + ',\n"cases": [\n' + body + "\n]}\n")


def line(value: object) -> str:
    """Return a value as one line of JSON, numpy's numbers and shapes included."""
    return json.dumps(value, sort_keys=True, default=plain)


def plain(value: object) -> object:
    """Return numpy's and TensorFlow's values, its dicts included, as JSON can hold them."""
    if hasattr(value, "as_list"):
        return value.as_list()
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "items"):
        return dict(value.items())
    raise TypeError(f"cannot record a {type(value).__name__}")


def array_bytes(array: np.ndarray) -> bytes:
    """Return an array as the bytes of an npy file."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array)
    return buffer.getvalue()


def write_files(path: str, folder: str) -> None:
    """Write the files in a folder as one zip archive whose bytes depend on nothing else."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(os.listdir(folder)):
            entry = zipfile.ZipInfo(name, MIDNIGHT_1980)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with open(os.path.join(folder, name), "rb") as file:
                archive.writestr(entry, file.read())


def make_folder_of(path: str) -> None:
    """Make the folder a file goes to, when it is missing."""
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        os.makedirs(folder)
