"""The benchmark's charts. Needs matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def _pyplot() -> Any:
    try:
        import matplotlib
    except ImportError as error:
        raise SystemExit("bench: a chart needs matplotlib: pip install matplotlib.") from error
    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def bars(fits: Mapping[str, Mapping[str, float]], path: str) -> None:
    """Draw the ratio of `fit` to plain torch, a group of bars for each workload."""
    pyplot = _pyplot()
    names = [name for name in next(iter(fits.values())) if name != "torch"]
    figure, axes = pyplot.subplots(figsize=(8, 0.5 * len(fits) + 1.5), layout="constrained")
    height = 0.8 / len(names)
    for place, name in enumerate(names):
        rows = [row + place * height for row in range(len(fits))]
        axes.barh(rows, [found[name] for found in fits.values()], height, label=name)
    axes.axvline(1.0, color="black", linewidth=1)
    axes.set_yticks([row + 0.4 - height / 2 for row in range(len(fits))], list(fits))
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("time of fit / time of a plain torch loop (less is faster)")
    axes.legend()
    figure.savefig(path, dpi=120)


def lines(
    curves: Mapping[str, tuple[Sequence[int], Mapping[str, Sequence[float]]]], path: str
) -> None:
    """Draw the seconds of `fit` against each size, both axes logarithmic."""
    pyplot = _pyplot()
    figure, all_axes = pyplot.subplots(
        1, len(curves), figsize=(3.2 * len(curves), 3.2), layout="constrained"
    )
    for axes, (title, (sizes, found)) in zip(all_axes, curves.items()):
        for name, seconds in found.items():
            axes.loglog(sizes, seconds, marker="o", label=name)
        axes.set_title(title)
        axes.set_ylabel("seconds")
        axes.legend()
    figure.savefig(path, dpi=120)
