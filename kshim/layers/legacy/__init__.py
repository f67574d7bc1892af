"""Layers that Keras 1 alone had."""
