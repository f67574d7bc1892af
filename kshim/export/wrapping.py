"""Wrapping: expressions without needless brackets, and statements in lines that fit."""

from __future__ import annotations

import re

WIDTH = 100


def bare(text: str) -> str:
    """Return an expression without brackets around the whole of it; a tuple keeps them."""
    if not text.startswith("(") or _depths(text).find("0") < len(text) - 1:
        return text
    inside = [one for one, depth in zip(text, _depths(text), strict=True) if depth == "1"]
    return text if "," in inside else text[1:-1]


def wrapped(line: str, indent: int) -> str:
    """Return a statement over several lines where one, so far indented, would be too long."""
    line, mark, comment = line.partition("  # ")
    margin = line[: len(line) - len(line.lstrip())]
    start, joint, text = line.partition("return " if line.startswith(f"{margin}return ") else " = ")
    if indent + len(line) + len(mark + comment) <= WIDTH or not text:
        return f"{line}{mark}{comment}"
    if indent + len(line) <= WIDTH:
        return line
    return f"{start}{joint}{_broken(text, margin, indent)}"


def _broken(text: str, margin: str, indent: int) -> str:
    """Return an expression over several lines."""
    opening, depths = text.find("("), _depths(text)
    if opening > 0 and depths.find("0", opening) == len(text) - 1:
        inside = text[opening + 1 : -1]
        if indent + len(margin) + len(inside) + 4 > WIDTH:
            inside = _one_a_line(inside, f"{margin}    ", indent)
        return f"{text[: opening + 1]}\n{margin}    {inside}\n{margin})"
    if indent + len(margin) + len(text) + 4 > WIDTH:
        text = _split(text, margin)
    return f"(\n{margin}    {text}\n{margin})"


def _one_a_line(arguments: str, margin: str, indent: int) -> str:
    """Return arguments each on a line of its own."""
    depths = _depths(arguments)
    ends = [
        place for place, letter in enumerate(arguments) if letter == "," and depths[place] == "0"
    ]
    starts = [0, *(end + 2 for end in ends)]
    parts = [arguments[a:b] for a, b in zip(starts, [*ends, len(arguments)], strict=True)]
    if len(parts) == 1:
        only = parts[0]
        fits = indent + len(margin) + len(only) <= WIDTH
        return only if fits else _broken(only, margin, indent)
    return f"\n{margin}".join(f"{_argument(part, margin, indent)}," for part in parts)


def _argument(part: str, margin: str, indent: int) -> str:
    if indent + len(margin) + len(part) + 1 <= WIDTH:
        return part
    closing = {"[": "]", "(": ")"}.get(part[0])
    if closing and part[-1] == closing and _depths(part).find("0") == len(part) - 1:
        inside = _one_a_line(part[1:-1], f"{margin}    ", indent)
        if len(inside) + len(margin) + indent + 4 <= WIDTH and "\n" not in inside:
            return f"{part[0]}\n{margin}    {inside}\n{margin}{closing}"
        return f"{part[0]}\n{margin}    {inside}\n{margin}{closing}"
    opening = part.find("(")
    if opening > 0 and _depths(part).find("0", opening) == len(part) - 1:
        return _broken(part, margin, indent)
    return part


def _split(text: str, margin: str) -> str:
    """Return a sum or product with its last operator on a line of its own."""
    depths = _depths(text)
    places = [m.start() for m in re.finditer(r" [-+*/@<>=!&|%]+ ", text)]
    outside = [place for place in places if depths[place] == "0"]
    if not outside:
        return text
    return f"{text[: outside[-1]]}\n{margin}    {text[outside[-1] + 1 :]}"


def _depths(text: str) -> str:
    """Return for each letter how many brackets are open behind it, 9 at most."""
    depth, found = 0, ""
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        found += str(min(depth, 9))
    return found
