"""Positional orders: what the first, second, third … argument of a class is in each era.

A class without a row here takes its arguments in the order in which it declares them, without
those that are newer than the era. A row of an era holds until the next one; None is the declared
order again. Words are those of today; where one argument was several, the older words stand there.

Source: the constructors of Keras 1.2.2, 2.2.4, 2.3.1, tf.keras 2.15 and Keras 3.15, asked for their
signatures.
"""

from __future__ import annotations

from collections.abc import Mapping

from kshim.core.eras import ByEra, by_era

_PENALTIES = "kernel_regularizer bias_regularizer activity_regularizer"
_LIMITS = "kernel_constraint bias_constraint"
_FIRST = "kernel_initializer activation weights"
_LAST = f"{_PENALTIES} {_LIMITS} use_bias"
_OLD_LAST = "W_regularizer b_regularizer activity_regularizer W_constraint b_constraint bias"
_CHANNELWISE = (
    "depthwise_regularizer pointwise_regularizer bias_regularizer activity_regularizer "
    "depthwise_constraint pointwise_constraint bias_constraint use_bias"
)
_LINE = f"filters kernel_size {_FIRST} padding strides"
_PLANE = f"filters nb_row nb_col {_FIRST} padding strides"
_SEPARABLE = "filters nb_row nb_col init activation weights padding strides"
_RECURRENT = "units kernel_initializer recurrent_initializer"
_RECURRENT_LAST = (
    "kernel_regularizer recurrent_regularizer bias_regularizer dropout recurrent_dropout"
)
_RECURRENT_2 = (
    "kernel_initializer recurrent_initializer bias_initializer {} kernel_regularizer "
    "recurrent_regularizer bias_regularizer {} kernel_constraint recurrent_constraint "
    "bias_constraint"
)
_CELL = "dropout recurrent_dropout"
_SEQUENCE = "return_sequences return_state go_backwards stateful"
_GATES = "units activation recurrent_activation use_bias"
_CUDNN = "return_sequences return_state stateful"


def _recurrent(bias: str = "", activity: str = "activity_regularizer") -> str:
    return _RECURRENT_2.format(bias, activity)


_IMAGE_LSTM = (
    "filters kernel_size strides padding data_format dilation_rate activation "
    f"recurrent_activation use_bias {_recurrent('unit_forget_bias')}"
)

_TRANSPOSED_3 = (
    "filters kernel_size strides padding data_format output_padding dilation_rate activation "
    f"use_bias kernel_initializer bias_initializer {_PENALTIES} {_LIMITS}"
)
_IMAGE_LSTM_3 = f"{_IMAGE_LSTM} {_CELL} seed {_SEQUENCE}"
_HEADS_3 = (
    f"sliding_window flash_attention kernel_initializer bias_initializer {_PENALTIES} {_LIMITS} "
    "use_gate seed"
)
_EMBEDDED_3 = "embeddings_initializer embeddings_regularizer embeddings_constraint mask_zero"

_ROWS: dict[str, Mapping[str, str | None]] = {
    "Dense": {"1.2": f"units {_FIRST} {_LAST} input_dim", "2.0": None},
    "TimeDistributedDense": {"1.2": f"units {_FIRST} {_LAST} input_dim input_length"},
    "MaxoutDense": {"1.2": f"output_dim nb_feature init weights {_OLD_LAST} input_dim"},
    "Highway": {"1.2": f"init activation weights {_OLD_LAST} input_dim"},
    "Conv1D": {"1.2": f"{_LINE} {_LAST} input_dim input_length", "2.0": None},
    "AtrousConvolution1D": {"1.2": f"{_LINE} dilation_rate {_LAST}", "2.0": None},
    "Conv2D": {"1.2": f"{_PLANE} data_format {_LAST}", "2.0": None},
    "AtrousConvolution2D": {"1.2": f"{_PLANE} dilation_rate data_format {_LAST}", "2.0": None},
    "Conv3D": {
        "1.2": (
            f"filters kernel_dim1 kernel_dim2 kernel_dim3 {_FIRST} padding strides "
            f"data_format {_LAST}"
        ),
        "2.0": None,
    },
    "Deconvolution2D": {
        "1.2": (f"filters nb_row nb_col output_shape {_FIRST} padding strides data_format {_LAST}"),
        "2.0": None,
    },
    "SeparableConv2D": {
        "1.2": f"{_SEPARABLE} depth_multiplier data_format {_CHANNELWISE}",
        "2.0": None,
    },
    "DepthwiseConv2D": {
        "2.0": (
            "kernel_size strides padding depth_multiplier data_format activation use_bias "
            "depthwise_initializer bias_initializer depthwise_regularizer bias_regularizer "
            "activity_regularizer depthwise_constraint bias_constraint"
        ),
        "2.3": None,
    },
    "LocallyConnected1D": {"1.2": f"{_LINE} {_LAST} input_dim input_length", "2.0": None},
    "LocallyConnected2D": {"1.2": f"{_PLANE} data_format {_LAST}", "2.0": None},
    "Embedding": {
        "1.2": (
            "input_dim output_dim embeddings_initializer input_length embeddings_regularizer "
            "activity_regularizer embeddings_constraint mask_zero weights dropout"
        ),
        "2.0": None,
        "3": f"input_dim output_dim {_EMBEDDED_3} weights",
    },
    "BatchNormalization": {
        "1.2": (
            "epsilon mode axis momentum weights beta_initializer gamma_initializer "
            "gamma_regularizer beta_regularizer"
        ),
        "2.0": None,
        "2.15": (
            "axis momentum epsilon center scale beta_initializer gamma_initializer "
            "moving_mean_initializer moving_variance_initializer beta_regularizer "
            "gamma_regularizer beta_constraint gamma_constraint synchronized"
        ),
    },
    "StringLookup": {
        "1.2": None,
        "3": (
            "max_tokens num_oov_indices mask_token oov_token vocabulary idf_weights invert "
            "output_mode pad_to_max_tokens sparse encoding name salt"
        ),
    },
    "SReLU": {"1.2": "t_left_init a_left_init t_right_init a_right_init shared_axes"},
    "PReLU": {"1.2": "alpha_initializer weights shared_axes", "2.0": None},
    "ParametricSoftplus": {"1.2": "alpha_init beta_init weights shared_axes"},
    "Lambda": {
        "1.2": "function output_shape arguments",
        "2.0": "function output_shape mask arguments",
    },
    "Bidirectional": {
        "1.2": "layer merge_mode weights",
        "2.15": "layer merge_mode weights backward_layer",
    },
    "Merge": {
        "1.2": (
            "layers mode concat_axis dot_axes output_shape output_mask arguments node_indices "
            "tensor_indices name"
        ),
    },
    "SimpleRNN": {
        "1.2": f"{_RECURRENT} activation {_RECURRENT_LAST}",
        "2.0": f"units activation use_bias {_recurrent()} {_CELL} {_SEQUENCE} unroll",
        "3": (f"units activation use_bias {_recurrent()} {_CELL} {_SEQUENCE} unroll seed"),
    },
    "LSTM": {
        "1.2": (f"{_RECURRENT} unit_forget_bias activation recurrent_activation {_RECURRENT_LAST}"),
        "2.0": None,
        "2.15": (
            f"{_GATES} {_recurrent('unit_forget_bias')} {_CELL} {_SEQUENCE} time_major unroll"
        ),
        "3": (
            f"{_GATES} {_recurrent('unit_forget_bias')} {_CELL} seed {_SEQUENCE} unroll use_cudnn"
        ),
    },
    "GRU": {
        "1.2": f"{_RECURRENT} activation recurrent_activation {_RECURRENT_LAST}",
        "2.0": None,
        "2.15": f"{_GATES} {_recurrent()} {_CELL} {_SEQUENCE} unroll time_major reset_after",
        "3": (f"{_GATES} {_recurrent()} {_CELL} seed {_SEQUENCE} unroll reset_after use_cudnn"),
    },
    "GRUCell": {
        "1.2": None,
        "2.15": f"{_GATES} {_recurrent(activity='')} {_CELL} reset_after",
        "3": f"{_GATES} {_recurrent(activity='')} {_CELL} reset_after seed",
    },
    "CuDNNLSTM": {
        "1.2": f"units {_recurrent('unit_forget_bias')} {_CUDNN}",
    },
    "CuDNNGRU": {"1.2": f"units {_recurrent()} {_CUDNN}"},
    "ConvLSTM2D": {
        "1.2": (
            "filters nb_row nb_col kernel_initializer recurrent_initializer unit_forget_bias "
            f"activation recurrent_activation data_format padding strides {_RECURRENT_LAST}"
        ),
        "2.0": f"{_IMAGE_LSTM} return_sequences go_backwards stateful {_CELL}",
        "2.15": None,
        "3": _IMAGE_LSTM_3,
    },
    "Conv3DTranspose": {
        "1.2": None,
        "3": _TRANSPOSED_3,
    },
    "ConvLSTM1D": {
        "1.2": None,
        "3": _IMAGE_LSTM_3,
    },
    "ConvLSTM3D": {
        "1.2": None,
        "3": _IMAGE_LSTM_3,
    },
    "EinsumDense": {
        "1.2": None,
        "3": (
            "equation output_shape activation bias_axes kernel_initializer bias_initializer "
            f"kernel_regularizer bias_regularizer {_LIMITS}"
        ),
    },
    "ReversibleEmbedding": {
        "1.2": None,
        "3": (f"input_dim output_dim tie_weights {_EMBEDDED_3} reverse_dtype logit_soft_cap"),
    },
    "LSTMCell": {
        "1.2": None,
        "3": f"{_GATES} {_recurrent('unit_forget_bias', '')} {_CELL} seed",
    },
    "SimpleRNNCell": {
        "1.2": None,
        "3": f"units activation use_bias {_recurrent(activity='')} {_CELL} seed",
    },
    "GroupedQueryAttention": {
        "1.2": None,
        "3": (f"head_dim num_query_heads num_key_value_heads dropout use_bias {_HEADS_3}"),
    },
    "MultiHeadAttention": {
        "1.2": None,
        "3": (
            f"num_heads key_dim value_dim dropout use_bias output_shape attention_axes {_HEADS_3}"
        ),
    },
    "SpatialDropout2D": {
        "1.2": None,
        "3": "rate data_format seed",
    },
    "SpatialDropout3D": {
        "1.2": None,
        "3": "rate data_format seed",
    },
}

ORDERS: Mapping[str, ByEra] = {
    name: by_era({era: row.split() if row else None for era, row in rows.items()})
    for name, rows in _ROWS.items()
}
