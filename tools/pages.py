"""Pages that tools write a part of, between two marks."""

from __future__ import annotations


def with_part(page: str, begin: str, end: str, made: str) -> str:
    """Return a page with what stands between its two marks made anew."""
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{made}\n{end}{after}"
