"""Commands of `python -m kshim`, each in a file of its own."""
