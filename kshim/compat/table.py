"""Which kshim object answers to which old dotted name.

A row says what one module of the old tree is made of. Paths are relative to the roots in
`KERAS_ROOTS`, so that `keras.layers.core`, `tensorflow.keras.layers.core` and
`tensorflow.python.keras.layers.core` are one row. A target is written `package.module`
for a module, `package.module:name` for something in it, and `package.module:name()` for
what a call returns at the moment of asking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

KERAS_ROOTS: tuple[str, ...] = (
    "keras",
    "tf_keras",
    "tensorflow.keras",
    "tensorflow.python.keras",
    "tensorflow.contrib.keras",
    "tensorflow.contrib.keras.python.keras",
    "tensorflow.compat.v1.keras",
    "tensorflow.compat.v2.keras",
)


@dataclass(frozen=True)
class Served:
    """What one old module is made of.

    Args:
        sources: kshim modules whose public names it has, the earlier winning.
        names: names beside them, each with its target.
        leaked: names that only a star import brings (the old module's own imports).
    """

    sources: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    leaked: Mapping[str, str] = field(default_factory=dict)


def served(*sources: str, leaked: Mapping[str, str] | None = None, **names: str) -> Served:
    """Return the row of a module made of kshim's `sources` and further `names`."""
    return Served(sources, names, leaked or {})


def words(text: str) -> list[str]:
    """Return the words of a text."""
    return text.split()


def renamed(module: str, names: Iterable[str]) -> dict[str, str]:
    """Return the targets of functions whose names the eras tell apart."""
    return {name: f"kshim.compat.renamed:{module}.{name}()" for name in names}


RENAMED = words(
    "KLD cosine cosine_proximity cosine_similarity kld kullback_leibler_divergence logcosh "
    "huber_loss"
)
OWN_IMPORTS = {"K": ".backend", "np": "numpy"}

ENGINE = served(
    "kshim.layers",
    "kshim.models",
    load_weights_from_hdf5_group="kshim.compat.weights:load_weights_from_hdf5_group",
    load_weights_from_hdf5_group_by_name=(
        "kshim.compat.weights:load_weights_from_hdf5_group_by_name"
    ),
    save_weights_to_hdf5_group="kshim.compat.weights:save_weights_to_hdf5_group",
    Node="kshim.core.symbols:Node",
    get_source_inputs="kshim.utils:get_source_inputs",
    slice_X="kshim.utils.generic:slice_arrays",
    Container="kshim.models:Model",
    Network="kshim.models:Model",
    Functional="kshim.models:Model",
)
LAYERS = served(
    "kshim.layers",
    leaked=OWN_IMPORTS,
    AtrousConv1D="kshim.layers:AtrousConvolution1D",
    AtrousConv2D="kshim.layers:AtrousConvolution2D",
    Deconv2D="kshim.layers:Deconvolution2D",
    Deconv3D="kshim.layers:Deconvolution3D",
    Recurrent="kshim.layers.recurrent:Recurrent",
    ConvRecurrent2D="kshim.layers.conv_recurrent:ConvRecurrent",
)
BACKEND = served(
    "kshim.backend",
    "kshim.backend.keras1",
    tf="tensorflow",
    symbolic="kshim.backend.sessions:symbolic",
    eager="kshim.backend.sessions:symbolic",
    control_dependencies="kshim.compat.tensorflow.variables:control_dependencies",
    _get_available_gpus="kshim.backend.sessions:available_gpus",
    _is_tf_1="kshim.compat.versions:is_tensorflow_1",
    _BACKEND="kshim.backend:backend()",
    _EPSILON="kshim.backend:epsilon()",
    _FLOATX="kshim.backend:floatx()",
)
_DATA_MAKERS = ("kshim.compat.tensorflow.folder_data", "kshim.compat.tensorflow.windows")
_SPLITTING = "kshim.compat.tensorflow.splitting"
UTILS = served(
    "kshim.utils",
    "kshim.utils.generic",
    "kshim.utils.kernels",
    "kshim.utils.layer_checks",
    "kshim.utils.hdf5_matrix",
    "kshim.utils.enqueuers",
    "kshim.utils.keras1",
    "kshim.utils.newer",
    "kshim.saving.h5_dict",
    *_DATA_MAKERS,
    _SPLITTING,
    count_params="kshim.backend:count_params",
    _hash_file="kshim.utils.files:_digest",
    Reduction="kshim.losses:Reduction",
    array_to_img="kshim.preprocessing.image:array_to_img",
    img_to_array="kshim.preprocessing.image:img_to_array",
    load_img="kshim.preprocessing.image:load_img",
    pad_sequences="kshim.preprocessing.sequence:pad_sequences",
    save_img="kshim.preprocessing.image:save_img",
    smart_resize="kshim.preprocessing.image:smart_resize",
)
OPTIMIZERS = served("kshim.optimizers", optimizer_from_config="kshim.optimizers:deserialize")
MIXED_PRECISION = served("kshim.mixed_precision")
# The modules from which tf.keras took its optimizers before 2.11.
OLDER_OPTIMIZERS = served("kshim.optimizers.legacy", "kshim.optimizers")

LAYER_FILES = words(
    "core convolutional convolutional_recurrent cudnn_recurrent recurrent pooling local merge "
    "merging embeddings normalization noise wrappers advanced_activations activation activations "
    "attention dense_attention preprocessing regularization reshaping rnn core_layers recurrent_v2 "
    "normalization_v2 experimental experimental.preprocessing normalization.batch_normalization "
    "normalization.layer_normalization"
)
ENGINE_FILES = words(
    "topology training base_layer base_layer_v1 base_layer_utils input_layer input_spec network "
    "sequential functional keras_tensor training_utils training_v1"
)
UTILS_FILES = words(
    "np_utils generic_utils data_utils vis_utils visualize_util layer_utils conv_utils io_utils "
    "test_utils tf_utils losses_utils metrics_utils multi_gpu_utils training_utils image_utils "
    "audio_dataset image_dataset text_dataset timeseries_dataset"
)
BACKEND_FILES = words("tensorflow_backend theano_backend cntk_backend common load_backend")
DATA_SETS = words("mnist fashion_mnist cifar10 cifar100 imdb reuters boston_housing")
APPLICATIONS = words(
    "vgg16 vgg19 resnet50 resnet resnet_v2 inception_v3 inception_resnet_v2 xception mobilenet "
    "mobilenet_v2 mobilenet_v3 densenet nasnet efficientnet efficientnet_v2 convnext regnet "
    "resnet_rs resnext imagenet_utils music_tagger_crnn audio_conv_utils"
)

# The names of the URLs of trained weights, by the module that has them.
_BOTH_ORDERS = words(
    "TF_WEIGHTS_PATH TF_WEIGHTS_PATH_NO_TOP TH_WEIGHTS_PATH TH_WEIGHTS_PATH_NO_TOP"
)
_ONE_ORDER = words("WEIGHTS_PATH WEIGHTS_PATH_NO_TOP")
WEIGHT_PATHS = {
    **{name: [*_BOTH_ORDERS, *_ONE_ORDER] for name in words("vgg16 vgg19 resnet50 inception_v3")},
    "xception": _BOTH_ORDERS[:2],
    "music_tagger_crnn": _BOTH_ORDERS[::2],
}


def weight_paths(module: str) -> dict[str, str]:
    """Return the targets of the URLs of trained weights that a module of architectures names."""
    paths = "kshim.compat.weight_paths"
    found = {name: f"{paths}:{module}.{name}()" for name in WEIGHT_PATHS.get(module, ())}
    if module == "mobilenet":
        found["BASE_WEIGHT_PATH"] = f"{paths}:mobilenet.folder()"
    if module == "imagenet_utils":
        found["CLASS_INDEX_PATH"] = f"{paths}:class_index()"
    return found


KERAS_MODULES: dict[str, Served] = {
    "": served(
        Model="kshim.models:Model",
        Sequential="kshim.models:Sequential",
        Input="kshim.layers:Input",
        __version__="kshim.compat.versions:keras_version()",
    ),
    "activations": served("kshim.activations"),
    "applications": served(
        "kshim.applications",
        keras_modules_injection="kshim.compat.handed_modules:keras_modules_injection",
    ),
    "backend": BACKEND,
    "backend_config": BACKEND,
    "callbacks": served("kshim.callbacks"),
    "callbacks.callbacks": served("kshim.callbacks"),
    "callbacks.experimental": served("kshim.callbacks"),
    "callbacks.tensorboard_v1": served("kshim.callbacks"),
    "callbacks.tensorboard_v2": served("kshim.callbacks"),
    "callbacks_v1": served("kshim.callbacks"),
    "constraints": served("kshim.constraints"),
    "datasets": served(),
    "engine": ENGINE,
    **{f"engine.{name}": ENGINE for name in ENGINE_FILES},
    "engine.saving": served("kshim.models", "kshim.compat.weights", "kshim.saving.h5_dict"),
    "engine.training_utils": served("kshim.compat.training_utils", "kshim.utils.generic"),
    "initializations": served("kshim.initializers", get_fans="kshim.initializers:compute_fans"),
    "initializers": served("kshim.initializers", _compute_fans="kshim.initializers:compute_fans"),
    "layers": LAYERS,
    "legacy": served(),
    "legacy.layers": LAYERS,
    "losses": served("kshim.losses", leaked=None, **renamed("losses", RENAMED)),
    "metrics": served("kshim.metrics", leaked=None, **renamed("metrics", RENAMED)),
    "mixed_precision": MIXED_PRECISION,
    "mixed_precision.policy": MIXED_PRECISION,
    "mixed_precision.loss_scale_optimizer": MIXED_PRECISION,
    "mixed_precision.experimental": Served(
        MIXED_PRECISION.sources, {"set_policy": "kshim.mixed_precision:set_global_policy"}
    ),
    "dtype_policies": served("kshim.mixed_precision", get="kshim.mixed_precision:as_policy"),
    "models": served(
        "kshim.models",
        Input="kshim.layers:Input",
        Layer="kshim.layers:Layer",
        leaked=OWN_IMPORTS,
    ),
    "objectives": served("kshim.losses", leaked=None, **renamed("losses", RENAMED[:-1])),
    "optimizers": OPTIMIZERS,
    "optimizers.schedules": served("kshim.optimizers.schedules"),
    "optimizers.legacy": served("kshim.optimizers.legacy"),
    "optimizers.experimental": OPTIMIZERS,
    "experimental": served("kshim.optimizers.schedules"),
    "optimizer_v1": OPTIMIZERS,
    "optimizer_v2": OLDER_OPTIMIZERS,
    "optimizer_v2.optimizer_v2": OLDER_OPTIMIZERS,
    "preprocessing": served(*_DATA_MAKERS),
    "preprocessing.image": served("kshim.preprocessing.image"),
    "preprocessing.sequence": served("kshim.preprocessing.sequence"),
    "preprocessing.text": served("kshim.preprocessing.text"),
    "regularizers": served("kshim.regularizers"),
    "saving": served("kshim.models", "kshim.utils", "kshim.utils.newer"),
    "utils": UTILS,
    **{f"utils.{name}": UTILS for name in UTILS_FILES},
    "utils.layer_utils": served("kshim.utils", "kshim.utils.generic", "kshim.layers"),
    "utils.legacy": UTILS,
    "utils.metrics_utils": served("kshim.compat.metrics_utils", "kshim.utils.generic"),
    "wrappers": served(),
    "wrappers.scikit_learn": served("kshim.wrappers.scikit_learn"),
    **{
        f"applications.{name}": Served((f"kshim.applications.{name}",), weight_paths(name))
        for name in APPLICATIONS
    },
    "applications.mobilenetv2": served("kshim.applications.mobilenet_v2"),
    **{f"backend.{name}": BACKEND for name in BACKEND_FILES},
    **{f"datasets.{name}": served(f"kshim.datasets.{name}") for name in DATA_SETS},
    **{f"layers.{name}": LAYERS for name in LAYER_FILES},
}

TENSORFLOW = (
    "kshim.compat.tensorflow.arrays",
    "kshim.compat.tensorflow.mathematics",
    "kshim.compat.tensorflow.session",
    "kshim.compat.tensorflow.gathering",
    "kshim.compat.tensorflow.more_mathematics",
    "kshim.compat.tensorflow.variables",
    "kshim.compat.tensorflow.gradients",
    "kshim.compat.tensorflow.few",
    "kshim.compat.tensorflow.execution",
    "kshim.compat.tensorflow.further",
)
_MATHEMATICS = (
    "kshim.compat.tensorflow.mathematics",
    "kshim.compat.tensorflow.more_mathematics",
    "kshim.compat.tensorflow.further",
)
_NEURAL = served(
    "kshim.compat.tensorflow.neural",
    "kshim.compat.tensorflow.further",
    swish="kshim.compat.tensorflow.further:silu",
    conv1d="kshim.compat.tensorflow.few:conv1d",
    conv3d_transpose="kshim.compat.tensorflow.few:conv3d_transpose",
    max_pool="kshim.compat.tensorflow.few:max_pool",
    avg_pool="kshim.compat.tensorflow.few:avg_pool",
    max_pool2d="kshim.compat.tensorflow.few:max_pool",
    top_k="kshim.compat.tensorflow.more_mathematics:top_k",
    moments="kshim.compat.tensorflow.more_mathematics:moments",
    embedding_lookup="kshim.compat.tensorflow.more_mathematics:embedding_lookup",
    depth_to_space="kshim.compat.tensorflow.gathering:depth_to_space",
    space_to_depth="kshim.compat.tensorflow.gathering:space_to_depth",
    tanh="kshim.compat.tensorflow.mathematics:tanh",
    sigmoid="kshim.compat.tensorflow.mathematics:sigmoid",
)
_DECODING = {
    name: f"kshim.compat.tensorflow.decoding:{name}"
    for name in words("decode_bmp decode_gif decode_image decode_jpeg decode_png")
}
_IMAGE = Served(("kshim.compat.tensorflow.image",), _DECODING)
_RUNNING = {
    name: f"kshim.compat.tensorflow.execution:{name}"
    for name in ("run_functions_eagerly", "experimental_run_functions_eagerly")
}
_OLD_IMAGE = Served(
    ("kshim.compat.tensorflow.old_image", "kshim.compat.tensorflow.image"), _DECODING
)
_OLD_TENSORFLOW = {
    "Module": "kshim.layers:Layer",
    "print": "kshim.compat.tensorflow.execution:print_",
    "set_random_seed": "kshim.compat.tensorflow.random:set_seed",
    "random_normal": "kshim.compat.tensorflow.random:normal",
    "random_uniform": "kshim.compat.tensorflow.random:uniform",
    "matmul": "kshim.compat.tensorflow.mathematics:matmul",
    "slice": "kshim.compat.tensorflow.gathering:slice_",
    "random_crop": "kshim.compat.tensorflow.image:random_crop",
    "random_normal_initializer": "kshim.initializers:RandomNormal",
    "random_uniform_initializer": "kshim.initializers:RandomUniform",
    "truncated_normal_initializer": "kshim.initializers:TruncatedNormal",
    "constant_initializer": "kshim.initializers:Constant",
    "zeros_initializer": "kshim.initializers:Zeros",
    "ones_initializer": "kshim.initializers:Ones",
    "glorot_uniform_initializer": "kshim.initializers:glorot_uniform",
    "glorot_normal_initializer": "kshim.initializers:glorot_normal",
    "TensorShape": "kshim.core.symbols:SymbolShape",
    "read_file": "kshim.compat.tensorflow.gfile:read_file",
    "InteractiveSession": "kshim.compat.tensorflow.session:Session",
}

_FILES = {name: f"kshim.compat.tensorflow.gfile:{name}" for name in ("read_file", "write_file")}
_GFILE = served("kshim.compat.tensorflow.gfile")
_TRAIN = served(
    "kshim.compat.tensorflow.train",
    "kshim.compat.tensorflow.queues",
    NewCheckpointReader="kshim.compat.tensorflow.train:load_checkpoint",
)
_DIGITS = served("kshim.compat.tensorflow.digits")
_DIGITS_HOMES = words(
    "tensorflow.contrib.learn.python.learn.datasets.mnist "
    "tensorflow.examples.tutorials.mnist.input_data"
)
# The packages above them, which hold nothing else here.
_DIGITS_ABOVE = words(
    "tensorflow.contrib.learn tensorflow.contrib.learn.python "
    "tensorflow.contrib.learn.python.learn tensorflow.contrib.learn.python.learn.datasets "
    "tensorflow.examples tensorflow.examples.tutorials tensorflow.examples.tutorials.mnist"
)

TENSORFLOW_MODULES: dict[str, Served] = {
    "tensorflow": Served(
        TENSORFLOW,
        {
            **_OLD_TENSORFLOW,
            "__version__": "kshim.compat.versions:tensorflow_version()",
            "VERSION": "kshim.compat.versions:tensorflow_version()",
        },
    ),
    "tensorflow.compat": served(),
    "tensorflow.compat.v1": Served(
        TENSORFLOW, {**_OLD_TENSORFLOW, "where": "kshim.compat.tensorflow.arrays:select"}
    ),
    "tensorflow.compat.v1.image": _OLD_IMAGE,
    "tensorflow.compat.v2": Served(TENSORFLOW, _OLD_TENSORFLOW),
    "tensorflow.data": served("kshim.compat.tensorflow.data"),
    "tensorflow.data.experimental": served("kshim.compat.tensorflow.data"),
    "tensorflow.image": _IMAGE,
    "tensorflow.audio": served(decode_wav="kshim.compat.tensorflow.decoding:decode_wav"),
    "tensorflow.nest": served("kshim.compat.tensorflow.nest"),
    "tensorflow.debugging": served("kshim.compat.tensorflow.debugging"),
    "tensorflow.compat.v1.debugging": served("kshim.compat.tensorflow.debugging"),
    "tensorflow.losses": served("kshim.losses", leaked=None, **renamed("losses", RENAMED)),
    "tensorflow.metrics": served("kshim.metrics", leaked=None, **renamed("metrics", RENAMED)),
    "tensorflow.optimizers": OPTIMIZERS,
    "tensorflow.optimizers.schedules": served("kshim.optimizers.schedules"),
    "tensorflow.distribute": served("kshim.compat.tensorflow.distribution"),
    "tensorflow.distribute.experimental": served("kshim.compat.tensorflow.distribution"),
    "tensorflow.feature_column": served("kshim.compat.tensorflow.feature_column"),
    "tensorflow.initializers": served("kshim.initializers"),
    "tensorflow.linalg": served(*_MATHEMATICS),
    "tensorflow.io": Served((), {**_DECODING, **_FILES}),
    "tensorflow.io.gfile": _GFILE,
    "tensorflow.compat.v1.io": Served((), {**_DECODING, **_FILES}),
    "tensorflow.compat.v1.io.gfile": _GFILE,
    "tensorflow.compat.v1.gfile": _GFILE,
    "tensorflow.gfile": _GFILE,
    "tensorflow.errors": served(
        OutOfRangeError="kshim.graph.streams:DataEnded",
        NotFoundError="kshim.errors:FileError",
        InvalidArgumentError="kshim.errors:ArgumentError",
    ),
    "tensorflow.contrib": served(),
    "tensorflow.contrib.image": served("kshim.compat.tensorflow.contrib_image"),
    **{path: served() for path in _DIGITS_ABOVE},
    **dict.fromkeys(_DIGITS_HOMES, _DIGITS),
    "tensorflow.contrib.keras.python": served(),
    "tensorflow.math": served(
        *_MATHEMATICS, l2_normalize="kshim.compat.tensorflow.neural:l2_normalize"
    ),
    "tensorflow.nn": _NEURAL,
    "tensorflow.compat.v1.nn": _NEURAL,
    "tensorflow.compat.v1.logging": served("kshim.compat.tensorflow.logging"),
    "tensorflow.logging": served("kshim.compat.tensorflow.logging"),
    "tensorflow.python": served(),
    "tensorflow.random": served(
        "kshim.compat.tensorflow.random",
        categorical="kshim.compat.tensorflow.further:categorical",
        shuffle="kshim.compat.tensorflow.few:random_shuffle",
    ),
    "tensorflow.train": _TRAIN,
    "tensorflow.compat.v1.train": _TRAIN,
    "tensorflow.test": served("kshim.compat.tensorflow.devices"),
    "tensorflow.config": Served(("kshim.compat.tensorflow.devices",), _RUNNING),
    "tensorflow.config.experimental": served("kshim.compat.tensorflow.devices"),
    "tensorflow.config.threading": served("kshim.compat.tensorflow.devices"),
    "tensorflow.config.optimizer": served("kshim.compat.tensorflow.devices"),
    "tensorflow.autograph": served("kshim.compat.tensorflow.logging"),
    "tensorflow.dtypes": served("kshim.compat.tensorflow.few"),
    "tensorflow.version": served(VERSION="kshim.compat.versions:tensorflow_version()"),
}

# The package that Keras 2.2 took its architectures from.
_HANDED = "kshim.compat.handed_modules"
ARCHITECTURES: dict[str, Served] = {
    "keras_applications": served("kshim.applications", _HANDED),
    "keras_applications.resnet_common": served(
        "kshim.applications.resnet", "kshim.applications.resnet_v2", "kshim.applications.resnext"
    ),
    **{
        f"keras_applications.{name}": Served(
            (f"kshim.applications.{name}", _HANDED), weight_paths(name)
        )
        for name in APPLICATIONS
    },
}

MODULES: dict[str, Served] = (
    TENSORFLOW_MODULES
    | ARCHITECTURES
    | {
        f"{root}.{path}".rstrip("."): row
        for root in KERAS_ROOTS
        for path, row in KERAS_MODULES.items()
    }
)
