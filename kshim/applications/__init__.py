"""Architectures for images, under the names Keras gives them, with trained weights where they are.

Each function makes a model; each family's module has `preprocess_input` for its pixels and
`decode_predictions` for its classes.
"""

from kshim.applications.densenet import DenseNet121, DenseNet169, DenseNet201
from kshim.applications.inception_resnet_v2 import InceptionResNetV2
from kshim.applications.inception_v3 import InceptionV3
from kshim.applications.mobilenet import MobileNet
from kshim.applications.mobilenet_v2 import MobileNetV2
from kshim.applications.music_tagger_crnn import MusicTaggerCRNN
from kshim.applications.nasnet import NASNetLarge, NASNetMobile
from kshim.applications.resnet import ResNet101, ResNet152
from kshim.applications.resnet50 import ResNet50
from kshim.applications.resnet_v2 import ResNet50V2, ResNet101V2, ResNet152V2
from kshim.applications.resnext import ResNeXt50, ResNeXt101
from kshim.applications.vgg16 import VGG16
from kshim.applications.vgg19 import VGG19
from kshim.applications.xception import Xception

__all__ = [
    "VGG16", "VGG19", "DenseNet121", "DenseNet169", "DenseNet201", "InceptionResNetV2",
    "InceptionV3", "MobileNet", "MobileNetV2", "MusicTaggerCRNN", "NASNetLarge", "NASNetMobile",
    "ResNeXt50", "ResNeXt101", "ResNet50", "ResNet50V2", "ResNet101", "ResNet101V2", "ResNet152",
    "ResNet152V2", "Xception",
]  # fmt: skip
