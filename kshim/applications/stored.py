"""The files of trained weights: their names, where they come from, their hashes, the cache.

They lie in the folder `models` of `$KERAS_HOME` or `~/.keras` under the names that Keras gives
them, and are fetched from there where they are missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kshim.core.eras import by_era
from kshim.core.settings import image_data_format, keras_home
from kshim.errors import FileError
from kshim.utils.files import get_file

if TYPE_CHECKING:
    from kshim.applications.describing import Asked

FOLDER = "models"
RELEASES = "https://github.com/fchollet/deep-learning-models/releases/download/"
NEWER_RELEASES = "https://github.com/keras-team/keras-applications/releases/download/"
STORE = "https://storage.googleapis.com/tensorflow/keras-applications/"
# Images of channels first had files of their own, with kernels as Theano turns them.
_THEANO_FILES = by_era({"1.2": True, "2.0": False})


@dataclass(frozen=True)
class Stored:
    """Hold what is known of one file.

    Args:
        turned: whether its kernels are Theano's, to be turned round once they are read.
        by_name: whether its layers are found by their names.
    """

    name: str
    origin: str
    file_hash: str | None = None
    turned: bool = False
    by_name: bool = False


Files = Callable[["Asked"], Stored]


def kernels(
    base: str,
    stem: str,
    hashes: tuple[str | None, str | None] = (None, None),
    theano: tuple[str | None, str | None] | None = None,
) -> Files:
    """Return what names the files `<stem>_weights_tf_dim_ordering_tf_kernels[_notop].h5`.

    Args:
        base: the URL of their folder.
        hashes: of the file with the top and of the one without.
        theano: hashes of the files for channels first, where there were any.
    """

    def named(asked: Asked) -> Stored:
        turned = bool(theano and _THEANO_FILES.value() and image_data_format() == "channels_first")
        order = "th" if turned else "tf"
        ending = "" if asked.include_top else "_notop"
        name = f"{stem}_weights_{order}_dim_ordering_{order}_kernels{ending}.h5"
        held = theano if turned and theano else hashes
        return Stored(name, base + name, held[0 if asked.include_top else 1], turned)

    return named


def plain(base: str, stem: str, hashes: tuple[str, str]) -> Files:
    """Return what names the files `<stem>.h5` and `<stem>_notop.h5` in the folder `base`."""

    def named(asked: Asked) -> Stored:
        name = f"{stem}.h5" if asked.include_top else f"{stem}_notop.h5"
        return Stored(name, base + name, hashes[0 if asked.include_top else 1])

    return named


def located(stored: Stored, who: str) -> Path:
    """Return the path of a file in the cache, fetched if need be.

    Raises:
        FileError: naming the file, the folder it is looked for in and its URL.
    """
    try:
        return Path(
            get_file(
                stored.name, stored.origin, cache_subdir=FOLDER, file_hash=stored.file_hash or None
            )
        )
    except FileError as error:
        folder = keras_home() / FOLDER
        told = f" (its {_kind(stored.file_hash)} is {stored.file_hash})" if stored.file_hash else ""
        raise FileError(
            f"{who}: needs the file {stored.name}, which is not in {folder} and could not be "
            f"fetched. Put it there from {stored.origin}{told}. [{error}]"
        ) from error


def _kind(file_hash: str) -> str:
    return "sha256" if len(file_hash) == 64 else "md5"
