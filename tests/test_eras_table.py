"""What differs between the Kerases in layers, initializers and activations, row by row.

Each row names recorded cases, and says which eras gave the same and which did not: those joined by
`=` agree, those apart by `|` differ. The recordings are held to that, and kshim, in each era, to
the recording. Rows of one era are there for what only it has.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from kshim import layers
from tests import test_conformance as of_layers
from tests import test_conformance_dropping as of_dropping
from tests import test_conformance_functions as of_functions
from tests import test_conformance_models as of_models
from tests.recorded import RECORDED, Recorded, recorded, recorded_models

pytestmark = pytest.mark.filterwarnings("ignore::kshim.core.arguments.OldWord")

ALL = "1.2 = 2.2 = 2.3 = 2.15 = 3"
LATER = "2.2 = 2.3 = 2.15 = 3"
NEW = "2.15 = 3"


@dataclass(frozen=True)
class Row:
    """Say in what matter the eras differ, which recorded case shows it, and in which value of it.

    Args:
        case: its kind and its name, `layers/lstm_plain`.
        what: one of its arrays; `shapes`, `names` or `initial` of its weights; `config.` with a
            key; else a key of its row.
        eras: `1.2 = 2.2 | 2.3`.
    """

    matter: str
    case: str
    what: str
    eras: str

    @property
    def groups(self) -> list[list[str]]:
        """Return the eras that agree, group by group."""
        return [group.split(" = ") for group in self.eras.split(" | ")]

    @property
    def all_eras(self) -> list[str]:
        """Return the eras of all groups."""
        return [era for group in self.groups for era in group]

    def of(self, era: str) -> Recorded:
        """Return the case that the Keras of an era was recorded with."""
        kind, name = self.case.split("/")
        found = _CASES[kind].get((name, era))
        assert found is not None, f"{self.case} must be recorded in {era}, got nothing."
        return found

    def value(self, era: str) -> Any:
        """Return what shows the matter, as it was in an era."""
        return _shown(self.of(era), self.what)


# The first batch after which statistics have moved, and which weight of BatchNormalization moved.
_MEAN, _VARIANCE = "after_batch_0_weight_2", "after_batch_0_weight_3"
NORMALIZATION = [
    Row("epsilon is 1e-3", "layers/batch_normalization_rank_2", "output_0", ALL),
    Row("momentum is 0.99", "layers/batch_normalization_rank_2", "config.momentum", ALL),
    Row("the mean moves", "layers/batch_normalization_rank_4", _MEAN, "1.2 = 2.3 = 2.15 = 3 | 2.2"),
    Row(
        "an axis is a list in files",
        "layers/batch_normalization_rank_2",
        "config.axis",
        "1.2 = 2.2 = 2.3 = 3 | 2.15",
    ),
    Row("the axis is the last", "layers/batch_normalization_rank_4", "output_0", ALL),
    Row(
        "the variance that moves",
        "layers/batch_normalization_rank_2",
        _VARIANCE,
        "1.2 = 2.15 = 3 | 2.2 | 2.3",
    ),
    Row(
        "the variance that moves, of images",
        "layers/batch_normalization_rank_4",
        _VARIANCE,
        "1.2 = 3 | 2.2 | 2.3 | 2.15",
    ),
    Row("mode 1 goes by sample", "layers/batch_normalization_mode_1", "output_0", "1.2"),
    Row("mode 2 goes by batch", "layers/batch_normalization_mode_2", "output_0", "1.2"),
    Row(
        "frozen, what training sees",
        "layers/batch_normalization_frozen",
        "training_output_0",
        "1.2 = 2.2 = 2.3 | 2.15 = 3",
    ),
    Row(
        "frozen, whether statistics move",
        "layers/batch_normalization_frozen",
        _MEAN,
        "1.2 | 2.2 = 2.3 = 2.15 = 3",
    ),
    Row(
        "the names of the weights",
        "layers/batch_normalization_rank_2",
        "names",
        "1.2 | 2.2 = 2.3 = 2.15 = 3",
    ),
    Row(
        "the least epsilon of the fused kernel, at rest",
        "layers/batch_normalization_small_variance",
        "output_0",
        "1.2 = 2.15 = 3 | 2.2 = 2.3",
    ),
    Row(
        "the least epsilon of the fused kernel, in training",
        "layers/batch_normalization_small_rank_4",
        "training_output_0",
        "1.2 = 2.15 = 3 | 2.2 = 2.3",
    ),
    Row(
        "masked steps",
        "layers/batch_normalization_masked",
        "training_output_0",
        "1.2 = 2.2 = 2.3 | 2.15 = 3",
    ),
    Row(
        "masked steps of images",
        "layers/batch_normalization_masked_rank_4",
        "training_output_0",
        "1.2 = 2.2 = 2.15 | 3",
    ),
    Row("LayerNormalization", "layers/layer_normalization_plain", "output_0", NEW),
    Row("its epsilon is 1e-3", "layers/layer_normalization_plain", "config.epsilon", NEW),
    Row("GroupNormalization's groups", "layers/group_normalization_plain", "config.groups", NEW),
    Row("GroupNormalization's epsilon", "layers/group_normalization_plain", "config.epsilon", NEW),
]
RECURRENT = [
    Row(
        "inner activation of an LSTM",
        "layers/lstm_of_the_era",
        "output_0",
        "1.2 = 2.2 | 2.3 = 2.15 = 3",
    ),
    Row(
        "inner activation of a GRU, and its reset",
        "layers/gru_of_the_era",
        "output_0",
        "1.2 = 2.2 | 2.3 | 2.15 = 3",
    ),
    Row(
        "inner activation of a ConvLSTM2D",
        "layers/convlstm_2d_plain",
        "output_0",
        "2.2 = 2.3 = 2.15 | 3",
    ),
    Row("the same in Keras 1", "layers/convlstm_2d_plain", "output_0", "1.2"),
    Row(
        "hard_sigmoid",
        "functions/activations_hard_sigmoid_4x6",
        "value",
        "1.2 = 2.2 = 2.3 = 2.15 | 3",
    ),
    Row(
        "hard_sigmoid's slope",
        "functions/activations_hard_sigmoid_2x3x4",
        "gradient",
        "1.2 = 2.2 = 2.3 = 2.15 | 3",
    ),
    Row("a GRU's reset", "layers/gru_sigmoid_1", "output_0", "2.2 = 2.3 | 2.15 = 3"),
    Row("a GRU's bias", "layers/gru_plain", "shapes", "1.2 | 2.2 = 2.3 | 2.15 = 3"),
    Row("a GRU's update", "layers/gru_reset_after_sigmoid", "output_0", LATER),
    Row("a GRU's update, reset before", "layers/gru_of_the_era_told", "output_0", ALL),
    Row("order of an LSTM's gates in one kernel", "layers/lstm_of_the_era_told", "output_0", ALL),
    Row("an LSTM's arrays", "layers/lstm_plain", "names", "1.2 | 2.2 = 2.3 = 2.15 = 3"),
    Row("a GRU's arrays", "layers/gru_plain", "names", "1.2 | 2.2 = 2.3 = 2.15 = 3"),
    Row(
        "the forget gate's first bias", "layers/lstm_plain", "initial", "1.2 | 2.2 = 2.3 = 2.15 = 3"
    ),
    Row("the same, without", "layers/lstm_no_forget_bias", "initial", LATER),
    Row(
        "first recurrent kernel of an LSTM",
        "initializers/first_lstm_recurrent",
        "deviation",
        "1.2 | 2.2 = 2.3 = 2.15 = 3",
    ),
    Row(
        "first recurrent kernel of a GRU",
        "initializers/first_gru_recurrent",
        "deviation",
        "1.2 | 2.2 = 2.3 = 2.15 = 3",
    ),
    Row(
        "first recurrent kernel of a SimpleRNN: the gain of 1.1",
        "initializers/first_simplernn_recurrent",
        "deviation",
        "1.2 | 2.2 = 2.3 = 2.15 = 3",
    ),
    *[
        Row(
            f"Keras 1's inner_init, {way}",
            f"initializers/first_lstm_recurrent_{way}",
            "highest",
            "1.2",
        )
        for way in ("cpu", "mem", "gpu")
    ],
    Row(
        "first kernel of an LSTM: fans of a gate, or of all",
        "initializers/first_lstm_kernel",
        "deviation",
        "1.2 | 2.2 = 2.3 = 2.15 = 3",
    ),
    Row("implementation", "layers/lstm_plain", "config.implementation", "2.2 | 2.3 = 2.15"),
    Row(
        "dropped inputs, in the usual way",
        "dropping/lstm_inputs",
        "shares",
        "1.2 = 2.2 | 2.3 = 2.15 = 3",
    ),
    Row("dropped inputs, gates apart", "dropping/lstm_inputs_1", "shares", ALL[:-4]),
    Row("dropped inputs, gates alike", "dropping/lstm_inputs_2", "shares", ALL),
    Row(
        "dropped state, in the usual way",
        "dropping/lstm_state",
        "shares",
        "1.2 = 2.2 = 2.15 = 3 | 2.3",
    ),
    Row(
        "dropped state forces gates apart",
        "dropping/lstm_state_2",
        "shares",
        "1.2 = 2.2 = 2.3 | 2.15 = 3",
    ),
    Row(
        "and those of the inputs with them",
        "dropping/lstm_both_2",
        "shares",
        "1.2 = 2.2 = 2.3 | 2.15 = 3",
    ),
    Row(
        "what of a dropped state a GRU carries",
        "dropping/gru_state_2",
        "shares",
        "1.2 | 2.2 = 2.3 | 2.15 = 3",
    ),
    Row(
        "dropped inputs of a GRU",
        "dropping/gru_inputs",
        "shares",
        "1.2 = 2.2 | 2.3 = 2.15 = 3",
    ),
    Row("all steps drop alike", "dropping/lstm_steps", "shares", ALL),
    Row("ConvLSTM2D drops gates apart", "dropping/convlstm2d_state", "shares", ALL),
    Row("a masked step of an LSTM", "layers/lstm_of_the_era_masked", "output_0", ALL),
    Row("a masked step of a GRU", "layers/gru_of_the_era_masked", "output_0", ALL),
    Row("a masked start", "layers/lstm_of_the_era_masked_start", "output_0", ALL),
    Row("zeros at masked steps", "layers/lstm_zero_output_for_mask", "output_0", NEW),
    Row("backwards", "layers/lstm_of_the_era_backwards", "output_0", ALL),
    Row("backwards, a GRU", "layers/gru_of_the_era_backwards", "output_0", ALL),
    Row("stateful", "layers/lstm_stateful", "call_1_output_0", "2.2 | 2.3 = 2.15 = 3"),
    Row("stateful in Keras 1", "layers/lstm_stateful", "call_1_output_0", "1.2"),
    Row("time first", "layers/lstm_time_major", "output_0", "2.15"),
    Row("CuDNNLSTM's weights", "layers/cudnnlstm_plain", "shapes", "2.2 = 2.3"),
    Row("CuDNNGRU's weights", "layers/cudnngru_plain", "shapes", "2.2 = 2.3"),
    Row("files of CuDNN layers", "models/cudnn", "output_0", "2.2"),
    *[
        Row(f"Bidirectional: {mode}", f"layers/bidirectional_{mode}_sequences", "output_0", eras)
        for mode in ("concat", "sum", "mul", "ave", "None")
        for eras in ("1.2", "2.2 | 2.3 = 2.15 = 3")
    ],
    Row("backward_layer", "layers/bidirectional_backward_layer", "output_0", NEW),
    *[
        Row(f"files of Keras 1's {way}", f"models/recurrent_{way}", "output_0", "1.2")
        for way in ("cpu", "mem", "gpu")
    ],
    Row("files of Keras 1's Conv1D", "models/conv_1d", "output_0", "1.2"),
    Row("files of Keras 1's th kernels", "models/cnn_th", "output_0", "1.2"),
    Row("files of Keras 1's Deconvolution2D", "models/deconvolution", "output_0", "1.2"),
]
CORE = [
    Row("a Dense kernel", "layers/dense", "shapes", ALL),
    Row("its first values", "initializers/first_dense", "deviation", ALL),
    Row("its first bias", "layers/dense", "initial", ALL),
    Row("a convolution's kernel", "layers/conv_2d_plain", "shapes", ALL),
    Row("its first values", "initializers/first_convolution", "deviation", ALL),
    Row(
        "the kernel of channels_first",
        "layers/conv_2d_channels_first",
        "shapes",
        "1.2 | 2.2 = 2.3 = 2.15 = 3",
    ),
    Row("channels are last", "layers/conv_2d_plain", "output_0", ALL),
    Row("groups", "layers/conv_2d_groups", "output_0", NEW),
    Row(
        "the format of a Conv1D that is told none",
        "layers/conv1d_where_channels_are_first",
        "output_0",
        "2.2 = 2.3 = 2.15 | 3",
    ),
    Row(
        "the same of a SeparableConv1D",
        "layers/separableconv1d_where_channels_are_first",
        "shapes",
        "2.2 = 2.3 | 2.15 = 3",
    ),
    *[
        Row(
            f"the same of a {name}",
            f"layers/{name.lower()}_where_channels_are_first",
            "output_0",
            "2.2 = 2.3 = 2.15 | 3",
        )
        for name in ("MaxPooling1D", "GlobalAveragePooling1D", "ZeroPadding1D")
    ],
    Row("same, even sizes", "layers/conv_2d_same_strided_even", "output_0", ALL),
    Row("same, odd sizes", "layers/conv_2d_same_strided_odd", "output_0", ALL),
    Row("causal", "layers/conv_1d_causal", "output_0", LATER),
    Row("transposed, sizes", "layers/conv_2d_transpose_plain", "output_shape", ALL),
    Row("the same, padded", "layers/conv_2d_transpose_same_strided", "output_shape", ALL),
    Row(
        "transposed, the kernel",
        "layers/conv_2d_transpose_plain",
        "shapes",
        "1.2 | 2.2 = 2.3 = 2.15 = 3",
    ),
    Row(
        "transposed, kernel below the stride",
        "layers/conv_2d_transpose_stride_above_kernel",
        "output_shape",
        LATER,
    ),
    Row("output_padding", "layers/conv_2d_transpose_output_padding", "output_shape", LATER),
    Row("a depthwise kernel", "layers/depthwiseconv_2d_multiplied", "shapes", LATER),
    Row("separable", "layers/separableconv_2d_plain", "output_0", ALL),
    Row("depthwise, dilated", "layers/depthwiseconv_2d_dilated_valid", "output_0", LATER),
    Row("averages leave padding out", "layers/averagepooling_2d_same_one", "output_0", ALL),
    Row(
        "averages where one end is padded more",
        "layers/averagepooling_2d_same_strides",
        "output_0",
        "1.2 = 2.2 = 2.3 = 2.15 | 3",
    ),
    Row("the window of a pooling", "layers/max_pooling_2d_bare", "output_0", ALL),
    Row("that of averages", "layers/average_pooling_2d_bare", "output_0", ALL[:-4]),
    Row(
        "Flatten, channels first",
        "layers/flatten_first_rank_4",
        "output_0",
        "1.2 | 2.2 = 2.3 = 2.15 = 3",
    ),
    Row(
        "Flatten that is told no format",
        "layers/flatten_where_channels_are_first",
        "output_0",
        LATER,
    ),
    Row("enlarging", "layers/up_sampling_2d_bare", "output_0", ALL),
    Row(
        "enlarging, bilinear",
        "layers/upsampling_2d_bilinear",
        "output_0",
        "2.2 = 2.3 | 2.15 = 3",
    ),
    *[
        Row(f"enlarging, {way}", f"layers/upsampling_2d_{way}_two", "output_0", "2.15")
        for way in ("lanczos3", "lanczos5", "gaussian", "mitchellcubic", "area")
    ],
    Row("enlarging, bicubic", "layers/upsampling_2d_bicubic_two", "output_0", "2.15 | 3"),
    Row("first values of an Embedding", "initializers/first_embedding", "highest", ALL),
    Row("a mask of zeros", "layers/embedding_mask_zero", "mask_0", ALL),
    Row("input_length", "layers/embedding_length", "output_0", ALL),
    Row("LeakyReLU", "layers/leaky_relu", "output_0", ALL),
    Row("LeakyReLU's alpha", "layers/leaky_relu_alpha", "output_0", ALL),
    Row("leaky_relu", "functions/activations_leaky_relu_4x6", "value", NEW),
    Row("PReLU starts at 0, for each element", "layers/prelu", "initial", ALL),
    Row("PReLU's shared axes", "layers/prelu_shared", "shapes", ALL),
    Row("ELU", "layers/elu", "output_0", ALL),
    Row("selu", "functions/activations_selu_4x6", "value", LATER),
    Row("softplus", "functions/activations_softplus_4x6", "value", ALL),
    Row(
        "relu's slope and limit",
        "functions/activations_relu_alpha_0.2_max_value_1.5_4x6",
        "value",
        ALL[:-4],
    ),
    Row(
        "relu's slope, in Keras 3's word",
        "functions/activations_relu_max_value_1.5_negative_slope_0.2_threshold_0.5_4x6",
        "value",
        "3",
    ),
    Row("ReLU", "layers/relu_all", "output_0", LATER),
    Row("softmax", "functions/activations_softmax_2x3x4", "value", ALL),
    Row("softmax of images", "layers/activation_softmax_rank_4", "output_0", LATER),
    Row("softmax along an axis", "layers/softmax_axis", "output_0", LATER),
    Row("gelu", "functions/activations_gelu_4x6", "value", NEW),
    Row("Dropout's rate", "dropping/dropout", "shares", ALL),
    Row("GaussianDropout's rate", "dropping/gaussian_dropout", "deviation", ALL),
    Row("GaussianNoise's deviation", "dropping/gaussian_noise", "deviation", ALL),
    *[
        Row(f"SpatialDropout{rank}D", f"dropping/spatial_{rank}d", "shares", ALL)
        for rank in (1, 2, 3)
    ],
    *[
        Row(f"merging: {name}", f"layers/{name}", "output_0", ALL)
        for name in ("add", "multiply", "average", "maximum", "concatenate", "dot")
    ],
    Row("merging: cos", "layers/merge_cos_plain", "output_0", "1.2"),
    *[
        Row(f"constraints: {name}", f"functions/constraints_{name}_3x4", "value", eras)
        for name, eras in [
            ("maxnorm", ALL[:-4]), ("nonneg", ALL[:-4]), ("unitnorm", ALL[:-4]),
            ("max_norm", LATER), ("non_neg", LATER), ("unit_norm", LATER), ("MaxNorm", ALL),
        ]
    ],
]  # fmt: skip
_SCALED = "1.2 | 2.2 = 2.3 = 2.15 = 3"
INITIAL = [
    *[
        Row(f"{name}'s limits", f"initializers/{name}_matrix", "highest", ALL)
        for name in ("glorot_uniform", "he_uniform", "lecun_uniform")
    ],
    *[
        Row(f"{name} is cut", f"initializers/{name}_matrix", "highest", _SCALED)
        for name in ("glorot_normal", "he_normal")
    ],
    *[
        Row(f"{name}'s deviation", f"initializers/{name}_matrix", "deviation", ALL)
        for name in ("glorot_normal", "he_normal")
    ],
    Row("uniform", "initializers/uniform_matrix", "highest", ALL),
    Row("normal", "initializers/normal_matrix", "deviation", ALL),
    Row("orthogonal's gain", "initializers/orthogonal_matrix", "deviation", _SCALED),
    Row("fans of 3-D kernels", "initializers/glorot_uniform_steps", "highest", _SCALED),
    Row("fans of images", "initializers/glorot_uniform_image", "highest", ALL),
    Row("fans of 5-D kernels", "initializers/glorot_uniform_block", "highest", _SCALED),
    Row("zero", "initializers/zero_matrix", "mean", ALL),
    Row("one", "initializers/one_matrix", "mean", ALL),
    Row("zeros", "initializers/zeros_matrix", "mean", LATER),
    Row("ones", "initializers/ones_matrix", "mean", LATER),
]
_MOVED = "training_output_0"
DATA = [
    Row("brightness by its limits", "layers/randombrightness_fixed", _MOVED, NEW),
    Row("beyond an edge, mirrored", "layers/randomrotation_fixed", _MOVED, NEW),
    Row("beyond an edge, again", "layers/randomrotation_wrap", _MOVED, "2.15 | 3"),
    Row("beyond an edge, a value", "layers/randomtranslation_constant", _MOVED, NEW),
    Row("a crop at rest", "layers/randomcrop_rest", "output_0", "2.15 | 3"),
    Row("hashes of words", "layers/hashing_words", "output_0", NEW),
    Row("salted hashes", "layers/hashing_two_salts", "output_0", NEW),
    Row("tokens not known", "layers/string_lookup_two_unknown", "output_0", NEW),
    Row("a list is one document", "layers/string_lookup_learned_tf_idf", "output_0", "2.15 | 3"),
    Row("words are learned", "layers/text_vectorization_learned_some", "learned", NEW),
    Row("pairs of words", "layers/text_vectorization_pairs", "output_0", NEW),
]
ROWS = [*NORMALIZATION, *RECURRENT, *CORE, *INITIAL, *DATA]

# Layers that not every Keras has, and those that have them.
CLASSES = {
    "LayerNormalization GroupNormalization": "2.15 3",
    "CuDNNLSTM CuDNNGRU": "2.2 2.3",
    "ThresholdedReLU": "1.2 2.2 2.3 2.15",
    "LocallyConnected1D LocallyConnected2D": "1.2 2.2 2.3 2.15",
    "SReLU ParametricSoftplus TimeDistributedDense": "1.2",
    "AtrousConvolution1D AtrousConvolution2D": "1.2",
    "Merge": "1.2",
    "DepthwiseConv2D Softmax ReLU AlphaDropout": "2.2 2.3 2.15 3",
}


def _by_name(cases: list[Recorded]) -> dict[tuple[str, str], Recorded]:
    return {(case.name, case.era): case for case in cases if not case.oracle.endswith("theano")}


_KINDS = ("layers", "functions", "initializers", "dropping")
_CASES = {kind: _by_name(recorded(kind)) for kind in _KINDS}
_CASES["models"] = _by_name(recorded_models())


def _shown(case: Recorded, what: str) -> Any:
    """Return one thing that was recorded of a case."""
    if what in case.arrays:
        return case.arrays[what]
    if what in _OF_WEIGHTS:
        return [_OF_WEIGHTS[what](weight) for weight in case.spec["weights"]]
    if what == "shares":
        return {tuple(outcome): share for outcome, share in case.spec["shares"]}
    held: Any = case.spec
    for key in what.split("."):
        assert key in held, f"{case} must tell {what}, got {sorted(held)}."
        held = held[key]
    return held


_OF_WEIGHTS: dict[str, Callable[[Any], Any]] = {
    "shapes": lambda weight: weight["shape"],
    "names": lambda weight: weight["name"].replace("tested_", ""),
    "initial": lambda weight: weight["initial"],
}


def _agree(one: Any, other: Any) -> bool:
    """Return whether two recorded values are the same: numbers drawn by chance, within 3%."""
    if isinstance(one, np.ndarray):
        return one.shape == other.shape and np.allclose(one, other, rtol=2e-5, atol=2e-6)
    if isinstance(one, dict):
        return all(abs(one.get(key, 0) - other.get(key, 0)) < 0.03 for key in one | other)
    if isinstance(one, float):
        return bool(np.isclose(one, other, rtol=0.03, atol=1e-7))
    return bool(one == other)


def _pairs(row: Row) -> Iterator[tuple[str, str, bool]]:
    """Return two eras at a time, and whether they agree."""
    groups = {era: place for place, group in enumerate(row.groups) for era in group}
    for one, other in combinations(groups, 2):
        yield one, other, groups[one] == groups[other]


def _ids(rows: list[Row]) -> list[str]:
    return [f"{row.matter}: {row.case}.{row.what}" for row in rows]


@pytest.mark.parametrize("row", ROWS, ids=_ids(ROWS))
def test_the_real_kerases_agree_and_differ_where_the_row_says(row: Row) -> None:
    for one, other, agree in _pairs(row):
        assert _agree(row.value(one), row.value(other)) is agree, f"{one} and {other}"
    assert all(row.value(era) is not None for era in row.all_eras)


@pytest.mark.parametrize("row", ROWS, ids=_ids(ROWS))
def test_what_differs_was_asked_of_the_same_inputs_and_weights(row: Row) -> None:
    cases = {era: row.of(era) for era in row.all_eras}
    for one, other, _ in _pairs(row):
        if row.what not in cases[one].arrays:
            continue
        for mine, theirs in zip(cases[one].inputs, cases[other].inputs, strict=True):
            np.testing.assert_array_equal(mine, theirs)
        # Weights are drawn one behind the other: those behind one of another shape are others.
        for mine, theirs in zip(cases[one].weights, cases[other].weights, strict=True):
            if mine.shape != theirs.shape:
                break
            np.testing.assert_array_equal(mine, theirs)


USED = sorted({(row.case, era) for row in ROWS for era in row.all_eras})


def _case(name: str, era: str) -> Recorded:
    kind, name = name.split("/")
    return _CASES[kind][name, era]


@pytest.mark.parametrize(("name", "era"), USED, ids=[f"{name}-{era}" for name, era in USED])
def test_kshim_computes_in_each_era_what_its_keras_did(name: str, era: str) -> None:
    case = _case(name, era)
    with of_layers.as_recorded(case):
        for check in _CHECKS[name.split("/")[0]](case):
            check()


def _layer_checks(case: Recorded) -> Iterator[Callable[[], None]]:
    if str(case) not in of_layers.KNOWN_SHAPES:
        yield lambda: of_layers.test_layer_has_the_weights_and_shapes_keras_told(case)
    if case.spec.get("config"):
        yield lambda: of_layers.test_layer_is_made_from_the_config_keras_wrote(case)
    if "unrun" in case.spec:
        return
    yield lambda: of_layers.test_lowered_model_computes_what_keras_computed(case)
    if "train" in case.spec:
        check = of_layers.test_training_gives_the_outputs_and_statistics_keras_gave
        yield lambda: check(case, lowered=True)
    if "fixed" in case.spec:
        sure = of_layers.test_training_that_leaves_nothing_to_chance_gives_what_keras_gave
        yield lambda: sure(case, lowered=True)


_CHECKS: dict[str, Callable[[Recorded], Any]] = {
    "layers": _layer_checks,
    "functions": lambda case: [
        lambda: of_functions.test_a_function_gives_the_value_and_the_gradient_keras_gave(case)
    ],
    "initializers": lambda case: [
        lambda: of_functions.test_an_initializer_draws_as_keras_drew(case)
    ],
    "dropping": lambda case: [
        lambda: of_dropping.test_the_outcomes_of_dropping_are_as_frequent_as_in_keras(case)
    ],
    "models": lambda case: [lambda: of_models.test_a_whole_model_predicts_as_it_did(case, ".h5")],
}


# kshim writes an axis as a number, which every Keras reads.
TOLD = [row for row in ROWS if row.what.startswith("config.") and row.what != "config.axis"]


@pytest.mark.parametrize("row", TOLD, ids=_ids(TOLD))
def test_kshim_tells_of_a_layer_what_keras_told(row: Row) -> None:
    for era in row.all_eras:
        case = row.of(era)
        with of_layers.as_recorded(case):
            made = of_layers.make_layer(case.spec["class_name"], case.spec["arguments"])
            assert made.get_config()[row.what.partition(".")[2]] == row.value(era), era


@pytest.mark.parametrize("names", CLASSES)
def test_layers_stand_in_the_kerases_that_the_table_says_and_in_kshim(names: str) -> None:
    for name in names.split():
        known = {era for era, classes in _catalogues().items() if name in classes}
        assert known == set(CLASSES[names].split()), name
        assert hasattr(layers, name)


def _catalogues() -> dict[str, set[str]]:
    """Return the names of the layers that each Keras has."""
    tables = [json.loads(path.read_text()) for path in RECORDED.glob("*/catalogue.json")]
    return {
        table["era"]: {name for names in table["layers"].values() for name in names}
        for table in tables
    }
