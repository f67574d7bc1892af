"""The architectures of every Keras, and the formula that makes their weights and images.

A row: `name`, `module` and `function` under keras.applications (or keras_applications), `words` of
the call, `size` of small images by the first era it holds for, `gain` of the kernels, `eras`;
`pixels`, the brightest of the images; `usual`, whether the usual shapes are recorded or the small.
"""

import math

import numpy as np

ERAS = ("1.2", "2.0", "2.2", "2.3", "2.15", "3")
SINCE_2_2 = ("2.2", "2.3", "2.15", "3")
# Keras 2.2 and 2.3 take their models from one version of one package: of most models 2.3 tells the
# layers alone, and the outputs of these.
OUTPUTS_IN_2_3 = ("VGG16", "ResNet50", "InceptionV3", "Xception", "MobileNet")
CLASSES = 10
PERIOD = 65521
# Gains at which outputs follow the image and hardly follow rounding: a float32 and a float64 of one
# model differ by under 5e-6 of the largest number, and an image and its mirror image by over 3e-2.
# Above them rounding grows from block to block, below them the image is lost.
GAINS = {
    "EfficientNetB4": 1.15, "EfficientNetB5": 1.05, "EfficientNetB6": 1.05, "EfficientNetB7": 1.0,
    "EfficientNetV2B1": 0.85, "EfficientNetV2S": 0.9, "EfficientNetV2M": 0.85,
    "EfficientNetV2L": 0.8,
}  # fmt: skip
REGNETS = (
    "002", "004", "006", "008", "016", "032", "040", "064", "080", "120", "160", "320",
)  # fmt: skip


def row(name, module, size, gain=1.0, eras=ERAS, function=None, pixels=1, usual=True, **words):
    """Return one row."""
    size = size if isinstance(size, dict) else {"1.2": size}
    return {
        "name": name, "module": module, "function": function or name, "size": size, "gain": gain,
        "eras": eras, "words": words, "pixels": pixels, "usual": usual,
    }  # fmt: skip


def newer(name, module, gain, eras=("2.15", "3"), usual=False, **more):
    """Return a row of a family whose models scale pixels themselves."""
    more.setdefault("classifier_activation", None)
    pixels = 255 if more.get("include_preprocessing", True) else 1
    gain = GAINS.get(name, gain)
    return row(name, module, 32, gain, eras, pixels=pixels, usual=usual, **more)


# Keras 1 fixes the size of images with a top; the largest row shows where.
CASES = [
    row("VGG16", "vgg16", {"1.2": 48, "2.2": 32}),
    row("VGG19", "vgg19", {"1.2": 48, "2.2": 32}),
    row("ResNet50", "resnet50", {"1.2": 197, "2.2": 32}, 0.6),
    row("ResNet50-resnet", "resnet", 32, 0.6, ("2.2", "2.3"), function="ResNet50"),
    row("ResNet101", "resnet", 32, 0.6, SINCE_2_2),
    row("ResNet152", "resnet", 32, 0.6, SINCE_2_2),
    row("ResNet50V2", "resnet_v2", 32, 0.6, SINCE_2_2),
    row("ResNet101V2", "resnet_v2", 32, 0.6, SINCE_2_2),
    row("ResNet152V2", "resnet_v2", 32, 0.6, SINCE_2_2),
    row("ResNeXt50", "resnext", 32, 0.6, ("2.2", "2.3")),
    row("ResNeXt101", "resnext", 32, 0.6, ("2.2", "2.3")),
    row("InceptionV3", "inception_v3", {"1.2": 139, "2.2": 75}),
    row("Xception", "xception", 71, 0.8),
    row("MobileNet", "mobilenet", 32, eras=("2.0", *SINCE_2_2)),
    row("MobileNet-wide", "mobilenet", 32, eras=("2.0", *SINCE_2_2), function="MobileNet",
        alpha=0.5, depth_multiplier=2),
    row("MobileNetV2", "mobilenet_v2", 32, 1.0, SINCE_2_2),
    row("MobileNetV2-thin", "mobilenet_v2", 32, 1.0, SINCE_2_2, function="MobileNetV2", alpha=0.35),
    row("MobileNetV2-wide", "mobilenet_v2", 33, 1.0, SINCE_2_2, function="MobileNetV2", alpha=1.4),
    row("DenseNet121", "densenet", 32, eras=SINCE_2_2),
    row("DenseNet169", "densenet", 32, eras=SINCE_2_2),
    row("DenseNet201", "densenet", 32, eras=SINCE_2_2),
    row("InceptionResNetV2", "inception_resnet_v2", 75, eras=SINCE_2_2),
    # Keras 3 has it on TensorFlow alone.
    row("NASNetMobile", "nasnet", 32, 0.6, ("2.2", "2.3", "2.15")),
    row("NASNetLarge", "nasnet", 32, 0.6, SINCE_2_2),
    row("MusicTaggerCRNN", "music_tagger_crnn", {}, eras=("1.2",)),
    newer("MobileNetV3Small", "mobilenet_v3", 1.2, usual=True),
    newer("MobileNetV3Small-lean", "mobilenet_v3", 0.7, function="MobileNetV3Small",
          classifier_activation="softmax", minimalistic=True, include_preprocessing=False,
          pooling="max"),
    newer("MobileNetV3Large", "mobilenet_v3", 1.2),
    newer("MobileNetV3Large-lean", "mobilenet_v3", 0.7, function="MobileNetV3Large",
          minimalistic=True, alpha=1.25, dropout_rate=0),
    newer("MobileNetV3Large-thin", "mobilenet_v3", 1.2, function="MobileNetV3Large", alpha=0.75,
          pooling="avg"),
    *(newer(f"EfficientNetB{size}", "efficientnet", 1.2, usual=size == 0) for size in range(8)),
    newer("EfficientNetB0-own", "efficientnet", 1.2, ("2.15",), function="EfficientNetB0",
          pooling="avg", drop_connect_rate=0.4, depth_divisor=16, activation="relu"),
    *(
        newer(f"EfficientNetV2{size}", "efficientnet_v2", 1.0)
        for size in ("B0", "B1", "B2", "B3", "S", "M", "L")
    ),
    newer("EfficientNetV2B0-bare", "efficientnet_v2", 1.0, function="EfficientNetV2B0",
          include_preprocessing=False, pooling="max"),
    *(
        newer(f"ConvNeXt{size}", "convnext", 1.0)
        for size in ("Tiny", "Small", "Base", "Large", "XLarge")
    ),
    newer("ConvNeXtTiny-bare", "convnext", 1.0, function="ConvNeXtTiny",
          include_preprocessing=False, pooling="max"),
    *(
        newer(f"RegNet{kind}{size}", "regnet", 0.8, ("2.15",))
        for kind in "XY"
        for size in REGNETS
    ),
    newer("RegNetX002-bare", "regnet", 0.8, ("2.15",), function="RegNetX002",
          include_preprocessing=False, pooling="avg", model_name="mine"),
    *(
        newer(f"ResNetRS{depth}", "resnet_rs", 0.9, ("2.15",))
        for depth in (50, 101, 152, 200, 270, 350, 420)
    ),
    newer("ResNetRS50-bare", "resnet_rs", 0.9, ("2.15",), function="ResNetRS50",
          include_preprocessing=False, pooling="max"),
]  # fmt: skip


# Which files of trained weights are asked for: the words of the call beside include_top, by name.
SETS = {
    "MobileNetV3Small": [{}, {"alpha": 0.75}, {"minimalistic": True}],
    "MobileNetV3Large": [{}, {"alpha": 0.75}, {"minimalistic": True}],
    "ResNetRS101": [{}, {"weights": "imagenet-i160"}],
    "ResNetRS152": [{}, {"weights": "imagenet-i192"}, {"weights": "imagenet-i224"}],
    "ResNetRS350": [{}, {"weights": "imagenet-i256"}],
}
TRAINED = [
    dict(
        {key: case[key] for key in ("function", "module", "eras")},
        sets=SETS.get(case["name"], [{}]),
    )
    for case in CASES
    if case["pixels"] > 1 and case["name"] == case["function"]
]


def has_outputs(case, era):
    """Return whether the outputs of a case are recorded in an era, or its layers alone."""
    return era != "2.3" or case["name"] in OUTPUTS_IN_2_3


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


def images_for(shape, pixels=1):
    """Return a batch of one image of a shape: from -1 to 1, or from 0 to the brightest pixel."""
    images = np.random.RandomState(5).uniform(-1, 1, (1, *shape)).astype("float32")
    return images if pixels == 1 else (images + 1) * np.float32(pixels / 2)


def filling(layers, case, shape_of):
    """Yield each layer with the values of its weights, by their order and their names.

    `shape_of` gives the shape of a weight.
    """
    place = 0
    for layer in layers:
        values = []
        for weight in layer.weights:
            role = role_of(getattr(weight, "path", weight.name), layer.name)
            shape = tuple(shape_of(weight))
            # Keras 3 calls all kernels so; those of one channel each end in one.
            apart = case["pixels"] > 1 and len(shape) == 4 and shape[3] == 1
            values.append(values_of(place, role, shape, case["gain"], apart))
            place += 1
        yield layer, values


def role_of(name, layer):
    """Return the part of a weight's name that does not come from its layer."""
    last = name.split("/")[-1]
    return last[len(layer) :] if last.startswith(layer) else last


def values_of(place, role, shape, gain, apart):
    """Return the values of the weight that stands at a place, of a role and a shape.

    `apart` says that it is a kernel for each channel by itself.
    """
    draw = np.random.RandomState(1000 + place)
    noise = np.resize(draw.standard_normal(PERIOD), shape)
    if "var" in role or "std" in role:
        values = 1 + 0.2 * np.tanh(noise)
    elif "gamma" in role:
        values = 1 + 0.1 * noise
    elif len(shape) == 1:
        values = 0.1 * noise
    else:
        inputs = int(np.prod(shape[:2] if "depthwise" in role or apart else shape[:-1]))
        values = gain * math.sqrt(2 / inputs) * noise
    return values.astype("float32")


def told(output):
    """Return the root mean square of an output, and 64 of its numbers from end to end."""
    flat = np.asarray(output, "float64").ravel()
    places = np.linspace(0, len(flat) - 1, 64).astype(int)
    return [float(np.sqrt(np.mean(flat**2))), *[float(value) for value in flat[places]]]
