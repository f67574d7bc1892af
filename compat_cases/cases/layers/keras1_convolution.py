"""Cases of Keras 1's convolutions: nb_filter, border_mode, subsample, dim_ordering."""

ERAS = ("1.2",)

LENGTHS = {1: [7], 2: [7, 6], 3: [5, 3, 4]}
KERNELS = {
    1: {"filter_length": 3},
    2: {"nb_row": 3, "nb_col": 2},
    3: {"kernel_dim1": 3, "kernel_dim2": 2, "kernel_dim3": 2},
}
STRIDES = {1: {"subsample_length": 2}, 2: {"subsample": [2, 2]}, 3: {"subsample": [2, 2, 2]}}
EVEN = {rank: dict.fromkeys(words, 2) for rank, words in KERNELS.items()}
ODD = {rank: dict.fromkeys(words, 3) for rank, words in KERNELS.items()}
TH = {"dim_ordering": "th"}
SAME = {"border_mode": "same"}


def row(kind, rank, name, arguments, lengths=None, **more):
    """Return a case of a convolution of a rank, with 2 images of 3 channels and 4 filters."""
    lengths = lengths or LENGTHS[rank]
    shape = [2, 3] + lengths if "dim_ordering" in arguments else [2] + lengths + [3]
    return dict(
        {
            "name": f"{kind.lower()}_{rank}d_{name}",
            "class_name": f"{kind}{rank}D",
            "inputs": [shape],
            "arguments": dict({"nb_filter": 4}, **dict(KERNELS[rank], **arguments)),
        },
        **more,
    )


def transposed(name, output_lengths, arguments, lengths=(5, 4)):
    """Return a case of Deconvolution2D, which is told its output shape."""
    first = "dim_ordering" in arguments
    told = [None, 4, *output_lengths] if first else [None, *output_lengths, 4]
    return row("Deconvolution", 2, name, dict({"output_shape": told}, **arguments), list(lengths))


CASES = (
    [
        case
        for rank in (1, 2, 3)
        for case in [
            row("Convolution", rank, "plain", {}),
            row("Convolution", rank, "same", SAME),
            row("Convolution", rank, "strided", STRIDES[rank]),
            row("Convolution", rank, "same_strided", dict(SAME, **STRIDES[rank])),
            row(
                "Convolution",
                rank,
                "same_strided_even",
                dict(SAME, **dict(STRIDES[rank], **EVEN[rank])),
                [8, 6, 4][:rank],
            ),
            row(
                "Convolution",
                rank,
                "same_strided_odd",
                dict(SAME, **dict(STRIDES[rank], **ODD[rank])),
                [7, 5, 3][:rank],
            ),
            row("Convolution", rank, "no_bias", {"bias": False}),
            row("Convolution", rank, "relu", {"activation": "relu", "border_mode": "same"}),
        ]
    ]
    + [
        case
        for rank in (2, 3)
        for case in [
            row("Convolution", rank, "th", TH),
            row("Convolution", rank, "th_same", dict(TH, **SAME)),
            row("Convolution", rank, "th_strided", dict(TH, **dict(SAME, **STRIDES[rank]))),
        ]
    ]
    + [
        row("Convolution", 1, "length", {"input_length": 7, "input_dim": 3}),
        row("Convolution", 1, "stride_above_kernel", {"subsample_length": 3, "filter_length": 2}),
        row("Convolution", 2, "uneven_strides", {"subsample": [2, 3], "border_mode": "same"}),
        row("AtrousConvolution", 1, "plain", {}),
        row("AtrousConvolution", 1, "rate", {"atrous_rate": 2}),
        row("AtrousConvolution", 1, "rate_same", {"atrous_rate": 2, "border_mode": "same"}),
        row("AtrousConvolution", 1, "no_bias", {"atrous_rate": 3, "bias": False}),
        row("AtrousConvolution", 2, "plain", {}),
        row("AtrousConvolution", 2, "rate", {"atrous_rate": [2, 2]}),
        row("AtrousConvolution", 2, "rate_same", dict(SAME, atrous_rate=[2, 2])),
        row("AtrousConvolution", 2, "rate_th", dict(TH, atrous_rate=[2, 2], border_mode="same")),
        row("AtrousConvolution", 2, "relu", {"atrous_rate": [2, 2], "activation": "relu"}),
        transposed("plain", [7, 5], {}),
        transposed("same", [5, 4], SAME),
        transposed("strided", [11, 8], {"subsample": [2, 2]}),
        transposed("same_strided_even", [10, 8], dict(SAME, subsample=[2, 2])),
        transposed("same_strided_odd", [9, 7], dict(SAME, subsample=[2, 2])),
        transposed("th", [7, 5], TH),
        transposed("th_same_strided", [10, 8], dict(TH, subsample=[2, 2], border_mode="same")),
        transposed("relu_no_bias", [7, 5], {"activation": "relu", "bias": False}),
    ]
    + [
        row("SeparableConvolution", 2, name, arguments)
        for name, arguments in [
            ("plain", {}),
            ("same", SAME),
            ("same_strided", dict(SAME, subsample=[2, 2])),
            ("multiplied", {"depth_multiplier": 2, "activation": "relu"}),
            ("no_bias", {"bias": False, "subsample": [2, 2]}),
            ("th", dict(TH, depth_multiplier=2)),
        ]
    ]
    + [
        row("LocallyConnected", 1, "plain", {}),
        row("LocallyConnected", 1, "strided", {"subsample_length": 2, "activation": "relu"}),
        row("LocallyConnected", 1, "no_bias", {"bias": False, "filter_length": 2}),
        row("LocallyConnected", 2, "plain", {}, [4, 5]),
        row("LocallyConnected", 2, "strided", {"subsample": [2, 1]}, [5, 4]),
        row("LocallyConnected", 2, "no_bias", {"bias": False, "activation": "tanh"}, [4, 5]),
        row("LocallyConnected", 2, "th", TH, [4, 5]),
        row("LocallyConnected", 2, "th_strided", dict(TH, subsample=[2, 2]), [5, 4]),
    ]
)
