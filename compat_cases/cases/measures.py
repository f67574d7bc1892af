"""Every public metric of every era, as a compiled model reports it over uneven batches.

A model that changes nothing (behind a Masking where ``masked``) is evaluated on 8 samples in
batches of 3, the metric among ``metrics``, and where ``weighted`` among ``weighted_metrics`` too.
``called`` is what `compile` is told: a name, or a class with its arguments. Rows whose ``form`` is
"values" are of metrics that no model takes: they are handed plain values batch by batch.
"""

ERAS = ("1.2", "2.2", "2.3", "2.15", "3")
FIRST, SECOND, LATER, NEW, THIRD = ERAS[:1], ERAS[1:], ERAS[2:], ERAS[3:], ERAS[4:]
OLD, BEFORE_3 = ERAS[:3], ERAS[:4]

# The names that compile takes, on what they are tried, and who knows them.
NAMES = [
    ("mse mae mape msle MSE MAE MAPE MSLE", "numbers", BEFORE_3),
    ("mse mae mape msle", "numbers", THIRD),
    ("mean_squared_error mean_absolute_error", "numbers", ERAS),
    ("mean_absolute_percentage_error mean_squared_logarithmic_error", "counts", ERAS),
    ("cosine_proximity cosine", "numbers", OLD),
    ("cosine_similarity", "numbers", LATER),
    ("logcosh", "numbers", ("2.2", "2.3", "2.15")),
    ("log_cosh", "numbers", NEW),
    ("huber", "numbers", THIRD),
    ("pearson_correlation concordance_correlation", "triples", THIRD),
    ("hinge squared_hinge", "signs", ERAS),
    ("categorical_hinge", "shares", LATER),
    ("kullback_leibler_divergence", "shares", OLD),
    ("kl_divergence kld KLD", "shares", ("2.15",)),
    ("kl_divergence", "shares", THIRD),
    ("poisson", "binary", ERAS),
    ("binary_accuracy binary_crossentropy", "binary", ERAS),
    ("binary_focal_crossentropy", "binary", NEW),
    ("categorical_accuracy categorical_crossentropy", "shares", ERAS),
    ("categorical_focal_crossentropy", "shares", NEW),
    ("top_k_categorical_accuracy", "sevenths", ERAS),
    ("sparse_categorical_accuracy sparse_categorical_crossentropy", "classes", ERAS),
    ("sparse_top_k_categorical_accuracy", "seven_classes", SECOND),
    ("accuracy acc", "binary", ERAS),
    ("accuracy acc", "shares", ERAS),
    ("accuracy acc", "classes", ERAS),
    ("accuracy", "numbers", ERAS),
    ("precision recall fbeta_score fmeasure fscore f1score matthews_correlation", "binary", FIRST),
]

# The classes, on what they are tried, their arguments, and who knows them.
CLASSES = [
    ("MeanSquaredError", "numbers", {}, LATER),
    ("RootMeanSquaredError", "numbers", {}, LATER),
    ("MeanAbsoluteError", "numbers", {}, LATER),
    ("MeanAbsolutePercentageError", "counts", {}, LATER),
    ("MeanSquaredLogarithmicError", "counts", {}, LATER),
    ("CosineSimilarity", "numbers", {}, LATER),
    ("LogCoshError", "numbers", {}, LATER),
    ("MeanRelativeError", "numbers", {"normalizer": [1.0, 2.0]}, ("2.15",)),
    ("PearsonCorrelation", "triples", {}, THIRD),
    ("ConcordanceCorrelation", "triples", {}, THIRD),
    ("ConcordanceCorrelation", "triples", {"axis": 0}, THIRD),
    ("Hinge", "signs", {}, LATER),
    ("SquaredHinge", "signs", {}, LATER),
    ("CategoricalHinge", "shares", {}, LATER),
    ("KLDivergence", "shares", {}, LATER),
    ("Poisson", "binary", {}, LATER),
    ("Accuracy", "whole", {}, LATER),
    ("BinaryAccuracy", "binary", {}, LATER),
    ("BinaryAccuracy", "binary", {"threshold": 0.3}, LATER),
    ("BinaryCrossentropy", "binary", {}, LATER),
    ("BinaryCrossentropy", "binary", {"label_smoothing": 0.2}, LATER),
    ("CategoricalAccuracy", "shares", {}, LATER),
    ("CategoricalCrossentropy", "shares", {}, LATER),
    ("TopKCategoricalAccuracy", "sevenths", {"k": 2}, LATER),
    ("SparseCategoricalAccuracy", "classes", {}, LATER),
    ("SparseCategoricalCrossentropy", "classes", {}, LATER),
    ("SparseTopKCategoricalAccuracy", "seven_classes", {"k": 2}, LATER),
    ("AUC", "binary", {}, LATER),
    ("AUC", "binary", {"curve": "PR", "num_thresholds": 20}, LATER),
    ("Precision", "binary", {}, LATER),
    ("Precision", "binary", {"thresholds": [0.3, 0.6]}, LATER),
    ("Recall", "binary", {}, LATER),
    ("Recall", "binary", {"top_k": 1}, LATER),
    ("TruePositives", "binary", {}, LATER),
    ("TrueNegatives", "binary", {}, LATER),
    ("FalsePositives", "binary", {}, LATER),
    ("FalseNegatives", "binary", {"thresholds": 0.4}, LATER),
    ("SensitivityAtSpecificity", "binary", {"specificity": 0.5}, LATER),
    ("SpecificityAtSensitivity", "binary", {"sensitivity": 0.5}, LATER),
    ("PrecisionAtRecall", "binary", {"recall": 0.5}, NEW),
    ("RecallAtPrecision", "binary", {"precision": 0.5}, NEW),
    ("MeanIoU", "whole", {"num_classes": 3}, LATER),
    ("IoU", "whole", {"num_classes": 3, "target_class_ids": [0, 2]}, NEW),
    ("BinaryIoU", "binary", {"threshold": 0.4}, NEW),
    ("OneHotIoU", "shares", {"num_classes": 3, "target_class_ids": [1]}, NEW),
    ("OneHotMeanIoU", "shares", {"num_classes": 3}, NEW),
    ("F1Score", "binary", {"threshold": 0.5}, NEW),
    ("FBetaScore", "shares", {"beta": 2.0, "average": "macro"}, NEW),
    ("R2Score", "numbers", {}, NEW),
]

# Metrics of plain values, and those that any Keras makes of a function.
VALUES = [
    ("Mean", {}, LATER),
    ("Sum", {}, LATER),
    ("MeanTensor", {}, ("2.15",)),
    ("MeanMetricWrapper", {"fn": "mean_absolute_error"}, LATER),
]

# Data that has a form with steps, so that some can be masked.
STEPS = ("numbers", "binary", "shares", "classes", "counts", "signs")
# What cannot be counted of steps in Keras 2.2, whose functions take one class of each sample.
FLAT = ("sparse_categorical_accuracy", "accuracy", "acc", "top_k_categorical_accuracy")


def row(called, data, eras, **more):
    """Return one case, named after all it says."""
    said = called if isinstance(called, str) else called["class_name"] + str(called["arguments"])
    words = [said, data] + sorted(more)
    letters = "".join(c if c.isalnum() else " " for c in " ".join(words))
    return dict(more, name="_".join(letters.split()), called=called, data=data, eras=eras)


def forms(called, data, eras):
    """Return the cases of a metric: plain, weighted, masked, and both."""
    weighing = [era for era in eras if era != "1.2"]
    cases = [row(called, data, eras)]
    if weighing:
        cases.append(row(called, data, weighing, weighted=True))
    if data in STEPS:
        counted = [era for era in eras if not (era == "2.2" and called in FLAT)]
        cases.append(row(called, data + "_steps", counted, masked=True))
        weighing = [era for era in weighing if era in counted]
        if weighing:
            cases.append(row(called, data + "_steps", weighing, masked=True, weighted=True))
    return cases


CASES = [
    case
    for names, data, eras in NAMES
    for name in names.split()
    for case in forms(name, data, eras)
] + [
    case
    for class_name, data, arguments, eras in CLASSES
    for case in forms({"class_name": class_name, "arguments": arguments}, data, eras)
]
CASES += [
    row({"class_name": class_name, "arguments": arguments}, "values", eras, form="values", **more)
    for class_name, arguments, eras in VALUES
    for more in ({}, {"weighted": True})
]
