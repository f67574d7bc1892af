"""K: the functions Keras offers to losses, layers and scripts, on torch tensors.

Each takes tensors, arrays, numbers, weights and symbols; of symbols it records one node.
"""

import kshim.backend.updating  # noqa: F401  (optimizers ask it for symbols)
from kshim.backend.arithmetic import (
    abs,
    cast,
    clip,
    cos,
    exp,
    identity,
    log,
    maximum,
    minimum,
    pow,
    print_tensor,
    round,
    sign,
    sin,
    sqrt,
    square,
    stop_gradient,
)
from kshim.backend.comparing import (
    equal,
    greater,
    greater_equal,
    in_top_k,
    less,
    less_equal,
    not_equal,
    switch,
    where,
)
from kshim.backend.convolution import (
    conv1d,
    conv2d,
    conv2d_transpose,
    conv3d,
    conv3d_transpose,
    depthwise_conv2d,
    local_conv1d,
    local_conv2d,
    pool2d,
    pool3d,
    separable_conv1d,
    separable_conv2d,
)
from kshim.backend.ctc import ctc_batch_cost, ctc_decode
from kshim.backend.graphs import Function, function, gradients, placeholder
from kshim.backend.inspecting import (
    cast_to_floatx,
    count_params,
    dtype,
    int_shape,
    is_keras_tensor,
    is_placeholder,
    is_sparse,
    is_tensor,
    is_variable,
    ndim,
    shape,
    size,
    to_dense,
)
from kshim.backend.looping import foldl, foldr, map_fn, rnn
from kshim.backend.neural import (
    batch_normalization,
    bias_add,
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    dropout,
    elu,
    hard_sigmoid,
    normalize_batch_in_training,
    relu,
    sigmoid,
    softmax,
    softplus,
    softsign,
    sparse_categorical_crossentropy,
    tanh,
)
from kshim.backend.older_words import in_older_words
from kshim.backend.padding import (
    resize_images,
    resize_volumes,
    spatial_2d_padding,
    spatial_3d_padding,
    temporal_padding,
)
from kshim.backend.phase import (
    in_test_phase,
    in_train_phase,
    learning_phase,
    learning_phase_scope,
    set_learning_phase,
)
from kshim.backend.products import batch_dot, dot
from kshim.backend.random import (
    random_bernoulli,
    random_binomial,
    random_normal,
    random_uniform,
    truncated_normal,
)
from kshim.backend.reductions import (
    all,
    any,
    argmax,
    argmin,
    cumprod,
    cumsum,
    l2_normalize,
    logsumexp,
    max,
    mean,
    min,
    prod,
    std,
    sum,
    var,
)
from kshim.backend.sessions import (
    backend,
    clear_session,
    get_session,
    get_uid,
    manual_variable_initialization,
    name_scope,
    reset_uids,
    set_session,
)
from kshim.backend.shaping import (
    arange,
    batch_flatten,
    concatenate,
    expand_dims,
    flatten,
    gather,
    one_hot,
    pack,
    pattern_broadcast,
    permute_dimensions,
    repeat,
    repeat_elements,
    reshape,
    reverse,
    slice,
    squeeze,
    stack,
    tile,
    transpose,
)
from kshim.backend.state import (
    batch_get_value,
    batch_set_value,
    constant,
    eval,
    eye,
    get_value,
    get_variable_shape,
    moving_average_update,
    ones,
    ones_like,
    random_normal_variable,
    random_uniform_variable,
    set_value,
    update,
    update_add,
    update_sub,
    variable,
    zeros,
    zeros_like,
)
from kshim.core.checks import data_format as normalize_data_format
from kshim.core.settings import (
    epsilon,
    floatx,
    image_data_format,
    image_dim_ordering,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)

set_epsilon, set_floatx = in_older_words(set_epsilon), in_older_words(set_floatx)
set_image_data_format = in_older_words(set_image_data_format)
set_image_dim_ordering = set_image_data_format

__all__ = [
    "Function", "abs", "all", "any", "arange", "argmax", "argmin", "backend", "batch_dot",
    "batch_flatten", "batch_get_value", "batch_normalization", "batch_set_value", "bias_add",
    "binary_crossentropy", "binary_focal_crossentropy", "cast", "cast_to_floatx",
    "categorical_crossentropy", "categorical_focal_crossentropy", "clear_session", "clip",
    "concatenate", "constant", "conv1d", "conv2d", "conv2d_transpose", "conv3d", "conv3d_transpose",
    "cos", "count_params", "ctc_batch_cost", "ctc_decode", "cumprod", "cumsum", "depthwise_conv2d",
    "dot", "dropout", "dtype", "elu", "epsilon", "equal", "eval", "exp", "expand_dims", "eye",
    "flatten", "floatx", "foldl", "foldr", "function", "gather", "get_session", "get_uid",
    "get_value", "get_variable_shape", "gradients", "greater", "greater_equal", "hard_sigmoid",
    "identity", "image_data_format", "image_dim_ordering", "in_test_phase", "in_top_k",
    "in_train_phase", "int_shape", "is_keras_tensor", "is_placeholder", "is_sparse", "is_tensor",
    "is_variable", "l2_normalize", "learning_phase", "learning_phase_scope", "less", "less_equal",
    "local_conv1d", "local_conv2d", "log", "logsumexp", "manual_variable_initialization", "map_fn",
    "max", "maximum", "mean", "min", "minimum", "moving_average_update", "name_scope", "ndim",
    "normalize_batch_in_training", "normalize_data_format", "not_equal", "one_hot", "ones",
    "ones_like", "pack", "pattern_broadcast", "permute_dimensions", "placeholder", "pool2d",
    "pool3d", "pow", "print_tensor", "prod", "random_bernoulli", "random_binomial", "random_normal",
    "random_normal_variable", "random_uniform", "random_uniform_variable", "relu", "repeat",
    "repeat_elements", "reset_uids", "reshape", "resize_images", "resize_volumes", "reverse", "rnn",
    "round", "separable_conv1d", "separable_conv2d", "set_epsilon", "set_floatx",
    "set_image_data_format", "set_image_dim_ordering", "set_learning_phase", "set_session",
    "set_value", "shape", "sigmoid", "sign", "sin", "size", "slice", "softmax", "softplus",
    "softsign", "sparse_categorical_crossentropy", "spatial_2d_padding", "spatial_3d_padding",
    "sqrt", "square", "squeeze", "stack", "std", "stop_gradient", "sum", "switch", "tanh",
    "temporal_padding", "tile", "to_dense", "transpose", "truncated_normal", "update", "update_add",
    "update_sub", "var", "variable", "where", "zeros", "zeros_like",
]  # fmt: skip
