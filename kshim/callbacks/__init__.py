"""Callbacks under the names Keras gives them."""

from kshim.callbacks.averaging import SwapEMAWeights
from kshim.callbacks.backup import BackupAndRestore
from kshim.callbacks.base import Callback, CallbackList
from kshim.callbacks.history import History
from kshim.callbacks.progress import ProgbarLogger
from kshim.callbacks.reporting import BaseLogger, RemoteMonitor
from kshim.callbacks.steering import LambdaCallback, LearningRateScheduler, TerminateOnNaN
from kshim.callbacks.tensorboard import TensorBoard
from kshim.callbacks.watching import EarlyStopping, ReduceLROnPlateau
from kshim.callbacks.writing import CSVLogger, ModelCheckpoint

__all__ = [
    "BackupAndRestore", "BaseLogger", "CSVLogger", "Callback", "CallbackList", "EarlyStopping",
    "History", "LambdaCallback", "LearningRateScheduler", "ModelCheckpoint", "ProgbarLogger",
    "ReduceLROnPlateau", "RemoteMonitor", "SwapEMAWeights", "TensorBoard", "TerminateOnNaN",
]  # fmt: skip
