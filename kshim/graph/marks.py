"""Marks: what the nodes of a lowered graph tell of the Keras layers that they come from."""

from __future__ import annotations

MAKER = "maker"  # the path of the layer whose code wrote the node
RESULT = "result"  # the path of the layer whose output it is
CALLS = "calls"  # (path, number of the call) of each model inside the model that it belongs to
MARKS = (MAKER, RESULT, CALLS)
