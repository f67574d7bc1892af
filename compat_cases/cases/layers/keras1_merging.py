"""Cases of Keras 1's Merge in every mode, with concat_axis and dot_axes."""

ERAS = ("1.2",)

STEPS = [2, 3, 4]
SOME = {"masked_steps": [[0], [1, 2]]}


def row(name, mode, inputs, arguments=None, **more):
    """Return one case."""
    return dict(
        more,
        name=f"merge_{mode}_{name}",
        class_name="Merge",
        inputs=inputs,
        arguments=dict({"mode": mode}, **(arguments or {})),
    )


CASES = [
    row(name, mode, inputs, **more)
    for mode in ("sum", "mul", "ave", "max")
    for name, inputs, more in [
        ("plain", [[2, 3]] * 2, {}),
        ("three", [STEPS] * 3, {}),
        ("rank_4", [[2, 3, 4, 5]] * 2, {}),
        ("masked", [STEPS] * 2, dict(SOME, masked_inputs=[0, 1])),
        ("one_masked", [STEPS] * 2, dict(SOME, masked_inputs=[1])),
    ]
    if (mode, "masked_inputs" in more) != ("max", True)  # Keras 1 refuses it
] + [
    row("plain", "concat", [[2, 3], [2, 4]]),
    row("three", "concat", [[2, 3, 4], [2, 3, 1], [2, 3, 2]]),
    row("axis_1", "concat", [[2, 3, 4], [2, 5, 4]], {"concat_axis": 1}),
    row("axis_below_1", "concat", [[2, 3, 4], [2, 5, 4]], {"concat_axis": -2}),
    row("axis_2_of_4", "concat", [[2, 3, 4, 5], [2, 3, 1, 5]], {"concat_axis": 2}),
    row("masked", "concat", [STEPS, [2, 3, 2]], **dict(SOME, masked_inputs=[0, 1])),
    row("one_masked", "concat", [STEPS, [2, 3, 2]], **dict(SOME, masked_inputs=[0])),
    row(
        "masked_axis_1",
        "concat",
        [STEPS, [2, 5, 4]],
        {"concat_axis": 1},
        **dict(SOME, masked_inputs=[0, 1]),
    ),
    row("plain", "dot", [[2, 3]] * 2),
    row("steps", "dot", [[2, 3, 4], [2, 5, 4]], {"dot_axes": 2}),
    row("default_axes", "dot", [[2, 3, 4], [2, 5, 4]]),
    row("two_axes", "dot", [[2, 3, 4], [2, 4, 5]], {"dot_axes": [2, 1]}),
    row("first_axes", "dot", [[2, 4, 3], [2, 4, 5]], {"dot_axes": [1, 1]}),
    row("plain", "cos", [[2, 3]] * 2),
    row("axis", "cos", [[2, 3]] * 2, {"dot_axes": 1}),
    row("steps", "cos", [[2, 3, 4]] * 2, {"dot_axes": 2}),
    row("first_axes", "cos", [[2, 3, 4]] * 2, {"dot_axes": [1, 1]}),
]
