"""Leaving Keras: a model as a file that needs neither Keras nor kshim."""

from kshim.export.comparing import Comparison, compare
from kshim.export.onnx import Exported, to_onnx
from kshim.export.recording import recorder
from kshim.export.source import to_source, to_torch

__all__ = ["Comparison", "Exported", "compare", "recorder", "to_onnx", "to_source", "to_torch"]
