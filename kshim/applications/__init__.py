"""Architectures for images, under the names Keras gives them, with trained weights where they are.

Each function makes a model; each family's module has `preprocess_input` for its pixels and
`decode_predictions` for its classes.
"""

from kshim.applications.resnet import ResNet101, ResNet152
from kshim.applications.resnet50 import ResNet50
from kshim.applications.vgg16 import VGG16
from kshim.applications.vgg19 import VGG19

__all__ = ["VGG16", "VGG19", "ResNet50", "ResNet101", "ResNet152"]
