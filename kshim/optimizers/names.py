"""The table of optimizers by name."""

from __future__ import annotations

from kshim.core.registry import Registry

OPTIMIZERS = Registry("optimizer", ignore_case=True)
