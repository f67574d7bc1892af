"""Cases of the normalizations other than by batch and by layer."""

ERAS = ("2.15", "3")


def row(name, class_name, shape, arguments=None, **more):
    """Return one case."""
    return dict(more, name=name, class_name=class_name, inputs=[shape], arguments=arguments or {})


def inner(class_name, **arguments):
    """Return the description of a layer inside another."""
    return {"class_name": class_name, "arguments": arguments}


def spectral(name, layer, shape, arguments=None, **more):
    """Return a case of a layer whose kernel is divided by its largest singular value."""
    given = dict({"layer": layer}, **(arguments or {}))
    return row("spectral_normalization_" + name, "SpectralNormalization", shape, given, **more)


CASES = [
    row("group_normalization_plain", "GroupNormalization", [2, 3, 4], {"groups": 2}),
    row("group_normalization_rank_2", "GroupNormalization", [3, 6], {"groups": 3}),
    row("group_normalization_rank_4", "GroupNormalization", [2, 3, 5, 4], {"groups": 2}),
    row("group_normalization_rank_5", "GroupNormalization", [2, 3, 2, 5, 4], {"groups": 4}),
    row("group_normalization_instance", "GroupNormalization", [2, 3, 4], {"groups": -1}),
    row("group_normalization_one", "GroupNormalization", [2, 3, 4], {"groups": 1}),
    row("group_normalization_axis_1", "GroupNormalization", [2, 4, 3, 5], {"groups": 2, "axis": 1}),
    row(
        "group_normalization_bare",
        "GroupNormalization",
        [2, 3, 4],
        {"groups": 2, "center": False, "scale": False, "epsilon": 0.1},
    ),
    row("group_normalization_default", "GroupNormalization", [2, 3, 32]),
    row("unit_normalization", "UnitNormalization", [2, 3]),
    row("unit_normalization_steps", "UnitNormalization", [2, 3, 4]),
    row("unit_normalization_axis", "UnitNormalization", [2, 3, 4], {"axis": 1}),
    row("unit_normalization_axes", "UnitNormalization", [2, 3, 4], {"axis": [1, 2]}),
    row("unit_normalization_masked", "UnitNormalization", [2, 3, 4], masked_steps=[[0], [1, 2]]),
    spectral("dense", inner("Dense", units=3), [2, 4], train=2, eagerly=True),
    spectral(
        "dense_three",
        inner("Dense", units=3),
        [2, 4],
        {"power_iterations": 3},
        train=1,
        eagerly=True,
    ),
    spectral(
        "conv_2d",
        inner("Conv2D", filters=4, kernel_size=[3, 2]),
        [2, 5, 4, 3],
        train=2,
        eagerly=True,
    ),
    spectral("embedding", inner("Embedding", input_dim=6, output_dim=4), [2, 5], kinds=[6]),
    row("rms_normalization", "RMSNormalization", [2, 4], eras=["3"]),
    row("rms_normalization_steps", "RMSNormalization", [2, 3, 4], {"epsilon": 0.1}, eras=["3"]),
    row("rms_normalization_rank_4", "RMSNormalization", [2, 3, 5, 4], eras=["3"]),
]
