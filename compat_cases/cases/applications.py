"""The architectures of every Keras, and the formula that makes their weights and images.

A row: `name`, `module` and `function` under keras.applications (or keras_applications), `words` of
the call, `size` of small images by the first era it holds for, `gain` of the kernels, `eras`.
"""

import math

import numpy as np

ERAS = ("1.2", "2.0", "2.2", "2.3", "2.15", "3")
SINCE_2_2 = ("2.2", "2.3", "2.15", "3")
# Keras 2.2 and 2.3 take them from the same version of the package keras_applications.
ONCE_OF_2 = ("2.2", "2.15", "3")
CLASSES = 10
PERIOD = 65521


def row(name, module, size, gain=1.0, eras=ERAS, function=None, **words):
    """Return one row."""
    size = size if isinstance(size, dict) else {"1.2": size}
    return {
        "name": name, "module": module, "function": function or name, "size": size, "gain": gain,
        "eras": eras, "words": words,
    }  # fmt: skip


# Keras 1 fixes the size of images with a top; the largest row shows where.
CASES = [
    row("VGG16", "vgg16", {"1.2": 48, "2.2": 32}),
    row("VGG19", "vgg19", {"1.2": 48, "2.2": 32}, eras=("1.2", "2.0", *ONCE_OF_2)),
    row("ResNet50", "resnet50", {"1.2": 197, "2.2": 32}, 0.6),
    row("ResNet50-resnet", "resnet", 32, 0.6, ("2.2",), function="ResNet50"),
    row("ResNet101", "resnet", 32, 0.6, SINCE_2_2),
    row("ResNet152", "resnet", 32, 0.6, ONCE_OF_2),
    row("ResNet50V2", "resnet_v2", 32, 0.6, SINCE_2_2),
    row("ResNet101V2", "resnet_v2", 32, 0.6, ONCE_OF_2),
    row("ResNet152V2", "resnet_v2", 32, 0.6, ONCE_OF_2),
    row("ResNeXt50", "resnext", 32, 0.6, ("2.2",)),
    row("ResNeXt101", "resnext", 32, 0.6, ("2.2",)),
    row("InceptionV3", "inception_v3", {"1.2": 139, "2.2": 75}),
    row("Xception", "xception", 71, 0.8),
    row("MobileNet", "mobilenet", 32, eras=("2.0", *SINCE_2_2)),
    row("MobileNet-wide", "mobilenet", 32, eras=("2.0", *ONCE_OF_2), function="MobileNet",
        alpha=0.5, depth_multiplier=2),
    row("MobileNetV2", "mobilenet_v2", 32, 1.0, ONCE_OF_2),
    row("MobileNetV2-thin", "mobilenet_v2", 32, 1.0, SINCE_2_2, function="MobileNetV2", alpha=0.35),
    row("MobileNetV2-wide", "mobilenet_v2", 33, 1.0, ONCE_OF_2, function="MobileNetV2", alpha=1.4),
    row("DenseNet121", "densenet", 32, eras=SINCE_2_2),
    row("DenseNet169", "densenet", 32, eras=ONCE_OF_2),
    row("DenseNet201", "densenet", 32, eras=ONCE_OF_2),
    row("InceptionResNetV2", "inception_resnet_v2", 75, eras=ONCE_OF_2),
    row("NASNetMobile", "nasnet", 32, 0.6, SINCE_2_2),
    row("NASNetLarge", "nasnet", 32, 0.6, ONCE_OF_2),
    row("MusicTaggerCRNN", "music_tagger_crnn", {}, eras=("1.2",)),
]  # fmt: skip


def size_in(case, era):
    """Return the rows and columns of small images in an era, None for an only size."""
    known = [it for it in ERAS if it in case["size"] and ERAS.index(it) <= ERAS.index(era)]
    return case["size"][known[-1]] if known else None


def words_of(case, era, top, small):
    """Return the words of a call: for the shapes that are usual, or for small ones.

    `era` is the era in force, `top` is include_top.
    """
    words = dict(case["words"], include_top=top, weights=None)
    size = size_in(case, era)
    if small and top:
        words["classes"] = CLASSES
    if small and size and not (top and era == "1.2"):
        words["input_shape"] = (size, size, 3)
    return words


def images_for(shape):
    """Return a batch of one image of a shape."""
    draw = np.random.RandomState(5)
    return draw.uniform(-1, 1, (1, *shape)).astype("float32")


def filling(layers, gain, shape_of):
    """Yield each layer with the values of its weights, by their order and their names.

    `shape_of` gives the shape of a weight.
    """
    place = 0
    for layer in layers:
        values = []
        for weight in layer.weights:
            role = role_of(getattr(weight, "path", weight.name), layer.name)
            values.append(values_of(place, role, tuple(shape_of(weight)), gain))
            place += 1
        yield layer, values


def role_of(name, layer):
    """Return the part of a weight's name that does not come from its layer."""
    last = name.split("/")[-1]
    return last[len(layer) :] if last.startswith(layer) else last


def values_of(place, role, shape, gain):
    """Return the values of the weight that stands at a place, of a role and a shape."""
    draw = np.random.RandomState(1000 + place)
    noise = np.resize(draw.standard_normal(PERIOD), shape)
    if "var" in role or "std" in role:
        values = 1 + 0.2 * np.tanh(noise)
    elif "gamma" in role:
        values = 1 + 0.1 * noise
    elif len(shape) == 1:
        values = 0.1 * noise
    else:
        inputs = int(np.prod(shape[:2] if "depthwise" in role else shape[:-1]))
        values = gain * math.sqrt(2 / inputs) * noise
    return values.astype("float32")


def told(output):
    """Return the root mean square of an output, and 64 of its numbers from end to end."""
    flat = np.asarray(output, "float64").ravel()
    places = np.linspace(0, len(flat) - 1, 64).astype(int)
    return [float(np.sqrt(np.mean(flat**2))), *[float(value) for value in flat[places]]]
