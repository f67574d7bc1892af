"""Refusals: layers that some Kerases make and others do not.

Each is made, from a config where it says so, and called on a symbol. A row of ``attribute`` asks
whether a model has a method.
"""

ERAS = ("1.2", "2.2", "2.3", "2.15", "3")
LATER, NEW = ERAS[1:], ("2.15", "3")


def row(name, class_name, inputs, arguments=None, eras=ERAS, **more):
    """Return one case."""
    return dict(
        more,
        name=name,
        class_name=class_name,
        inputs=inputs,
        arguments=arguments or {},
        eras=eras,
    )


STEPS, IMAGE = [5, 3], [6, 5, 3]

CASES = [
    row("normalization_by_sample", "BatchNormalization", [4], {"mode": 1}),
    row("normalization_synchronized", "BatchNormalization", [4], {"synchronized": True}, NEW),
    row("softmax_of_images", "Activation", IMAGE, {"activation": "softmax"}),
    row("max_pooling_bare", "MaxPooling2D", IMAGE),
    row("average_pooling_bare", "AveragePooling2D", IMAGE),
    row("time_first", "LSTM", STEPS, {"units": 4, "time_major": True}, NEW),
    row("reset_after", "GRU", STEPS, {"units": 4, "reset_after": True}, LATER),
    row(
        "depthwise_groups",
        "DepthwiseConv2D",
        IMAGE,
        {"kernel_size": 3, "groups": 1},
        NEW,
        from_config=True,
    ),
    row(
        "depthwise_dilated", "DepthwiseConv2D", IMAGE, {"kernel_size": 3, "dilation_rate": 2}, LATER
    ),
    row(
        "convolution_groups", "Conv2D", IMAGE, {"filters": 3, "kernel_size": 3, "groups": 3}, LATER
    ),
    row("embedding_length", "Embedding", [5], {"input_dim": 4, "output_dim": 3, "input_length": 5}),
    row("leaky_alpha", "LeakyReLU", STEPS, {"alpha": 0.2}),
    row("leaky_negative_slope", "LeakyReLU", STEPS, {"negative_slope": 0.2}),
    row("thresholded", "ThresholdedReLU", STEPS),
    row("locally_connected", "LocallyConnected1D", STEPS, {"filters": 2, "kernel_size": 2}, LATER),
    row("cudnn", "CuDNNLSTM", STEPS, {"units": 4}, LATER),
    row("zero_output_for_mask", "LSTM", STEPS, {"units": 4, "zero_output_for_mask": True}, LATER),
    row("reset_of_a_model", "Dense", [4], {"units": 2}, LATER, attribute="reset_states"),
    row("classes_of_a_model", "Dense", [4], {"units": 2}, LATER, attribute="predict_classes"),
]
