"""Record metrics and losses of many arguments: ``kpy tools/recording/metrics.py OUT``.

Writes OUT/<oracle>/metrics.json: each case with its inputs and the result after each batch.
Runs inside the real Keras (Python 3.6 and newer).
"""

import json
import os
import sys

import numpy as np
from draws import stream
from oracle import OLD, K, keras, open_oracle, origin, tf

CASES = [
    ("losses", "BinaryFocalCrossentropy", "binary", {}),
    ("losses", "BinaryFocalCrossentropy", "binary", {"apply_class_balancing": True, "gamma": 3.0}),
    ("losses", "BinaryFocalCrossentropy", "logits", {"from_logits": True, "label_smoothing": 0.1}),
    ("losses", "CategoricalFocalCrossentropy", "one_hot", {}),
    ("losses", "CategoricalFocalCrossentropy", "one_hot", {"alpha": 0.5, "label_smoothing": 0.1}),
    ("losses", "SparseCategoricalCrossentropy", "numbers_of_steps", {"ignore_class": 1}),
    ("metrics", "AUC", "binary", {"num_thresholds": 11, "summation_method": "minoring"}),
    ("metrics", "AUC", "binary", {"curve": "PR"}),
    ("metrics", "AUC", "binary", {"curve": "PR", "summation_method": "majoring"}),
    ("metrics", "AUC", "binary", {"thresholds": [0.6, 0.1, 0.25]}),
    ("metrics", "AUC", "binary", {"thresholds": [0.5]}),
    ("metrics", "AUC", "binary", {"multi_label": True, "num_thresholds": 7}),
    ("metrics", "AUC", "binary", {"multi_label": True, "label_weights": [1.0, 0.5, 3.0]}),
    ("metrics", "AUC", "binary", {"multi_label": True, "curve": "PR"}),
    ("metrics", "AUC", "logits", {"from_logits": True}),
    ("metrics", "AUC", "tenths", {"num_thresholds": 11}),
    ("metrics", "Precision", "binary", {"class_id": 1}),
    ("metrics", "Precision", "binary", {"top_k": 2, "class_id": 2}),
    ("metrics", "Precision", "binary", {"thresholds": [0.8, 0.2]}),
    ("metrics", "Recall", "binary", {"top_k": 2}),
    ("metrics", "Recall", "binary", {"thresholds": [0.0, 0.5, 1.0]}),
    ("metrics", "TruePositives", "binary", {"thresholds": [0.8, 0.2]}),
    ("metrics", "FalseNegatives", "tenths", {"thresholds": [0.3, 0.5]}),
    ("metrics", "SensitivityAtSpecificity", "binary", {"specificity": 0.4, "num_thresholds": 9}),
    ("metrics", "SpecificityAtSensitivity", "binary", {"sensitivity": 0.6, "num_thresholds": 1}),
    ("metrics", "PrecisionAtRecall", "binary", {"recall": 0.5}),
    ("metrics", "PrecisionAtRecall", "binary", {"recall": 0.5, "class_id": 0}),
    ("metrics", "RecallAtPrecision", "binary", {"precision": 0.6}),
    ("metrics", "MeanIoU", "classes", {"num_classes": 4}),
    ("metrics", "MeanIoU", "classes", {"num_classes": 4, "ignore_class": 0}),
    ("metrics", "IoU", "classes", {"num_classes": 4, "target_class_ids": [0, 2]}),
    ("metrics", "BinaryIoU", "binary", {"threshold": 0.3}),
    ("metrics", "BinaryIoU", "binary", {"target_class_ids": [1]}),
    ("metrics", "OneHotIoU", "one_hot", {"num_classes": 3, "target_class_ids": [0, 2]}),
    ("metrics", "OneHotMeanIoU", "one_hot", {"num_classes": 3}),
    ("metrics", "F1Score", "one_hot", {}),
    ("metrics", "F1Score", "binary", {"threshold": 0.4, "average": "macro"}),
    ("metrics", "FBetaScore", "binary", {"beta": 2.0, "threshold": 0.5, "average": "micro"}),
    ("metrics", "FBetaScore", "one_hot", {"beta": 0.5, "average": "weighted"}),
    ("metrics", "R2Score", "numbers", {}),
    ("metrics", "R2Score", "numbers", {"class_aggregation": None}),
    ("metrics", "R2Score", "numbers", {"class_aggregation": "variance_weighted_average"}),
    ("metrics", "R2Score", "numbers", {"num_regressors": 2}),
    ("metrics", "MeanRelativeError", "numbers", {"normalizer": [1.0, 0.0, 2.0]}),
    ("metrics", "RootMeanSquaredError", "numbers", {}),
    ("metrics", "CosineSimilarity", "numbers", {"axis": 0}),
    ("metrics", "TopKCategoricalAccuracy", "ties", {"k": 2}),
    ("metrics", "BinaryAccuracy", "tenths", {"threshold": 0.5}),
    ("metrics", "BinaryCrossentropy", "binary", {"label_smoothing": 0.2}),
    ("metrics", "SparseCategoricalCrossentropy", "numbers_of_classes", {}),
]
BATCHES = (slice(0, 4), slice(4, None))


def record(oracle: object, out: str) -> list:
    """Record every case this Keras knows; return a line for each it refuses."""
    rows, failures = [], []
    for owner, called, data, arguments in CASES:
        for weighted in (False, True):
            case = {"owner": owner, "called": called, "arguments": arguments, "data": data}
            try:
                rows.append(dict(case, **measure(oracle, case, weighted)))
            except Exception as error:
                failures.append(" ".join([called, str(arguments), str(error).split("\n")[0]]))
    folder = os.path.join(out, oracle.name)
    if not os.path.isdir(folder):
        os.makedirs(folder)
    head = dict(origin(oracle, "metrics"), command="kpy tools/recording/metrics.py OUT")
    write(os.path.join(folder, "metrics.json"), head, rows)
    return failures


def measure(oracle: object, case: dict, weighted: bool) -> dict:
    """Return the inputs of a case, and what the real Keras makes of each batch."""
    oracle.renew()
    targets, predictions = DATA[case["data"]]()
    weight = stream("metrics", "weight").randint(1, 9, size=len(targets)) / 4.0
    weight = weight.astype(np.float32) if weighted else None
    made = getattr(getattr(keras, case["owner"]), case["called"])(**case["arguments"])
    take = loss_of if case["owner"] == "losses" else result_of
    if OLD:
        K.get_session().run(tf.compat.v1.global_variables_initializer())
    results = []
    for rows in BATCHES:
        part = None if weight is None else weight[rows]
        results.append(take(made, targets[rows], predictions[rows], part).tolist())
    return {
        "targets": targets.tolist(),
        "predictions": predictions.tolist(),
        "sample_weight": None if weight is None else weight.tolist(),
        "results": results,
    }


def loss_of(loss: object, *batch: object) -> np.ndarray:
    """Return the loss of one batch."""
    return np.asarray(loss(K.constant(batch[0]), K.constant(batch[1]), sample_weight=batch[2]))


def result_of(metric: object, *batch: object) -> np.ndarray:
    """Return a metric's result after one more batch."""
    update = metric.update_state(K.constant(batch[0]), K.constant(batch[1]), sample_weight=batch[2])
    if OLD:
        K.get_session().run(update)
        return K.get_session().run(metric.result())
    return np.asarray(metric.result())


def write(path: str, head: dict, rows: list) -> None:
    """Write one line of JSON for every row."""
    body = ",\n".join(json.dumps(row, sort_keys=True) for row in rows)
    top = json.dumps(head, sort_keys=True)[1:-1]
    with open(path, "w", newline="\n", encoding="ascii") as file:
        file.write("{" + top + ',\n"cases": [\n' + body + "\n]}\n")


def draw(name: str, *shape: int) -> np.ndarray:
    """Return numbers between 0 and 1."""
    return stream("metrics", name).uniform(size=shape).astype(np.float32)


def classes(name: str, count: int, *shape: int) -> np.ndarray:
    """Return class numbers."""
    return stream("metrics", name).randint(0, count, size=shape).astype(np.float32)


def one_hot() -> tuple:
    """Return one-hot targets and shares."""
    guess = draw("one_hot", 7, 3)
    targets = np.eye(3, dtype=np.float32)[classes("one_hot", 3, 7).astype(int)]
    return targets, guess / guess.sum(-1, keepdims=True)


DATA = {
    "binary": lambda: (classes("binary", 2, 7, 3), draw("binary", 7, 3)),
    "logits": lambda: (classes("binary", 2, 7, 3), draw("logits", 7, 3) * 8 - 4),
    "tenths": lambda: (classes("tenths", 2, 7, 5), np.round(draw("tenths", 7, 5), 1)),
    "one_hot": one_hot,
    "numbers_of_classes": lambda: (one_hot()[0].argmax(-1).astype(np.float32), one_hot()[1]),
    "numbers_of_steps": lambda: (
        classes("steps", 3, 7, 2),
        draw("steps", 7, 2, 3) + np.float32(0.1),
    ),
    "classes": lambda: (classes("true", 4, 7, 2), classes("said", 4, 7, 2)),
    "numbers": lambda: (draw("true", 7, 3) * 4, draw("said", 7, 3) * 4),
    "ties": lambda: (one_hot()[0], np.round(one_hot()[1] * 3)),
}


if __name__ == "__main__":
    for line in record(open_oracle(), sys.argv[1]):
        print("NOT RECORDED " + line)
