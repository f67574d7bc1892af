"""Saved: what a model offers to be saved and made again; the base of Model.

A thin face: `saving` does it.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from kshim.core.symbols import symbols_in
from kshim.layers.base import Layer
from kshim.saving.configs import (
    functional_config,
    functional_from_config,
    model_json,
    model_yaml,
)
from kshim.saving.formats import load_weights, save_weights
from kshim.saving.whole import load_model, save_model


class Saved(Layer):
    """Go into files and JSON, and come back."""

    _waiting: list[Callable[[], Any]] | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute as a layer does; weights that waited for the first call are given before it."""
        if not self._waiting:
            return super().__call__(*args, **kwargs)
        outputs = super().__call__(*args, **kwargs)
        if self.give_waiting() and not symbols_in(outputs):
            outputs = super().__call__(*args, **kwargs)
        return outputs

    def when_built(self, action: Callable[[], Any]) -> Any:
        """Do something once the weights are there: now, and return what it gives, or then."""
        if self.built:
            return action()
        self.__dict__["_waiting"] = [*(self._waiting or ()), action]
        return None

    def give_waiting(self) -> bool:
        """Do what waited for the weights; return whether something did."""
        waiting, self.__dict__["_waiting"] = self._waiting, None
        for action in waiting or ():
            action()
        return bool(waiting)

    def save(
        self, filepath: Any, overwrite: bool = True, include_optimizer: bool = True, **options: Any
    ) -> None:
        """Write the whole model, the optimizer's state too, to an HDF5 file or a .keras archive."""
        save_model(self, filepath, overwrite, include_optimizer, **options)

    def save_weights(self, filepath: Any, overwrite: bool = True, **options: Any) -> None:
        """Write the weights to a file: HDF5, .safetensors, .pt, or a checkpoint of TensorFlow's.

        tf.keras writes a checkpoint wherever the path does not end in .h5.
        """
        save_weights(self, filepath, overwrite, **options)

    def load_weights(
        self,
        filepath: Any,
        by_name: bool = False,
        skip_mismatch: bool = False,
        reshape: bool = False,
        **options: Any,
    ) -> Any:
        """Read the weights from a file, in order or by the layers' names.

        Of a checkpoint of TensorFlow's, what was found is returned; a model without weights yet
        takes them from it when its first call makes them.

        Raises:
            WeightError: listing all that does not fit; no weight is changed then.
        """
        return load_weights(self, filepath, by_name, skip_mismatch, reshape, **options)

    def to_json(self, **options: Any) -> str:
        """Return the JSON text of the model without its weights; options go to `json.dumps`."""
        return model_json(self, **options)

    def to_yaml(self, **options: Any) -> str:
        """Return the YAML text of the model without its weights; options go to `yaml.dump`.

        Raises:
            MissingPackage: when pyyaml is missing.
        """
        return model_yaml(self, **options)

    def __reduce__(self) -> Any:
        """Pickle a model with a graph as the HDF5 file that `save` writes; read back as one."""
        if getattr(self, "graph", None) is None:
            return super().__reduce__()
        file = io.BytesIO()
        save_model(self, file)
        return _unpickled, (file.getvalue(),)

    def get_config(self) -> dict[str, Any]:
        """Return name, layers, inputs and outputs as JSON values."""
        return functional_config(self)

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        """Return the model that `get_config` described, with new weights."""
        return functional_from_config(cls, config, custom_objects)


def _unpickled(data: bytes) -> Any:
    return load_model(io.BytesIO(data))
