"""Pages: a comparison as one file of HTML, with plots, that needs nothing else."""

from __future__ import annotations

import math
import os
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from kshim.core.replacing import in_place_of

if TYPE_CHECKING:
    from kshim.export.comparing import Comparison, Row

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
       color: #1b2330; background: #fff; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #dde3ea; }
td.number { text-align: right; } tr.first td { background: #fde8e6; font-weight: 600; }
tr.apart td { background: #fdf3e2; } svg { max-width: 100%; height: auto; }
.axis { stroke: #8794a4; } .limit { stroke: #c0392b; stroke-dasharray: 5 4; }
.own { fill: #2c6fbb; } .all { fill: #a9c4e4; } .bad { fill: #c0392b; }
text { font: 11px system-ui, sans-serif; fill: #46515f; }
"""
LEAST = 1e-9  # differences below it stand at the left of the plot
WIDTH, BAR, LABELS = 760, 18, 220
SQUARE, MOST_POINTS = 340, 2000


def write_page(found: Comparison, path: str | os.PathLike[str]) -> None:
    """Write a page of a comparison; the old one stays until the new one is whole."""
    with in_place_of(os.fspath(path)) as draft, open(draft, "x", encoding="utf-8") as file:
        file.write(page(found))


def page(found: Comparison) -> str:
    """Return a comparison as HTML."""
    causes = "".join(f"<li>{escape(cause)}</li>" for cause in found.causes)
    unknown = escape(", ".join(found.unknown))
    parts = [
        f"<h1>{escape(found.verdict)}</h1>",
        f"<p>Keras {escape(found.era)}; tolerance {found.tolerance:.0e}, absolute below 1, "
        "relative above.</p>",
        f"<h2>Likely causes</h2><ul>{causes}</ul>" if causes else "",
        "<h2>Differences</h2><p>Light: with what the layers before it made here. Dark: given the "
        "reference's own inputs, which is the layer's own part.</p>",
        _bars(found),
        _points(found),
        "<h2>Layers</h2>",
        _table(found),
        f"<p>In the reference, but not in the model: {unknown}</p>" if unknown else "",
    ]
    title = escape(f"{found.model} against its old Keras")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head>\n<body>\n" + "\n".join(filter(None, parts)) + "\n</body>"
        "</html>\n"
    )


def _table(found: Comparison) -> str:
    heads = "".join(f"<th>{it}</th>" for it in ("Layer", "Class", "Shape", "Difference", "Own"))
    return f"<table><tr>{heads}</tr>{''.join(_line(found, row) for row in found.rows)}</table>"


def _line(found: Comparison, row: Row) -> str:
    apart = row.difference > found.tolerance
    kind = "first" if row == found.first else "apart" if apart else ""
    texts = "".join(f"<td>{escape(str(it))}</td>" for it in (row.key, row.kind, row.shape))
    numbers = "".join(f'<td class="number">{_number(it)}</td>' for it in (row.difference, row.own))
    return f'<tr class="{kind}">{texts}{numbers}</tr>'


def _bars(found: Comparison) -> str:
    """Return a plot of the differences of all layers, on a logarithmic scale."""
    known = [row for row in found.rows if not math.isnan(row.difference)]
    if not known:
        return ""
    finite = [it for row in known for it in (row.difference, row.own) if math.isfinite(it)]
    top = max([10 * found.tolerance, *finite])
    span = math.log10(top / LEAST)

    def at(number: float) -> float:
        held = min(max(number, LEAST), top)
        return LABELS + (WIDTH - LABELS - 20) * math.log10(held / LEAST) / span

    height = BAR * len(known) + 40
    lines = []
    for place, row in enumerate(known):
        y = 10 + BAR * place
        kind = "bad" if row == found.first else "own"
        lines.append(f'<text x="{LABELS - 8}" y="{y + 11}" text-anchor="end">{_label(row)}</text>')
        for number, name, high in ((row.difference, "all", 12), (row.own, kind, 6)):
            wide = at(number) - LABELS
            lines.append(
                f'<rect class="{name}" x="{LABELS}" y="{y + (12 - high) / 2:.0f}" '
                f'width="{wide:.1f}" height="{high}"><title>{_number(number)}</title></rect>'
            )
    limit, bottom = at(found.tolerance), height - 26
    lines.append(f'<line class="limit" x1="{limit:.1f}" x2="{limit:.1f}" y1="4" y2="{bottom}"/>')
    lines.append(f'<line class="axis" x1="{LABELS}" x2="{WIDTH}" y1="{bottom}" y2="{bottom}"/>')
    for power in range(round(math.log10(LEAST)), math.floor(math.log10(top)) + 1, 2):
        place_x = at(10.0**power)
        lines.append(
            f'<text x="{place_x:.1f}" y="{height - 8}" text-anchor="middle">1e{power}</text>'
        )
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img">{"".join(lines)}</svg>'


def _points(found: Comparison) -> str:
    """Return a plot of one layer's numbers, here against there."""
    if found.ends is None:
        return ""
    ours, theirs = (np.asarray(it, "f8").ravel() for it in found.ends)
    if ours.shape != theirs.shape or not ours.size:
        return ""
    both = np.isfinite(ours) & np.isfinite(theirs)
    step = max(1, int(both.sum()) // MOST_POINTS)
    ours, theirs = ours[both][::step], theirs[both][::step]
    if not ours.size:
        return ""
    low, high = float(min(ours.min(), theirs.min())), float(max(ours.max(), theirs.max()))
    scale = (SQUARE - 50) / ((high - low) or 1.0)
    dots = "".join(
        f'<circle class="own" r="2" cx="{40 + (x - low) * scale:.1f}" '
        f'cy="{SQUARE - 40 - (y - low) * scale:.1f}"/>'
        for x, y in zip(theirs, ours, strict=True)
    )
    key = next((row.key for row in found.rows if row == found.first), None)
    title = f"{escape(key)}: " if key else ""
    bottom = SQUARE - 40
    return (
        f"<h2>{title}numbers here over numbers in the reference</h2>"
        f'<svg viewBox="0 0 {SQUARE} {SQUARE}" width="{SQUARE}" role="img">'
        f'<line class="axis" x1="40" x2="{SQUARE - 10}" y1="{bottom}" y2="{bottom}"/>'
        f'<line class="axis" x1="40" x2="40" y1="10" y2="{bottom}"/>'
        f'<line class="limit" x1="40" y1="{bottom}" x2="{SQUARE - 10}" y2="10"/>{dots}'
        f'<text x="40" y="{SQUARE - 22}">{low:.3g}</text>'
        f'<text x="{SQUARE - 10}" y="{SQUARE - 22}" text-anchor="end">{high:.3g}</text>'
        f'<text x="{SQUARE / 2:.0f}" y="{SQUARE - 8}" text-anchor="middle">reference</text></svg>'
    )


def _label(row: Row) -> str:
    return escape(row.key if len(row.key) <= 30 else f"...{row.key[-28:]}")


def _number(number: float) -> str:
    return "-" if math.isnan(number) else f"{number:.1e}"
