"""Models: Sequential, functional, subclassed, and the functions that load them."""
