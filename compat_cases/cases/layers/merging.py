"""Cases of the merging layers."""

ERAS = ("2.2", "2.3", "2.15", "3")


def row(name, class_name, inputs, arguments=None, **more):
    """Return one case."""
    return dict(more, name=name, class_name=class_name, inputs=inputs, arguments=arguments or {})


PLAIN = ["Add", "Multiply", "Average", "Maximum", "Minimum"]
STEPS = [2, 3, 4]

CASES = [
    row(name.lower() + kind, name, inputs, **more)
    for name in PLAIN
    for kind, inputs, more in [
        ("", [[2, 3]] * 2, {}),
        ("_three", [STEPS] * 3, {}),
        ("_broadcast", [[2, 1, 4], [2, 3, 1]], {}),
        ("_ranks", [STEPS, [2, 4]], {}),
        ("_masked", [STEPS] * 2, {"masked_steps": [[0], [1, 2]], "masked_inputs": [0, 1]}),
        ("_one_masked", [STEPS] * 2, {"masked_steps": [[0], [1, 2]], "masked_inputs": [1]}),
    ]
] + [
    row("subtract", "Subtract", [[2, 3]] * 2),
    row("subtract_rank_4", "Subtract", [[2, 3, 4, 5]] * 2),
    row("subtract_broadcast", "Subtract", [[2, 3, 4], [2, 1, 4]]),
    row("concatenate", "Concatenate", [[2, 3], [2, 4]]),
    row("concatenate_three", "Concatenate", [[2, 3, 4], [2, 3, 1], [2, 3, 2]]),
    row("concatenate_axis_1", "Concatenate", [[2, 3, 4], [2, 5, 4]], {"axis": 1}),
    row("concatenate_axis_2_of_4", "Concatenate", [[2, 3, 4, 5], [2, 3, 1, 5]], {"axis": 2}),
    row("concatenate_axis_below_1", "Concatenate", [[2, 3, 4], [2, 5, 4]], {"axis": -2}),
    row(
        "concatenate_masked",
        "Concatenate",
        [STEPS, [2, 3, 2]],
        masked_steps=[[0], [1, 2]],
        masked_inputs=[0, 1],
    ),
    row(
        "concatenate_one_masked",
        "Concatenate",
        [STEPS, [2, 3, 2]],
        masked_steps=[[0], [1, 2]],
        masked_inputs=[0],
    ),
    row(
        "concatenate_masked_axis_1",
        "Concatenate",
        [STEPS, [2, 5, 4]],
        {"axis": 1},
        masked_steps=[[0], [1, 2]],
        masked_inputs=[0, 1],
    ),
    row("dot", "Dot", [[2, 3]] * 2, {"axes": 1}),
    row("dot_below", "Dot", [[2, 3]] * 2, {"axes": -1}),
    row("dot_normalized", "Dot", [[2, 3]] * 2, {"axes": 1, "normalize": True}),
    row("dot_steps", "Dot", [[2, 3, 4], [2, 5, 4]], {"axes": 2}),
    row("dot_two_axes", "Dot", [[2, 3, 4], [2, 4, 5]], {"axes": [2, 1]}),
    row("dot_first_axes", "Dot", [[2, 4, 3], [2, 4, 5]], {"axes": [1, 1]}),
    row("dot_below_axes", "Dot", [[2, 3, 4], [2, 5, 4]], {"axes": [-1, -1]}),
    row("dot_steps_normalized", "Dot", [[2, 3, 4], [2, 5, 4]], {"axes": 2, "normalize": True}),
    row("dot_ranks", "Dot", [[2, 3, 4], [2, 4]], {"axes": [2, 1]}),
]
