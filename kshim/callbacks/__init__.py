"""Callbacks under the names Keras gives them."""

from kshim.callbacks.base import Callback, CallbackList
from kshim.callbacks.history import History
from kshim.callbacks.progress import ProgbarLogger

__all__ = ["Callback", "CallbackList", "History", "ProgbarLogger"]
