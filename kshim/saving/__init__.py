"""Files: what a model is and holds, written and read back: HDF5, archives, JSON, of every Keras."""

from kshim.saving.inspecting import Report, inspect

__all__ = ["Report", "inspect"]
