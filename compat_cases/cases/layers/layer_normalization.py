"""Cases of layer normalization."""

ERAS = ("2.15", "3")


def row(name, shape, arguments=None):
    """Return one case."""
    return {
        "name": "layer_normalization_" + name,
        "class_name": "LayerNormalization",
        "inputs": [shape],
        "arguments": arguments or {},
    }


CASES = [
    row("plain", [3, 4]),
    row("steps", [2, 3, 4]),
    row("axis_1", [2, 3, 4], {"axis": 1}),
    row("two_axes", [2, 3, 4, 5], {"axis": [1, 2]}),
    row("last_two_axes", [2, 3, 4], {"axis": [-2, -1]}),
    row("no_center", [3, 4], {"center": False}),
    row("no_scale", [3, 4], {"scale": False, "epsilon": 0.1}),
]
