"""Record models that carry a mask: outputs, masks, losses, metrics, weights after a step.

Runs inside the real Keras (Python 3.6 and newer).
"""

import os

import numpy as np
from archive import write_recording
from asking import ask, cases_of
from draws import draw_weights, stream
from layers import make_layer
from losses import numbers
from oracle import OLD, K, bare, keras, origin, tf

MASKED_STEPS = [[3], [0, 1], []]
OTHER_STEPS = [[1], [2], [0, 3]]


def record(oracle: object, cases: str, out: str) -> list:
    """Record every case of this era; return a line for each that failed."""
    wanted = cases_of(os.path.join(cases, "masking.py"), oracle.era)
    answers, failures = ask(wanted, lambda case: record_case(oracle, case))
    target = os.path.join(out, "recorded", oracle.name, "masking", "masking")
    write_recording(target, answers, origin(oracle, "masking"))
    return failures


def record_case(oracle: object, case: dict) -> tuple:
    """Return the case with what the model reports, and its arrays."""
    oracle.renew()
    given = draw_input(case)
    try:
        model = build(case, given)
    except (TypeError, ValueError) as error:
        return dict(case, refused=type(error).__name__), {}
    shapes = [tuple(np.shape(value)) for value in model.get_weights()]
    names = [weight.name for weight in model.weights]
    if shapes:  # Keras 2.3 cannot set none
        model.set_weights(draw_weights(case, names, shapes))
    outputs, masks = oracle.run(model, [given], False)
    arrays = {"input_0": given, "output_0": outputs[0]}
    if masks[0] is not None:
        arrays["mask_0"] = masks[0]
    arrays["target"] = stream("masking", "target").normal(size=outputs[0].shape).astype(np.float32)
    more = compile_model(case, model, outputs[0], arrays)
    for place, value in enumerate(model.get_weights()):
        arrays[f"weight_{place}"] = value
    told = {"tested": numbers(model.test_on_batch(given, arrays["target"], **more))}
    before = model.get_weights()
    learns = OLD and model.trainable_weights
    steps = gradients_of_loss(model, given, arrays["target"], more) if learns else None
    told["trained"] = numbers(model.train_on_batch(given, arrays["target"], **more))
    for place, (weight, value) in enumerate(zip(model.weights, model.get_weights())):
        taken = steps is not None and weight in model.trainable_weights
        arrays[f"after_{place}"] = before[place] - 0.1 * steps[weight.name] if taken else value
    return dict(case, **told), arrays


def gradients_of_loss(model: object, given: np.ndarray, target: np.ndarray, more: dict) -> dict:
    """Return the gradient of the loss by each weight.

    TensorFlow 1 races in a training step: one weight is written while the gradient by another is
    still computed from it. So its steps are told by the gradients.
    """
    model._make_train_function()
    values = model._standardize_user_data(given, target, **more)
    inputs = model._feed_inputs + model._feed_targets + model._feed_sample_weights
    steps = K.gradients(model.total_loss, model.trainable_weights)
    wanted = [tf.convert_to_tensor(step) for step in steps]
    fed = [value for part in values for value in part]
    found = K.function([*inputs, K.learning_phase()], wanted)([*fed, 1])
    return {weight.name: one for weight, one in zip(model.trainable_weights, found)}


def draw_input(case: dict) -> np.ndarray:
    """Return what goes in: features, or words; the masked steps hold the value that marks them."""
    random = stream("masking", case["first"]["class_name"])
    if case["first"]["class_name"] == "Embedding":
        values = random.randint(1, 6, size=(3, 4)).astype(np.float32)
    else:
        values = random.normal(size=(3, 4, 3)).astype(np.float32)
    for sample, steps in enumerate(MASKED_STEPS):
        values[sample, steps] = case["first"]["arguments"].get("mask_value", 0.0)
    for sample, steps in enumerate(OTHER_STEPS if "other_value" in case else []):
        values[sample, steps] = case["other_value"]
    return values


def build(case: dict, given: np.ndarray) -> object:
    """Return the model of a case."""
    inputs = keras.layers.Input(shape=given.shape[1:])
    tensor = made(case["first"])(inputs)
    for layer in case["layers"]:
        if isinstance(layer, list):
            tensor = [made(each)(tensor) for each in layer]
        else:
            tensor = made(layer)(tensor)
    return keras.models.Model(inputs, bare(tensor) if isinstance(tensor, list) else tensor)


def made(layer: dict) -> object:
    """Return a layer."""
    return make_layer(layer["class_name"], layer["arguments"])


def compile_model(case: dict, model: object, outputs: np.ndarray, arrays: dict) -> dict:
    """Compile the model; return the words that go with each batch."""
    words = {key: list(case[key]) for key in ("metrics", "weighted_metrics") if key in case}
    weights = case.get("weights")
    if weights == "steps" and hasattr(K, "get_session"):
        words["sample_weight_mode"] = "temporal"
    model.compile(keras.optimizers.SGD(0.1), "mse", **words)
    if weights is None:
        return {}
    shape = outputs.shape[:2] if weights == "steps" else outputs.shape[:1]
    arrays["sample_weight"] = (
        stream("masking", weights).uniform(0.5, 2.0, size=shape).astype(np.float32)
    )
    return {"sample_weight": arrays["sample_weight"]}
