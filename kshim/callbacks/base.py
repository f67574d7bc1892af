"""Callback and the list that calls them: hooks of every era, called only where somebody listens."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from kshim.callbacks.params import Params, whole_of
from kshim.core.eras import rule
from kshim.nn.shards import is_shared_out
from kshim.training.distributed import is_writer
from kshim.training.tracking import Logs

_OLD_NAMES = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}


def numbered(epoch: int) -> str:
    """Return "Epoch 00001", or "Epoch 1", for the first epoch, which is 0."""
    return f"Epoch {epoch + 1:{rule('epoch_number_form')}}"


class Callback:
    """Listen to training: a base of empty hooks, to be overridden.

    Where a run is kept (`BackupAndRestore`), so are the attributes that change in it and hold plain
    values. For others a callback may define `state_dict()`, which gives plain values, and
    `load_state_dict(state)`, which is called after `on_train_begin` of a run that is taken up.

    Attributes:
        model: the model that trains.
        params: epochs, batch size, samples, steps, verbose, metrics, as the era gives them.
        validation_data: up to Keras 2.3, the arrays that `fit` validates on: inputs, targets,
            weights. None where they come from a generator, and in later versions.
    """

    writes = False  # files or progress: of several processes, the first one alone does
    reads_weights = False  # where weights are shared out, all processes must do so together
    # On the class, for callbacks whose constructor does not call this one's.
    validation_data: Any = None
    model: Any = None
    params: dict[str, Any] = {}

    def set_params(self, params: dict[str, Any]) -> None:
        """Take what is known of the run."""
        self.params = params

    @property
    def run(self) -> dict[str, Any]:
        """Return all that is known of the run, under one name in every era."""
        return whole_of(self.params)

    def set_model(self, model: Any) -> None:
        """Take the model that trains."""
        self.model = model

    def on_train_begin(self, logs: Any = None) -> None:
        """Hear that training begins."""

    def on_train_end(self, logs: Any = None) -> None:
        """Hear that training is over."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Hear that an epoch begins; the first is 0."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Hear that an epoch is over: loss and metrics, those of validation under val_."""

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Hear that a training batch begins, under the name of Keras 1 and 2."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Hear that a training batch is over, under the name of Keras 1 and 2."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Hear that a training batch begins."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Hear that a training batch is over."""
        self.on_batch_end(batch, logs)

    def on_test_begin(self, logs: Any = None) -> None:
        """Hear that an evaluation begins."""

    def on_test_end(self, logs: Any = None) -> None:
        """Hear that an evaluation is over."""

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Hear that a batch of an evaluation begins."""

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Hear that a batch of an evaluation is over."""

    def on_predict_begin(self, logs: Any = None) -> None:
        """Hear that a prediction begins."""

    def on_predict_end(self, logs: Any = None) -> None:
        """Hear that a prediction is over."""

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Hear that a batch of a prediction begins."""

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Hear that a batch of a prediction is over."""


class CallbackList:
    """Pass each hook on to the callbacks that override it.

    A batch about which nobody wants to hear costs nothing: its logs are not even made.
    """

    def __init__(
        self, callbacks: Iterable[Any] = (), model: Any = None, params: Any = None
    ) -> None:
        self.callbacks: list[Any] = list(callbacks)
        self.model = model
        self.params = params or {}
        self._listeners: dict[str, list[Callable[..., Any]]] = {}
        for callback in self.callbacks:
            callback.set_params(self.params)
            callback.set_model(model)

    def append(self, callback: Any) -> None:
        """Add one more callback."""
        self.callbacks.append(callback)
        self._listeners.clear()

    def __iter__(self) -> Any:
        """Iterate over the callbacks."""
        return iter(self.callbacks)

    def set_params(self, params: dict[str, Any]) -> None:
        """Tell every callback what is known of the run."""
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def tell_steps(self, steps: int) -> None:
        """Tell every callback that epochs have another number of batches from now on."""
        self.set_params(Params({**whole_of(self.params), "steps": steps}))

    def set_model(self, model: Any) -> None:
        """Tell every callback which model trains."""
        self.model = model
        for callback in self.callbacks:
            callback.set_model(model)

    def set_validation_data(self, arrays: list[Any]) -> None:
        """Give every callback, and the model, where Keras 1 keeps them, the data to validate on."""
        self.model.__dict__["validation_data"] = arrays
        for callback in self.callbacks:
            callback.validation_data = arrays

    def on_train_begin(self, logs: Any = None) -> None:
        """Pass on that training begins."""
        self._tell("on_train_begin", _of_run(logs))

    def on_train_end(self, logs: Any = None) -> None:
        """Pass on that training is over."""
        self._tell("on_train_end", _of_run(logs))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Pass on that an epoch begins."""
        self._tell("on_epoch_begin", epoch, {} if logs is None else logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Pass on that an epoch is over."""
        self._tell("on_epoch_end", epoch, Logs() if logs is None else logs)

    def on_train_batch_begin(self, batch: int, size: int = 0) -> None:
        """Pass on that a training batch begins."""
        if self._hearing("on_train_batch_begin"):
            self._tell("on_train_batch_begin", batch, _of_batch(batch, size))

    def on_train_batch_end(self, batch: int, logs: Callable[[], Logs] | None = None) -> None:
        """Pass on that a training batch is over; its logs are made only if somebody listens."""
        if self._hearing("on_train_batch_end"):
            self._tell("on_train_batch_end", batch, _made(logs))

    def on_test_begin(self, logs: Any = None) -> None:
        """Pass on that an evaluation begins."""
        self._tell("on_test_begin", _of_run(logs))

    def on_test_end(self, logs: Any = None) -> None:
        """Pass on that an evaluation is over."""
        self._tell("on_test_end", _of_run(logs))

    def on_test_batch_begin(self, batch: int, size: int = 0) -> None:
        """Pass on that a batch of an evaluation begins."""
        if self._hearing("on_test_batch_begin"):
            self._tell("on_test_batch_begin", batch, _of_batch(batch, size))

    def on_test_batch_end(self, batch: int, logs: Callable[[], Logs] | None = None) -> None:
        """Pass on that a batch of an evaluation is over."""
        if self._hearing("on_test_batch_end"):
            self._tell("on_test_batch_end", batch, _made(logs))

    def on_predict_begin(self, logs: Any = None) -> None:
        """Pass on that a prediction begins."""
        self._tell("on_predict_begin", _of_run(logs))

    def on_predict_end(self, logs: Any = None) -> None:
        """Pass on that a prediction is over."""
        self._tell("on_predict_end", _of_run(logs))

    def on_predict_batch_begin(self, batch: int, size: int = 0) -> None:
        """Pass on that a batch of a prediction begins."""
        if self._hearing("on_predict_batch_begin"):
            self._tell("on_predict_batch_begin", batch, _of_batch(batch, size))

    def on_predict_batch_end(self, batch: int, logs: Callable[[], Logs] | None = None) -> None:
        """Pass on that a batch of a prediction is over."""
        if self._hearing("on_predict_batch_end"):
            self._tell("on_predict_batch_end", batch, _made(logs))

    def _is_for_all(self, callback: Any) -> bool:
        """Return whether a callback hears in the processes that write nothing, too."""
        if not getattr(callback, "writes", False):
            return True
        together = any(map(is_shared_out, getattr(self.model, "parameters", tuple)()))
        return together and getattr(callback, "reads_weights", False)

    def _tell(self, hook: str, *told: Any) -> None:
        for listen in self._hearing(hook):
            listen(*told)

    def _hearing(self, hook: str) -> Sequence[Callable[..., Any]]:
        """Return the methods that a hook reaches: under its name, or else under its old one."""
        if hook not in self._listeners:
            heard = [it for it in self.callbacks if is_writer() or self._is_for_all(it)]
            found = [_listener(callback, hook) for callback in heard]
            self._listeners[hook] = [listen for listen in found if listen is not None]
        return self._listeners[hook]


def _made(logs: Any) -> Any:
    """Return logs that are made only now; those of a script as they are, none as empty ones."""
    return logs() if callable(logs) else Logs() if logs is None else logs


def _of_run(logs: Any) -> Any:
    """Return what hooks of a whole run are told; the values at its end are the newer eras'."""
    kind = rule("run_hooks_tell")
    if kind == "nothing":
        return None
    return {} if logs is None or kind == "empty" else logs


def _of_batch(batch: int, size: int) -> dict[str, Any]:
    """Return what hooks are told of a batch that begins."""
    return {"batch": batch, "size": size} if rule("batch_logs_tell_size") else {}


def _listener(callback: Any, hook: str) -> Callable[..., Any] | None:
    """Return the method of a callback that a hook reaches, or None where nobody listens."""
    names = (hook, _OLD_NAMES.get(hook))
    for name in reversed(names) if rule("batch_hooks_have_old_names") else names:
        if name is not None and _overrides(callback, name):
            method: Callable[..., Any] = getattr(callback, name)
            return method
    return None


def _overrides(callback: Any, hook: str) -> bool:
    """Return whether a callback does something of its own at a hook."""
    method = getattr(callback, hook, None)
    if method is None:
        return False
    own = inspect.getattr_static(callback, hook, None)
    return own is not vars(Callback).get(hook)
