"""Every layer, under the name Keras gives it."""

from kshim.layers.activations import ELU, Identity, LeakyReLU, PReLU, ReLU, Softmax, ThresholdedReLU
from kshim.layers.adaptive import (
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D,
)
from kshim.layers.attention import (
    AdditiveAttention,
    Attention,
    GroupQueryAttention,
    MultiHeadAttention,
)
from kshim.layers.base import Layer
from kshim.layers.cells import (
    RNN,
    AbstractRNNCell,
    GRUCell,
    LSTMCell,
    SimpleRNNCell,
    StackedRNNCells,
)
from kshim.layers.configs import deserialize, serialize
from kshim.layers.conv_recurrent import (
    ConvLSTM1D,
    ConvLSTM2D,
    ConvLSTM2DCell,
    ConvLSTM3D,
    ConvRNN2D,
)
from kshim.layers.convolution import (
    Conv1D,
    Conv2D,
    Conv3D,
    Convolution1D,
    Convolution2D,
    Convolution3D,
)
from kshim.layers.core import (
    Activation,
    ActivityRegularization,
    Dense,
    Dropout,
    Flatten,
    Input,
    InputLayer,
    Lambda,
    Masking,
    Permute,
    RepeatVector,
    Reshape,
)
from kshim.layers.cudnn import CuDNNGRU, CuDNNLSTM
from kshim.layers.einsum import EinsumDense
from kshim.layers.embeddings import Embedding, ReversibleEmbedding
from kshim.layers.foreign import DenseFeatures, FlaxLayer, JaxLayer, TFSMLayer
from kshim.layers.legacy.activations import ParametricSoftplus, SReLU
from kshim.layers.legacy.convolution import (
    AtrousConvolution1D,
    AtrousConvolution2D,
    Deconvolution2D,
)
from kshim.layers.legacy.dense import Highway, MaxoutDense, TimeDistributedDense
from kshim.layers.legacy.merging import Merge, merge
from kshim.layers.local import LocallyConnected1D, LocallyConnected2D
from kshim.layers.merging import (
    Add,
    Average,
    Concatenate,
    Dot,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    concatenate,
    dot,
    maximum,
    minimum,
    multiply,
    subtract,
)
from kshim.layers.noise import (
    AlphaDropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from kshim.layers.normalization import BatchNormalization, LayerNormalization, Normalization
from kshim.layers.operations import Operation
from kshim.layers.padding import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from kshim.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    AvgPool1D,
    AvgPool2D,
    AvgPool3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalAvgPool1D,
    GlobalAvgPool2D,
    GlobalAvgPool3D,
    GlobalMaxPool1D,
    GlobalMaxPool2D,
    GlobalMaxPool3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    MaxPool1D,
    MaxPool2D,
    MaxPool3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from kshim.layers.preprocessing.augmentation import (
    RandomBrightness,
    RandomContrast,
    RandomCrop,
    RandomFlip,
    RandomHeight,
    RandomRotation,
    RandomTranslation,
    RandomWidth,
    RandomZoom,
)
from kshim.layers.preprocessing.blurring import RandomGaussianBlur, RandomSharpness
from kshim.layers.preprocessing.boxes import MaxNumBoundingBoxes
from kshim.layers.preprocessing.categories import CategoryEncoding, Discretization
from kshim.layers.preprocessing.colors import (
    RandomColorDegeneration,
    RandomColorJitter,
    RandomGrayscale,
    RandomHue,
    RandomInvert,
    RandomPosterization,
    RandomSaturation,
    Solarization,
)
from kshim.layers.preprocessing.distortion import (
    RandomElasticTransform,
    RandomPerspective,
    RandomShear,
)
from kshim.layers.preprocessing.hashing import HashedCrossing, Hashing
from kshim.layers.preprocessing.histograms import (
    AutoContrast,
    ContrastLimitedAdaptiveHistogramEqualization,
    Equalization,
)
from kshim.layers.preprocessing.images import CenterCrop, Rescaling, Resizing
from kshim.layers.preprocessing.lookups import IntegerLookup, StringLookup
from kshim.layers.preprocessing.patching import CutMix, MixUp, RandomErasing
from kshim.layers.preprocessing.pipeline import Pipeline
from kshim.layers.preprocessing.policies import AugMix, RandAugment
from kshim.layers.preprocessing.spectrograms import MelSpectrogram, STFTSpectrogram
from kshim.layers.preprocessing.text import TextVectorization
from kshim.layers.recurrent import GRU, LSTM, SimpleRNN
from kshim.layers.residual import LayerScale as LayerScale
from kshim.layers.residual import StochasticDepth as StochasticDepth
from kshim.layers.resizing import UpSampling1D, UpSampling2D, UpSampling3D
from kshim.layers.scaling import GroupNormalization, RMSNormalization, UnitNormalization
from kshim.layers.separable import (
    DepthwiseConv1D,
    DepthwiseConv2D,
    SeparableConv1D,
    SeparableConv2D,
    SeparableConvolution1D,
    SeparableConvolution2D,
)
from kshim.layers.spec import InputSpec
from kshim.layers.spectral import SpectralNormalization
from kshim.layers.torch_module import TorchModuleWrapper
from kshim.layers.transposed import (
    Conv1DTranspose,
    Conv2DTranspose,
    Conv3DTranspose,
    Convolution1DTranspose,
    Convolution2DTranspose,
    Convolution3DTranspose,
    Deconvolution3D,
)
from kshim.layers.wrappers import Bidirectional, TimeDistributed, Wrapper

__all__ = [
    "AbstractRNNCell", "Activation", "ActivityRegularization", "AdaptiveAveragePooling1D",
    "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D", "AdaptiveMaxPooling1D",
    "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D", "Add", "AdditiveAttention", "AlphaDropout",
    "AtrousConvolution1D", "AtrousConvolution2D", "Attention", "AugMix", "AutoContrast", "Average",
    "AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "AvgPool1D", "AvgPool2D",
    "AvgPool3D", "BatchNormalization", "Bidirectional", "CategoryEncoding", "CenterCrop",
    "Concatenate", "ContrastLimitedAdaptiveHistogramEqualization", "Conv1D", "Conv1DTranspose",
    "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose", "ConvLSTM1D", "ConvLSTM2D",
    "ConvLSTM2DCell", "ConvLSTM3D", "ConvRNN2D", "Convolution1D", "Convolution1DTranspose",
    "Convolution2D", "Convolution2DTranspose", "Convolution3D", "Convolution3DTranspose",
    "Cropping1D", "Cropping2D", "Cropping3D", "CuDNNGRU", "CuDNNLSTM", "CutMix", "Deconvolution2D",
    "Deconvolution3D", "Dense", "DenseFeatures", "DepthwiseConv1D", "DepthwiseConv2D",
    "Discretization", "Dot", "Dropout", "ELU", "EinsumDense", "Embedding", "Equalization",
    "Flatten", "FlaxLayer", "GRU", "GRUCell", "GaussianDropout", "GaussianNoise",
    "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D", "GlobalAvgPool1D",
    "GlobalAvgPool2D", "GlobalAvgPool3D", "GlobalMaxPool1D", "GlobalMaxPool2D", "GlobalMaxPool3D",
    "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D", "GroupNormalization",
    "GroupQueryAttention", "HashedCrossing", "Hashing", "Highway", "Identity", "Input",
    "InputLayer", "InputSpec", "IntegerLookup", "JaxLayer", "LSTM", "LSTMCell", "Lambda", "Layer",
    "LayerNormalization", "LeakyReLU", "LocallyConnected1D", "LocallyConnected2D", "Masking",
    "MaxNumBoundingBoxes", "MaxPool1D", "MaxPool2D", "MaxPool3D", "MaxPooling1D", "MaxPooling2D",
    "MaxPooling3D", "Maximum", "MaxoutDense", "MelSpectrogram", "Merge", "Minimum", "MixUp",
    "MultiHeadAttention", "Multiply", "Normalization", "Operation", "PReLU", "ParametricSoftplus",
    "Permute", "Pipeline", "RMSNormalization", "RNN", "RandAugment", "RandomBrightness",
    "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomCrop",
    "RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur",
    "RandomGrayscale", "RandomHeight", "RandomHue", "RandomInvert", "RandomPerspective",
    "RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear",
    "RandomTranslation", "RandomWidth", "RandomZoom", "ReLU", "RepeatVector", "Rescaling",
    "Reshape", "Resizing", "ReversibleEmbedding", "SReLU", "STFTSpectrogram", "SeparableConv1D",
    "SeparableConv2D", "SeparableConvolution1D", "SeparableConvolution2D", "SimpleRNN",
    "SimpleRNNCell", "Softmax", "Solarization", "SpatialDropout1D", "SpatialDropout2D",
    "SpatialDropout3D", "SpectralNormalization", "StackedRNNCells", "StringLookup", "Subtract",
    "TFSMLayer", "TextVectorization", "ThresholdedReLU", "TimeDistributed", "TimeDistributedDense",
    "TorchModuleWrapper", "UnitNormalization", "UpSampling1D", "UpSampling2D", "UpSampling3D",
    "Wrapper", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D", "add", "average", "concatenate",
    "deserialize", "dot", "maximum", "merge", "minimum", "multiply", "serialize", "subtract",
]  # fmt: skip
