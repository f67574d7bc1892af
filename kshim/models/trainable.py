"""Trainable: `compile`, `fit`, `evaluate`, `predict` and what scripts call beside them.

A thin face: what scripts hand over becomes batches (`models.intake`), and the loops of
`training.loop` run over them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import torch

from kshim.callbacks.backup import Backup, BackupAndRestore, resuming
from kshim.callbacks.base import CallbackList
from kshim.callbacks.history import History
from kshim.callbacks.params import Params
from kshim.callbacks.progress import ProgbarLogger
from kshim.core.arguments import PACKAGE
from kshim.core.eras import in_era, rule
from kshim.errors import ArgumentError, UnexpectedArgument, nearest
from kshim.layers.base import Layer
from kshim.models.own_steps import OwnSteps
from kshim.models.told_targets import told_targets
from kshim.training import distributed, loop
from kshim.training.batches import ArrayBatches
from kshim.training.compiled import Compiled, need_compiled
from kshim.training.sharding import sharding_of
from kshim.training.tracking import as_array
from kshim.training.workers import Workers

_FIT_WORDS = (
    "x", "y", "batch_size", "epochs", "verbose", "callbacks", "validation_split",
    "validation_data", "shuffle", "class_weight", "sample_weight", "initial_epoch",
    "steps_per_epoch", "validation_steps", "validation_batch_size", "validation_freq",
    "max_queue_size", "workers", "use_multiprocessing", "resume",
)  # fmt: skip
_SHARDING = ("fsdp", "fsdp2", "fully_shard")
_WORKER_WORDS = ("max_queue_size", "workers", "use_multiprocessing")
_OLD_WORDS = {
    "nb_epoch": "epochs", "samples_per_epoch": "steps_per_epoch",
    "nb_val_samples": "validation_steps", "val_samples": "steps", "max_q_size": "max_queue_size",
    "nb_worker": "workers", "pickle_safe": "use_multiprocessing",
}  # fmt: skip


class Trainable(OwnSteps):
    """Train, evaluate and predict; the base of Model."""

    compiled: Compiled | None
    stop_training: bool
    in_output_form: Callable[[Sequence[Any]], Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> Trainable:
        """Start uncompiled."""
        model = super().__new__(cls)
        model.__dict__.update(
            compiled=None, stop_training=False, history=None, _stepper=None, _sharding=None
        )
        return model  # type: ignore[return-value]

    def compile(  # type: ignore[override]
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Any = None,
        loss_weights: Any = None,
        sample_weight_mode: Any = None,
        weighted_metrics: Any = None,
        target_tensors: Any = None,
        **options: Any,
    ) -> None:
        """Say how to train: which optimizer, which loss at each output, which metrics to log.

        The weights that are trainable now are those that training changes.

        Args:
            optimizer: a name, a config or an optimizer.
            loss: a name, a function or a loss object; a list or a dict by output name.
            metrics: names, functions or metric objects; lists or a dict by output name.
            loss_weights: the factor of each output's loss in the total.
            weighted_metrics: metrics that sample weights apply to.
            target_tensors: what stands for the targets (Keras 2.0 to 2.3): symbols, which are fed
                with y, or tensors, which take its place; one, a list or a dict by output name.
            options: `auto_scale_loss=False` leaves the loss of a mixed_float16 model as it is;
                `distribute="fsdp"` lets each of torchrun's processes hold a part of every weight
                (torch's FSDP2), for models larger than a device; from the first batch on.
                `jit_compile=True` lets torch compile what training and evaluation run, `"auto"`
                where a GPU computes; it pays in long runs, and where it fails it is left out.

        Raises:
            UnknownName: for a name in no table, with the nearest that is.
            ArgumentError: for target tensors that do not fit the outputs.
        """
        known = ("run_eagerly", "steps_per_execution", "jit_compile", "auto_scale_loss",
                 "pss_evaluation_shards", "class_mode", "distribute")  # fmt: skip
        for word in options:
            if word in _SHARDING:
                raise UnexpectedArgument(
                    f"compile: keyword must be a known one, got {word!r}. Say distribute='fsdp'."
                )
            if word not in known:
                hint = nearest(word, [*known, "optimizer", "loss", "metrics", "loss_weights"])
                raise UnexpectedArgument(
                    f"compile: keyword must be a known one, got {word!r}.{hint}"
                )
        names = self.output_names if target_tensors is not None else ()
        self.__dict__["_told_targets"] = told_targets(target_tensors, names)
        self.forget_symbols()
        distribute = options.get("distribute")
        if distribute not in (None, _SHARDING[0]):
            raise ArgumentError("distribute", "'fsdp' or None", distribute, who="compile")
        self.__dict__["compiled"] = Compiled(
            self, optimizer, loss, metrics, loss_weights, sample_weight_mode, weighted_metrics,
            bool(options.get("auto_scale_loss", True)), distribute, options.get("jit_compile"),
        )  # fmt: skip
        self.__dict__["_stepper"] = None

    def in_one_piece(self, *, everywhere: bool, write_back: bool = False) -> Any:
        """Let the model hold whole weights on the CPU inside a block, if they are shared out.

        Args:
            everywhere: whether in all processes, or in the first one alone.
            write_back: whether what the block writes into them is shared out again.

        Returns:
            A context that gives whether they are whole in this process.
        """
        sharding = sharding_of(self)
        if sharding is None:
            return nullcontext(enter_result=True)
        return sharding.in_one_piece(everywhere=everywhere, write_back=write_back)

    @property
    def optimizer(self) -> Any:
        """Return the optimizer that `compile` was given."""
        return self.compiled.optimizer if self.compiled is not None else None

    @property
    def loss(self) -> Any:
        """Return the loss that `compile` was given."""
        return self.compiled.loss if self.compiled is not None else None

    def _told(self, flat: list[Any]) -> Any:
        """Return what `predict` tells: the outputs in their form, one in a list alone."""
        made = self.in_output_form(flat)
        return made[0] if isinstance(made, list | tuple) and len(made) == 1 else made

    @property
    def metrics_names(self) -> list[str]:
        """Return the names of the values that `evaluate` gives, in order."""
        return need_compiled(self, "metrics_names").told_names()

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int | None = None,
        verbose: Any = 1,
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: Any = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        resume: Any = None,
        **old: Any,
    ) -> History:
        """Train for a number of epochs, and return the history of losses and metrics.

        Args:
            x, y: arrays, lists or dicts of them; or x alone as a generator, a Sequence or a
                loader of (inputs, targets) or (inputs, targets, weights).
            batch_size: samples in a step, 32 when left out.
            validation_split: the share of the data, from its end, to validate on.
            class_weight: how much each class counts, by its number.
            max_queue_size: how many batches workers make ahead.
            workers: how many threads make the batches of a Sequence; more than one, or processes.
            use_multiprocessing: whether workers are processes.
            resume: a file of kshim's own, in which the run is kept at the end of each epoch and
                every ten minutes. Where it is there, the run goes on from it, to the bit (see
                `BackupAndRestore`).

        Raises:
            StateError: before `compile`.
            ShapeError: when the data do not fit the model.
            FileError: when `resume` is damaged, or the backup of another model.
            KeyboardInterrupt, SystemExit: after SIGINT or SIGTERM, when the batch is done, the
                run kept (with `resume` or BackupAndRestore) and `on_train_end` told.
        """
        makers: dict[str, Any] = {"workers": workers, "use_multiprocessing": use_multiprocessing,
                  "max_queue_size": max_queue_size}  # fmt: skip
        if old:
            given = {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
            given |= {"validation_steps": validation_steps} | makers
            given |= _new_words("fit", old, _FIT_WORDS)
            epochs, steps_per_epoch = given["epochs"], given["steps_per_epoch"]
            validation_steps = given["validation_steps"]
            makers = {word: given[word] for word in makers}
        epochs = rule("default_epochs") if epochs is None else int(epochs)
        need_compiled(self, "fit")
        distributed.begin()
        keeper = _keeper(callbacks, resume)
        if keeper is not None:
            keeper.before_data()
        _warn_of_sharing(x, makers)
        streaming = {"workers": _workers(makers), "watched": keeper is not None}
        data = self.data_of(x, y, sample_weight, class_weight, batch_size, steps_per_epoch, shuffle,
                          validation_split, goes_on=True, **streaming)  # fmt: skip
        training, validation = data
        if validation_data is not None:
            validation = self.validation_of(
                validation_data, validation_batch_size or batch_size, validation_steps, **streaming
            )
        stepper = self.ready_stepper()
        names = stepper.compiled.metrics_names()
        told = [*names, *(f"val_{name}" for name in names)] if validation is not None else names
        params = {
            "batch_size": batch_size or 32, "epochs": epochs, "steps": training.steps,
            "samples": training.samples, "verbose": verbose, "metrics": told,
            "do_validation": validation is not None,
            "validation_samples": validation.samples if validation is not None else None,
        }  # fmt: skip
        history = History()
        listeners = self._listeners(callbacks, verbose, history, params)
        self.__dict__["history"] = history
        if isinstance(validation, ArrayBatches) and rule("callbacks_see_validation_data"):
            listeners.set_validation_data(validation.arrays())
        loop.fit(
            stepper,
            training,
            listeners,
            epochs=epochs,
            initial_epoch=initial_epoch,
            validation=validation,
            validation_freq=validation_freq,
            keeper=keeper,
        )
        return history

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = 1,
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **options: Any,
    ) -> Any:
        """Return the loss, or the list of loss and metrics in the order of `metrics_names`."""
        makers = _workers(_new_words("evaluate", options, _WORKER_WORDS))
        need_compiled(self, "evaluate")
        distributed.begin()
        batches = self.batches_of(
            x, y, sample_weight, None, batch_size, steps, False, workers=makers
        )
        stepper = self.ready_stepper()
        params = {
            "batch_size": batch_size or 32, "steps": batches.steps, "verbose": verbose,
            "samples": batches.samples, "metrics": stepper.compiled.metrics_names(),
        }  # fmt: skip
        listeners = self._listeners(callbacks, verbose, None, params)
        logs = loop.evaluate(stepper, batches, listeners)
        if return_dict:
            return dict(logs.items())
        values = logs.values()
        return values[0] if len(values) == 1 else values

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = 0,
        steps: int | None = None,
        callbacks: Any = None,
        **options: Any,
    ) -> Any:
        """Return the outputs for all samples as arrays, in the form of the model's outputs."""
        makers = _workers(_new_words("predict", options, _WORKER_WORDS))
        distributed.begin()
        batches = self.batches_of(
            x, None, None, None, batch_size, steps, False, predicting=True, workers=makers
        )
        params = {"batch_size": batch_size or 32, "steps": batches.steps,
                  "samples": batches.samples, "verbose": verbose}  # fmt: skip
        found = loop.predict(self, batches, self._listeners(callbacks, verbose, None, params))
        return self._told([as_array(output) for output in found])

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None,
        reset_metrics: bool = True, return_dict: bool = False, **options: Any,
    ) -> Any:  # fmt: skip
        """Train on one batch; return its loss, or the list of loss and metrics."""
        need_compiled(self, "train_on_batch")
        batch = self.batch_of((x, self._with_held(y), sample_weight), class_weight)
        values = loop.train_on_batch(self.ready_stepper(), batch)
        return self._result(values, return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, reset_metrics: bool = True,
        return_dict: bool = False, **options: Any,
    ) -> Any:  # fmt: skip
        """Test on one batch; return its loss, or the list of loss and metrics."""
        need_compiled(self, "test_on_batch")
        batch = self.batch_of((x, self._with_held(y), sample_weight))
        values = loop.test_on_batch(self.ready_stepper(), batch)
        return self._result(values, return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """Return the outputs for one batch as arrays."""
        batch = self.batch_of((x, None, None))
        with in_era(self.era), torch.inference_mode(), self.network.in_mode(False):
            found = self.network.predict(*batch.inputs)
        return self._told([as_array(output) for output in found])

    def fit_generator(self, generator: Any, steps_per_epoch: Any = None, epochs: Any = None,
                      verbose: Any = 1, callbacks: Any = None, validation_data: Any = None,
                      validation_steps: Any = None, **options: Any) -> History:  # fmt: skip
        """Train on a generator: `fit`, under the name it had up to Keras 2.3."""
        return self.fit(
            generator,
            steps_per_epoch=steps_per_epoch,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_data=validation_data,
            validation_steps=validation_steps,
            **options,
        )

    def evaluate_generator(self, generator: Any, steps: Any = None, callbacks: Any = None,
                           max_queue_size: int = 10, workers: int = 1,
                           use_multiprocessing: bool = False, verbose: Any = 0,
                           **old: Any) -> Any:  # fmt: skip
        """Evaluate on a generator: `evaluate`, under the name it had up to Keras 2.3."""
        told = {
            "steps": steps, "max_queue_size": max_queue_size, "workers": workers,
            "use_multiprocessing": use_multiprocessing,
        }  # fmt: skip
        told |= _new_words("evaluate_generator", old, tuple(told))
        return self.evaluate(generator, callbacks=callbacks, verbose=verbose, **told)

    def predict_generator(self, generator: Any, steps: Any = None, callbacks: Any = None,
                          max_queue_size: int = 10, workers: int = 1,
                          use_multiprocessing: bool = False, verbose: Any = 0,
                          **old: Any) -> Any:  # fmt: skip
        """Predict from a generator: `predict`, under the name it had up to Keras 2.3."""
        told = {
            "steps": steps, "max_queue_size": max_queue_size, "workers": workers,
            "use_multiprocessing": use_multiprocessing,
        }  # fmt: skip
        told |= _new_words("predict_generator", old, tuple(told))
        return self.predict(generator, callbacks=callbacks, verbose=verbose, **told)

    def predict_proba(self, x: Any, batch_size: int = 32, verbose: Any = 0) -> Any:
        """Return the outputs: `predict`, under a name Sequential had up to Keras 2.3."""
        return self.predict(x, batch_size=batch_size, verbose=verbose)

    def predict_classes(self, x: Any, batch_size: int = 32, verbose: Any = 0) -> Any:
        """Return the most probable class of each sample, as Sequential did up to Keras 2.3."""
        shares = self.predict(x, batch_size=batch_size, verbose=verbose)
        if shares.shape[-1] > 1:
            return shares.argmax(axis=-1)
        return (shares > 0.5).astype("int32")

    def make_train_function(self, force: bool = False) -> None:
        """Do nothing: there is no function to make ahead of training."""

    _make_train_function = _make_test_function = _make_predict_function = make_train_function
    make_test_function = make_predict_function = make_train_function

    def reset_metrics(self) -> None:
        """Forget the running losses and metrics."""
        if self.__dict__["_stepper"] is not None:
            self.__dict__["_stepper"].reset()

    def reset_states(self) -> None:
        """Forget the states of stateful layers."""
        for module in self.modules():
            if isinstance(module, Layer) and module is not self and module.stateful:
                module.reset_states()

    def _listeners(self, callbacks: Any, verbose: Any, history: Any, params: Any) -> CallbackList:
        given = _as_list(callbacks)
        if given and not distributed.is_writer():
            _silence(given)
        loud = 1 if verbose == "auto" else int(verbose)
        progress = [ProgbarLogger()] if loud else []
        # Keras calls the progress bar first and the history last, behind the user's own.
        return CallbackList(
            [*progress, *given, *([history] if history else [])], self, Params(params)
        )

    def _result(self, values: list[Any], as_dict: bool) -> Any:
        if as_dict:
            return dict(zip(self.ready_stepper().logs(), values, strict=True))
        return values[0] if len(values) == 1 else values


def _silence(callbacks: Sequence[Any]) -> None:
    """Let kshim's own callbacks say nothing: of several processes the first one does."""
    for callback in callbacks:
        if type(callback).__module__.startswith(f"{PACKAGE}.") and hasattr(callback, "verbose"):
            callback.verbose = 0


def _as_list(callbacks: Any) -> list[Any]:
    many = isinstance(callbacks, list | tuple | CallbackList)
    return list(callbacks) if many else [] if callbacks is None else [callbacks]


def _keeper(callbacks: Any, resume: Any) -> Backup | None:
    """Return what keeps the run, if that is asked for.

    Raises:
        ArgumentError: when it is asked for twice.
    """
    asked = [callback for callback in _as_list(callbacks) if isinstance(callback, BackupAndRestore)]
    if len(asked) + (resume is not None) > 1:
        raise ArgumentError("resume", "asked for once", "BackupAndRestore beside it", who="fit")
    if asked:
        return asked[0].keeper()
    return None if resume is None else resuming(resume)


def _warn_of_sharing(x: Any, told: Mapping[str, Any]) -> None:
    """Warn of a generator that several processes would share; here one goes through it."""
    several = told.get("use_multiprocessing") and int(told.get("workers") or 1) > 1
    if several and hasattr(x, "__next__") and rule("shared_generators_are_warned_of"):
        warnings.warn(
            "fit: several processes must not share a generator, whose data each would give; one "
            "process goes through it here. Make it a Sequence.",
            stacklevel=3,
        )


def _workers(told: Mapping[str, Any]) -> Workers:
    """Return who makes the batches of a Sequence."""
    return Workers(
        int(told.get("workers", 1)),
        bool(told.get("use_multiprocessing", False)),
        int(told.get("max_queue_size", 10)),
    )


def _new_words(who: str, given: Mapping[str, Any], known: Sequence[str]) -> dict[str, Any]:
    """Return keywords under their present names, Keras 1's understood.

    Raises:
        UnexpectedArgument: for a keyword that is not known, naming the nearest that is.
    """
    told = {_OLD_WORDS.get(word, word): value for word, value in given.items()}
    for word, new in zip(given, told, strict=True):
        if new not in known:
            raise UnexpectedArgument(
                f"{who}: keyword must be one of {', '.join(known)}, got {word!r}."
                f"{nearest(word, known)}"
            )
    return told
