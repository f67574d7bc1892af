"""Architectures for images, under the names Keras gives them, with trained weights where they are.

Each function makes a model; each family's module has `preprocess_input` for its pixels and
`decode_predictions` for its classes.
"""

from kshim.applications.convnext import (
    ConvNeXtBase,
    ConvNeXtLarge,
    ConvNeXtSmall,
    ConvNeXtTiny,
    ConvNeXtXLarge,
)
from kshim.applications.densenet import DenseNet121, DenseNet169, DenseNet201
from kshim.applications.efficientnet import (
    EfficientNetB0,
    EfficientNetB1,
    EfficientNetB2,
    EfficientNetB3,
    EfficientNetB4,
    EfficientNetB5,
    EfficientNetB6,
    EfficientNetB7,
)
from kshim.applications.efficientnet_v2 import (
    EfficientNetV2B0,
    EfficientNetV2B1,
    EfficientNetV2B2,
    EfficientNetV2B3,
    EfficientNetV2L,
    EfficientNetV2M,
    EfficientNetV2S,
)
from kshim.applications.inception_resnet_v2 import InceptionResNetV2
from kshim.applications.inception_v3 import InceptionV3
from kshim.applications.mobilenet import MobileNet
from kshim.applications.mobilenet_v2 import MobileNetV2
from kshim.applications.mobilenet_v3 import MobileNetV3Large, MobileNetV3Small
from kshim.applications.music_tagger_crnn import MusicTaggerCRNN
from kshim.applications.nasnet import NASNetLarge, NASNetMobile
from kshim.applications.regnet import (
    RegNetX002,
    RegNetX004,
    RegNetX006,
    RegNetX008,
    RegNetX016,
    RegNetX032,
    RegNetX040,
    RegNetX064,
    RegNetX080,
    RegNetX120,
    RegNetX160,
    RegNetX320,
    RegNetY002,
    RegNetY004,
    RegNetY006,
    RegNetY008,
    RegNetY016,
    RegNetY032,
    RegNetY040,
    RegNetY064,
    RegNetY080,
    RegNetY120,
    RegNetY160,
    RegNetY320,
)
from kshim.applications.resnet import ResNet101, ResNet152
from kshim.applications.resnet50 import ResNet50
from kshim.applications.resnet_rs import (
    ResNetRS50,
    ResNetRS101,
    ResNetRS152,
    ResNetRS200,
    ResNetRS270,
    ResNetRS350,
    ResNetRS420,
)
from kshim.applications.resnet_v2 import ResNet50V2, ResNet101V2, ResNet152V2
from kshim.applications.resnext import ResNeXt50, ResNeXt101
from kshim.applications.vgg16 import VGG16
from kshim.applications.vgg19 import VGG19
from kshim.applications.xception import Xception

__all__ = [
    "ConvNeXtBase", "ConvNeXtLarge", "ConvNeXtSmall", "ConvNeXtTiny", "ConvNeXtXLarge",
    "DenseNet121", "DenseNet169", "DenseNet201", "EfficientNetB0", "EfficientNetB1",
    "EfficientNetB2", "EfficientNetB3", "EfficientNetB4", "EfficientNetB5", "EfficientNetB6",
    "EfficientNetB7", "EfficientNetV2B0", "EfficientNetV2B1", "EfficientNetV2B2",
    "EfficientNetV2B3", "EfficientNetV2L", "EfficientNetV2M", "EfficientNetV2S",
    "InceptionResNetV2", "InceptionV3", "MobileNet", "MobileNetV2", "MobileNetV3Large",
    "MobileNetV3Small", "MusicTaggerCRNN", "NASNetLarge", "NASNetMobile", "RegNetX002",
    "RegNetX004", "RegNetX006", "RegNetX008", "RegNetX016", "RegNetX032", "RegNetX040",
    "RegNetX064", "RegNetX080", "RegNetX120", "RegNetX160", "RegNetX320", "RegNetY002",
    "RegNetY004", "RegNetY006", "RegNetY008", "RegNetY016", "RegNetY032", "RegNetY040",
    "RegNetY064", "RegNetY080", "RegNetY120", "RegNetY160", "RegNetY320", "ResNeXt101",
    "ResNeXt50", "ResNet101", "ResNet101V2", "ResNet152", "ResNet152V2", "ResNet50",
    "ResNet50V2", "ResNetRS101", "ResNetRS152", "ResNetRS200", "ResNetRS270", "ResNetRS350",
    "ResNetRS420", "ResNetRS50", "VGG16", "VGG19", "Xception",
]  # fmt: skip
