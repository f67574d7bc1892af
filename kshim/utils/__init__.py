"""What Keras calls utils: arrays, files, data read by batches, the user's own objects."""

from kshim.core.registry import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    register_keras_serializable,
)
from kshim.utils.arrays import normalize, to_categorical
from kshim.utils.files import get_file, validate_file
from kshim.utils.sequences import Sequence

__all__ = [
    "CustomObjectScope",
    "Sequence",
    "custom_object_scope",
    "get_custom_objects",
    "get_file",
    "normalize",
    "register_keras_serializable",
    "to_categorical",
    "validate_file",
]
