"""What `tools/bench.py` is made of: networks in both words, and processes that run them in turn."""
