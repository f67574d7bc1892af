"""Backup: a run of `fit` in one file, from which another process goes on to the bit.

The file holds weights, optimizers, every stream of random numbers, the order of the data, the
running losses and metrics, and what each callback knows. `BackupAndRestore` and `fit(resume=...)`
are two ways to ask for it.

Source: tf.keras 2.15 and Keras 3 callbacks.py, callbacks/backup_and_restore.py (arguments).
"""

from __future__ import annotations

import os
import shutil
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor, nn

from kshim.callbacks.base import Callback
from kshim.core.arguments import PACKAGE
from kshim.core.eras import rule
from kshim.core.replacing import need_writable
from kshim.errors import ArgumentError, FileError, ShapeError, UnexpectedArgument
from kshim.nn.shards import fill, whole
from kshim.optimizers.base import Optimizer
from kshim.saving.trees import Others, read_tree, remove_drafts, write_tree
from kshim.training.distributed import is_writer, rank, world_size
from kshim.training.loop import Keeper, Run
from kshim.training.states import (
    Attributes,
    Held,
    attributes_of,
    has_own_state,
    random_states,
    set_attributes,
    set_random_states,
    tree_of,
)

KIND = "backup of a training run"
NAME = "training.backup"
PREVIOUS = ".previous"
# Seconds after which a run is kept within an epoch too, where nothing else was asked for.
PATIENCE = 600.0
# What a callback is given anew in each run.
_GIVEN = ("model", "params", "validation_data")
# What comes of a file that holds a tree, but not that of a run.
_ODD = (
    KeyError, TypeError, ValueError, IndexError, AttributeError, RuntimeError, OverflowError,
)  # fmt: skip
_WRITE: Others = {Held: ("held", lambda held: [held.kind, held.tree])}
_READ = {"held": lambda parts: Held(*parts)}


class BackupAndRestore(Callback):
    """Keep the run, so that a script that was stopped goes on where it was when it runs again.

    The run that goes on ends with the same weights, to the bit, as one that was never stopped:
    on the CPU, and wherever the same numbers come of the same steps. What other callbacks know is
    kept with it: plain values (numbers, texts, arrays, lists and dicts of them, streams of random
    numbers) in attributes, and what `state_dict()` gives and `load_state_dict(state)` takes, where
    a callback has these two. The same holds for a `Sequence` that is trained on. A generator, made
    anew, is led back by drawing from it all that it had given.

    Args:
        backup_dir: the folder of the backup, made when it is not there; for one run alone.
        save_freq: "epoch" for the end of each, every how many batches, or False for signals alone.
        delete_checkpoint: whether the backup goes when the run is over.
        save_before_preemption: understood; SIGTERM and SIGINT keep the run in any case.
        double_checkpoint: whether the backup before the last is kept too, and taken where the last
            is damaged.

    Raises:
        FileError: before the first epoch, for a folder that cannot be written to, and for a backup
            that is damaged or of another model.
    """

    def __init__(
        self, backup_dir: Any, save_freq: Any = "epoch", *further: bool,
        delete_checkpoint: bool = True, save_before_preemption: bool = False,
        double_checkpoint: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        words = {
            "delete_checkpoint": delete_checkpoint,
            "save_before_preemption": save_before_preemption,
            "double_checkpoint": double_checkpoint,
        }
        order = rule("backup_arguments")
        if len(further) > len(order):
            raise UnexpectedArgument(
                f"BackupAndRestore: arguments after save_freq must be at most {', '.join(order)}, "
                f"got {len(further)}."
            )
        words |= dict(zip(order, further, strict=False))
        if not backup_dir:
            raise ArgumentError("backup_dir", "a folder", backup_dir, who="BackupAndRestore")
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = _frequency(save_freq)
        self.delete_checkpoint: bool = words["delete_checkpoint"]
        self.save_before_preemption: bool = words["save_before_preemption"]
        self.double_checkpoint: bool = words["double_checkpoint"]
        if not save_freq and not self.save_before_preemption:
            raise ArgumentError(
                "save_freq", "set where save_before_preemption is not", save_freq,
                who="BackupAndRestore",
            )  # fmt: skip

    def keeper(self) -> Backup:
        """Return what keeps one run of `fit`."""
        return Backup(
            "BackupAndRestore",
            os.path.join(self.backup_dir, NAME),
            every=self.save_freq,
            twice=self.double_checkpoint,
            passing=self.delete_checkpoint,
        )


def resuming(path: Any) -> Backup:
    """Return what keeps a run for `fit(resume=path)`: at each epoch's end, and every ten minutes.

    The file stays when the run is over, and says so: another `fit` has nothing left to do.

    Args:
        path: of the file; in a folder it gets a name of its own.
    """
    file = os.fspath(path)
    if os.path.isdir(file):
        file = os.path.join(file, NAME)
    return Backup("fit", file, every="epoch", seconds=PATIENCE)


class Backup(Keeper):
    """Keep a run of `fit` in a file, and take it up from there.

    Args:
        who: in whose name errors are told.
        every: "epoch", a number of batches, or False.
        seconds: after how long a run is kept within an epoch, at a batch's end.
        twice: whether the file before the last is kept too.
        passing: whether the files go when the run is over.
    """

    def __init__(
        self, who: str, path: str, *, every: Any = "epoch", seconds: float | None = None,
        twice: bool = False, passing: bool = False,
    ) -> None:  # fmt: skip
        self.who, self.path, self.every, self.seconds = who, path, every, seconds
        self.twice, self.passing = twice, passing
        self._found: dict[str, Any] | None = None
        self._started: Any = None
        self._before_validation: dict[str, Any] = {}
        self._batches, self._written, self._told_bad = 0, time.monotonic(), False
        self._callbacks: list[Attributes] = []
        self._modules: list[Attributes] = []

    def before_data(self) -> None:
        """Read the backup, and let the streams of random numbers begin as they did in its run.

        So data that are looked at before training begins give what they gave then.

        Raises:
            FileError: for a folder that cannot be written to, and a backup that is damaged.
        """
        folder = os.path.dirname(os.path.realpath(self.path))
        need_writable(self.who, folder)
        os.makedirs(folder, exist_ok=True)
        remove_drafts(self.path)
        self._found = self._read()
        if self._found is None:
            self._started = random_states()
            return
        try:
            self._started = self._found["started"]
            set_random_states(self._started)
        except _ODD as error:
            raise self._odd(error) from error

    def take_up(self, run: Run) -> bool:
        """Lead the run to where the kept one was; return whether there is one."""
        self._watch(run)
        state, self._found = self._found, None
        if state is None:
            return False
        try:
            self._check(run, state)
            run.epoch, run.within = state["epoch"], state["within"]
        except _ODD as error:
            raise self._odd(error) from error
        if run.within:
            run.callbacks.on_epoch_begin(run.epoch)
            run.stepper.reset()
        try:
            self._restore(run, state)
        except _ODD as error:
            raise self._odd(error) from error
        return True

    def keep_batch(self, run: Run) -> None:
        """Keep the run after a batch, if that is due."""
        self._batches += 1
        by_count = type(self.every) is int and self._batches % self.every == 0
        if by_count or self._is_late(run):
            self.keep_now(run)

    def _is_late(self, run: Run) -> bool:
        """Return whether the run was not kept for long, as one of the processes sees it."""
        if self.seconds is None:
            return False
        late, agree = time.monotonic() - self._written > self.seconds, run.stepper.agree
        return late if agree is None else bool(agree(int(late)))

    def keep_epoch(self, run: Run) -> None:
        """Keep the run after an epoch, if that is due."""
        self._before_validation = {}
        if self.every == "epoch":
            self.keep_now(run)

    def before_validation(self, run: Run) -> None:
        """Note the values of training, which validation takes the place of."""
        self._before_validation = self._passing_state(run)

    def keep_now(self, run: Run) -> None:
        """Write the run to the file, unless its weights are lost: then the last good one stays.

        Of several processes the first one writes; where weights are shared out, and for the
        streams of random numbers, all take part.
        """
        if _is_lost(run):
            if not self._told_bad and is_writer():
                self._told_bad = True
                warnings.warn(
                    f"{self.who}: weights must be finite numbers to be kept, got others; "
                    f"{self.path} stays as it was.",
                    RuntimeWarning,
                    stacklevel=2,
                )
            return
        state = self._state(run)
        if is_writer():
            if self.twice and os.path.exists(self.path):
                self._keep_previous()
            write_tree(self.path, KIND, state, _WRITE)
        self._written = time.monotonic()

    def finish(self, run: Run) -> None:
        """Remove the backup of a run that is over, where that was asked for.

        Where the weights were lost it is the last good one, and stays.
        """
        if self.passing and not _is_lost(run) and is_writer():
            for path in (self.path, self.path + PREVIOUS):
                with suppress(FileNotFoundError):
                    os.remove(path)
            with suppress(OSError):  # the folder holds something else too
                os.rmdir(os.path.dirname(os.path.realpath(self.path)))

    def _read(self) -> dict[str, Any] | None:
        """Return the tree in the file; in that before the last, where the last is damaged."""
        before = self.path + PREVIOUS
        try:
            return self._tree() if os.path.exists(self.path) else None
        except FileError as error:
            if not self.twice or not os.path.exists(before):
                cure = "Remove it to train from the beginning."
                raise FileError(f"{self.who}: {error} {cure}") from None
            warnings.warn(f"{self.who}: {error} The one before is taken.", stacklevel=2)
        os.replace(before, self.path)
        return self._read()

    def _tree(self) -> dict[str, Any]:
        state: dict[str, Any] = read_tree(self.path, KIND, _READ)
        return state

    def _keep_previous(self) -> None:
        """Give the file a second name before a new one takes its first."""
        draft = f"{self.path}{PREVIOUS}.draft"
        with suppress(FileNotFoundError):
            os.remove(draft)
        try:
            os.link(self.path, draft)
        except OSError:  # not every disk lets a file have two names
            shutil.copyfile(self.path, draft)
        os.replace(draft, self.path + PREVIOUS)

    def _watch(self, run: Run) -> None:
        """Note how everything is when the run begins."""
        self._callbacks = [Attributes(callback, _GIVEN) for callback in run.callbacks]
        self._modules = [
            Attributes(module, ("training", "stop_training"))
            for module in run.model.modules()
            if not _is_known(module)
        ]

    def _state(self, run: Run) -> dict[str, Any]:
        """Return all that another process needs to go on."""
        return {
            "epoch": run.epoch,
            "within": run.within,
            "stopping": bool(run.model.stop_training),
            "batches": self._batches,
            "started": self._started,
            "weights": [(name, whole(it).detach()) for name, it in _tensors(run.model)],
            "optimizers": [_optimizer_state(it, run.model) for it in _optimizers(run.model)],
            "layers": [it.changed() for it in self._modules],
            "data": run.batches.state_dict(),
            "callbacks": [_callback_state(it) for it in self._callbacks],
            **(self._before_validation or self._passing_state(run)),
        }

    def _passing_state(self, run: Run) -> dict[str, Any]:
        """Return what validation changes."""
        validation = run.validation
        return {
            "trackers": run.stepper.state_dict() if run.within else None,
            "validation": None if validation is None else validation.state_dict(),
            "streams": random_states(),
            "processes": run.stepper.of_all(_own_state(run)),
        }

    def _check(self, run: Run, state: Mapping[str, Any]) -> None:
        """Refuse the backup of another model or optimizer before anything is changed."""
        # By their order, for names are numbered on in a process that makes the model twice.
        own, kept = list(_tensors(run.model)), state["weights"]
        wrong = [
            f"{name} must have shape {tuple(it.shape)}, got {tuple(mine.shape)}"
            for (name, mine), (_, it) in zip(own, kept, strict=False)
            if mine.shape != it.shape
        ]
        if len(own) != len(kept):
            wrong.append(f"the model must have {len(kept)} weights, got {len(own)}")
        optimizers = [type(it).__name__ for it in _optimizers(run.model)]
        of_file = [it["class"] for it in state["optimizers"]]
        if optimizers != of_file:
            wrong.append(f"optimizer must be {', '.join(of_file)}, got {', '.join(optimizers)}")
        if wrong:
            raise self._wrong(f"one of another model: {'; '.join(wrong)}")

    def _restore(self, run: Run, state: Mapping[str, Any]) -> None:
        model = run.model
        with torch.no_grad():
            for (_, tensor), (_, kept) in zip(_tensors(model), state["weights"], strict=True):
                fill(tensor, kept)
        for optimizer, its_state in zip(_optimizers(model), state["optimizers"], strict=True):
            _set_optimizer(optimizer, its_state, model)
        for watched, changed in zip(self._modules, state["layers"], strict=True):
            watched.put_back(changed)
        self._restore_data(run, state)
        self._restore_callbacks(state["callbacks"])
        if run.within:
            run.stepper.load_state_dict(state["trackers"])
        model.stop_training = state["stopping"]
        self._batches = state["batches"]
        self._restore_streams(run, state["processes"])

    def _restore_streams(self, run: Run, kept: list[Any]) -> None:
        """Let the streams of random numbers of this process go on from where they were."""
        same = len(kept) == world_size()
        if not same:
            warnings.warn(
                f"{self.who}: the run must be taken up by {len(kept)} processes to be the same to "
                f"the bit, got {world_size()}.",
                RuntimeWarning,
                stacklevel=2,
            )
        own = kept[rank() if same else 0]
        set_random_states(own["streams"])
        for stream, where in zip(_layer_streams(run.model), own["layers"], strict=True):
            stream.set_state(where)
        if same:
            run.stepper.stream = own["own"]

    def _restore_data(self, run: Run, state: Mapping[str, Any]) -> None:
        try:
            run.batches.load_state_dict(state["data"], within=run.within)
        except ShapeError as error:
            raise self._wrong(f"one of other data: {error}") from None
        sources = [run.batches]
        if run.validation is not None and state["validation"] is not None:
            run.validation.load_state_dict(state["validation"], within=False)
            sources.append(run.validation)
        for source in sources:
            if hasattr(source, "check_streams"):
                source.check_streams(state["streams"])

    def _restore_callbacks(self, kept: list[tuple[str, Any, Any]]) -> None:
        """Give each callback what the one of its class knew, the first to the first."""
        left = list(kept)
        for watched in self._callbacks:
            name = type(watched.owner).__name__
            found = next((it for it in left if it[0] == name), None)
            if found is None:
                continue
            left.remove(found)
            watched.put_back(found[1])
            if found[2] is not None and has_own_state(watched.owner):
                watched.owner.load_state_dict(found[2])

    def _odd(self, error: Exception) -> FileError:
        if isinstance(error, FileError):
            return error
        return self._wrong(f"one that does not fit ({type(error).__name__}: {error})")

    def _wrong(self, given: str) -> FileError:
        return FileError(
            f"{self.who}: {self.path} must be a backup of this run, got {given}. "
            "Remove it to train from the beginning."
        )


def _frequency(value: Any) -> Any:
    whole = isinstance(value, int) and value >= 0
    if value != "epoch" and not whole:
        wanted = "'epoch', a number of batches or False"
        raise ArgumentError("save_freq", wanted, value, who="BackupAndRestore")
    return value if value == "epoch" else int(value) or False


def _is_known(module: Any) -> bool:
    """Return whether a module is of kshim or torch, and holds nothing but tensors and streams."""
    return type(module).__module__.partition(".")[0] in (PACKAGE, "torch")


def _tensors(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Yield the parameters and buffers by name, states of stateful layers too."""
    yield from model.named_parameters()
    yield from model.named_buffers()


def _layer_streams(model: nn.Module) -> Iterator[torch.Generator]:
    """Yield the streams of random numbers that layers have of their own."""
    for module in model.modules():
        yield from (it for it in vars(module).values() if isinstance(it, torch.Generator))


def _own_state(run: Run) -> dict[str, Any]:
    """Return what each of several processes has of its own: its streams of random numbers."""
    return {
        "streams": random_states(),
        "layers": [it.get_state() for it in _layer_streams(run.model)],
        "own": run.stepper.stream,
    }


def _optimizers(model: Any) -> list[Any]:
    """Return the optimizer that `compile` was given, those the model holds, and those in these."""
    found = [model.optimizer, *_optimizers_in(list(vars(model).values()))]
    found += [
        inner for it in found if it is not None for inner in _optimizers_in(list(vars(it).values()))
    ]
    return list({id(it): it for it in found if it is not None}.values())


def _optimizers_in(value: Any) -> list[Any]:
    """Return the optimizers in lists and dicts."""
    if isinstance(value, Optimizer):
        return [value]
    values = value.values() if type(value) is dict else value
    if type(value) not in (list, tuple, dict):
        return []
    return [found for item in values for found in _optimizers_in(item)]


def _optimizer_state(optimizer: Any, model: nn.Module) -> dict[str, Any]:
    if not isinstance(optimizer, Optimizer):
        return {"class": type(optimizer).__name__, "own": tree_of(optimizer.state_dict())}
    places = {id(parameter): place for place, parameter in enumerate(model.parameters())}
    slots = [
        (places[id(parameter)], slot, whole(optimizer.slots(parameter)[slot]))
        for parameter, slot in optimizer.places()
        if parameter is not None and id(parameter) in places
    ]
    return {
        "class": type(optimizer).__name__,
        "slots": slots,
        "variables": optimizer.get_weights() if optimizer.has_own_updates else [],
        "attributes": attributes_of(optimizer),
    }


def _set_optimizer(optimizer: Any, kept: Mapping[str, Any], model: Any) -> None:
    if "own" in kept:
        optimizer.load_state_dict(kept["own"])
        return
    parameters = list(model.parameters())
    set_attributes(optimizer, kept["attributes"])
    if kept["variables"]:
        optimizer.own_variables(model.compiled.weights)
        optimizer.set_weights(kept["variables"])
    optimizer.build([parameters[place] for place in dict.fromkeys(it[0] for it in kept["slots"])])
    with torch.no_grad():
        for place, slot, values in kept["slots"]:
            fill(optimizer.slots(parameters[place])[slot], values)


def _callback_state(watched: Attributes) -> tuple[str, Any, Any]:
    callback = watched.owner
    own = tree_of(callback.state_dict()) if has_own_state(callback) else None
    return type(callback).__name__, watched.changed(), own


def _is_lost(run: Run) -> bool:
    """Return whether a loss that is no finite number has made such weights."""
    run.losses.look()
    return run.losses.seen_bad and not all(
        bool(whole(tensor.isfinite().all()))
        for _, tensor in _tensors(run.model)
        if tensor.is_floating_point()
    )
