"""Losses and metrics: functions by name, classes, and compiled models that are tested.

``DATA`` names the kinds of targets and predictions that the recorder draws. A case says what it
is (``kind``): a loss or metric ``function``, a loss or metric ``class`` with its arguments, or a
``compiled`` model that hands its input through an activation to its loss. An era that does not
know a name says so in the recording (``refused``).
"""

ERAS = ("2.2", "2.3", "2.15")
LATER = ("2.3", "2.15")

NUMBERS = [
    "mean_squared_error",
    "mse",
    "MSE",
    "mean_absolute_error",
    "mae",
    "mean_absolute_percentage_error",
    "mape",
    "mean_squared_logarithmic_error",
    "msle",
    "logcosh",
    "log_cosh",
    "huber",
    "huber_loss",
    "cosine_proximity",
    "cosine",
    "cosine_similarity",
]
SIGNS = ["hinge", "squared_hinge"]
SHARES = [
    "categorical_crossentropy",
    "categorical_hinge",
    "kullback_leibler_divergence",
    "kld",
    "kl_divergence",
    "poisson",
    "mean_squared_error",
]
BINARY = [
    "binary_crossentropy",
    "poisson",
    "mean_squared_logarithmic_error",
    "hinge",
    "squared_hinge",
]
CLASSES = ["sparse_categorical_crossentropy"]

ACCURACIES = {
    "numbers": ["accuracy"],
    "binary": ["binary_accuracy", "accuracy"],
    "shares": ["categorical_accuracy", "top_k_categorical_accuracy", "accuracy"],
    "classes": ["sparse_categorical_accuracy", "sparse_top_k_categorical_accuracy"],
    "flat_classes": ["sparse_categorical_accuracy"],
}


def row(kind, owner, name, data, eras=ERAS, **more):
    """Return one case, named after all it says."""
    words = [kind, owner, name, data] + [said(key, more[key]) for key in sorted(more)]
    letters = "".join(c if c.isalnum() else " " for c in " ".join(words))
    return dict(
        more,
        name="_".join(letters.split()),
        kind=kind,
        owner=owner,
        called=name,
        data=data,
        eras=eras,
    )


def said(key, value):
    """Return an option in words."""
    return key if value is True else f"{key} {value}"


def functions(owner, names, data):
    """Return a case of each function on one kind of data."""
    return [row("function", owner, name, data) for name in names]


def made(owner, name, data, eras=LATER, **arguments):
    """Return the case of a class, without and with sample weights."""
    more = {"arguments": arguments} if arguments else {}
    return [
        row("class", owner, name, data, eras, **more),
        row("class", owner, name, data, eras, weighted=True, **more),
    ]


def compiled(loss, data, activation="linear", eras=ERAS, **more):
    """Return the case of a compiled model."""
    return row("compiled", "model", loss, data, eras, activation=activation, **more)


FUNCTIONS = (
    functions("losses", NUMBERS, "numbers")
    + functions("losses", NUMBERS[:1] + ["cosine_proximity", "logcosh"], "steps")
    + functions("losses", SIGNS, "signs")
    + functions("losses", SHARES, "shares")
    + functions("losses", ["categorical_crossentropy"], "share_steps")
    + functions("losses", BINARY, "binary")
    + functions("losses", CLASSES, "classes")
    + functions("losses", CLASSES, "class_steps")
    + [
        case
        for data, names in sorted(ACCURACIES.items())
        for case in functions("metrics", names, data)
        if not (case["called"] == "accuracy" and data != "numbers")
    ]
    + functions("metrics", ["mse", "mae", "cosine", "binary_crossentropy"], "binary")
)

LOSSES = [
    ("MeanSquaredError", "numbers", {}),
    ("MeanSquaredError", "steps", {}),
    ("MeanSquaredError", "numbers", {"reduction": "sum"}),
    ("MeanSquaredError", "numbers", {"reduction": "none"}),
    ("MeanAbsoluteError", "numbers", {}),
    ("MeanAbsolutePercentageError", "numbers", {}),
    ("MeanSquaredLogarithmicError", "binary", {}),
    ("BinaryCrossentropy", "binary", {}),
    ("BinaryCrossentropy", "binary", {"label_smoothing": 0.2}),
    ("BinaryCrossentropy", "binary_logits", {"from_logits": True}),
    ("CategoricalCrossentropy", "shares", {}),
    ("CategoricalCrossentropy", "shares", {"label_smoothing": 0.2}),
    ("CategoricalCrossentropy", "share_logits", {"from_logits": True}),
    ("SparseCategoricalCrossentropy", "classes", {}),
    ("SparseCategoricalCrossentropy", "class_logits", {"from_logits": True}),
    ("Hinge", "signs", {}),
    ("Hinge", "binary", {}),
    ("SquaredHinge", "signs", {}),
    ("CategoricalHinge", "shares", {}),
    ("Poisson", "binary", {}),
    ("LogCosh", "numbers", {}),
    ("KLDivergence", "shares", {}),
    ("Huber", "numbers", {}),
    ("Huber", "numbers", {"delta": 0.3}),
    ("CosineSimilarity", "numbers", {}),
    ("CosineSimilarity", "steps", {"axis": 1}),
]

METRICS = [
    ("Accuracy", "matches", {}),
    ("BinaryAccuracy", "binary", {}),
    ("BinaryAccuracy", "binary", {"threshold": 0.7}),
    ("CategoricalAccuracy", "shares", {}),
    ("SparseCategoricalAccuracy", "classes", {}),
    ("TopKCategoricalAccuracy", "shares", {"k": 2}),
    ("SparseTopKCategoricalAccuracy", "classes", {"k": 2}),
    ("MeanSquaredError", "numbers", {}),
    ("RootMeanSquaredError", "numbers", {}),
    ("MeanAbsoluteError", "numbers", {}),
    ("MeanAbsolutePercentageError", "numbers", {}),
    ("MeanSquaredLogarithmicError", "binary", {}),
    ("CosineSimilarity", "numbers", {}),
    ("BinaryCrossentropy", "binary", {}),
    ("CategoricalCrossentropy", "shares", {}),
    ("SparseCategoricalCrossentropy", "classes", {}),
    ("KLDivergence", "shares", {}),
    ("Poisson", "binary", {}),
    ("Hinge", "signs", {}),
    ("SquaredHinge", "signs", {}),
    ("CategoricalHinge", "shares", {}),
    ("LogCoshError", "numbers", {}),
    ("Precision", "binary", {}),
    ("Precision", "binary", {"thresholds": [0.3, 0.6]}),
    ("Precision", "binary", {"top_k": 1}),
    ("Recall", "binary", {}),
    ("Recall", "binary", {"thresholds": [0.3, 0.6]}),
    ("AUC", "binary", {}),
    ("AUC", "binary", {"num_thresholds": 10, "curve": "PR"}),
    ("AUC", "binary", {"num_thresholds": 10, "summation_method": "majoring"}),
    ("TruePositives", "binary", {}),
    ("TrueNegatives", "binary", {}),
    ("FalsePositives", "binary", {}),
    ("FalseNegatives", "binary", {}),
    ("SensitivityAtSpecificity", "binary", {"specificity": 0.5}),
    ("SpecificityAtSensitivity", "binary", {"sensitivity": 0.5}),
]

WHOLE_METRICS = ["accuracy", "mse"]

COMPILED = [
    compiled("mse", "numbers", metrics=["mae", "cosine_proximity"], eras=("2.2", "2.3")),
    compiled("mse", "numbers", metrics=["mae", "acc"]),
    compiled("mse", "numbers", weighted=True, metrics=["mae"]),
    compiled("mse", "numbers", weighted=True, weighted_metrics=["mae"]),
    compiled("mse", "numbers", weighted="zeros", metrics=["mae"]),
    compiled("mean_absolute_error", "numbers", class_weight={}, metrics=[]),
    compiled("mse", "steps", masked=True, metrics=["mae"]),
    compiled("mse", "steps", metrics=["mae", "acc"]),
    compiled("mse", "steps", masked=True, weighted=True, metrics=["mae"]),
    compiled("mse", "steps", masked=True, weighted_metrics=["mae"]),
    compiled(
        "mse", "steps", masked=True, weighted="temporal", eras=("2.2", "2.3"), metrics=["mae"]
    ),
    compiled("binary_crossentropy", "binary", metrics=WHOLE_METRICS),
    compiled("binary_crossentropy", "binary", metrics=["acc", "binary_accuracy"], weighted=True),
    compiled("binary_crossentropy", "binary_logits", "sigmoid", metrics=WHOLE_METRICS),
    compiled("binary_crossentropy", "one_column", metrics=["accuracy"]),
    compiled("mse", "one_column", metrics=["accuracy"]),
    compiled(
        "binary_crossentropy", "one_column", metrics=["accuracy"], class_weight={"0": 2.0, "1": 0.5}
    ),
    compiled("binary_crossentropy", "flat_column", metrics=["accuracy"]),
    compiled("categorical_crossentropy", "shares", metrics=WHOLE_METRICS),
    compiled(
        "categorical_crossentropy",
        "shares",
        metrics=["acc", "top_k_categorical_accuracy"],
        weighted=True,
    ),
    compiled(
        "categorical_crossentropy",
        "shares",
        metrics=["accuracy"],
        class_weight={"0": 2.0, "1": 0.5, "2": 1.5},
    ),
    compiled("categorical_crossentropy", "share_logits", "softmax", metrics=WHOLE_METRICS),
    compiled("categorical_crossentropy", "share_steps", masked=True, metrics=["accuracy"]),
    compiled("sparse_categorical_crossentropy", "classes", metrics=["accuracy", "acc"]),
    compiled("sparse_categorical_crossentropy", "classes", metrics=["accuracy"], weighted=True),
    compiled(
        "sparse_categorical_crossentropy",
        "classes",
        metrics=["accuracy"],
        class_weight={"0": 2.0, "1": 0.5, "2": 1.5},
    ),
    compiled("sparse_categorical_crossentropy", "class_logits", "softmax", metrics=["accuracy"]),
    compiled("sparse_categorical_crossentropy", "flat_classes", metrics=["accuracy"]),
    # Keras 2.2.4 cannot count the accuracy of classes at each step.
    compiled(
        "sparse_categorical_crossentropy",
        "class_steps",
        masked=True,
        metrics=["accuracy"],
        eras=LATER,
    ),
    compiled("sparse_categorical_crossentropy", "class_steps", masked=True, metrics=[]),
    compiled("hinge", "signs", metrics=[]),
    compiled("hinge", "binary", metrics=[]),
    compiled("kullback_leibler_divergence", "shares", metrics=[]),
    compiled("poisson", "binary", metrics=[]),
]

CASES = (
    FUNCTIONS
    + [case for name, data, given in LOSSES for case in made("losses", name, data, **given)]
    + [case for name, data, given in METRICS for case in made("metrics", name, data, **given)]
    + COMPILED
)
