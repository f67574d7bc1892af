"""Layers that make tensors of raw data: images, categories, texts."""
