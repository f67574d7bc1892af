"""Recurrent layers against their formulas in numpy, step by step and sample by sample."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from kshim.nn.recurrent import GRU, LSTM, Recurrent, SimpleRNN

BATCH, TIME, FEATURES, UNITS = 3, 5, 4, 2
MASK = np.array([[1, 1, 1, 0, 0], [0, 1, 0, 1, 1], [0, 0, 0, 0, 0]], dtype=bool)


def hard_sigmoid(x: Tensor) -> Tensor:
    return torch.clamp(0.2 * x + 0.5, 0, 1)


def soft_sign(x: Tensor) -> Tensor:
    return x / (1 + x.abs())


HARD = {"recurrent_activation": hard_sigmoid}
KINDS = [
    pytest.param(SimpleRNN, {}, id="rnn"),
    pytest.param(SimpleRNN, {"activation": torch.relu}, id="rnn relu"),
    pytest.param(SimpleRNN, {"activation": soft_sign}, id="rnn softsign"),
    pytest.param(LSTM, {}, id="lstm"),
    pytest.param(LSTM, HARD, id="lstm hard sigmoid"),
    pytest.param(LSTM, {"bias": False}, id="lstm no bias"),
    pytest.param(GRU, {}, id="gru"),
    pytest.param(GRU, HARD, id="gru hard sigmoid"),
    pytest.param(GRU, {**HARD, "bias": False}, id="gru hard sigmoid no bias"),
    pytest.param(GRU, {"reset_after": False}, id="gru reset before"),
    pytest.param(GRU, {**HARD, "reset_after": False}, id="gru hard reset before"),
]
TORCH_TWINS = [(SimpleRNN, nn.RNN), (LSTM, nn.LSTM), (GRU, nn.GRU)]
each_kind = pytest.mark.parametrize(("kind", "options"), KINDS)


@each_kind
@pytest.mark.parametrize("mask", [None, MASK], ids=["whole", "masked"])
@pytest.mark.parametrize("start", [False, True], ids=["from zero", "from states"])
@pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
def test_every_step_follows_the_formula(
    kind: type[Recurrent], options: Any, mask: Any, start: bool, backwards: bool
) -> None:
    layer = _made(kind, options, go_backwards=backwards).double()
    inputs, states = _inputs(layer, start)
    given = None if mask is None else torch.tensor(mask)
    sequence, finals = layer(inputs, states, given)
    expected, last = _walk(layer, inputs, states, mask)
    np.testing.assert_allclose(sequence.detach(), expected, atol=1e-12)
    for final, wanted in zip(finals, last, strict=True):
        np.testing.assert_allclose(final.detach(), wanted, atol=1e-12)


@pytest.mark.parametrize("kind", [SimpleRNN, LSTM, GRU])
def test_masked_steps_at_the_start_show_the_starting_state_where_asked(
    kind: type[Recurrent],
) -> None:
    layer = _made(kind, {}, shows_start=True).double()
    inputs, states = _inputs(layer, start=True)
    sequence, _ = layer(inputs, states, torch.tensor(MASK))
    expected, _ = _walk(layer, inputs, states, MASK)
    expected[1, :1] = states[0][1]
    expected[2] = states[0][2]
    np.testing.assert_allclose(sequence.detach(), expected, atol=1e-12)


@pytest.mark.parametrize("kind", [SimpleRNN, LSTM, GRU])
def test_the_loop_and_the_kernel_of_torch_agree_in_gradients(kind: type[Recurrent]) -> None:
    quick = _made(kind, {})
    slow = copy.deepcopy(quick)
    slow.activation = lambda x: torch.tanh(x)
    inputs, states = _inputs(quick.double(), start=True)
    mask = torch.tensor(MASK)
    gradients = []
    for layer in (quick, slow.double()):
        fresh = inputs.clone().requires_grad_()
        sequence, finals = layer(fresh, states, mask)
        (sequence.square().sum() + sum(final.sum() for final in finals)).backward()
        learned = [p.grad for p in layer.parameters() if p.requires_grad]
        gradients.append([fresh.grad, *learned])
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize(
    ("layer", "learning"),
    [
        (SimpleRNN(4, 2), False),
        (LSTM(4, 2), False),
        (GRU(4, 2, reset_after=False), False),
        (GRU(4, 2), True),
    ],
    ids=repr,
)
def test_the_second_bias_learns_only_where_keras_has_two(layer: Recurrent, learning: bool) -> None:
    assert layer.bias_ih_l0.requires_grad
    assert layer.bias_hh_l0.requires_grad is learning
    assert learning or not layer.bias_hh_l0.any()


@pytest.mark.parametrize(("kind", "twin"), TORCH_TWINS)
def test_the_twin_of_torch_loads_the_weights_and_agrees(kind: Any, twin: Any) -> None:
    layer, plain = kind(FEATURES, UNITS), twin(FEATURES, UNITS, batch_first=True)
    assert isinstance(layer, twin)
    plain.load_state_dict(layer.state_dict(), strict=True)
    inputs, _ = _inputs(layer.double(), start=False)
    torch.testing.assert_close(layer(inputs)[0], plain.double()(inputs)[0])


@pytest.mark.parametrize(("kind", "twin"), TORCH_TWINS)
def test_the_kernel_of_torch_runs_whole_and_masked_batches(
    kind: Any, twin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer, calls = kind(FEATURES, UNITS, dropout=0.5), []

    def counted(kernel: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *given: (calls.append(given), kernel(*given))[1]

    monkeypatch.setattr(twin, "forward", counted(twin.forward))
    monkeypatch.setattr(torch, "lstm", counted(torch.lstm))
    inputs = torch.randn(BATCH, TIME, FEATURES)
    layer(inputs)
    layer(inputs, mask=torch.tensor(MASK))
    assert len(calls) == 2


@pytest.mark.parametrize("implementation", [1, 2])
@pytest.mark.parametrize(
    ("kind", "gate"),
    [(SimpleRNN, torch.ones_like), (LSTM, torch.ones_like), (GRU, torch.zeros_like)],
)
def test_dropout_is_one_mask_for_all_steps(
    kind: type[Recurrent], gate: Any, implementation: int
) -> None:
    torch.manual_seed(0)
    layer = kind(
        FEATURES,
        UNITS,
        activation=lambda x: x,
        recurrent_activation=gate,
        dropout=0.5,
        implementation=implementation,
    )
    nn.init.zeros_(layer.weight_hh_l0)
    inputs = torch.randn(BATCH, 1, FEATURES).expand(-1, TIME, -1)
    # Equal inputs and no recurrent share: each step adds the same, which an LSTM's cell sums up.
    steps = torch.arange(1, TIME + 1).reshape(-1, 1) if kind is LSTM else torch.ones(1, 1)
    each = layer(inputs)[0] / steps
    torch.testing.assert_close(each, each[:, :1].expand_as(each))
    assert not torch.allclose(each, layer.eval()(inputs)[0] / steps)


@pytest.mark.parametrize("implementation", [1, 2])
def test_dropout_zeroes_inputs_and_scales_the_rest(implementation: int) -> None:
    layer = SimpleRNN(
        9, 9, bias=False, activation=lambda x: x, dropout=0.5, implementation=implementation
    )
    nn.init.zeros_(layer.weight_hh_l0)
    nn.init.eye_(layer.weight_ih_l0)
    assert set(layer(torch.ones(4, 3, 9))[0].unique().tolist()) == {0.0, 2.0}


@pytest.mark.parametrize("options", [{"dropout": 0.5}, {"recurrent_dropout": 0.5}])
@pytest.mark.parametrize("implementation", [1, 2])
@pytest.mark.parametrize("kind", [SimpleRNN, LSTM, GRU])
def test_dropout_acts_in_training_only(
    kind: type[Recurrent], implementation: int, options: Any
) -> None:
    torch.manual_seed(1)
    layer = _made(kind, options, implementation=implementation)
    plain = _made(kind, {})
    plain.load_state_dict(layer.state_dict())
    inputs = torch.randn(BATCH, TIME, FEATURES)
    expected = plain(inputs)[0]
    assert not torch.allclose(layer(inputs)[0], expected)
    torch.testing.assert_close(layer.eval()(inputs)[0], expected)


@pytest.mark.parametrize("reset_after", [False, True])
@pytest.mark.parametrize(
    ("implementation", "carries_dropped", "wanted"),
    [(1, True, {1.0}), (2, True, {0.0, 4.0}), (2, False, {1.0})],
)
def test_recurrent_dropout_of_a_gru_carries_what_it_is_told(
    implementation: int, carries_dropped: bool, wanted: set[float], reset_after: bool
) -> None:
    # Update gate 1: the state is carried as it is, or as dropped at each step.
    layer = GRU(
        FEATURES,
        200,
        reset_after=reset_after,
        recurrent_dropout=0.5,
        implementation=implementation,
        carries_dropped=carries_dropped,
        recurrent_activation=torch.ones_like,
    )
    states = (torch.ones(1, 200),)
    sequence, _ = layer(torch.randn(1, 2, FEATURES), states)
    assert set(sequence[:, 1].unique().tolist()) == wanted


def test_recurrent_dropout_of_a_simple_rnn_multiplies_the_state() -> None:
    layer = SimpleRNN(1, 3, bias=False, activation=lambda x: x, recurrent_dropout=0.5)
    with torch.no_grad():
        layer.weight_ih_l0.zero_()
        layer.weight_hh_l0.copy_(torch.eye(3))
    torch.manual_seed(2)
    sequence, _ = layer(torch.zeros(4, 3, 1), (torch.ones(4, 3),))
    assert set(sequence[:, 0].unique().tolist()) == {0.0, 2.0}
    torch.testing.assert_close(sequence, sequence[:, :1] ** torch.tensor([[[1], [2], [3]]]))


@pytest.mark.parametrize("reset_after", [False, True])
def test_each_gate_has_its_own_mask_in_implementation_1(reset_after: bool) -> None:
    torch.manual_seed(3)
    layer = GRU(1, 2, reset_after=reset_after, recurrent_dropout=0.5, implementation=1)
    _, by_gate = layer.state_masks((torch.ones(50, 2),))
    assert by_gate is not None
    assert by_gate.shape == (3, 50, 2)
    assert not torch.equal(by_gate[0], by_gate[1])


@pytest.mark.parametrize("kind", [LSTM, GRU])
def test_masks_of_ones_for_each_gate_change_nothing(
    kind: type[Recurrent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kshim.nn.recurrent.keeping", lambda like, *_: torch.ones_like(like))
    for reset_after in [{"reset_after": False}, {}] if kind is GRU else [{}]:
        layer = _made(
            kind, reset_after, dropout=0.5, recurrent_dropout=0.5, implementation=1
        ).double()
        inputs, states = _inputs(layer, start=True)
        expected, _ = _walk(layer, inputs, states, None)
        np.testing.assert_allclose(layer(inputs, states)[0].detach(), expected, atol=1e-12)


@pytest.mark.parametrize("implementation", [1, 2])
@each_kind
def test_autocast_reaches_every_step_of_the_loop(
    kind: type[Recurrent], options: Any, implementation: int
) -> None:
    layer = _made(kind, options, implementation=implementation, recurrent_dropout=1e-9)
    inputs, states = _inputs(layer, start=True)
    expected = layer(inputs, states)[0]
    with torch.autocast("cpu", torch.bfloat16):
        sequence, _ = layer(inputs, states)
    torch.testing.assert_close(sequence.float(), expected, atol=0.1, rtol=0.1)


@pytest.mark.parametrize("options", [{}, {"recurrent_activation": hard_sigmoid}])
def test_compiled_and_copied_layers_agree(options: Any) -> None:
    layer = _made(LSTM, options)
    inputs = torch.randn(BATCH, TIME, FEATURES)
    expected = layer(inputs)[0]
    torch.testing.assert_close(copy.deepcopy(layer)(inputs)[0], expected)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = torch.compile(layer, backend="eager")(inputs)[0]
    torch.testing.assert_close(compiled, expected)


def test_fx_keeps_the_layer_as_a_leaf() -> None:
    class Leaves(torch.fx.Tracer):
        def is_leaf_module(self, module: nn.Module, name: str) -> bool:
            return isinstance(module, nn.RNNBase) or super().is_leaf_module(module, name)

    class First(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = LSTM(FEATURES, UNITS)

        def forward(self, inputs: Tensor) -> Any:
            return self.lstm(inputs)[0] * 2

    model = First()
    graph = Leaves().trace(model)
    traced = torch.fx.GraphModule(model, graph)
    assert "lstm" in [node.target for node in graph.nodes if node.op == "call_module"]
    inputs = torch.randn(BATCH, TIME, FEATURES)
    torch.testing.assert_close(traced(inputs), model(inputs))


def _made(kind: type[Recurrent], options: Any, **more: Any) -> Recurrent:
    """Return a layer whose weights, biases too, are large enough to tell formulas apart."""
    layer = kind(FEATURES, UNITS, **options, **more)
    for parameter in layer.parameters():
        if parameter.requires_grad:
            nn.init.normal_(parameter)
    return layer


def _inputs(layer: Recurrent, start: bool) -> tuple[Tensor, Any]:
    """Return inputs of the layer's type, and states to start from where asked."""
    generator = torch.Generator().manual_seed(0)
    kind = layer.weight_ih_l0.dtype
    inputs = torch.randn(BATCH, TIME, FEATURES, generator=generator, dtype=kind)
    states = tuple(
        torch.randn(BATCH, UNITS, generator=generator, dtype=kind) for _ in range(layer.state_count)
    )
    return inputs, states if start else None


def _walk(layer: Any, inputs: Tensor, states: Any, mask: Any) -> tuple[np.ndarray, list[Any]]:
    """Return every output and the last states, one sample and one step at a time."""
    x = inputs.numpy()
    mask = np.ones(x.shape[:2], dtype=bool) if mask is None else mask
    if layer.go_backwards:
        x, mask = x[:, ::-1], mask[:, ::-1]
    current = [
        np.zeros((len(x), UNITS)) if states is None else states[place].numpy().copy()
        for place in range(layer.state_count)
    ]
    outputs = np.zeros((*x.shape[:2], UNITS))
    for sample, step in np.ndindex(*x.shape[:2]):
        if mask[sample, step]:
            after = _step(layer, x[sample, step], [state[sample] for state in current])
            for state, value in zip(current, after, strict=True):
                state[sample] = value
            outputs[sample, step] = after[0]
        elif step:
            outputs[sample, step] = outputs[sample, step - 1]
    return outputs, current


def _step(layer: Any, x: np.ndarray, states: list[np.ndarray]) -> list[np.ndarray]:
    """Return the states after one step, by the formulas of Keras's manual."""
    weights = {name: value.detach().numpy() for name, value in layer.named_parameters()}
    gates = layer.gates
    kernel = np.split(weights["weight_ih_l0"], gates)
    recurrent = np.split(weights["weight_hh_l0"], gates)
    bias = np.split(weights.get("bias_ih_l0", np.zeros(gates * UNITS)), gates)
    second = np.split(weights.get("bias_hh_l0", np.zeros(gates * UNITS)), gates)
    act = _in_numpy(layer.activation)
    gate = _in_numpy(layer.recurrent_activation)
    h = states[0]
    share = [k @ x + b for k, b in zip(kernel, bias, strict=True)]
    if isinstance(layer, SimpleRNN):
        return [act(share[0] + recurrent[0] @ h)]
    if isinstance(layer, LSTM):
        i, f, g, o = (s + u @ h for s, u in zip(share, recurrent, strict=True))
        cell = gate(f) * states[1] + gate(i) * act(g)
        return [gate(o) * act(cell), cell]
    r = gate(share[0] + recurrent[0] @ h + second[0])
    z = gate(share[1] + recurrent[1] @ h + second[1])
    after = r * (recurrent[2] @ h + second[2])
    inner = after if layer.reset_after else recurrent[2] @ (r * h)
    return [z * h + (1 - z) * act(share[2] + inner)]


def _in_numpy(function: Callable[[Tensor], Tensor]) -> Callable[[np.ndarray], np.ndarray]:
    """Return an activation of arrays, the usual ones written anew."""
    known: dict[Any, Callable[[np.ndarray], np.ndarray]] = {
        torch.tanh: np.tanh,
        torch.sigmoid: lambda x: 1 / (1 + np.exp(-x)),
        torch.relu: lambda x: np.maximum(x, 0),
        hard_sigmoid: lambda x: np.clip(0.2 * x + 0.5, 0, 1),
        soft_sign: lambda x: x / (1 + np.abs(x)),
    }
    return known.get(function, lambda x: function(torch.tensor(x)).numpy())
