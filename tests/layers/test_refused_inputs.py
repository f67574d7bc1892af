"""What inputs every layer refuses, and in which words; and what only some layers refuse."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from sound_layers import IMAGE, SOUND, class_of, layer_of, refusal, run

from kshim import layers
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, KshimError, ShapeError
from kshim.layers import LSTM, Dense, Input, LSTMCell
from kshim.models import Sequential

IN_GRAPHS = [name for name, row in SOUND.items() if row.shapes]
# A function of the user's stands in these: what it raises is the user's.
RUN_USER_CODE = ("Lambda", "TorchModuleWrapper")


NO_TENSORS: list[Any] = [None, 3, "text", object(), [1.0, 2.0], {"a": 1}, np.array([["a"] * 4] * 2)]


@pytest.mark.parametrize("name", [name for name in IN_GRAPHS if name not in RUN_USER_CODE])
def test_what_is_no_tensor_is_refused(name: str) -> None:
    reads_data = isinstance(layer_of(name), layers.Normalization.__base__)
    for given in NO_TENSORS if name != "Identity" else []:
        if reads_data and given is not None and not isinstance(given, dict):
            continue  # these read lists, numbers and texts as scripts have them
        words = refusal(layer_of(name), given)
        assert re.match(rf"{class_of(name).__name__} '\w+': (inputs|query|value) ", words), words


@pytest.mark.parametrize("name", IN_GRAPHS)
def test_inputs_of_any_rank_are_taken_or_refused_in_one_sentence(name: str) -> None:
    if name in RUN_USER_CODE:
        return
    sizes = (3, 4, 5, 6, 7, 2)
    for rank in range(len(sizes) + 1):
        for inputs in (Input(sizes[:rank]), torch.ones(sizes[:rank])):
            try:
                layer_of(name)(inputs)
            except KshimError as error:
                assert "\n" not in str(error)
    for shapes in ([()], [(4,), (5,)], [(4,), (4, 5)], [(3, 4), (5, 6)], [(4,)] * 4):
        try:
            layer_of(name)([Input(shape) for shape in shapes])
        except KshimError as error:
            assert "\n" not in str(error)


RANKED = {
    name: len(SOUND[name].shapes[0]) + 1
    for name in IN_GRAPHS
    if re.search(r"\dD$", name) and name not in RUN_USER_CODE
} | dict.fromkeys(("GRU", "LSTM", "SimpleRNN", "CuDNNGRU", "CuDNNLSTM", "Bidirectional"), 3) | {
    "RepeatVector": 2, "Highway": 2, "MaxoutDense": 2, "TimeDistributedDense": 3,
}  # fmt: skip


@pytest.mark.parametrize("name", RANKED)
def test_another_rank_is_refused(name: str) -> None:
    rank = RANKED[name]
    for given in (rank - 1, rank + 1):
        shape = (3, 4, 5, 6, 7, 8)[: given - 1]
        for inputs in (Input(shape), torch.ones(2, *shape)):
            words = refusal(layer_of(name), inputs)
            told = f"inputs must have {rank} axes (the batch included), got {given}: shape"
            assert told in words


WINDOWED = [
    name for name in RANKED
    if re.match(r"(Conv|Separable|Depthwise|Local|Atrous|MaxP|AverageP|Cropping)", name)
    and "Transpose" not in name
]  # fmt: skip


@pytest.mark.parametrize("name", WINDOWED)
def test_inputs_smaller_than_the_window_are_refused(name: str) -> None:
    shape = (1,) * (RANKED[name] - 1)
    for inputs in (Input(shape), torch.ones(2, *shape)):
        words = refusal(layer_of(name), inputs)
        assert "inputs must be at least as large as the window on every axis, got" in words


WEIGHTED = [
    name for name in IN_GRAPHS
    if name not in ("Embedding", "TorchModuleWrapper") and len(SOUND[name].shapes) == 1
    and "kernel_initializer" in class_of(name).arguments
] + ["BatchNormalization", "LayerNormalization", "RMSNormalization", "GroupNormalization", "PReLU",
     "Normalization", "SReLU", "Highway", "RNN", "Bidirectional", "TimeDistributed",
     "SpectralNormalization"]  # fmt: skip


@pytest.mark.parametrize("name", WEIGHTED)
def test_other_features_at_the_second_call_are_refused(name: str) -> None:
    layer, (shape,) = layer_of(name), SOUND[name].shapes
    layer(Input(shape))
    words = refusal(layer, Input((*shape[:-1], shape[-1] + 1)))
    assert re.search(r"must have (size 4|the inputs' size)|as many axes", words), words


GAPPED = [
    name for name in IN_GRAPHS
    if {"strides", "dilation_rate"} <= set(class_of(name).arguments) and name != "Deconvolution2D"
]  # fmt: skip


@pytest.mark.parametrize("name", GAPPED)
@pytest.mark.parametrize("era", ["2.2", "2.15", "3"])
def test_strides_beside_dilation_are_refused(name: str, era: str) -> None:
    given = {"strides": 2, "dilation_rate": 2}
    with in_era(era):
        if era == "3" and ("Separable" in name or "Depthwise" in name):
            assert layer_of(name, **given).strides[0] == 2
        else:
            # Up to 2.3 some layers refuse it when they are built, not when they are made.
            told = refusal(run, name, **given)
            assert "strides must be 1 beside dilation_rate=(2" in told


# What only some layers refuse: the layer, its arguments, its inputs, and what is said.
ROWS: list[tuple[str, dict[str, Any], Any, str]] = [
    ("Conv1D", {"padding": "casual"}, (5, 4), "Did you mean 'causal'?"),
    ("Conv2D", {"padding": "causal"}, (5, 6, 4), "padding must be one of 'valid', 'same'"),
    ("Conv2D", {"groups": 3}, (5, 6, 4), "groups must divide the 4 channels of the inputs"),
    ("Conv2D", {}, (5, 6, None), "axis -1 of the inputs must be known to make weights"),
    ("Conv2DTranspose", {"output_padding": 2, "strides": 2}, (5, 6, 4), "less than the strides"),
    ("LocallyConnected1D", {"padding": "same"}, (5, 4), "padding must be valid, or same with impl"),
    ("LocallyConnected2D", {}, (None, 6, 4), "the sizes of the inputs must be known"),
    ("Deconvolution2D", {"output_shape": (7, 8)}, (5, 6, 4), "a tuple of 4 whole numbers of at"),
    ("ConvLSTM2D", {"stateful": True}, (3, 5, 6, 4), "a stateful layer must know its batch size"),
    ("LSTM", {"stateful": True}, (5, 4), "Give the first layer batch_input_shape="),
    ("Dense", {}, (None,), "axis -1 of the inputs must be known to make weights"),
    ("Dense", {}, (), "inputs must have at least 2 axes"),
    ("Dense", {}, [(4,), (4,)], "a tensor or an array of numbers, got a list of 2."),
    ("Activation", {}, [(4,), (4,)], "a tensor or an array of numbers, got a list of 2."),
    ("Reshape", {"target_shape": (5, 2)}, (3, 4), "must hold as many numbers as a sample"),
    ("Permute", {"dims": (1, 1)}, (3, 4), "dims must name every axis from 1 to 2 once"),
    ("Dropout", {"noise_shape": (2, 3)}, (4,), "noise_shape must stretch over inputs of shape"),
    ("AlphaDropout", {"noise_shape": (1, 2, 3)}, (4,), "noise_shape must stretch over inputs"),
    ("Softmax", {"axis": 4}, (3, 4), "axis must be axes of inputs of shape (None, 3, 4), got"),
    ("UnitNormalization", {"axis": (1, 4)}, (3, 4), "axis must be axes of inputs of shape"),
    ("LayerNormalization", {"axis": 4}, (3, 4), "inputs must have an axis 4"),
    ("GroupNormalization", {"groups": 3}, (5, 4), "groups must be a divisor of the 4 channels"),
    ("GroupNormalization", {"axis": 0}, (5, 4), "axis must be an axis behind the batch, got 0."),
    ("Normalization", {"axis": 0}, (5, 4), "axis must be an axis behind the batch"),
    ("Normalization", {"mean": 1.0}, (5, 4), "mean and variance must be given together"),
    ("PReLU", {"shared_axes": [3]}, (5, 4), "shared_axes must be axes from 1 to 2"),
    ("Embedding", {"input_length": 5}, (4,), "inputs must have the shape (batch, 5)"),
    ("TimeDistributed", {}, (4,), "inputs must have at least 3 axes (batch, time, ...)"),
    ("Bidirectional", {"layer": Dense(3)}, (5, 4), "layer must be a recurrent layer"),
    ("SpectralNormalization", {"layer": layers.ReLU()}, (4,), "a layer with a kernel or embedding"),
    ("Add", {}, (4,), "inputs must be a list, got one of shape (None, 4)."),
    ("Add", {}, [(4,), (5,)], "inputs must have shapes that fit together, got (4,) and (5,)."),
    ("Subtract", {}, [(4,)] * 3, "inputs must be 2, got 3."),
    ("Multiply", {}, [(2, 3), (4, 3)], "inputs must have shapes that fit together"),
    ("Average", {}, [(2, 3), (3, 2)], "inputs must have shapes that fit together"),
    ("Maximum", {}, [(4,), (5,)], "inputs must have shapes that fit together"),
    ("Minimum", {}, [(4,), (5,)], "inputs must have shapes that fit together"),
    ("Concatenate", {"axis": 1}, [(2, 3), (2, 4)], "must have the same shape but for axis 1"),
    ("Concatenate", {"axis": 4}, [(2, 3), (2, 3)], "must have the same shape but for axis 4"),
    ("Dot", {"axes": 1}, [(4,), (5,)], "inputs must have the same size along axes 1"),
    ("Dot", {"axes": 0}, [(4,), (4,)], "axes must be axes behind the batch"),
    ("Dot", {}, [(4,)] * 3, "inputs must be 2, got 3."),
    ("Merge", {"mode": "mul"}, [(4,), (5,)], "inputs must fit mode 'mul'"),
    ("Merge", {}, (4,), "inputs must be a list of 2 or more"),
    ("Attention", {}, [(3, 4), (5, 6)], "query and key must have as many axes and features"),
    ("Attention", {}, [(3, 4), (5, 4), (6, 4)], "value and key must have as many steps"),
    ("AdditiveAttention", {}, [(3, 4), (2, 5, 4)], "query and key must have as many axes"),
    ("MultiHeadAttention", {}, [(3, 4)], "value must be given, got no value."),
    ("MultiHeadAttention", {}, [(3, 4), (5, 4), (6, 4)], "value and key must have as many steps"),
    ("MultiHeadAttention", {"attention_axes": 3}, [(3, 4), (5, 4)], "axes between the batch and"),
    ("GroupQueryAttention", {"num_key_value_heads": 3}, [(3, 4), (5, 4)], "a divisor of 4, got 3."),
    ("EinsumDense", {}, (3, 4), "inputs must have as many axes as 'ab,bc->ac' names"),
    ("EinsumDense", {"output_shape": (3, 4)}, (4,), "output_shape must have a size for each lett"),
    ("CategoryEncoding", {"sparse": True}, (4,), "sparse outputs are not made."),
    ("Discretization", {"num_bins": 3}, (4,), "bin_boundaries and num_bins must not both be given"),
    ("HashedCrossing", {}, [(2,), (2,)], "inputs must all have the shape (batch,) or (batch, 1)"),
    ("IntegerLookup", {"vocabulary": [1, 1]}, (4,), "vocabulary must be a list of different token"),
    ("IntegerLookup", {"vocabulary": ["a"]}, (4,), "vocabulary must be a list of whole numbers"),
    ("StringLookup", {"vocabulary": "w.txt"}, (1,), "Read the file and give its lines."),
    ("StringLookup", {"idf_weights": [1.0]}, (1,), "idf_weights must be given with output_mode"),
    ("TextVectorization", {"vocabulary": []}, (1,), "TextVectorization 'layer': vocabulary must"),
    ("TextVectorization", {"ragged": True}, (1,), "ragged outputs are not made."),
    ("Rescaling", {"scale": [1.0, 2.0, 3.0]}, (5, 6, 4), "inputs must have 3 channels, as many as"),
    ("Resizing", dict.fromkeys(("crop_to_aspect_ratio", "pad_to_aspect_ratio"), True), IMAGE,
     "must not both be set"),
    ("ConvLSTM2D", {"unroll": True}, (3, 5, 6, 4), "unroll must be False, got True."),
    ("StackedRNNCells", {"cells": [LSTMCell(3), 4]}, None, "a cell, with call and state_size"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "given", "words"), ROWS)
def test_what_only_some_layers_refuse(
    name: str, arguments: dict[str, Any], given: Any, words: str
) -> None:
    shapes = given if isinstance(given, list) else [given]
    told = refusal(run, name, shapes if given is not None else None, name="layer", **arguments)
    assert told.startswith(class_of(name).__name__) and words in told, told


def test_what_a_layer_of_ones_own_raises_stays_as_it_is() -> None:
    class Picky(Dense):
        def call(self, inputs: Any) -> Any:
            raise RuntimeError("picky")

        def build(self, input_shape: Any) -> None:
            raise ZeroDivisionError("picky")

    with pytest.raises(ZeroDivisionError, match="picky"):
        Picky(3)(torch.ones(2, 4))
    layer = Picky(3)
    layer.built = True
    with pytest.raises(RuntimeError, match="picky"):
        layer(torch.ones(2, 4))


def test_a_list_of_one_is_that_one() -> None:
    assert Dense(3)([Input((4,))]).shape == (None, 3)
    assert Dense(3)([torch.ones(2, 4)]).shape == (2, 3)


def test_a_reshape_that_would_mix_samples_is_refused() -> None:
    layer = layers.Reshape((2, 2))
    with pytest.raises(ShapeError, match="must hold as many numbers as a sample"):
        layer(torch.ones(3, 4, 5))


def test_an_index_beyond_an_embedding_is_told_in_training_too() -> None:
    model = Sequential([layers.Embedding(6, 2, input_length=3), layers.Flatten()])
    with pytest.raises(ArgumentError, match=r"whole numbers below 6 \(embedding\)"):
        model.predict(np.full((2, 3), 7), verbose=0)


CALLS: list[tuple[Callable[[], Any], str]] = [
    (lambda: Dense(3)(), "inputs must be given, got none."),
    (lambda: Dense(3)(X, X), "inputs must be one, or a list of them, got 2 side by side."),
    (lambda: Dense(3)(X, trianing=True), "got 'trianing'. Did you mean 'training'?"),
    (lambda: LSTM(3)(S, inital_state=1), "got 'inital_state'. Did you mean 'initial_state'?"),
    (lambda: LSTM(3)(S, initial_state=[X]), "initial_state must be 2 tensors, got 1."),
    (lambda: LSTM(3)(S, initial_state=[X, X]), "must have the shapes (None, 3), (None, 3), got"),
    (lambda: layers.RNN(LSTMCell(3))(S, initial_state=[X]), "must be 2 tensors, got 1."),
    (lambda: layers.Bidirectional(LSTM(3))(S, initial_state=[X]), "must be 4 tensors, got 1."),
    (lambda: layers.add(3), "inputs must be a list of tensors, got 3."),
    (lambda: layers.add([]), "inputs must be a list of tensors, got []."),
    (lambda: layers.dot([X, X], axes="x"), "axes must be a whole number or two of them"),
    (lambda: layers.merge(3), "inputs must be a list of tensors, got 3."),
    (lambda: layers.concatenate(X), "inputs must be a list, got one of shape (None, 4)."),
    (lambda: Input(), "Input: shape must be given, got none."),
    (lambda: Input("wide"), "Input: shape must be a tuple of whole numbers of at least 0 or None"),
    (lambda: Input((-1,)), "Input: shape must be a tuple of whole numbers of at least 0 or None"),
    (lambda: Input(batch_shape=(2.5, 3)), "Input: batch_shape must be a tuple of whole numbers"),
    (lambda: Input((3,), batch_size=-2), "Input: batch_size must be a whole number of at least 0"),
    (lambda: Input((3,), dtype="flot32"), "dtype must be the name of a type, got 'flot32'."),
    (lambda: Input((3,), batch_sise=2), "got 'batch_sise'. Did you mean 'batch_size'?"),
    (lambda: layers.InputLayer((3,), nme="x"), "got 'nme'. Did you mean 'name'?"),
    (lambda: Dense(3, dtype="flot32")(X), "dtype must be the name of a type, got 'flot32'."),
    (lambda: Dense(3, weights=[np.ones(2)])(X), "weights must be 2 arrays"),
    (lambda: LSTM(3).reset_states(), "must be made with stateful=True before its states are"),
    (lambda: layers.Normalization().adapt("x"), "data must be an array of numbers, got texts."),
    (lambda: layers.StringLookup().adapt(3), "data must be an array, a tensor or batches of"),
    (lambda: layers.deserialize({"class_name": "Dens", "config": {}}), "Did you mean 'Dense'?"),
    (lambda: layers.deserialize(3), "layer must be a name, a config or a layer, got 3."),
]
X, S = Input((4,)), Input((5, 4))


@pytest.mark.parametrize(("call", "words"), CALLS)
def test_calls_that_no_layer_takes_are_refused(call: Callable[[], Any], words: str) -> None:
    assert words in refusal(call)
