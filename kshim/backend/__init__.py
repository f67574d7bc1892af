"""K: the functions Keras offers to losses, layers and scripts, on torch tensors.

Each takes tensors, arrays, numbers, weights and symbols; of symbols it records one node.
"""

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
    to_dense,
)
from kshim.backend.neural import (
    batch_normalization,
    bias_add,
    binary_crossentropy,
    categorical_crossentropy,
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

set_image_dim_ordering = set_image_data_format
