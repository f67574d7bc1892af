"""Keras's own examples and test suites, fetched and run through kshim."""
