"""Cases in double and half precision: the float type is set before the layer is made."""

ERAS = ("2.2", "2.3", "2.15", "3")

IMAGE = [2, 5, 4, 3]
STEPS = [2, 5, 3]


def row(class_name, shape, floatx="float64", **arguments):
    """Return one case."""
    word = {"float64": "double", "float16": "half"}[floatx]
    return {
        "name": f"{word}_{class_name.lower()}",
        "class_name": class_name,
        "inputs": [shape],
        "arguments": arguments,
        "floatx": floatx,
    }


CASES = [
    row("Dense", [2, 4], units=3, activation="tanh"),
    row("Conv1D", STEPS, filters=4, kernel_size=3, padding="causal"),
    row("Conv2D", IMAGE, filters=4, kernel_size=[3, 2], padding="same", strides=2),
    row("Conv3D", [2, 4, 3, 5, 2], filters=3, kernel_size=2),
    row("Conv2DTranspose", IMAGE, filters=4, kernel_size=3, strides=2),
    row("SeparableConv2D", IMAGE, filters=4, kernel_size=3),
    row("DepthwiseConv2D", IMAGE, kernel_size=3),
    row("SimpleRNN", STEPS, units=4, return_sequences=True),
    row("LSTM", STEPS, units=4, return_sequences=True),
    row("GRU", STEPS, units=4, return_sequences=True),
    row("MaxPooling2D", IMAGE),
    row("AveragePooling2D", IMAGE, pool_size=2, padding="same"),
    row("GlobalAveragePooling2D", IMAGE),
    row("UpSampling2D", IMAGE),
    row("PReLU", [2, 3, 4]),
    row("Softmax", [2, 3]),
    dict(row("Embedding", [2, 3], input_dim=6, output_dim=4), kinds=[6]),
    dict(row("BatchNormalization", [5, 3]), train=2, eras=["2.15", "3"]),
    dict(row("LayerNormalization", [2, 3, 4]), eras=["2.15", "3"]),
    dict(row("Dense", [2, 4], "float16", units=3), eras=["2.15", "3"]),
    dict(row("Activation", [3, 5], "float16", activation="relu"), eras=["2.15", "3"]),
    dict(row("MaxPooling1D", [2, 6, 3], "float16"), eras=["2.15", "3"]),
    dict(row("Flatten", [2, 3, 4], "float16"), eras=["2.15", "3"]),
    dict(row("ReLU", [2, 3, 4], "float16"), eras=["2.15", "3"]),
]
