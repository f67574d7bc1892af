"""Graphs: the order of recorded nodes, and their lowering to one flat torch module."""
