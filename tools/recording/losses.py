"""Record losses and metrics: functions, classes, and what a compiled model reports.

Runs inside the real Keras (Python 3.6 and newer).
"""

import os

import numpy as np
from archive import write_recording
from asking import ask, cases_of
from draws import stream
from oracle import OLD, K, as_list, keras, origin, tf

MASKED_STEPS = [[3], [0, 1], []]


def record(oracle: object, cases: str, out: str) -> list:
    """Record every loss and metric case of this era; return a line for each that failed."""
    wanted = cases_of(os.path.join(cases, "losses.py"), oracle.era)
    answers, failures = ask(wanted, lambda case: record_case(oracle, case))
    target = os.path.join(out, "recorded", oracle.name, "losses", "losses")
    write_recording(target, answers, origin(oracle, "losses"))
    return failures


def record_case(oracle: object, case: dict) -> tuple:
    """Return the row and the arrays of a case; a name this era lacks is marked as refused."""
    oracle.renew()
    targets, predictions = DATA[case["data"]]()
    arrays = {"targets": targets, "predictions": predictions}
    if "weighted" in case:
        arrays["sample_weight"] = draw_sample_weight(case["weighted"], targets)
    if case["kind"] == "compiled":
        return test_model(case, arrays)
    called = find(case)
    if called is None:
        return dict(case, refused=True), {}
    if case["kind"] == "function":
        return case, dict(arrays, **call_function(called, targets, predictions))
    if case["owner"] == "losses":
        return case, dict(arrays, value=call_loss(called, arrays))
    return case, dict(arrays, **update_metric(called, arrays))


def find(case: dict) -> object:
    """Return the function or object a case names, or None when this Keras lacks it."""
    home = getattr(keras, case["owner"])
    if case["kind"] == "function":
        try:
            found = home.get(case["called"])
        except ValueError:
            return None
        return found if callable(found) else None
    found = getattr(home, case["called"], None)
    return found and found(**case.get("arguments", {}))


def call_function(function: object, targets: np.ndarray, predictions: np.ndarray) -> dict:
    """Return what a function gives, and the gradient of its sum by the predictions."""
    if OLD:
        guess = K.constant(predictions)
        value = function(K.constant(targets), guess)
        grad = tf.gradients(value, guess)[0] if value.dtype.is_floating else None
        found = K.eval(value), None if grad is None else K.eval(grad)
    else:
        guess = tf.constant(predictions)
        with tf.GradientTape() as tape:
            tape.watch(guess)
            value = function(tf.constant(targets), guess)
        grad = tape.gradient(value, guess) if value.dtype.is_floating else None
        found = value.numpy(), None if grad is None else grad.numpy()
    names = ("value", "gradient")
    return {name: array for name, array in zip(names, found) if array is not None}


def call_loss(loss: object, arrays: dict) -> np.ndarray:
    """Return what a loss object gives."""
    return evaluated(
        loss(
            K.constant(arrays["targets"]),
            K.constant(arrays["predictions"]),
            sample_weight=arrays.get("sample_weight"),
        )
    )


def update_metric(metric: object, arrays: dict) -> dict:
    """Return a metric's result after three rows and after all of them."""
    found = {}
    if OLD:
        K.get_session().run(tf.compat.v1.global_variables_initializer())
    for place, rows in enumerate((slice(0, 3), slice(3, None))):
        weight = arrays.get("sample_weight")
        update = metric.update_state(
            K.constant(arrays["targets"][rows]),
            K.constant(arrays["predictions"][rows]),
            sample_weight=None if weight is None else weight[rows],
        )
        if OLD:
            K.get_session().run(update)
        found[f"result_{place}"] = evaluated(metric.result())
    return found


def evaluated(tensor: object) -> np.ndarray:
    """Return the number a tensor stands for."""
    return K.eval(tensor) if OLD else np.asarray(tensor)


def test_model(case: dict, arrays: dict) -> tuple:
    """Return what a compiled model reports, tested on all rows and on two at a time."""
    values, targets = arrays["predictions"].copy(), arrays["targets"]
    if case.get("masked"):
        for row, steps in enumerate(MASKED_STEPS):
            values[row, steps] = 0.0
    model, weight = build(case, values.shape[1:]), arrays.get("sample_weight")
    found = {
        "tested": numbers(model.test_on_batch(values, targets, sample_weight=weight)),
        "metrics_names": list(model.metrics_names),
        "evaluated_by_two": numbers(
            model.evaluate(values, targets, batch_size=2, sample_weight=weight, verbose=0)
        ),
    }
    if case.get("class_weight"):
        by_class = {int(key): value for key, value in case["class_weight"].items()}
        found["trained"] = numbers(model.train_on_batch(values, targets, class_weight=by_class))
    return dict(case, **found), dict(arrays, predictions=values)


def build(case: dict, shape: tuple) -> object:
    """Return a compiled model that hands its input, through a mask, to an activation."""
    first = [keras.layers.Masking(input_shape=shape)] if case.get("masked") else []
    width = shape[-1]
    same = keras.layers.Dense(width, kernel_initializer="identity", input_shape=shape)
    model = keras.models.Sequential([*first, same, keras.layers.Activation(case["activation"])])
    more = {}
    if case.get("weighted_metrics"):
        more["weighted_metrics"] = list(case["weighted_metrics"])
    if case.get("weighted") == "temporal":
        more["sample_weight_mode"] = "temporal"
    model.compile(
        keras.optimizers.SGD(0.0), case["called"], metrics=list(case.get("metrics", [])), **more
    )
    return model


def numbers(reported: object) -> list:
    """Return what a model reports as a list of plain numbers."""
    return [float(value) for value in as_list(reported)]


def draw_sample_weight(weighted: object, targets: np.ndarray) -> np.ndarray:
    """Return a weight for each sample, or each step; some nought unless ``weighted`` is True."""
    random = stream("losses", "sample_weight")
    shape = targets.shape[:2] if weighted == "temporal" else targets.shape[:1]
    weight = random.uniform(0.5, 2.0, size=shape).astype(np.float32)
    if weighted != "plain" and weighted is not True:
        weight.flat[1::3] = 0.0
    return weight


def one_hot(random: np.random.RandomState, shape: tuple) -> np.ndarray:
    """Return rows of noughts with a single one."""
    return np.eye(shape[-1], dtype=np.float32)[random.randint(0, shape[-1], size=shape[:-1])]


def softmax(values: np.ndarray) -> np.ndarray:
    """Return positive numbers that sum to one along the last axis."""
    raised = np.exp(values)
    return (raised / raised.sum(-1, keepdims=True)).astype(np.float32)


def numbers_pair(shape: tuple = (5, 3)) -> tuple:
    """Return normal targets and predictions, one target exactly nought."""
    random = stream("losses", "numbers", shape)
    targets, guesses = random.normal(size=(2, *shape)).astype(np.float32)
    targets.flat[0] = 0.0
    return targets, guesses


def signs() -> tuple:
    """Return targets of plus and minus one and normal predictions."""
    targets, guesses = numbers_pair()
    return np.where(targets > 0, 1.0, -1.0).astype(np.float32), guesses * 1.5


def shares() -> tuple:
    """Return one-hot targets and shares, some certain, some that do not sum to one."""
    random = stream("losses", "shares")
    targets = np.eye(3, dtype=np.float32)[[0, 2, 1, 0, 1]]
    guesses = softmax(random.normal(size=(5, 3)))
    guesses[1] = [1.0, 0.0, 0.0]
    guesses[2] = [0.2, 0.3, 0.1]
    guesses[3] = [1.0, 0.0, 0.0]
    return targets, guesses


def share_steps() -> tuple:
    """Return one-hot targets and shares at each of four steps."""
    random = stream("losses", "share_steps")
    return one_hot(random, (3, 4, 3)), softmax(random.normal(size=(3, 4, 3)))


def share_logits() -> tuple:
    """Return one-hot targets and logits, one row confidently wrong."""
    targets, _ = shares()
    logits = (stream("losses", "logits").normal(size=(5, 3)) * 3).astype(np.float32)
    logits[1] = [30.0, 0.0, 0.0]
    return targets, logits


def binary() -> tuple:
    """Return targets of nought and one and shares, some exactly nought or one."""
    random = stream("losses", "binary")
    targets = random.randint(0, 2, size=(5, 3)).astype(np.float32)
    guesses = random.uniform(size=(5, 3)).astype(np.float32)
    guesses[1] = [0.0, 1.0, 0.5]
    guesses[2] = [1.0, 0.0, 1.0]
    return targets, guesses


def binary_logits() -> tuple:
    """Return targets of nought and one and logits, one far out."""
    targets, _ = binary()
    logits = (stream("losses", "logits").normal(size=(5, 3)) * 3).astype(np.float32)
    logits[1] = [40.0, -40.0, 0.0]
    return targets, logits


def one_column() -> tuple:
    """Return one column of noughts and ones and one of shares."""
    targets, _guesses = binary()
    return targets[:, :1], stream("losses", "column").uniform(size=(5, 1)).astype(np.float32)


def matches() -> tuple:
    """Return whole numbers, about half of them equal."""
    random = stream("losses", "matches")
    targets, guesses = random.randint(0, 2, size=(2, 5, 3)).astype(np.float32)
    return targets, guesses


def as_classes(pair: tuple, flat: bool = False) -> tuple:
    """Return one-hot targets as class numbers, in a last axis of one unless ``flat``."""
    classes = pair[0].argmax(-1).astype(np.float32)
    return (classes if flat else classes[..., None]), pair[1]


DATA = {
    "numbers": numbers_pair,
    "steps": lambda: numbers_pair((3, 4, 2)),
    "signs": signs,
    "shares": shares,
    "share_steps": share_steps,
    "share_logits": share_logits,
    "binary": binary,
    "binary_logits": binary_logits,
    "one_column": one_column,
    "flat_column": lambda: (one_column()[0][:, 0], one_column()[1]),
    "classes": lambda: as_classes(shares()),
    "flat_classes": lambda: as_classes(shares(), flat=True),
    "class_steps": lambda: as_classes(share_steps()),
    "class_logits": lambda: as_classes(share_logits()),
    "matches": matches,
}
