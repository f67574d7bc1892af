"""Cases of SimpleRNN, LSTM and GRU."""

ERAS = ("2.2", "2.3", "2.15", "3")

STEPS = [2, 5, 3]
LEFT = [[0, 1], [0]]
MIDDLE = [[2], [1, 3]]
RIGHT = [[4], [3, 4]]
WHOLE = [[0, 1, 2, 3, 4], [1]]
STATES = {"SimpleRNN": 1, "LSTM": 2, "GRU": 1}


def row(class_name, name, arguments=None, **more):
    """Return one case of 2 samples, 5 steps, 3 features and 4 units."""
    return dict(
        {
            "name": class_name.lower() + "_" + name,
            "class_name": class_name,
            "inputs": [STEPS],
            "arguments": dict({"units": 4}, **(arguments or {})),
        },
        **more,
    )


def shared(class_name):
    """Return the cases that every recurrent layer has."""
    states = STATES[class_name]
    with_states = {
        "inputs": [STEPS] + [[2, 4]] * states,
        "initial_state": list(range(1, states + 1)),
    }
    every = {"return_sequences": True}
    return [
        row(class_name, "plain"),
        row(class_name, "sequences", every),
        row(class_name, "state", {"return_state": True}),
        row(class_name, "sequences_state", dict(every, return_state=True)),
        row(class_name, "backwards", {"go_backwards": True}),
        row(class_name, "backwards_sequences", dict(every, go_backwards=True)),
        row(class_name, "no_bias", {"use_bias": False}),
        row(class_name, "relu", {"activation": "relu"}),
        row(class_name, "linear_sequences", dict(every, activation="linear")),
        row(class_name, "unroll", dict(every, unroll=True)),
        row(class_name, "unroll_masked", dict(every, unroll=True), masked_steps=MIDDLE),
        row(class_name, "masked_left", every, masked_steps=LEFT),
        row(class_name, "masked_middle", every, masked_steps=MIDDLE),
        row(class_name, "masked_right", every, masked_steps=RIGHT),
        row(class_name, "masked_whole", every, masked_steps=WHOLE),
        row(class_name, "masked_last", {"return_state": True}, masked_steps=RIGHT),
        row(class_name, "masked_middle_last", {"return_state": True}, masked_steps=MIDDLE),
        row(class_name, "masked_backwards", dict(every, go_backwards=True), masked_steps=RIGHT),
        row(
            class_name, "masked_stateful", dict(every, stateful=True), masked_steps=MIDDLE, calls=2
        ),
        row(class_name, "initial_state", dict(every, return_state=True), **with_states),
        row(
            class_name,
            "initial_state_masked",
            dict(every, return_state=True),
            masked_steps=LEFT,
            **with_states,
        ),
        row(class_name, "stateful", {"stateful": True}, calls=2),
        row(
            class_name, "stateful_sequences", dict(every, stateful=True, return_state=True), calls=3
        ),
        row(class_name, "one_step", inputs=[[3, 1, 2]]),
    ]


def gated(class_name):
    """Return the cases of the layers with gates."""
    return [
        row(
            class_name,
            f"{inner}_{implementation}",
            {
                "recurrent_activation": inner,
                "implementation": implementation,
                "return_sequences": True,
            },
        )
        for inner in ("sigmoid", "hard_sigmoid")
        for implementation in (1, 2)
    ] + [
        row(
            class_name,
            "hard_sigmoid_masked",
            {"recurrent_activation": "hard_sigmoid", "return_sequences": True},
            masked_steps=RIGHT,
        ),
        row(
            class_name,
            "sigmoid_backwards",
            {"recurrent_activation": "sigmoid", "go_backwards": True},
            masked_steps=MIDDLE,
        ),
    ]


def reset(after):
    """Return the cases of the GRU that resets before or after its matrix product."""
    return [
        row(
            "GRU",
            f"reset_{'after' if after else 'before'}_{name}",
            dict({"reset_after": after, "return_sequences": True}, **arguments),
            **more,
        )
        for name, arguments, more in [
            ("plain", {}, {}),
            ("sigmoid", {"recurrent_activation": "sigmoid"}, {}),
            ("hard_sigmoid", {"recurrent_activation": "hard_sigmoid"}, {}),
            ("no_bias", {"use_bias": False}, {}),
            ("masked", {"recurrent_activation": "sigmoid"}, {"masked_steps": MIDDLE}),
            ("implementation_1", {"implementation": 1}, {}),
            ("implementation_2", {"implementation": 2}, {}),
            ("unroll", {"unroll": True}, {}),
        ]
    ]


CASES = (
    [case for class_name in STATES for case in shared(class_name)]
    + gated("LSTM")
    + gated("GRU")
    + [row("LSTM", "no_forget_bias", {"unit_forget_bias": False})]
    + reset(after=False)
    + reset(after=True)
)
