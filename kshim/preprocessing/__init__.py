"""Raw data made ready for models: sequences, text, images."""

from kshim.preprocessing import image, sequence, text

__all__ = ["image", "sequence", "text"]
