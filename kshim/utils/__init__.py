"""What Keras calls utils: arrays, files, batches, pictures, kernels, the user's own objects."""

from kshim.core.config import to_config as serialize_keras_object
from kshim.core.registry import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    register_keras_serializable,
)
from kshim.graph.summary import print_summary
from kshim.training.progress import Progbar
from kshim.utils.arrays import normalize, to_categorical
from kshim.utils.drawing import model_to_dot, plot, plot_model
from kshim.utils.files import get_file, validate_file
from kshim.utils.graphs import get_source_inputs, multi_gpu_model
from kshim.utils.kernels import (
    conv_input_length,
    conv_output_length,
    convert_all_kernels_in_model,
    convert_dense_weights_data_format,
    convert_kernel,
    normalize_data_format,
)
from kshim.utils.lookups import (
    deserialize_keras_object,
    get_from_module,
    get_test_data,
    has_arg,
    keras_test,
)
from kshim.utils.seeds import set_random_seed
from kshim.utils.sequences import Sequence

__all__ = [
    "CustomObjectScope",
    "Progbar",
    "Sequence",
    "conv_input_length",
    "conv_output_length",
    "convert_all_kernels_in_model",
    "convert_dense_weights_data_format",
    "convert_kernel",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_file",
    "get_from_module",
    "get_source_inputs",
    "get_test_data",
    "has_arg",
    "keras_test",
    "model_to_dot",
    "multi_gpu_model",
    "normalize",
    "normalize_data_format",
    "plot",
    "plot_model",
    "print_summary",
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
    "to_categorical",
    "validate_file",
]
