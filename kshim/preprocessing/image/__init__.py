"""Images: pictures and arrays, their transforms, and batches of them changed at random."""

from kshim.preprocessing.image.dataframes import DataFrameIterator
from kshim.preprocessing.image.files import DirectoryIterator
from kshim.preprocessing.image.generator import ImageDataGenerator
from kshim.preprocessing.image.iterators import Iterator, NumpyArrayIterator
from kshim.preprocessing.image.pictures import (
    array_to_img,
    img_to_array,
    list_pictures,
    load_img,
    save_img,
)
from kshim.preprocessing.image.resizing import smart_resize
from kshim.preprocessing.image.transforms import (
    apply_affine_transform,
    apply_brightness_shift,
    apply_channel_shift,
    apply_transform,
    flip_axis,
    random_brightness,
    random_channel_shift,
    random_rotation,
    random_shear,
    random_shift,
    random_zoom,
    transform_matrix_offset_center,
)

__all__ = [
    "DataFrameIterator",
    "DirectoryIterator",
    "ImageDataGenerator",
    "Iterator",
    "NumpyArrayIterator",
    "apply_affine_transform",
    "apply_brightness_shift",
    "apply_channel_shift",
    "apply_transform",
    "array_to_img",
    "flip_axis",
    "img_to_array",
    "list_pictures",
    "load_img",
    "random_brightness",
    "random_channel_shift",
    "random_rotation",
    "random_shear",
    "random_shift",
    "random_zoom",
    "save_img",
    "smart_resize",
    "transform_matrix_offset_center",
]
