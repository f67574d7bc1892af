"""What older versions of `flow_from_dataframe` were asked: has_ext, sort, drop_duplicates.

They did what they say until keras_preprocessing 1.1, which keeps them as words without meaning.
A script of Keras 2.2.4 or older that says one was written for a version that listened.

Source: keras_preprocessing 1.0.5 image.py and 1.0.9 image/dataframe_iterator.py (for Keras 2.2.4);
1.1.2 image/image_data_generator.py (Keras 2.3.1).
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kshim.core.eras import by_era
from kshim.preprocessing.image.pictures import pictures_below

_ADVICE = {
    "has_ext": "the frame names files as they are called on disk",
    "sort": "batches come in the frame's order, sort it by DataFrame.sort_values",
    "drop_duplicates": "drop them by DataFrame.drop_duplicates",
    "follow_links": "no folder is walked through",
}
_OLD_WORDS_COUNT = by_era({"1.2": True, "2.3": False})


def as_asked(frame: Any, directory: str | None, x_col: str, asked: Mapping[str, Any]) -> Any:
    """Return a frame as the old words want it, where the era listens to them; warn of each.

    Args:
        asked: keywords of older versions. `has_ext=False` completes names by the ending of the
            file in `directory`; `has_ext` of either kind orders rows as the folder is listed and
            drops rows that name a file again, as `drop_duplicates=True` does; `sort=True` orders
            rows by name.
    """
    listens = _OLD_WORDS_COUNT.value()
    for word in asked:
        advice = _ADVICE.get(word, "it is no argument of flow_from_dataframe")
        kind: type[Warning] = DeprecationWarning if word in _ADVICE else UserWarning
        told = "is old" if listens and word in _ADVICE else "means nothing"
        warnings.warn(f"flow_from_dataframe: {word} {told}: {advice}.", kind, stacklevel=3)
    if not listens:
        return frame
    if asked.get("has_ext") is False:
        endings = _whole_names(directory or "")
        names = [endings.get(name, name) for name in frame[x_col]]
        frame = frame.assign(**{x_col: names})
    if asked.get("drop_duplicates") or "has_ext" in asked:
        frame = frame.drop_duplicates(x_col)
    if asked.get("sort") or "has_ext" in asked:
        frame = frame.sort_values(x_col)
    return frame


def _whole_names(directory: str) -> dict[str, str]:
    """Return the names of the pictures below a folder by the names without their endings."""
    paths = (os.path.relpath(path, directory) for path in pictures_below(directory))
    return {str(Path(path).with_suffix("")): path for path in paths}
