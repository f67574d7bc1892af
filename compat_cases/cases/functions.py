"""Activations, regularizers and constraints: each by its name, with arguments where it has some.

A name that an era does not know is left out of its recording.
"""

ERAS = ("1.2", "2.2", "2.3", "2.15", "3")

ACTIVATIONS = [
    "linear", "relu", "relu6", "elu", "selu", "celu", "gelu", "glu", "leaky_relu", "softmax",
    "log_softmax", "softplus", "softsign", "tanh", "sigmoid", "hard_sigmoid", "exponential",
    "swish", "silu", "mish", "hard_silu", "hard_swish", "hard_tanh", "hard_shrink", "soft_shrink",
    "tanh_shrink", "log_sigmoid", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus",
]  # fmt: skip
REGULARIZERS = [
    ("l1", {}), ("l2", {}), ("l1_l2", {}), ("l1l2", {}), ("activity_l1", {}), ("activity_l2", {}),
    ("activity_l1l2", {}), ("L1", {}), ("L2", {}), ("L1L2", {"l1": 0.1, "l2": 0.2}),
    ("orthogonal_regularizer", {}), ("OrthogonalRegularizer", {"factor": 0.1, "mode": "rows"}),
    ("OrthogonalRegularizer", {"factor": 0.1, "mode": "columns"}), ("l1", {"l1": 0.3}),
    ("l2", {"l2": 0.3}), ("l1_l2", {"l1": 0.2, "l2": 0.3}), ("l1l2", {"l1": 0.2, "l2": 0.3}),
    ("l1", {"l": 0.3}), ("l2", {"l": 0.3}), ("WeightRegularizer", {"l1": 0.2, "l2": 0.3}),
    ("EigenvalueRegularizer", {"k": 0.1}),
]  # fmt: skip
CONSTRAINTS = [
    ("max_norm", {}), ("maxnorm", {}), ("MaxNorm", {}), ("non_neg", {}), ("nonneg", {}),
    ("NonNeg", {}), ("unit_norm", {}), ("unitnorm", {}), ("UnitNorm", {}), ("min_max_norm", {}),
    ("MinMaxNorm", {"min_value": 0.5, "max_value": 1.0, "rate": 0.3}), ("radial_constraint", {}),
    ("MaxNorm", {"max_value": 0.7, "axis": 1}), ("MaxNorm", {"m": 0.7, "axis": 1}),
    ("MaxNorm", {"max_value": 0.7, "axis": [0, 1]}), ("MaxNorm", {"m": 0.7, "axis": [0, 1]}),
    ("UnitNorm", {"axis": 1}), ("MinMaxNorm", {"min_value": 0.5, "max_value": 0.8, "axis": [0, 1]}),
]  # fmt: skip


def row(owner, called, shape, **arguments):
    """Return one case."""
    told = "_".join(f"{key}_{value}" for key, value in sorted(arguments.items()))
    name = "_".join(part for part in (called, told, "x".join(map(str, shape))) if part)
    return {
        "name": f"{owner}_{name}",
        "owner": owner,
        "called": called,
        "arguments": arguments,
        "shape": shape,
    }


CASES = [
    *(row("activations", name, shape) for name in ACTIVATIONS for shape in ([4, 6], [2, 3, 4])),
    row("activations", "relu", [4, 6], alpha=0.2, max_value=1.5),
    row("activations", "relu", [4, 6], negative_slope=0.2, max_value=1.5, threshold=0.5),
    row("activations", "relu", [4, 6], alpha=0.2, max_value=1.5, threshold=0.5),
    row("activations", "softmax", [2, 3, 4], axis=1),
    row("activations", "elu", [4, 6], alpha=0.5),
    row("activations", "gelu", [4, 6], approximate=True),
    row("activations", "threshold", [4, 6], threshold=0.5, default_value=-1.0),
    *(row("regularizers", name, [3, 4], **more) for name, more in REGULARIZERS),
    *(
        row("constraints", name, shape, **more)
        for name, more in CONSTRAINTS
        for shape in ([3, 4], [3, 3, 2, 4])
        if len(shape) > 2 or not (isinstance(more.get("axis"), list) or name[0] == "r")
    ),
]
