"""Small networks under the policies of types: what they give, and how they learn.

``layers`` is a Sequential, each layer a class and its arguments; ``inputs`` the shape of its data,
whole numbers below ``words`` where that is given. The weights are drawn; it is trained with
``optimizer`` on mean squared errors over the whole data at once.

The same function runs in the real Keras and in kshim. Runs on Python 3.6 and newer.
"""

import zlib

import numpy as np

ERAS = ("2.15", "3")
POLICIES = ("mixed_float16", "mixed_bfloat16", "float64")
STEPS, SAMPLES = 6, 6

NETWORKS = {
    "dense": ((4,), [("Dense", {"units": 5, "activation": "tanh"}), ("Dense", {"units": 3})]),
    "head": (
        (4,),
        [
            ("Dense", {"units": 5, "activation": "relu"}),
            ("Dense", {"units": 3}),
            ("Activation", {"activation": "softmax", "dtype": "float32"}),
        ],
    ),
    "softmax": ((4,), [("Dense", {"units": 3, "activation": "softmax"})]),
    "convolution": (
        (6, 5, 2),
        [
            ("Conv2D", {"filters": 3, "kernel_size": 3, "activation": "relu"}),
            ("BatchNormalization", {}),
            ("MaxPooling2D", {"pool_size": 2}),
            ("Flatten", {}),
            ("Dense", {"units": 2}),
        ],
    ),
    "normalized": ((5, 4), [("LayerNormalization", {}), ("Dense", {"units": 2})]),
    "normalized_rows": ((4,), [("BatchNormalization", {}), ("Dense", {"units": 2})]),
    "sequence": ((5, 4), [("LSTM", {"units": 3}), ("Dense", {"units": 2})]),
    "gated": ((5, 4), [("GRU", {"units": 3}), ("Dense", {"units": 2})]),
    "words": ((5,), [("Embedding", {"input_dim": 7, "output_dim": 4}), ("Flatten", {}),
                     ("Dense", {"units": 2})]),
}  # fmt: skip

CASES = [
    {"name": f"{network}_{policy}", "network": network, "policy": policy, "optimizer": optimizer}
    for network in NETWORKS
    for policy in POLICIES
    for optimizer in ["sgd"]
]
CASES += [
    {"name": "dense_mixed_float16_adam", "network": "dense", "policy": "mixed_float16",
     "optimizer": "adam"},
]  # fmt: skip


def run(keras, case):
    """Return the names of the types, and the arrays, of a case."""
    keras.mixed_precision.set_global_policy(case["policy"])
    shape, layers = NETWORKS[case["network"]]
    model = keras.models.Sequential([keras.layers.InputLayer(shape)])
    for kind, arguments in layers:
        model.add(getattr(keras.layers, kind)(**arguments))
    start = drawn(case["network"], [value.shape for value in model.get_weights()])
    model.set_weights(start)
    draw = np.random.RandomState(zlib.crc32(case["network"].encode()) % 1000)
    x = draw.uniform(-1, 1, (SAMPLES, *shape)).astype(np.float32)
    if case["network"] == "words":
        x = draw.randint(0, 7, (SAMPLES, *shape))
    before = model.predict(x, verbose=0)
    y = draw.uniform(-1, 1, before.shape).astype(np.float32)
    model.compile(case["optimizer"], "mse")
    history = model.fit(x, y, batch_size=SAMPLES, epochs=STEPS, shuffle=False, verbose=0)
    types = [[layer.compute_dtype, layer.variable_dtype] for layer in model.layers]
    told = {"types": types, "output": str(before.dtype), "policy_name": model.dtype_policy.name,
            "scales": "LossScale" in type(model.optimizer).__name__}  # fmt: skip
    losses = np.array(history.history["loss"], np.float64)
    last = [np.asarray(value, np.float64) for value in model.get_weights()]
    return told, np.asarray(before, np.float64), losses, last


def drawn(network, shapes):
    """Return the weights that a network starts from."""
    draw = np.random.RandomState(zlib.crc32(network.encode()) % 997)
    return [draw.uniform(0.1, 0.8, shape) * draw.choice([-1, 1], shape) ** (len(shape) > 1)
            for shape in shapes]  # fmt: skip
