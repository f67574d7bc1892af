"""Cases of layers that later versions dropped: Highway, MaxoutDense, ConvRNN2D, the CuDNN layers.

This TensorFlow runs the CuDNN layers on a GPU only: `unrun` rows tell weights and shapes alone.
"""

ERAS = ("2.2", "2.3")

STEPS = [2, 5, 3]
EVERY = {"return_sequences": True}


def row(name, class_name, shape, arguments=None, **more):
    """Return one case."""
    return dict(more, name=name, class_name=class_name, inputs=[shape], arguments=arguments or {})


def images(name, arguments):
    """Return a case of ConvRNN2D over a ConvLSTM2DCell."""
    given = {"filters": 3, "kernel_size": [3, 2], "padding": "same"}
    cell = {"class_name": "ConvLSTM2DCell", "arguments": given}
    return row(
        "conv_rnn_2d_" + name, "ConvRNN2D", [2, 3, 5, 4, 2], dict({"cell": cell}, **arguments)
    )


CASES = [
    row("highway", "Highway", [2, 4]),
    row("highway_tanh", "Highway", [2, 4], {"activation": "tanh"}),
    row("highway_no_bias", "Highway", [3, 5], {"activation": "relu", "bias": False}),
    row("maxout_dense", "MaxoutDense", [2, 4], {"output_dim": 3}),
    row("maxout_dense_two", "MaxoutDense", [2, 4], {"output_dim": 3, "nb_feature": 2}),
    row("maxout_dense_no_bias", "MaxoutDense", [3, 5], {"output_dim": 2, "bias": False}),
    images("plain", {}),
    images("sequences", EVERY),
    images("state", {"return_state": True}),
] + [
    row(
        f"cudnn{kind.lower()}_{name}",
        "CuDNN" + kind,
        STEPS,
        dict({"units": 4}, **arguments),
        unrun=True,
        note="this TensorFlow runs it on a GPU only: weights and shapes alone",
    )
    for kind in ("LSTM", "GRU")
    for name, arguments in [
        ("plain", {}),
        ("sequences", EVERY),
        ("state", {"return_state": True}),
    ]
]
