"""Calls of the backend's functions: what every Keras is asked of ``K``.

A row names the function, its arguments and keywords. ``{"array": shape, "kind": kind}`` among them
stands for an array that is drawn: "normal", "wide" (twice that), "positive" (0.1 to 2), "unit" (0
to 1), "ties" (-1, 0 or 1 as floats), "halves" (…, 0.5, 1.0, …), "labels" (0 or 1 as floats),
"zeros", "truth", "shares" (positive, summing to one), or a number n for whole numbers below n.
"""

ERAS = ("1.2", "2.0", "2.2", "2.3", "2.15")


def drawn(*shape: int, kind: object = "normal") -> dict:
    """Return what stands for a drawn array."""
    return {"array": list(shape), "kind": kind}


def words(text: str) -> list:
    """Return the words of a text."""
    return text.split()


def call(name: str, function: str, *arguments: object, **keywords: object) -> dict:
    """Return the row of one call."""
    row = {"name": name, "function": function, "arguments": list(arguments)}
    return dict(row, keywords=keywords) if keywords else row


def reductions() -> list:
    """Return sums, means and so on, over no axis, one, several, and with kept axes."""
    ways = {
        "all": {},
        "first": {"axis": 0},
        "axis": {"axis": 1},
        "last kept": {"axis": -1, "keepdims": True},
        "two": {"axis": [0, 2]},
        "all kept": {"keepdims": True},
    }
    kinds = {
        "sum": "normal", "mean": "normal", "max": "ties", "min": "normal", "prod": "normal",
        "var": "normal", "std": "normal", "logsumexp": "normal", "any": "truth", "all": "truth",
    }  # fmt: skip
    return [
        call(f"{function} {way}", function, drawn(2, 3, 4, kind=kind), **keywords)
        for function, kind in kinds.items()
        for way, keywords in ways.items()
    ]


def unary() -> list:
    """Return functions of each number."""
    plain = words(
        "abs square exp sign sin cos sigmoid tanh softplus softsign hard_sigmoid relu elu softmax "
        "flatten batch_flatten transpose l2_normalize identity zeros_like ones_like stop_gradient "
        "argmax argmin cumsum cumprod shape int_shape ndim dtype"
    )
    rows = [call(function, function, drawn(3, 4)) for function in plain]
    rows += [call(function, function, drawn(3, 4, kind="positive")) for function in ("sqrt", "log")]
    return [*rows, call("sqrt of negatives", "sqrt", drawn(3, 4, kind="ties"))]


def binary() -> list:
    """Return functions of two arrays of one shape, of two that broadcast, and of a number."""
    names = words("maximum minimum equal not_equal greater greater_equal less less_equal")
    rows = []
    for name in names:
        left, right = drawn(2, 3, 4, kind="ties"), drawn(2, 3, 4, kind="ties")
        rows.append(call(name, name, left, right))
        rows.append(call(name + " broadcast", name, left, drawn(3, 1, kind="ties")))
        rows.append(call(name + " of a number", name, left, 0.0))
    return rows


def products() -> list:
    """Return matrix products of tensors of several ranks."""
    return [
        call("dot 2 2", "dot", drawn(2, 3), drawn(3, 4)),
        call("dot 3 2", "dot", drawn(2, 3, 4), drawn(4, 5)),
        call("dot 3 3", "dot", drawn(2, 3, 4), drawn(5, 4, 2)),
        call("dot 4 2", "dot", drawn(2, 3, 5, 4), drawn(4, 3)),
        call("dot 2 3", "dot", drawn(2, 3), drawn(4, 3, 5)),
        call("batch_dot 2 2", "batch_dot", drawn(2, 3), drawn(2, 3), axes=1),
        call("batch_dot 3 3", "batch_dot", drawn(2, 3, 4), drawn(2, 4, 5)),
        call("batch_dot 3 3 axes 2", "batch_dot", drawn(2, 3, 4), drawn(2, 5, 4), axes=2),
        call("batch_dot 3 3 axes 1", "batch_dot", drawn(2, 4, 3), drawn(2, 4, 5), axes=1),
        call("batch_dot 3 3 axes 1 2", "batch_dot", drawn(2, 4, 3), drawn(2, 5, 4), axes=[1, 2]),
        call("batch_dot 3 3 axes 2 1", "batch_dot", drawn(2, 3, 4), drawn(2, 4, 5), axes=[2, 1]),
        call("batch_dot 3 2", "batch_dot", drawn(2, 3, 4), drawn(2, 4), axes=[2, 1]),
        call("batch_dot 2 3", "batch_dot", drawn(2, 4), drawn(2, 4, 3), axes=[1, 1]),
        call("batch_dot 2 3 axes 1 2", "batch_dot", drawn(2, 4), drawn(2, 3, 4), axes=[1, 2]),
        call("batch_dot 2 2 default", "batch_dot", drawn(2, 3), drawn(2, 3)),
        call("batch_dot 4 4", "batch_dot", drawn(2, 3, 4, 5), drawn(2, 3, 5, 4)),
        call("batch_dot 4 4 axes 3", "batch_dot", drawn(2, 3, 4, 5), drawn(2, 3, 2, 5), axes=3),
        call("batch_dot 4 2", "batch_dot", drawn(2, 3, 4, 5), drawn(2, 5), axes=[3, 1]),
        call("batch_dot 4 3", "batch_dot", drawn(2, 3, 4, 5), drawn(2, 5, 3), axes=[3, 1]),
    ]


def shaping() -> list:
    """Return changes of place."""
    x = drawn(2, 3, 4)
    return [
        call("reshape", "reshape", x, [4, 6]),
        call("reshape rest", "reshape", x, [2, -1]),
        call("permute_dimensions", "permute_dimensions", x, [2, 0, 1]),
        call("transpose 3", "transpose", x),
        call("expand_dims", "expand_dims", x),
        call("expand_dims 1", "expand_dims", x, axis=1),
        call("squeeze", "squeeze", drawn(2, 1, 3), 1),
        call("squeeze last", "squeeze", drawn(2, 3, 1), axis=-1),
        call("flatten 3", "flatten", x),
        call("batch_flatten 4", "batch_flatten", drawn(2, 3, 4, 5)),
        call("concatenate", "concatenate", [x, drawn(2, 3, 5)]),
        call("concatenate 0", "concatenate", [x, drawn(1, 3, 4)], axis=0),
        call("stack", "stack", [x, drawn(2, 3, 4, kind="positive")]),
        call("stack last", "stack", [x, drawn(2, 3, 4, kind="positive")], axis=-1),
        call("tile", "tile", x, [1, 2, 3]),
        call("repeat", "repeat", drawn(2, 3), 4),
        call("repeat_elements", "repeat_elements", x, 2, 1),
        call("repeat_elements last", "repeat_elements", x, 3, axis=2),
        call("reverse", "reverse", x, 1),
        call("reverse two", "reverse", x, [0, 2]),
        call("gather", "gather", drawn(4, 3), drawn(2, 5, kind=4)),
        call("one_hot", "one_hot", drawn(2, 3, kind=5), 5),
        call("one_hot beyond", "one_hot", drawn(6, kind=7), 4),
        call("slice", "slice", x, [0, 1, 1], [2, 2, 3]),
        call("slice rest", "slice", x, [0, 1, 1], [2, -1, -1]),
        call("arange", "arange", 5),
        call("arange steps", "arange", 2, 9, 3, dtype="float32"),
        call("cast to whole", "cast", drawn(2, 3), "int32"),
        call("cast to truth", "cast", drawn(2, 3, kind="ties"), "bool"),
        call("cast from truth", "cast", drawn(2, 3, kind="truth"), "float32"),
        call("cumsum 1", "cumsum", x, axis=1),
        call("cumprod 2", "cumprod", x, axis=2),
        call("argmax 1", "argmax", x, axis=1),
        call("argmin 0", "argmin", x, axis=0),
        call("l2_normalize axis", "l2_normalize", x, axis=1),
        call("l2_normalize zeros", "l2_normalize", drawn(3, 4, kind="zeros"), axis=-1),
        call("constant", "constant", 3, shape=[2, 3]),
        call("constant list", "constant", [[1, 2], [3, 4]], dtype="int32"),
        call("zeros", "zeros", [2, 3]),
        call("ones", "ones", [3], dtype="int32"),
        call("eye", "eye", 3),
        call("shape 3", "shape", x),
        call("mean of truths", "mean", drawn(3, 4, kind="truth"), axis=1),
        call("any of floats", "any", drawn(3, 4, kind="ties"), axis=1),
        call("all of floats", "all", drawn(3, 4, kind="ties"), axis=0),
    ]


def limits() -> list:
    """Return functions with limits and options."""
    x = drawn(3, 4, kind="ties")
    wide = drawn(3, 4, kind="wide")
    return [
        call("clip", "clip", wide, -0.5, 1.5),
        call("clip upside down", "clip", wide, 1.0, -1.0),
        call("clip none above", "clip", wide, 0.5, None),
        call("clip at ties", "clip", x, 0.0, 1.0),
        call("pow", "pow", drawn(3, 4, kind="positive"), 3),
        call("pow half", "pow", drawn(3, 4, kind="positive"), 0.5),
        call("pow of arrays", "pow", drawn(3, 4, kind="positive"), drawn(4)),
        call("round", "round", drawn(3, 4, kind="halves")),
        call("relu alpha", "relu", wide, alpha=0.3),
        call("relu max_value", "relu", wide, max_value=1.0),
        call("relu both", "relu", wide, alpha=0.2, max_value=1.5),
        call("relu threshold", "relu", wide, threshold=0.5),
        call("relu at ties", "relu", x),
        call("elu alpha", "elu", wide, 0.5),
        call("softmax axis", "softmax", drawn(2, 3, 4), axis=1),
        call("softmax 3", "softmax", drawn(2, 3, 4)),
        call("hard_sigmoid wide", "hard_sigmoid", wide),
        call("switch", "switch", drawn(3, 4, kind="truth"), drawn(3, 4), drawn(3, 4)),
        call("switch rows", "switch", drawn(3, kind="truth"), drawn(3, 4), drawn(3, 4)),
        call("switch scalar", "switch", drawn(kind="truth"), drawn(3, 4), drawn(3, 4)),
        call("in_top_k", "in_top_k", drawn(4, 5), drawn(4, kind=5), 2),
        call("in_train_phase", "in_train_phase", drawn(2, 3), drawn(2, 3), training=1),
        call("in_test_phase", "in_test_phase", drawn(2, 3), drawn(2, 3), training=1),
    ]


def neural() -> list:
    """Return biases, normalisation and crossentropies."""
    image = drawn(2, 5, 6, 3)
    unit, truth = drawn(4, 3, kind="unit"), drawn(4, 3, kind="labels")
    return [
        call("bias_add 2", "bias_add", drawn(2, 3), drawn(3)),
        call("bias_add 3", "bias_add", drawn(2, 4, 3), drawn(3)),
        call("bias_add 4", "bias_add", image, drawn(3)),
        call("bias_add 5", "bias_add", drawn(2, 3, 4, 5, 2), drawn(2)),
        call("bias_add 3 rows", "bias_add", drawn(2, 4, 3), drawn(4, 3)),
        call("bias_add 4 first", "bias_add", image, drawn(5), data_format="channels_first"),
        call(
            "batch_normalization", "batch_normalization", image, drawn(3),
            drawn(3, kind="positive"), drawn(3), drawn(3), epsilon=0.01,
        ),
        call(
            "batch_normalization plain", "batch_normalization", drawn(4, 3), drawn(3),
            drawn(3, kind="positive"), None, None,
        ),
        call(
            "normalize_batch_in_training", "normalize_batch_in_training", image, drawn(3),
            drawn(3), [0, 1, 2],
        ),
        call("binary_crossentropy", "binary_crossentropy", truth, unit),
        call("binary_crossentropy logits", "binary_crossentropy", truth, drawn(4, 3),
             from_logits=True),
        call("categorical_crossentropy", "categorical_crossentropy", unit, unit),
        dict(
            call("categorical_crossentropy logits", "categorical_crossentropy",
                 drawn(4, 3, kind="shares"), drawn(4, 3), from_logits=True),
            eras=ERAS[1:],  # Keras 1 takes the logits first
        ),
        call("categorical_crossentropy axis", "categorical_crossentropy", unit, unit, axis=0),
        call("sparse_categorical_crossentropy", "sparse_categorical_crossentropy",
             drawn(4, kind=3), unit),
        call("sparse_categorical_crossentropy logits", "sparse_categorical_crossentropy",
             drawn(4, kind=3), drawn(4, 3), from_logits=True),
        call("sparse_categorical_crossentropy 3", "sparse_categorical_crossentropy",
             drawn(2, 4, kind=3), drawn(2, 4, 3, kind="unit")),
        call("ctc_batch_cost", "ctc_batch_cost", drawn(2, 3, kind=4),
             drawn(2, 7, 5, kind="shares"), [[7], [6]], [[3], [2]]),
    ]  # fmt: skip


def windows() -> list:
    """Return padding, resizing, convolutions and pooling."""
    steps, image, volume = drawn(2, 7, 3), drawn(2, 6, 7, 3), drawn(1, 4, 5, 6, 2)
    return [
        call("temporal_padding", "temporal_padding", steps, [1, 2]),
        call("spatial_2d_padding", "spatial_2d_padding", image, [[1, 2], [0, 3]]),
        call("spatial_2d_padding first", "spatial_2d_padding", image, [[1, 2], [0, 3]],
             data_format="channels_first"),
        call("spatial_3d_padding", "spatial_3d_padding", volume, [[1, 2], [0, 3], [1, 1]]),
        call("resize_images", "resize_images", image, 2, 3, "channels_last"),
        call("resize_images first", "resize_images", image, 2, 3, "channels_first"),
        call("resize_images bilinear", "resize_images", image, 2, 3, "channels_last",
             interpolation="bilinear"),
        call("resize_volumes", "resize_volumes", volume, 2, 1, 3, "channels_last"),
        call("conv1d", "conv1d", steps, drawn(4, 3, 2)),
        call("conv1d same", "conv1d", steps, drawn(4, 3, 2), strides=2, padding="same"),
        call("conv1d causal", "conv1d", steps, drawn(3, 3, 2), padding="causal",
             dilation_rate=2),
        call("conv2d", "conv2d", image, drawn(3, 2, 3, 4)),
        call("conv2d same", "conv2d", image, drawn(3, 2, 3, 4), strides=[2, 1], padding="same"),
        call("conv2d dilated", "conv2d", image, drawn(3, 2, 3, 4), dilation_rate=[1, 2]),
        call("conv3d", "conv3d", volume, drawn(2, 3, 2, 2, 3), padding="same"),
        call("conv2d_transpose", "conv2d_transpose", image, drawn(3, 2, 4, 3), [2, 13, 14, 4],
             strides=[2, 2]),
        call("conv2d_transpose same", "conv2d_transpose", image, drawn(3, 2, 4, 3),
             [2, 12, 14, 4], strides=[2, 2], padding="same"),
        call("conv3d_transpose", "conv3d_transpose", volume, drawn(2, 3, 2, 3, 2),
             [1, 9, 11, 13, 3], strides=[2, 2, 2]),
        call("conv3d_transpose same", "conv3d_transpose", volume, drawn(2, 3, 2, 3, 2),
             [1, 8, 10, 12, 3], strides=[2, 2, 2], padding="same"),
        call("separable_conv1d", "separable_conv1d", steps, drawn(3, 3, 2), drawn(1, 6, 4)),
        call("separable_conv1d same", "separable_conv1d", steps, drawn(3, 3, 2),
             drawn(1, 6, 4), padding="same", strides=2),
        call("depthwise_conv2d", "depthwise_conv2d", image, drawn(3, 2, 3, 2)),
        call("separable_conv2d", "separable_conv2d", image, drawn(3, 2, 3, 2),
             drawn(1, 1, 6, 4), padding="same"),
        call("local_conv1d", "local_conv1d", steps, drawn(3, 9, 2), [3], [2]),
        call("local_conv2d", "local_conv2d", image, drawn(12, 18, 2), [3, 2], [1, 2], [4, 3]),
        call("pool2d max", "pool2d", image, [2, 3]),
        call("pool2d same", "pool2d", image, [2, 3], strides=[2, 2], padding="same"),
        call("pool2d avg same", "pool2d", image, [2, 3], strides=[2, 2], padding="same",
             pool_mode="avg"),
        call("pool2d first", "pool2d", image, [2, 2], data_format="channels_first"),
        call("pool3d avg", "pool3d", volume, [2, 2, 3], strides=[1, 2, 1], pool_mode="avg"),
    ]  # fmt: skip


def keras1() -> list:
    """Return calls in the words of Keras 1, which later versions do not know."""
    image, volume = drawn(2, 6, 7, 3), drawn(1, 4, 5, 6, 2)
    rows = [
        call("lesser", "lesser", drawn(2, 3, kind="ties"), drawn(2, 3, kind="ties")),
        call("lesser_equal", "lesser_equal", drawn(2, 3, kind="ties"), drawn(2, 3, kind="ties")),
        call("asymmetric_temporal_padding", "asymmetric_temporal_padding", drawn(2, 7, 3), 1, 2),
        call("asymmetric_temporal_padding plain", "asymmetric_temporal_padding", drawn(2, 7, 3)),
        call("asymmetric_spatial_2d_padding", "asymmetric_spatial_2d_padding", image, 1, 2, 0, 3),
        call(
            "asymmetric_spatial_2d_padding first",
            "asymmetric_spatial_2d_padding",
            image,
            1,
            2,
            0,
            3,
            dim_ordering="th",
        ),
        call("temporal_padding one", "temporal_padding", drawn(2, 7, 3), 2),
        call("spatial_2d_padding pair", "spatial_2d_padding", image, [1, 2]),
        call("spatial_2d_padding first", "spatial_2d_padding", image, [1, 2], dim_ordering="th"),
        call("spatial_3d_padding triple", "spatial_3d_padding", volume, [1, 2, 1], "tf"),
        call("resize_images words", "resize_images", image, 2, 3, "tf"),
        call("resize_images th", "resize_images", image, 2, 3, dim_ordering="th"),
        call("resize_volumes words", "resize_volumes", volume, 2, 1, 3, "tf"),
        call("conv1d words", "conv1d", drawn(2, 7, 3), drawn(4, 3, 2), 2, "same"),
        call("conv2d words", "conv2d", image, drawn(3, 2, 3, 4), [2, 1], "same", "tf"),
        call(
            "conv2d th", "conv2d", image, drawn(4, 6, 3, 2), border_mode="same", dim_ordering="th"
        ),
        call("conv2d filter_dilation", "conv2d", image, drawn(3, 2, 3, 4), filter_dilation=[2, 2]),
        call("conv3d words", "conv3d", volume, drawn(2, 3, 2, 2, 3), [1, 2, 1], "same", "tf"),
        call("atrous_conv2d", "atrous_conv2d", image, drawn(3, 2, 3, 4), 2),
        call("atrous_conv2d same", "atrous_conv2d", image, drawn(3, 2, 3, 4), 2, "same", "tf"),
        call("atrous_conv2d rate 1", "atrous_conv2d", image, drawn(3, 2, 3, 4), 1, "same"),
        call("deconv2d", "deconv2d", image, drawn(3, 2, 3, 4), [2, 13, 14, 4], [2, 2]),
        call(
            "deconv2d same",
            "deconv2d",
            image,
            drawn(3, 2, 3, 4),
            [2, 12, 14, 4],
            [2, 2],
            "same",
            "tf",
        ),
        call(
            "deconv2d th", "deconv2d", image, drawn(4, 6, 3, 2), [2, 4, 14, 6], [2, 2], "same", "th"
        ),
        call(
            "separable_conv2d words",
            "separable_conv2d",
            image,
            drawn(3, 2, 3, 2),
            drawn(1, 1, 6, 4),
            [1, 1],
            "same",
            "tf",
        ),
        call("pool2d words", "pool2d", image, [2, 3], [2, 2], "same", "tf", "avg"),
        call("pool2d th", "pool2d", image, [2, 2], border_mode="valid", dim_ordering="th"),
        call("pool3d words", "pool3d", volume, [2, 2, 3], [1, 2, 1], "valid", "tf", "avg"),
        call("repeat_elements by name", "repeat_elements", drawn(2, 3, 4), rep=2, axis=1),
        call(
            "binary_crossentropy output first",
            "binary_crossentropy",
            drawn(4, 3, kind="unit"),
            drawn(4, 3, kind="labels"),
        ),
        call(
            "categorical_crossentropy output first",
            "categorical_crossentropy",
            drawn(4, 3, kind="unit"),
            drawn(4, 3, kind="shares"),
        ),
        call(
            "sparse_categorical_crossentropy output first",
            "sparse_categorical_crossentropy",
            drawn(4, 3, kind="unit"),
            drawn(4, kind=3),
        ),
        call(
            "categorical_crossentropy output first logits",
            "categorical_crossentropy",
            drawn(4, 3),
            drawn(4, 3, kind="shares"),
            from_logits=True,
        ),
        call(
            "binary_crossentropy output first logits",
            "binary_crossentropy",
            drawn(4, 3),
            drawn(4, 3, kind="labels"),
            from_logits=True,
        ),
        call(
            "separable_conv2d th",
            "separable_conv2d",
            drawn(2, 6, 7, 5),
            drawn(2, 6, 3, 2),
            drawn(4, 12, 1, 1),
            border_mode="same",
            dim_ordering="th",
        ),
        call(
            "conv3d th",
            "conv3d",
            drawn(1, 2, 5, 6, 4),
            drawn(3, 2, 2, 3, 2),
            border_mode="same",
            dim_ordering="th",
        ),
        call("max keepdims", "max", drawn(2, 3, 4), axis=1, keepdims=True),
    ]
    return [dict(row, eras=["1.2"]) for row in rows]


def settings() -> list:
    """Return what K says of itself and of tensors."""
    two = drawn(2, 3)
    rows = [call(name, name) for name in words("epsilon floatx image_data_format backend")]
    rows += [
        call("image_dim_ordering", "image_dim_ordering"),
        call("get_variable_shape", "get_variable_shape", two),
        call("is_sparse", "is_sparse", two),
        call("to_dense", "to_dense", two),
        call("print_tensor", "print_tensor", two, "told"),
        call("is_tensor", "is_tensor", two),
        call("is_tensor of a number", "is_tensor", 3.0),
        call("normalize_data_format", "normalize_data_format", None),
        call("normalize_data_format first", "normalize_data_format", "channels_first"),
        call("normalize_data_format odd", "normalize_data_format", "channels"),
        call("size", "size", drawn(2, 3, 4)),
        call("is_symbolic of a number", "is_symbolic", 3.0),
        call("cast_to_floatx", "cast_to_floatx", two),
        call("random_bernoulli never", "random_bernoulli", [2, 3], 0.0),
        call("random_bernoulli always", "random_bernoulli", [2, 3], 1.0),
        call("random_binomial never", "random_binomial", [2, 3], 0.0),
        call("random_binomial always", "random_binomial", [2, 3], 1.0),
        call("random_uniform of nothing", "random_uniform", [2, 3], 0.5, 0.5),
        call("random_normal of nothing", "random_normal", [2, 3], 0.5, 0.0),
        call("truncated_normal of nothing", "truncated_normal", [2, 3], 0.5, 0.0),
        call("dropout of nothing", "dropout", two, 0.0),
    ]
    return rows


def focal() -> list:
    """Return the crossentropies that look away from what is easy."""
    unit, truth = drawn(4, 3, kind="unit"), drawn(4, 3, kind="labels")
    binary, several = "binary_focal_crossentropy", "categorical_focal_crossentropy"
    return [
        call(binary, binary, truth, unit),
        call(
            binary + " balanced",
            binary,
            truth,
            unit,
            apply_class_balancing=True,
            alpha=0.3,
            gamma=1.5,
        ),
        call(binary + " logits", binary, truth, drawn(4, 3), from_logits=True),
        call(several, several, drawn(4, 3, kind="shares"), unit),
        call(
            several + " options",
            several,
            drawn(4, 3, kind="shares"),
            unit,
            alpha=0.4,
            gamma=1.5,
            axis=0,
        ),
        call(
            several + " logits", several, drawn(4, 3, kind="shares"), drawn(4, 3), from_logits=True
        ),
    ]


CASES = [
    *keras1(), *settings(), *focal(),
    *reductions(), *unary(), *binary(), *products(), *shaping(), *limits(), *neural(), *windows(),
]  # fmt: skip
