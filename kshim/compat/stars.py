"""Which names each module of the old Kerases had from its own imports, in any version.

Written by `tools/stars_table.py` from what the real Kerases say. Do not edit.
"""

from __future__ import annotations

STARS: dict[str, str] = {
    "": (
        "Input Model Sequential activations applications backend constraints initializations "
        "initializers layers losses models objectives optimizers regularizers utils"
    ),
    "activations": "K Layer deserialize_keras_object get_from_module six warnings",
    "applications": (
        "backend densenet imagenet_utils inception_resnet_v2 inception_v3 keras_applications "
        "keras_modules_injection layers mobilenet mobilenet_v2 models nasnet resnet resnet50 "
        "resnet_v2 utils vgg16 vgg19 xception"
    ),
    "applications.audio_conv_utils": "K np",
    "applications.densenet": "densenet keras_modules_injection",
    "applications.imagenet_utils": (
        "K get_file imagenet_utils json keras_modules_injection np warnings"
    ),
    "applications.inception_resnet_v2": "inception_resnet_v2 keras_modules_injection",
    "applications.inception_v3": (
        "Activation AveragePooling2D BatchNormalization Conv2D Convolution2D Dense Flatten "
        "GlobalAveragePooling2D GlobalMaxPooling2D Input K MaxPooling2D Model "
        "convert_all_kernels_in_model get_file get_source_inputs inception_v3 "
        "keras_modules_injection layers merge warnings"
    ),
    "applications.mobilenet": (
        "Activation BatchNormalization Conv2D Dropout GlobalAveragePooling2D "
        "GlobalMaxPooling2D Input InputSpec K Model constraints conv_utils get_file "
        "get_source_inputs initializers keras_modules_injection mobilenet regularizers "
        "warnings"
    ),
    "applications.mobilenet_v2": "keras_modules_injection mobilenet_v2",
    "applications.mobilenetv2": "keras_modules_injection mobilenet_v2",
    "applications.music_tagger_crnn": (
        "BatchNormalization Convolution2D Dense Dropout Input K MaxPooling2D Model "
        "ZeroPadding2D convert_all_kernels_in_model get_file get_source_inputs"
    ),
    "applications.nasnet": "keras_modules_injection nasnet",
    "applications.resnet": "keras_modules_injection resnet",
    "applications.resnet50": (
        "Activation AveragePooling2D BatchNormalization Conv2D Convolution2D Dense Flatten "
        "GlobalAveragePooling2D GlobalMaxPooling2D Input K MaxPooling2D Model ZeroPadding2D "
        "convert_all_kernels_in_model get_file get_source_inputs keras_modules_injection "
        "layer_utils layers merge resnet50 warnings"
    ),
    "applications.resnet_v2": "keras_modules_injection resnet_v2",
    "applications.vgg16": (
        "Conv2D Convolution2D Dense Flatten GlobalAveragePooling2D GlobalMaxPooling2D Input K "
        "MaxPooling2D Model convert_all_kernels_in_model get_file get_source_inputs "
        "keras_modules_injection layer_utils vgg16 warnings"
    ),
    "applications.vgg19": (
        "Conv2D Convolution2D Dense Flatten GlobalAveragePooling2D GlobalMaxPooling2D Input K "
        "MaxPooling2D Model convert_all_kernels_in_model get_file get_source_inputs "
        "keras_modules_injection layer_utils vgg19 warnings"
    ),
    "applications.xception": (
        "Activation BatchNormalization Conv2D Dense GlobalAveragePooling2D GlobalMaxPooling2D "
        "Input K MaxPooling2D Model SeparableConv2D get_file get_source_inputs "
        "keras_modules_injection layers merge warnings xception"
    ),
    "backend": (
        "backend concatenate count_params defaultdict has_arg importlib json "
        "normalize_data_format np os py_all py_any py_slice py_sum sys tf transpose_shape "
        "warnings"
    ),
    "backend.common": "defaultdict normalize_data_format np",
    "backend.load_backend": (
        "backend concatenate count_params functools importlib json normalize_data_format np "
        "os py_all py_any py_slice py_sum sys tf threading transpose_shape"
    ),
    "backend.numpy_backend": (
        "concatenate count_params np py_slice sp to_categorical transpose_shape"
    ),
    "backend.tensorflow_backend": (
        "concatenate count_params defaultdict functools has_arg normalize_data_format np os "
        "py_all py_any py_slice py_sum sys tf threading transpose_shape warnings"
    ),
    "backend.theano_backend": "concatenate count_params inspect np py_all",
    "callbacks": (
        "Callback Iterable K OrderedDict Progbar csv deque io json np os requests six sys tf "
        "time warnings"
    ),
    "callbacks.callbacks": (
        "Callback Iterable K OrderedDict Progbar csv defaultdict deque io json np os requests "
        "six time warnings"
    ),
    "callbacks.tensorboard_v1": "Callback K np os warnings",
    "callbacks.tensorboard_v2": "tf warnings",
    "constraints": "K deserialize_keras_object get_from_module serialize_keras_object six",
    "datasets.boston_housing": "get_file np",
    "datasets.cifar": "cPickle load_batch sys",
    "datasets.cifar10": "K get_file load_batch np os",
    "datasets.cifar100": "K get_file load_batch np os",
    "datasets.fashion_mnist": "get_file gzip np os",
    "datasets.imdb": "cPickle get_file gzip json np sys warnings zip",
    "datasets.mnist": "cPickle get_file gzip np sys",
    "datasets.reuters": "cPickle get_file json np sys warnings zip",
    "engine": (
        "Input InputLayer InputSpec Layer Merge Model get_source_inputs merge network saving "
        "topology training_utils"
    ),
    "engine.base_layer": (
        "InputSpec K Layer Node copy count_params has_arg initializers is_all_none "
        "object_list_uid re threading to_list unpack_singleton zip"
    ),
    "engine.input_layer": "Input InputLayer K Layer Node unpack_singleton",
    "engine.network": (
        "InputLayer K Layer Node ask_to_proceed_with_overwrite copy get_source_inputs h5py "
        "has_arg json np object_list_uid os saving to_list unpack_singleton warnings yaml zip"
    ),
    "engine.saving": (
        "K ask_to_proceed_with_overwrite conv_utils getargspec h5py inspect json losses "
        "model_from_json np optimizers os preprocess_weights_for_loading string_types "
        "tempfile warnings wraps yaml zip"
    ),
    "engine.sequential": (
        "Input InputLayer K Layer Model Sequential copy h5py layer_module network warnings"
    ),
    "engine.topology": (
        "Input InputLayer InputSpec K Layer Merge Node ask_to_proceed_with_overwrite "
        "conv_utils copy func_dump func_load get_source_inputs h5py has_arg initializations "
        "initializers inspect json merge np object_list_uid os preprocess_weights_for_loading "
        "python_types re to_list warnings yaml zip"
    ),
    "engine.training": (
        "K Layer Model Progbar Sequence batch_shuffle cbks check_array_length_consistency "
        "check_loss_and_target_compatibility collections copy losses losses_utils "
        "make_batches metrics_module multiprocessing np objectives optimizers queue six "
        "slice_arrays standardize_weights threading time to_list training_utils "
        "unpack_singleton warnings weighted_masked_objective"
    ),
    "engine.training_arrays": (
        "K Progbar batch_shuffle cbks issparse make_batches np slice_arrays to_list "
        "unpack_singleton"
    ),
    "engine.training_generator": "K Progbar Sequence cbks np to_list unpack_singleton warnings",
    "engine.training_utils": (
        "K OrderedDict Sequence batch_shuffle check_array_length_consistency "
        "check_loss_and_target_compatibility collections copy generic_utils inspect losses "
        "losses_utils make_batches metrics_module np six standardize_weights to_list warnings "
        "weighted_masked_objective"
    ),
    "initializations": "K get_from_module np",
    "initializers": "K deserialize_keras_object np serialize_keras_object six",
    "layers": (
        "Activation AveragePooling2D BatchNormalization Conv2D Convolution2D Dense Dropout "
        "Flatten GlobalAveragePooling2D GlobalMaxPooling2D Input InputLayer InputSpec K "
        "Lambda Layer MaxPooling2D Merge SeparableConv2D Wrapper ZeroPadding2D activations "
        "concatenate constraints conv_input_length conv_output_length conv_utils copy "
        "deserialize_keras_object func_dump func_load functools get_from_module has_arg "
        "initializations initializers inspect merge namedtuple np object_list_uid "
        "python_types recurrent regularizers to_list transpose_shape warnings"
    ),
    "layers.advanced_activations": (
        "InputSpec K Layer activations constraints initializations initializers np "
        "regularizers to_list"
    ),
    "layers.convolutional": (
        "AveragePooling2D Conv2D Convolution2D InputSpec K Layer MaxPooling2D SeparableConv2D "
        "ZeroPadding2D activations constraints conv_input_length conv_output_length "
        "conv_utils functools initializations initializers regularizers transpose_shape"
    ),
    "layers.convolutional_recurrent": (
        "InputSpec K Layer activations constraints conv_output_length conv_utils has_arg "
        "initializations initializers np regularizers to_list transpose_shape warnings"
    ),
    "layers.core": (
        "Activation Dense Dropout Flatten InputSpec K Lambda Layer Merge activations "
        "constraints conv_utils copy deserialize_keras_object func_dump func_load "
        "get_from_module has_arg initializations initializers inspect np python_types "
        "regularizers warnings"
    ),
    "layers.cudnn_recurrent": "InputSpec K constraints initializers namedtuple regularizers",
    "layers.embeddings": "K Layer constraints initializations initializers regularizers to_list",
    "layers.local": (
        "InputSpec K Layer activations constraints conv_output_length conv_utils "
        "initializations initializers regularizers"
    ),
    "layers.merge": "K Layer concatenate",
    "layers.noise": "InputSpec K Layer np",
    "layers.normalization": (
        "BatchNormalization InputSpec K Layer constraints initializations initializers regularizers"
    ),
    "layers.pooling": (
        "AveragePooling2D GlobalAveragePooling2D GlobalMaxPooling2D InputSpec K Layer "
        "MaxPooling2D conv_output_length conv_utils"
    ),
    "layers.recurrent": (
        "InputSpec K Layer activations constraints has_arg initializations initializers np "
        "regularizers to_list warnings"
    ),
    "layers.wrappers": "InputSpec K Layer Wrapper copy has_arg object_list_uid recurrent",
    "legacy": "layers models",
    "legacy.interfaces": "functools np six warnings",
    "legacy.layers": (
        "InputSpec K Layer Merge activations constraints conv_utils func_dump func_load "
        "has_arg initializers merge np python_types regularizers to_list warnings"
    ),
    "legacy.models": "Merge",
    "losses": "K abc deserialize_keras_object losses_utils serialize_keras_object six",
    "metrics": (
        "K Layer abc deserialize_keras_object get_from_module losses_utils metrics_utils np "
        "serialize_keras_object six tf types"
    ),
    "models": (
        "Input InputLayer K Layer Merge Model Node Sequential ask_to_proceed_with_overwrite "
        "clone_model copy get_source_inputs h5py has_arg json layer_module legacy_layers "
        "model_from_json np optimizer_from_config optimizers os to_list topology warnings "
        "yaml"
    ),
    "objectives": (
        "K abc deserialize_keras_object get_from_module losses_utils serialize_keras_object six"
    ),
    "optimizers": (
        "K copy deserialize_keras_object get_custom_objects get_from_module np "
        "optimizer_from_config serialize_keras_object six tf zip"
    ),
    "preprocessing": "backend image sequence text utils",
    "preprocessing.image": (
        "K backend generic_utils image inspect linalg multiprocessing ndi np os partial "
        "pil_image range re threading utils warnings"
    ),
    "preprocessing.sequence": "np random range sequence utils",
    "preprocessing.text": "OrderedDict maketrans md5 np range string sys text warnings zip",
    "regularizers": (
        "K deserialize_keras_object get_from_module serialize_keras_object six warnings"
    ),
    "utils": (
        "CustomObjectScope Progbar Sequence conv_utils convert_all_kernels_in_model "
        "deserialize_keras_object generic_utils get_custom_objects get_file get_source_inputs "
        "layer_utils losses_utils metrics_utils serialize_keras_object to_categorical "
        "training_utils"
    ),
    "utils.conv_utils": (
        "K conv_input_length conv_output_length convert_kernel normalize_data_format np range"
    ),
    "utils.data_utils": (
        "HTTPError Progbar Sequence ThreadPool URLError abstractmethod closing functools "
        "get_file hashlib mp multiprocessing np os queue random shutil six sys tarfile "
        "threading time urlopen urlretrieve warnings zipfile"
    ),
    "utils.generic_utils": (
        "CustomObjectScope Progbar binascii check_for_unexpected_keys codecs collections "
        "deserialize_keras_object func_dump func_load get_custom_objects get_from_module "
        "getargspec has_arg inspect is_all_none marshal np object_list_uid python_types "
        "serialize_keras_object six slice_arrays sys time to_list transpose_shape "
        "unpack_singleton"
    ),
    "utils.io_utils": "ask_to_proceed_with_overwrite contextlib defaultdict h5py np pickle six sys",
    "utils.layer_utils": (
        "Activation AveragePooling2D BatchNormalization Conv2D Convolution2D Dense Dropout "
        "Flatten GlobalAveragePooling2D GlobalMaxPooling2D Input InputLayer InputSpec K "
        "Lambda Layer MaxPooling2D Merge Model SeparableConv2D Sequential Wrapper "
        "ZeroPadding2D activations constraints conv_input_length conv_output_length "
        "convert_all_kernels_in_model convert_kernel copy count_params func_dump func_load "
        "functools get_custom_objects get_from_module get_source_inputs initializations "
        "inspect merge np python_types recurrent regularizers warnings"
    ),
    "utils.losses_utils": "K Reduction np",
    "utils.metrics_utils": "Enum K Reduction losses_utils to_list",
    "utils.multi_gpu_utils": "K Lambda Model clone_model concatenate to_list",
    "utils.np_utils": (
        "K conv_input_length conv_output_length convert_kernel np range to_categorical zip"
    ),
    "utils.test_utils": (
        "BytesIO Input K Model Sequential assert_allclose get_test_data has_arg inspect "
        "model_from_json np os six"
    ),
    "utils.training_utils": "K Lambda Model concatenate",
    "utils.vis_utils": "Model Wrapper os",
    "utils.visualize_util": "Sequential Wrapper os",
    "wrappers.scikit_learn": (
        "Sequential copy has_arg inspect losses np to_categorical to_list types"
    ),
}
