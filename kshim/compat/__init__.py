"""The old names: which kshim object answers to them, and the import hook that serves them."""
