"""What arguments every layer refuses, and in which words: one table for all alike."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from sound_layers import SOUND, class_of, layer_of, refusal, run

from kshim import layers
from kshim.core.arguments import REQUIRED
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, KshimError
from kshim.layers import Dense, Input, Layer

BASES = ("AbstractRNNCell", "Layer", "Operation", "Wrapper")
FOREIGN = {
    "DenseFeatures": "StringLookup", "FlaxLayer": "TorchModuleWrapper",
    "JaxLayer": "TorchModuleWrapper", "TFSMLayer": "load_model",
}  # fmt: skip


def test_every_public_layer_stands_in_the_table() -> None:
    public = {getattr(layers, name) for name in layers.__all__}
    found = {kind for kind in public if isinstance(kind, type) and issubclass(kind, Layer)}
    assert {class_of(name) for name in SOUND} == found - {
        class_of(name) for name in (*BASES, *FOREIGN)
    }


# Words of the constructor.


@pytest.mark.parametrize("name", SOUND)
def test_words_that_are_missing_unknown_or_told_twice_are_named(name: str) -> None:
    kind, row = class_of(name), SOUND[name]
    who = f"{kind.__name__}: "
    for word in kind.arguments:
        if kind.arguments[word].default is REQUIRED:
            less = {key: value for key, value in row.arguments.items() if key != word}
            assert refusal(kind, **less) == f"{who}{word} must be given, got no value."
        if "__init__" not in vars(kind):
            near = refusal(layer_of, name, **{f"{word}x": 1})
            assert near.startswith(who) and near.endswith(f"got '{word}x'. Did you mean '{word}'?")
    if name not in ("InputLayer", "TorchModuleWrapper"):
        assert refusal(layer_of, name, zzzz=1).endswith("got 'zzzz'.")
        refusal(kind, *range(40))
    assert refusal(layer_of, name, name=3).endswith("name must be a text, got 3.")


COMMON: list[tuple[dict[str, Any], str]] = [
    ({"trainable": "yes"}, "trainable must be True or False, got 'yes'."),
    ({"input_shape": (-2,)}, "input_shape must be a tuple of whole numbers of at least 0 or None"),
    ({"input_shape": "wide"}, "input_shape must be a tuple of whole numbers of at least 0 or None"),
    ({"batch_input_shape": (2, 2.5)}, "batch_input_shape must be a tuple of whole numbers"),
    ({"input_dim": "four"}, "input_dim must be a whole number of at least 0, got 'four'."),
    ({"input_dim": 4, "input_length": -1}, "input_length must be a whole number of at least 0"),
    ({"input_shape": (4,), "batch_size": 0.5}, "batch_size must be a whole number of at least 0"),
]


@pytest.mark.parametrize(("given", "words"), COMMON)
def test_common_arguments_are_checked(given: dict[str, Any], words: str) -> None:
    assert f"Dense: {words}" in refusal(Dense, 3, **given)


# Arguments: the name, a value that no layer takes under it, and what is said.
WHOLE, FROM_1 = "a whole number", "a whole number of at least 1"
ARGUMENTS: list[tuple[str, Any, str]] = [
    ("units", 0, FROM_1), ("units", -3, FROM_1), ("units", 2.5, FROM_1), ("units", "3", FROM_1),
    ("units", float("nan"), FROM_1), ("units", float("inf"), FROM_1), ("units", 10**30, "in 64 b"),
    ("filters", 0, FROM_1), ("filters", -1, FROM_1), ("filters", 1.5, FROM_1),
    ("filters", None, FROM_1), ("kernel_size", 0, "each at least 1"),
    ("kernel_size", -1, "each at least 1"), ("kernel_size", "wide", "each at least 1"),
    ("kernel_size", (3, 3, 3, 3), "each at least 1"), ("kernel_size", b"3", "each at least 1"),
    ("strides", 0, "each at least 1"), ("strides", (1, 1, 1, 1), "each at least 1"),
    ("dilation_rate", 0, "each at least 1"), ("dilation_rate", 1.5, "each at least 1"),
    ("padding", "smae", "Did you mean 'same'?"), ("padding", "full", "one of 'valid', 'same'"),
    ("output_padding", -1, "each at least 0"), ("groups", -2, ""),
    ("depth_multiplier", 0, FROM_1), ("pool_size", 0, "each at least 1"),
    ("pool_size", "big", "each at least 1"), ("size", 0, "each at least 1"),
    ("output_size", 0, "each at least 1"), ("cropping", -1, "of at least 0"),
    ("cropping", {"top": 1}, "of at least 0"), ("n", 0, FROM_1), ("input_dim", 0, FROM_1),
    ("output_dim", -1, FROM_1), ("nb_feature", 0, FROM_1), ("num_heads", 0, FROM_1),
    ("key_dim", 0, FROM_1), ("value_dim", -1, FROM_1), ("head_dim", 0, FROM_1),
    ("num_query_heads", 0, FROM_1), ("num_key_value_heads", 0, FROM_1),
    ("attention_axes", "x", f"{WHOLE} or several"), ("power_iterations", 0, FROM_1),
    ("num_tokens", 0, FROM_1), ("num_bins", -1, f"{WHOLE} of at least "), ("height", 0, FROM_1),
    ("width", -1, FROM_1), ("max_tokens", 1, f"{WHOLE} of at least 2"),
    ("num_oov_indices", -1, f"{WHOLE} of at least 0"), ("output_sequence_length", -1, f"{WHOLE} "),
    ("ngrams", 0, FROM_1), ("ngrams", [[1], 2], FROM_1), ("seed", "seven", WHOLE),
    ("data_format", "NHWC", "one of 'channels_last', 'channels_first', got 'NHWC'."),
    ("data_format", "chanels_last", "Did you mean 'channels_last'?"), ("data_format", 1, "one of"),
    ("activation", "rellu", "Did you mean 'relu'?"), ("activation", 3, "a name, a config or "),
    ("recurrent_activation", "sigmod", "Did you mean 'sigmoid'?"),
    ("_initializer", "glorot_unifrom", "Did you mean 'glorot_uniform'?"),
    ("_initializer", 3, "a name, a config or an initializer"),
    ("_regularizer", "l3", "the name of a known regularizer"),
    ("_constraint", "non_neng", "Did you mean 'non_neg'?"), ("rate", 1.5, "a number "),
    ("rate", -0.1, "a number "), ("rate", "half", "a number "), ("rate", float("nan"), "a number"),
    ("dropout", 1.5, "a number between 0 and 1"), ("dropout", -1, "a number between 0 and 1"),
    ("recurrent_dropout", 2, "a number between 0 and 1"), ("stddev", -1, "a number of at least 0"),
    ("noise_shape", (0, 4), "a tuple of whole numbers of at least 1 or None"),
    ("noise_shape", "x", "a tuple of whole numbers of at least 1 or None"),
    ("use_bias", "yes", "True or False"), ("center", 2, "True or False"),
    ("scale", "no", ""), ("use_scale", None, "True or False"), ("mask_zero", "0", "True or False"),
    ("return_sequences", "yes", "True or False"), ("return_state", 2, "True or False"),
    ("go_backwards", None, "True or False"), ("stateful", "x", "True or False"),
    ("unroll", 1.5, "True or False"), ("reset_after", "no", "True or False"),
    ("unit_forget_bias", [1], "True or False"), ("keepdims", "no", "True or False"),
    ("normalize", 3, "True or False"), ("sparse", "no", "True or False"),
    ("pad_to_max_tokens", "x", "True or False"), ("invert", 5, "True or False"),
    ("implementation", [2], "one of 1, 2"), ("implementation", 7, "one of 1, 2"),
    ("momentum", 2, "a number between 0 and 1"), ("epsilon", -1, "a number"),
    ("axis", "last", WHOLE), ("axis", 1.5, WHOLE), ("axes", "x", WHOLE), ("axes", (1, 2, 3), WHOLE),
    ("shared_axes", "x", f"{WHOLE} or several"), ("dims", "ab", "a tuple of whole numbers"),
    ("target_shape", "flat", "a tuple of whole numbers"), ("target_shape", (-2,), "of at least -1"),
    ("l1", -1, "a number of at least 0"), ("l2", "x", "a number of at least 0"),
    ("max_value", -1, "a number of at least 0"), ("negative_slope", -1, "a number of at least 0"),
    ("threshold", -1, "a number of at least 0"), ("alpha", "x", "a number"),
    ("theta", None, "a number"), ("merge_mode", "cat", "one of 'concat', 'sum', 'mul', 'ave'"),
    ("layer", 3, "a layer, got 3."), ("backward_layer", 3, "a layer, got 3."),
    ("cell", 3, "a cell, with call and state_size"), ("cells", [], "a list of cells"),
    ("cells", 3, "a list of cells"), ("function", 3, "a function, got 3."),
    ("arguments", 3, "keywords by name"), ("equation", "abc", "an equation such as"),
    ("bias_axes", 3, "a text"), ("score_mode", "dots", "Did you mean 'dot'?"),
    ("mode", "concta", "Did you mean 'concat'?"), ("mode", np.ones(3), "one of sum"),
    ("mode", "horizontl", "Did you mean 'horizontal'?"), ("mode", 5, "one of "),
    ("layers", [1, 2], "a list of "), ("node_indices", "x", f"{WHOLE} or several"),
    ("output_mode", "cuont", ""), ("bin_boundaries", [2.0, 1.0], "numbers in rising order"),
    ("bin_boundaries", "x", "numbers in rising order"), ("salt", [1, 2, 3], f"{WHOLE} or two"),
    ("salt", [[1], 2], f"{WHOLE} or two"), ("mask_value", [], ""), ("vocabulary", "words.txt", ""),
    ("vocabulary", 3, "a list of "), ("vocabulary", [[1], [2]], "a list of "),
    ("idf_weights", "x", "a list of numbers"), ("idf_weights", [[1], 2], "a list of numbers"),
    ("standardize", "lowr", "Did you mean 'lower'?"), ("split", "whitspace", "'whitespace'?"),
    ("scale", [[1], 2], ""), ("offset", "x", "a number"), ("offset", [], "one for each channel"),
    ("interpolation", "bilinaer", "Did you mean 'bilinear'?"), ("fill_value", "x", "number"),
    ("fill_mode", "reflct", "one of "), ("factor", "far", "a number"),
    ("factor", [[1], 2], "a number"), ("factor", (1, 2, 3), "a number"), ("factor", -9, "a number"),
    ("height_factor", 3, "a number between -1 and 1"), ("width_factor", "x", "a number"),
    ("value_range", (1, 1), "two numbers that differ"), ("value_range", 3, "a number or two"),
    ("use_cudnn", "maybe", "one of 'auto', True, False"),
    ("alpha", "x", "a number"), ("clip_limit", -1, "a number of at least 0"), ("bins", 0, FROM_1),
    ("tile_grid_size", 0, "each at least 1"), ("tile_grid_size", (1, 2, 3), "each at least 1"),
    ("kernel_size", 2.5, "each at least 1"), ("sigma", 2, "a number between 0 and 1"),
    ("sigma", "wide", "a number between 0 and 1"), ("max_number", -1, f"{WHOLE} of at least 0"),
    ("num_ops", -1, f"{WHOLE} of at least 0"), ("num_chains", 0, FROM_1),
    ("chain_depth", -1, f"{WHOLE} of at least 0"), ("all_ops", "all", "True or False"),
    ("x_factor", -0.5, "a number between 0 and 1"), ("y_factor", 2, "a number between 0 and 1"),
    ("addition_factor", 2, "a number between 0 and 1"), ("threshold_factor", (0, 3), "a number"),
    ("brightness_factor", 2, "a number between -1 and 1"), ("hue_factor", -1, "a number between 0"),
    ("contrast_factor", -1, "a number between 0 and 1"), ("saturation_factor", [1], "a number or"),
]  # fmt: skip
# Of these some layers take the value: a turn may be of any size.
TAKEN = [("RandomRotation", "factor", -9)]


def _with_argument(word: str, value: Any) -> list[tuple[str, str]]:
    """Return each layer that has the argument, and the argument, for `_initializer` all such."""
    pairs = [(name, argument) for name in SOUND for argument in class_of(name).arguments]
    found = [(n, a) for n, a in pairs if (a.endswith(word) if word[0] == "_" else a == word)]
    return [(n, a) for n, a in found if not _means_another(n, a, value)]


def _means_another(name: str, argument: str, value: Any) -> bool:
    """Return whether the layer's argument is another one of the same name."""
    modes = {"horizontl": "RandomFlip", "5": "BatchNormalization"}
    return (
        (argument == "padding" and "ZeroPadding" in name)
        or (argument == "mode" and name != modes.get(str(value), "Merge"))
        or any((name, argument) == row[:2] and row[2] is value for row in TAKEN)
    )


@pytest.mark.parametrize(("word", "value", "words"), ARGUMENTS)
def test_a_value_no_layer_takes_is_refused_by_each(word: str, value: Any, words: str) -> None:
    having = _with_argument(word, value)
    assert having
    for name, argument in having:
        told = refusal(run, name, **{argument: value})
        assert re.match(rf"{class_of(name).__name__}( '\w+')?: {argument} must be ", told), told
        assert words in told


# Values of every kind, under every argument of every layer: taken, or refused in kshim's words.
STRANGE = [
    -1, 0, 2.5, "nonsense", None, [], (), object(), {"a": 1}, (1, 2, 3, 4, 5, 6, 7), -0.5,
    float("nan"), float("inf"), True, b"x", (-1, -1), (0, 0), "", np.ones(3), [None], 10**30,
    [[1, 2], [3]],
]  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SOUND)
def test_no_argument_meets_a_bare_error(name: str) -> None:
    for argument in class_of(name).arguments:
        for value in STRANGE:
            try:
                run(name, **{argument: value})
            except KshimError as error:
                assert class_of(name).__name__ in str(error) and "\n" not in str(error)


@pytest.mark.parametrize("word", ["kernel_initializer", "bias_initializer"])
def test_no_initializer_is_the_usual_one_from_tf_keras_on(word: str) -> None:
    with in_era("2.2"), pytest.raises(ArgumentError, match=f"Dense: {word} must be the name of an"):
        Dense(400, **{word: None})
    layer = Dense(400, **{word: None})
    layer(Input((200,)))
    # Recorded of tf.keras 2.15: glorot_uniform, of the bias with 400 inputs and outputs.
    found = layer.get_weights()[word == "bias_initializer"]
    limit = {"kernel_initializer": 0.1, "bias_initializer": (6 / 800) ** 0.5}[word]
    assert 0.95 * limit < np.abs(found).max() <= limit


@pytest.mark.parametrize("name", FOREIGN)
def test_layers_of_other_frameworks_are_refused_with_the_way_on(name: str) -> None:
    told = refusal(class_of(name), "anything", units=3)
    assert told.startswith(f"{name}: ") and "not here" in told
    read = {"class_name": name, "config": {"name": "foreign"}}
    assert refusal(layers.deserialize, read) == told
    assert FOREIGN[name] in told
