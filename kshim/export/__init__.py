"""Leaving Keras: a model as a file that needs neither Keras nor kshim."""

from kshim.export.onnx import Exported, to_onnx

__all__ = ["Exported", "to_onnx"]
