"""Dropping: what random layers leave of ones in training, and which parts they drop together.

The weights of a row are blocks along the last axis, each a number: so many times the identity in a
kernel, that number all through in a bias. With linear activations the outputs then tell which
gates and which steps were dropped together.
"""

ERAS = ("1.2", "2.2", "2.3", "2.15", "3")
FIRST, LATER = ERAS[:1], ERAS[1:]
INPUTS, STATE = {"dropout": 0.5}, {"recurrent_dropout": 0.5}

LINEAR = {"activation": "linear", "return_sequences": True}
# Keras 1's order of the gates in its twelve, or nine, arrays; and the later order in one.
OLD = {"LSTM": "icfo", "ConvLSTM2D": "icfo", "GRU": "zrh", "SimpleRNN": "h"}
GATES = {"LSTM": "ifco", "ConvLSTM2D": "ifco", "GRU": "zrh", "SimpleRNN": "h"}


def row(name, class_name, inputs, arguments, eras=ERAS, **more):
    """Return one case."""
    return dict(
        more, name=name, class_name=class_name, inputs=inputs, arguments=arguments, eras=eras
    )


def both(name, class_name, inputs, older, newer, **more):
    """Return a case in Keras 1's words, and one in later ones."""
    return [
        row(name, class_name, inputs, older, FIRST, **more),
        row(name, class_name, inputs, newer, LATER, **more),
    ]


def weights(kind, apart, kernel, recurrent, bias):
    """Return the blocks of each array, in Keras 1's parts or in one kernel for all gates."""
    if apart and len(GATES[kind]) > 1:
        return [[part[gate]] for gate in OLD[kind] for part in (kernel, recurrent, bias)]
    return [[part[gate] for gate in GATES[kind]] for part in (kernel, recurrent, bias)]


def every(number, kind="LSTM", **but):
    """Return a number for each gate, the same but for those that are told."""
    return dict(dict.fromkeys(GATES[kind], number), **but)


def recurrent(kind, name, steps, blocks, rates, ways=(None, 1, 2), width=100):
    """Return a recurrent layer's cases in the way of each era, and in each that can be told."""
    square = [1, 1] if kind == "ConvLSTM2D" else []
    inputs, cases = [100, steps, *square, width], []
    one = {"nb_row": 1, "nb_col": 1, "nb_filter": width} if square else {"output_dim": width}
    own = {"filters": width, "kernel_size": 1} if square else {"units": width}
    gated = kind != "SimpleRNN"
    for way in ways if gated and not square else (None,):
        word = "" if way is None else f"_{way}"
        called = f"{kind.lower()}_{name}{word}"
        inner = {"recurrent_activation": "linear"} if gated else {}
        reset = {"reset_after": False} if kind == "GRU" else {}
        implementation = {} if way is None else {"implementation": way}
        older = {"dropout_W": rates.get("dropout", 0.0)}
        older["dropout_U"] = rates.get("recurrent_dropout", 0.0)
        told = {} if way is None else {"consume_less": ("mem", "gpu")[way - 1]}
        inside = {"inner_activation": "linear"} if gated else {}
        arguments = dict(LINEAR, **one, **older, **told, **inside)
        parts = weights(kind, way != 2, *blocks)
        cases.append(row(called, kind, inputs, arguments, FIRST, weights=parts))
        arguments = dict(LINEAR, **own, **rates, **inner, **reset, **implementation)
        parts = weights(kind, False, *blocks)
        # Keras 3 cannot drop inputs alone in the first way.
        known = LATER[:-1] if way == 1 and rates == INPUTS else LATER
        cases.append(row(called, kind, inputs, arguments, known, weights=parts))
    return cases


ONE, MANY = [200, 100], [100, 2, 100]

CASES = [
    *both("dropout", "Dropout", ONE, {"p": 0.3}, {"rate": 0.3}),
    *both("gaussian_dropout", "GaussianDropout", ONE, {"p": 0.3}, {"rate": 0.3}),
    *both("gaussian_noise", "GaussianNoise", ONE, {"sigma": 0.3}, {"stddev": 0.3}),
    row("alpha_dropout", "AlphaDropout", ONE, {"rate": 0.3}, LATER),
    *both("spatial_1d", "SpatialDropout1D", MANY, {"p": 0.3}, {"rate": 0.3}),
    *both("spatial_2d", "SpatialDropout2D", [100, 1, 2, 100], {"p": 0.3}, {"rate": 0.3}),
    *both("spatial_3d", "SpatialDropout3D", [100, 1, 1, 2, 100], {"p": 0.3}, {"rate": 0.3}),
    *recurrent("LSTM", "inputs", 1, (every(1), every(0), every(0)), INPUTS),
    *recurrent("LSTM", "state", 2, (every(0, c=1), every(1), every(1, f=0, c=0)), STATE),
    *recurrent(
        "LSTM", "steps", 3, (every(0, c=1), every(0), every(1, f=0, c=0)), INPUTS, ways=(None,)
    ),
    *recurrent(
        "LSTM", "both", 2, (every(0, c=1), every(1), every(1, f=0, c=0)), dict(INPUTS, **STATE)
    ),
    *recurrent("GRU", "inputs", 1, (every(1, "GRU"), every(0, "GRU"), every(0, "GRU")), INPUTS),
    *recurrent(
        "GRU", "state", 2, (every(0, "GRU", h=1), every(1, "GRU"), every(0, "GRU", r=1)), STATE
    ),
    *recurrent("SimpleRNN", "inputs", 2, (every(1, "SimpleRNN"), {"h": 0}, {"h": 0}), INPUTS),
    *[
        row(
            f"simplernn_inputs_{way}",
            "SimpleRNN",
            [100, 2, 100],
            dict(LINEAR, output_dim=100, dropout_W=0.5, consume_less=way),
            FIRST,
            weights=[[1], [0], [0]],
        )
        for way in ("cpu", "mem", "gpu")
    ],
    *recurrent("SimpleRNN", "state", 3, ({"h": 1}, {"h": 1}, {"h": 0}), STATE),
    *recurrent("ConvLSTM2D", "inputs", 1, (every(1), every(0), every(0)), INPUTS),
    *recurrent("ConvLSTM2D", "state", 2, (every(0, c=1), every(1), every(1, f=0, c=0)), STATE),
]
