"""Cases of the embedding."""

ERAS = ("2.2", "2.3", "2.15", "3")


def row(name, arguments, shape):
    """Return one case with whole numbers below 6."""
    return {
        "name": "embedding_" + name,
        "class_name": "Embedding",
        "inputs": [shape],
        "kinds": [6],
        "arguments": dict({"input_dim": 6, "output_dim": 4}, **arguments),
    }


CASES = [
    row("plain", {}, [2, 5]),
    row("mask_zero", {"mask_zero": True}, [3, 5]),
    row("rank_3", {}, [2, 3, 5]),
    row("length", {"input_length": 5}, [2, 5]),
]
