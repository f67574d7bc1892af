"""Cases of RNN over cells, lists of cells and StackedRNNCells."""

ERAS = ("2.2", "2.3", "2.15", "3")

STEPS = [2, 5, 3]
EVERY = {"return_sequences": True}
MIDDLE = [[2], [1, 3]]


def cell(class_name, units=4, **arguments):
    """Return the description of a cell."""
    return {"class_name": class_name + "Cell", "arguments": dict({"units": units}, **arguments)}


def row(name, cells, arguments=None, **more):
    """Return one case."""
    given = dict({"cell": cells}, **(arguments or {}))
    told = {"name": "rnn_" + name, "class_name": "RNN", "inputs": [STEPS], "arguments": given}
    return dict(told, **more)


LIST = [cell("LSTM"), cell("GRU", 5)]
STACK = {"class_name": "StackedRNNCells", "arguments": {"cells": LIST}}

CASES = [
    row(f"{class_name.lower()}_cell_{name}", cell(class_name), arguments, **more)
    for class_name in ("SimpleRNN", "LSTM", "GRU")
    for name, arguments, more in [
        ("plain", {}, {}),
        ("sequences", EVERY, {}),
        ("state", {"return_state": True}, {}),
        ("backwards", dict(EVERY, go_backwards=True), {}),
        ("masked", EVERY, {"masked_steps": MIDDLE}),
        ("unroll", dict(EVERY, unroll=True), {}),
        ("stateful", dict(EVERY, stateful=True), {"calls": 2}),
    ]
] + [
    row("simplernn_cell_bare", cell("SimpleRNN", activation="relu", use_bias=False)),
    row("lstm_cell_hard", cell("LSTM", recurrent_activation="hard_sigmoid")),
    row("gru_cell_hard", cell("GRU", recurrent_activation="hard_sigmoid", reset_after=True)),
    row("gru_cell_reset_before", cell("GRU", reset_after=False), EVERY),
    row("list", LIST),
    row("list_sequences", LIST, EVERY),
    row("list_state", LIST, {"return_state": True}),
    row("list_masked", LIST, EVERY, masked_steps=MIDDLE),
    row("list_of_one", [cell("SimpleRNN")], EVERY),
    row("stacked", STACK),
    row("stacked_sequences", STACK, EVERY),
    row("stacked_masked", STACK, EVERY, masked_steps=MIDDLE),
    row("stacked_backwards", STACK, dict(EVERY, go_backwards=True)),
]
