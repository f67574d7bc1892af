"""Cases of layers that only Keras 3 has."""

ERAS = ("3",)

SHAPES = {1: [2, 7, 3], 2: [2, 7, 6, 3], 3: [2, 5, 4, 6, 3]}
SIZES = {1: 3, 2: [3, 2], 3: [2, 3, 4]}


def row(name, class_name, shape, arguments, **more):
    """Return one case."""
    return dict(more, name=name, class_name=class_name, inputs=[shape], arguments=arguments)


def first(shape):
    """Return a shape with its channels first."""
    return [shape[0], shape[-1], *shape[1:-1]]


CASES = (
    [
        row(f"{kind.lower()}_{rank}d_{name}", f"{kind}{rank}D", shape, arguments)
        for kind in ("AdaptiveAveragePooling", "AdaptiveMaxPooling")
        for rank in (1, 2, 3)
        for name, shape, arguments in [
            ("plain", SHAPES[rank], {"output_size": SIZES[rank]}),
            ("one", SHAPES[rank], {"output_size": 1}),
            (
                "first",
                first(SHAPES[rank]),
                {"output_size": SIZES[rank], "data_format": "channels_first"},
            ),
        ]
    ]
    + [
        row(
            "reversible_embedding_" + name,
            "ReversibleEmbedding",
            [2, 5],
            dict({"input_dim": 6, "output_dim": 4}, **arguments),
            kinds=[6],
        )
        for name, arguments in [
            ("plain", {}),
            ("untied", {"tie_weights": False}),
            ("mask_zero", {"mask_zero": True}),
        ]
    ]
    + [
        row("stft_" + name, "STFTSpectrogram", [2, 40, 1], dict(frames, **arguments))
        for frames in [{"frame_length": 8, "frame_step": 4, "fft_length": 8}]
        for name, arguments in [
            ("log", {}),
            ("magnitude", {"mode": "magnitude"}),
            ("real", {"mode": "real"}),
            ("same", {"padding": "same", "mode": "psd"}),
        ]
    ]
    + [
        row(
            "mel_" + name,
            "MelSpectrogram",
            [2, 256],
            dict({"fft_length": 64, "num_mel_bins": 6, "sampling_rate": 8000}, **arguments),
        )
        for name, arguments in [
            ("plain", {}),
            ("step", {"sequence_stride": 32}),
            ("power", {"power_to_db": False}),
        ]
    ]
)
