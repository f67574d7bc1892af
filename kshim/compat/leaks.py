"""What the modules of the old Kerases imported for themselves, and star imports bring along.

`STARS` (`stars.py`) says which module had which of these names. A target is written as in
`table.py`; one that begins with a dot is a served module under the same root.
"""

from __future__ import annotations

from collections.abc import Mapping

_MODULES = (
    "abc binascii codecs collections copy csv functools gzip hashlib importlib inspect io json "
    "marshal multiprocessing os queue random re shutil string sys tarfile tempfile threading time "
    "types warnings zipfile"
)
# Packages that may be missing; the name is missing then too.
_PACKAGES = "h5py requests six yaml"
_SERVED = (
    "activations constraints initializations initializers regularizers losses objectives "
    "optimizers applications"
)
_GENERIC = (
    "func_dump func_load is_all_none object_list_uid slice_arrays to_list transpose_shape "
    "unpack_singleton check_for_unexpected_keys"
)
_LOOKUPS = "deserialize_keras_object get_from_module has_arg get_test_data"
_UTILS = (
    "serialize_keras_object get_source_inputs Progbar get_file conv_input_length "
    "conv_output_length get_custom_objects Sequence to_categorical CustomObjectScope "
    "normalize_data_format convert_kernel"
)
_TRAINING = (
    "batch_shuffle make_batches check_array_length_consistency standardize_weights "
    "check_loss_and_target_compatibility weighted_masked_objective"
)

_LAYERS = (
    "Activation AveragePooling2D BatchNormalization Conv2D Convolution2D Dense Dropout Flatten "
    "GlobalAveragePooling2D GlobalMaxPooling2D InputSpec MaxPooling2D SeparableConv2D "
    "ZeroPadding2D merge"
)
_ARCHITECTURES = (
    "densenet imagenet_utils inception_resnet_v2 inception_v3 mobilenet mobilenet_v2 nasnet resnet "
    "resnet50 resnet_v2 vgg16 vgg19 xception"
)

LEAKS: Mapping[str, str] = {
    "K": ".backend",
    "np": "numpy",
    "tf": "tensorflow",
    **{name: name for name in _MODULES.split()},
    **{name: name for name in _PACKAGES.split()},
    **{name: f".{name}" for name in _SERVED.split()},
    **{name: f"kshim.utils.generic:{name}" for name in _GENERIC.split()},
    **{name: f"kshim.utils.lookups:{name}" for name in _LOOKUPS.split()},
    **{name: f"kshim.utils:{name}" for name in _UTILS.split()},
    **{name: f"kshim.compat.training_utils:{name}" for name in _TRAINING.split()},
    **{name: f"kshim.layers:{name}" for name in _LAYERS.split()},
    **{name: f".applications.{name}" for name in _ARCHITECTURES.split()},
    "convert_all_kernels_in_model": "kshim.utils.kernels:convert_all_kernels_in_model",
    "keras_applications": "keras_applications",
    "keras_modules_injection": "kshim.compat.handed_modules:keras_modules_injection",
    "layer_utils": ".utils.layer_utils",
    "layers": ".layers",
    "models": ".models",
    "optimizer_from_config": "kshim.optimizers:deserialize",
    "cPickle": "pickle",
    "mp": "multiprocessing",
    "pickle": "pickle",
    "cbks": ".callbacks",
    "layer_module": ".layers",
    "metrics_module": ".metrics",
    "backend": ".backend",
    "conv_utils": ".utils.conv_utils",
    "generic_utils": ".utils.generic_utils",
    "losses_utils": ".utils.losses_utils",
    "metrics_utils": ".utils.metrics_utils",
    "utils": ".utils",
    "saving": ".engine.saving",
    "network": ".engine.network",
    "topology": ".engine.topology",
    "training_utils": ".engine.training_utils",
    "legacy_layers": ".legacy.layers",
    "image": ".preprocessing.image",
    "sequence": ".preprocessing.sequence",
    "text": ".preprocessing.text",
    "recurrent": ".layers.recurrent",
    "python_types": "types",
    "py_all": "builtins:all",
    "py_any": "builtins:any",
    "py_slice": "builtins:slice",
    "py_sum": "builtins:sum",
    "zip": "builtins:zip",
    "range": "builtins:range",
    "abstractmethod": "abc:abstractmethod",
    "assert_allclose": "numpy.testing:assert_allclose",
    "BytesIO": "io:BytesIO",
    "closing": "contextlib:closing",
    "contextlib": "contextlib",
    "defaultdict": "collections:defaultdict",
    "deque": "collections:deque",
    "Enum": "enum:Enum",
    "getargspec": "inspect:getfullargspec",
    "HTTPError": "urllib.error:HTTPError",
    "issparse": "scipy.sparse:issparse",
    "Iterable": "collections.abc:Iterable",
    "linalg": "scipy.linalg",
    "maketrans": "builtins:str.maketrans",
    "md5": "hashlib:md5",
    "ndi": "scipy.ndimage",
    "namedtuple": "collections:namedtuple",
    "OrderedDict": "collections:OrderedDict",
    "partial": "functools:partial",
    "pil_image": "PIL.Image",
    "sp": "scipy",
    "string_types": "builtins:str",
    "ThreadPool": "multiprocessing.pool:ThreadPool",
    "URLError": "urllib.error:URLError",
    "urlopen": "urllib.request:urlopen",
    "urlretrieve": "urllib.request:urlretrieve",
    "wraps": "functools:wraps",
    "ask_to_proceed_with_overwrite": "kshim.saving.overwriting:ask_to_proceed_with_overwrite",
    "count_params": "kshim.backend:count_params",
    "InputLayer": "kshim.layers:InputLayer",
    "Lambda": "kshim.layers:Lambda",
    "Layer": "kshim.layers:Layer",
    "concatenate": "kshim.layers:concatenate",
    "Input": "kshim.layers:Input",
    "Wrapper": "kshim.layers:Wrapper",
    "Merge": "kshim.layers:Merge",
    "Node": "kshim.core.symbols:Node",
    "Callback": "kshim.callbacks:Callback",
    "Model": "kshim.models:Model",
    "Sequential": "kshim.models:Sequential",
    "clone_model": "kshim.models:clone_model",
    "model_from_json": "kshim.models:model_from_json",
    "load_batch": "kshim.datasets.cifar:load_batch",
    "preprocess_weights_for_loading": "kshim.compat.weights:preprocess_weights_for_loading",
    "Reduction": "kshim.losses:Reduction",
}
