"""Cases of inputs whose lengths are unknown when the model is built: `unknown` names the axes."""

ERAS = ("2.2", "2.3", "2.15", "3")

STEPS, IMAGE, VOLUME = [2, 5, 3], [2, 5, 4, 3], [2, 4, 3, 5, 2]


def row(name, class_name, shape, unknown, arguments=None, **more):
    """Return one case."""
    return dict(
        more,
        name="unknown_" + name,
        class_name=class_name,
        inputs=[shape],
        unknown=[unknown],
        arguments=arguments or {},
    )


def inner(class_name, **arguments):
    """Return the description of a layer inside another."""
    return {"class_name": class_name, "arguments": arguments}


CASES = (
    [
        row(f"conv_1d_{word}", "Conv1D", STEPS, [1], dict(filters=4, kernel_size=3, **more))
        for word, more in [
            ("valid", {}),
            ("same", {"padding": "same", "strides": 2}),
            ("causal", {"padding": "causal"}),
        ]
    ]
    + [
        row(f"conv_2d_{word}", "Conv2D", IMAGE, axes, dict(filters=4, kernel_size=3, **more))
        for word, axes, more in [
            ("valid", [1, 2], {}),
            ("same", [1, 2], {"padding": "same", "strides": 2}),
            ("one", [2], {}),
        ]
    ]
    + [
        row("conv_3d", "Conv3D", VOLUME, [1, 2, 3], {"filters": 3, "kernel_size": 2}),
        row(
            "conv_2d_transpose", "Conv2DTranspose", IMAGE, [1, 2], {"filters": 4, "kernel_size": 3}
        ),
        row("separable", "SeparableConv2D", IMAGE, [1, 2], {"filters": 4, "kernel_size": 3}),
        row("depthwise", "DepthwiseConv2D", IMAGE, [1, 2], {"kernel_size": 3}),
        row("max_pooling_1d", "MaxPooling1D", STEPS, [1]),
        row("max_pooling_2d", "MaxPooling2D", IMAGE, [1, 2], {"padding": "same"}),
        row("average_pooling_3d", "AveragePooling3D", VOLUME, [1, 2, 3], {"pool_size": 2}),
        row("global_max_pooling_1d", "GlobalMaxPooling1D", STEPS, [1]),
        row("global_average_pooling_2d", "GlobalAveragePooling2D", IMAGE, [1, 2]),
        row("up_sampling_1d", "UpSampling1D", STEPS, [1]),
        row("up_sampling_2d", "UpSampling2D", IMAGE, [1, 2]),
        row("cropping_1d", "Cropping1D", STEPS, [1]),
        row("cropping_2d", "Cropping2D", IMAGE, [1, 2]),
        row("zero_padding_2d", "ZeroPadding2D", IMAGE, [1, 2]),
        row("dense", "Dense", STEPS, [1], {"units": 4}),
        row("activation", "Activation", STEPS, [1], {"activation": "softmax"}),
        row("permute", "Permute", STEPS, [1], {"dims": [2, 1]}),
        row("reshape", "Reshape", [2, 4, 6], [1], {"target_shape": [-1, 3]}),
        row("batch_normalization", "BatchNormalization", STEPS, [1]),
        row("embedding", "Embedding", [2, 5], [1], {"input_dim": 6, "output_dim": 4}, kinds=[6]),
        row("masking", "Masking", STEPS, [1], masked_steps=[[0], [1, 3]]),
    ]
    + [
        row(f"{name.lower()}_{word}", name, STEPS, [1], dict(units=4, **more), **masks)
        for name in ("SimpleRNN", "LSTM", "GRU")
        for word, more, masks in [
            ("last", {}, {}),
            ("sequences", {"return_sequences": True}, {}),
            ("masked", {"return_sequences": True}, {"masked_steps": [[4], [2, 3]]}),
        ]
    ]
    + [
        row("bidirectional", "Bidirectional", STEPS, [1], {"layer": inner("LSTM", units=4)}),
        row("time_distributed", "TimeDistributed", STEPS, [1], {"layer": inner("Dense", units=4)}),
    ]
)
