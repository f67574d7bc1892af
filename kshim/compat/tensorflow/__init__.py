"""The tensorflow functions that Keras scripts touch, on torch tensors and kshim symbols.

Each file is one tensorflow name space. A symbol records every torch function it is given, so
these work while a model is being built as well as on numbers.
"""
