"""Layers of Keras that run another framework's code: named here, and refused with the way on."""

from __future__ import annotations

from typing import Any

from kshim.errors import NotSupported
from kshim.layers.base import LAYERS, Layer


class Foreign(Layer):
    """Refuse to be made: the layer runs code of a framework that is not there.

    Source: Keras 3.15 utils/jax_layer.py and export/tfsm_layer.py; tf.keras 2.15
    feature_column/dense_features.py.
    """

    instead: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say what to do instead.

        Raises:
            NotSupported: always.
        """
        raise NotSupported(f"{type(self).__name__}: {self.instead}")


@LAYERS.register()
class TFSMLayer(Foreign):
    """Stand for a SavedModel run by TensorFlow.

    Shapes:
        none: it is not made
    """

    instead = (
        "a SavedModel must be run by TensorFlow, which is not here. Load what tf.keras wrote with "
        "kshim.models.load_model, which reads its layers and weights."
    )


@LAYERS.register()
class JaxLayer(Foreign):
    """Stand for a function of JAX.

    Shapes:
        none: it is not made
    """

    instead = (
        "a function of JAX must be run by JAX, which is not here. Write it with torch, and wrap "
        "the module in TorchModuleWrapper."
    )


@LAYERS.register()
class FlaxLayer(Foreign):
    """Stand for a module of Flax.

    Shapes:
        none: it is not made
    """

    instead = (
        "a module of Flax must be run by JAX, which is not here. Write it with torch, and wrap "
        "it in TorchModuleWrapper."
    )


@LAYERS.register()
class DenseFeatures(Foreign):
    """Stand for the feature columns of TensorFlow.

    Shapes:
        none: it is not made
    """

    instead = (
        "feature columns must be made by TensorFlow, which is not here. Give each feature an Input "
        "and a layer of its own (Normalization, Discretization, StringLookup, Hashing, "
        "CategoryEncoding, Embedding), and put a Concatenate behind them."
    )
