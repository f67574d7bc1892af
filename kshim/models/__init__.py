"""Models: Sequential, functional, subclassed, and the functions that load them."""

from kshim.layers.core import Input
from kshim.models.model import Model
from kshim.models.sequential import Sequential
from kshim.saving.cloning import clone_model
from kshim.saving.configs import model_from_config, model_from_json, model_from_yaml
from kshim.saving.whole import load_model, save_model

__all__ = [
    "Input", "Model", "Sequential", "clone_model", "load_model", "model_from_config",
    "model_from_json", "model_from_yaml", "save_model",
]  # fmt: skip
