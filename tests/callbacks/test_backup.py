"""BackupAndRestore and fit(resume=...): a run that was stopped ends as one that never was."""

from __future__ import annotations

import os
import random
import resource
import signal
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from kshim import backend as K
from kshim import layers as L
from kshim import metrics, optimizers
from kshim.callbacks import (
    BackupAndRestore,
    Callback,
    CSVLogger,
    EarlyStopping,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    SwapEMAWeights,
    TensorBoard,
)
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, FileError, UnexpectedArgument
from kshim.models import Model, Sequential
from kshim.preprocessing.image import ImageDataGenerator
from kshim.saving.trees import write_tree
from kshim.utils import Sequence, set_random_seed

SAMPLES, BATCH, STEPS = 22, 4, 6
DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(SAMPLES, 3)).astype("float32")
Y = DRAW.normal(size=(SAMPLES, 2)).astype("float32")
NAME = "training.backup"


class Stop(BaseException):
    """Stand for the end of a process."""


class Stopping(Callback):
    """End the process after so many batches of a run."""

    def __init__(self, batches: int) -> None:
        super().__init__()
        self.left = batches

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.left -= 1
        if not self.left:
            raise Stop


class Sampler(torch.utils.data.Sampler[int]):
    """Give an order that hangs on the one before."""

    def __init__(self) -> None:
        self.order, self.stream = list(range(SAMPLES)), random.Random(1)

    def __len__(self) -> int:
        return SAMPLES

    def __iter__(self) -> Iterator[int]:
        self.stream.shuffle(self.order)
        return iter(self.order.copy())


def drawing(optimizer: Any = "adam", shape: Any = (3,)) -> Any:
    model = Sequential([
        L.Reshape((3,), input_shape=shape), L.Dense(5), L.BatchNormalization(), L.Dropout(0.4),
        L.Dropout(0.4, seed=3), L.Dense(2),
    ])  # fmt: skip
    model.compile(optimizer, "mse", metrics=["mae"])
    return model


def arrays() -> dict[str, Any]:
    return {"x": X, "y": Y, "batch_size": BATCH}


class Mixed(Sequence):
    """Shuffle itself with numpy, and add noise from a stream of its own and from Python's."""

    def __init__(self) -> None:
        self.order, self.stream = np.arange(SAMPLES), np.random.RandomState(4)

    def __len__(self) -> int:
        return STEPS

    def __getitem__(self, index: int) -> Any:
        chosen = self.order[index * BATCH : (index + 1) * BATCH]
        return X[chosen] + self.stream.normal(), Y[chosen] + random.random()

    def on_epoch_end(self) -> None:
        np.random.shuffle(self.order)


class Noisy(Mixed):
    """Add noise from numpy's stream, in processes of its own."""

    def __getitem__(self, index: int) -> Any:
        chosen = self.order[index * BATCH : (index + 1) * BATCH]
        return X[chosen] + np.random.normal(), Y[chosen]


class Telling(Mixed):
    """Tell its state itself, which is more than attributes hold."""

    def __init__(self) -> None:
        super().__init__()
        self.place = iter([0])  # not plain
        self.count = [object()]

    def __getitem__(self, index: int) -> Any:
        self.count.append(object())
        return X[index : index + BATCH] * len(self.count), Y[index : index + BATCH]

    def state_dict(self) -> Any:
        return {"count": len(self.count)}

    def load_state_dict(self, state: Any) -> None:
        self.count = [object()] * state["count"]


def images(**words: Any) -> Any:
    turning = ImageDataGenerator(rotation_range=90, horizontal_flip=True)
    pictures = np.random.default_rng(1).normal(size=(SAMPLES, 1, 3, 1)).astype("float32")
    return turning.flow(pictures, Y, batch_size=BATCH, **words)


def generated() -> Iterator[Any]:
    while True:
        for place in np.random.permutation(STEPS):
            yield X[place : place + BATCH], Y[place : place + BATCH]


def loader(**words: Any) -> Any:
    pairs = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    return torch.utils.data.DataLoader(pairs, BATCH, shuffle="sampler" not in words, **words)


FEEDS: dict[str, Callable[[], dict[str, Any]]] = {
    "arrays": arrays,
    "batches shuffled": lambda: {**arrays(), "shuffle": "batch"},
    "more steps than batches": lambda: {**arrays(), "steps_per_epoch": 9},
    "a share to validate on": lambda: {**arrays(), "validation_split": 0.3},
    "sequence": lambda: {"x": Mixed(), "validation_data": (X, Y)},
    "sequence validates": lambda: {**arrays(), "validation_data": Mixed()},
    "sequence by processes": lambda: {"x": Noisy(), "workers": 2, "use_multiprocessing": True},
    "sequence tells its state": lambda: {"x": Telling()},
    "generator": lambda: {"x": generated(), "steps_per_epoch": STEPS},
    "generator validates": lambda: {
        **arrays(), "validation_data": generated(), "validation_steps": 2, "validation_freq": 2,
    },
    "loader": lambda: {"x": loader(), "validation_data": loader()},
    "loader of a sampler": lambda: {"x": loader(sampler=Sampler())},
    "loader with processes": lambda: {"x": loader(num_workers=2)},
    "loader of its own stream": lambda: {"x": loader(generator=torch.Generator().manual_seed(1))},
}  # fmt: skip


def run(make: Callable[[], Any], words: Any, *callbacks: Any, **more: Any) -> Any:
    """Return the history of four epochs of a new process's fit."""
    set_random_seed(5)
    words = {"epochs": 4, "verbose": 0, "callbacks": list(callbacks), **words(), **more}
    return make().fit(**words)


def check_the_same(mine: Any, whole: Any) -> None:
    assert mine.epoch == whole.epoch
    assert mine.history == whole.history
    for got, wanted in zip(mine.model.get_weights(), whole.model.get_weights(), strict=True):
        np.testing.assert_array_equal(got, wanted)
    slots = [it.model.optimizer.get_weights() for it in (mine, whole)]
    for got, wanted in zip(*slots, strict=True):
        np.testing.assert_array_equal(got, wanted)


def check_taken_up(
    folder: Path, make: Callable[[], Any], words: Any, frequency: Any, stop: int,
    others: Callable[[], list[Any]] = list,
) -> None:  # fmt: skip
    """Stop a run after so many batches, and hold its end against that of one not stopped."""
    whole = run(make, words, *others())
    with pytest.raises(Stop):
        run(make, words, *others(), BackupAndRestore(folder, frequency), Stopping(stop))
    assert (folder / NAME).exists()
    check_the_same(run(make, words, *others(), BackupAndRestore(folder, frequency)), whole)
    assert not folder.exists()


@pytest.mark.parametrize("words", FEEDS.values(), ids=FEEDS)
@pytest.mark.parametrize(("frequency", "stop"), [("epoch", 15), (1, 4), (2, 9), (1, 12)])
def test_a_run_is_taken_up_to_the_bit(
    words: Any, frequency: Any, stop: int, tmp_path: Path
) -> None:
    check_taken_up(tmp_path / "backup", drawing, words, frequency, stop)


@pytest.mark.parametrize("era", ["2.2", "2.15"])
@pytest.mark.parametrize("words", [{}, {"seed": 3}, {"shuffle": False}], ids=repr)
def test_images_that_are_turned_at_random_are_led_back(
    era: str, words: Any, tmp_path: Path
) -> None:
    with in_era(era):
        check_taken_up(tmp_path / "b", lambda: drawing(shape=(1, 3, 1)),
                       lambda: {"x": images(**words)}, 1, 9)  # fmt: skip


@pytest.mark.parametrize("era", ["1.2", "2.2", "2.3", "3"])
@pytest.mark.parametrize("feed", ["arrays", "sequence"])
def test_it_is_taken_up_in_every_era(era: str, feed: str, tmp_path: Path) -> None:
    with in_era(era):
        check_taken_up(tmp_path / "backup", drawing, FEEDS[feed], 2, 9)


OPTIMIZERS: dict[str, Callable[[], Any]] = {
    "momentum": lambda: optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    "decay": lambda: optimizers.RMSprop(0.01, decay=0.1),
    "schedule": lambda: optimizers.Adam(optimizers.schedules.ExponentialDecay(0.01, 3, 0.5)),
    "amsgrad": lambda: optimizers.Adam(amsgrad=True),
    "nadam": optimizers.Nadam,
    "ftrl": optimizers.Ftrl,
    "adadelta": optimizers.Adadelta,
    "adagrad": optimizers.Adagrad,
    "adamax": optimizers.Adamax,
    "lion": optimizers.Lion,
    "adafactor": optimizers.Adafactor,
    "lamb": optimizers.Lamb,
    "muon": optimizers.Muon,
    "schedule free": optimizers.ScheduleFreeAdamW,
    "loss scale": lambda: optimizers.LossScaleOptimizer(optimizers.Adam()),
    "accumulation": lambda: optimizers.Adam(gradient_accumulation_steps=3),
    "legacy": lambda: optimizers.legacy.Nadam(decay=0.1),
    "averages": lambda: optimizers.Adam(use_ema=True, ema_overwrite_frequency=4),
}


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_every_slot_and_number_of_an_optimizer_is_kept(make: Any, tmp_path: Path) -> None:
    check_taken_up(tmp_path / "backup", lambda: drawing(make()), arrays, 1, 8)


def test_a_state_that_goes_from_batch_to_batch_is_kept(tmp_path: Path) -> None:
    def make() -> Any:
        model = Sequential([
            L.LSTM(3, stateful=True, batch_input_shape=(BATCH, 2, 1), recurrent_dropout=0.3),
            L.Dense(1),
        ])  # fmt: skip
        model.compile("adam", "mse")
        return model

    x = DRAW.normal(size=(5 * BATCH, 2, 1)).astype("float32")
    words = {"x": x, "y": x[:, 0], "batch_size": BATCH}
    check_taken_up(tmp_path / "backup", make, lambda: words, 1, 8)


class Own(Model):
    """Train by a step of its own, with two optimizers, a metric and a count."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = L.Dense(4), L.Dense(2)
        self.others = [optimizers.Adam(0.02)]
        self.mean = metrics.Mean(name="mean")
        self.count = 0

    def call(self, inputs: Any) -> Any:
        return self.second(self.first(inputs))

    def train_step(self, data: Any) -> Any:
        x, y = data
        self.count += 1
        loss = ((self(x, training=True) - y) ** 2).mean() * self.count
        halves = (self.first, self.optimizer), (self.second, self.others[0])
        for layer, optimizer in halves:
            weights = layer.trainable_weights
            tensors = [tensor for weight in weights for tensor in weight.tensors]
            grads = torch.autograd.grad(loss, tensors, retain_graph=True)
            optimizer.apply(tensors, grads)
        self.mean.update_state(loss.detach())
        return {"mean": self.mean.result(), "last": loss}


def test_a_model_with_steps_of_its_own_is_kept_whole(tmp_path: Path) -> None:
    def make() -> Any:
        model = Own()
        model.compile("adam")
        return model

    check_taken_up(tmp_path / "backup", make, arrays, 1, 8)
    check_taken_up(tmp_path / "again", make, arrays, "epoch", 8)


class Counting(Callback):
    """Know plain things, a variable, a stream, and something that is not plain."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = self.batches = 0
        self.seen: list[Any] = []
        self.best: Any = None
        self.rate, self.stream = K.variable(1.0), random.Random(2)
        self.hidden = Hidden(0)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.begun += 1

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.batches += 1
        self.hidden = Hidden(self.hidden.value + 1)
        self.seen.append((float(logs["loss"]), self.stream.random()))
        self.best = self.model.get_weights()
        K.set_value(self.rate, K.get_value(self.rate) * 0.5)

    def known(self) -> Any:
        rate, best = float(K.get_value(self.rate)), [it.tolist() for it in self.best]
        drawn = self.stream.random()
        return [self.begun, self.batches, self.seen, rate, drawn, self.hidden.value, best]


class Hidden:
    def __init__(self, value: int) -> None:
        self.value = value


class Telling2(Counting):
    def state_dict(self) -> Any:
        return {"hidden": self.hidden.value}

    def load_state_dict(self, state: Any) -> None:
        self.hidden = Hidden(state["hidden"])


def test_what_a_callback_of_ones_own_knows_is_kept(tmp_path: Path) -> None:
    whole, stopped, rest = Telling2(), Telling2(), Telling2()
    run(drawing, arrays, whole)
    with pytest.raises(Stop):
        run(drawing, arrays, stopped, BackupAndRestore(tmp_path, 1), Stopping(9))
    run(drawing, arrays, rest, BackupAndRestore(tmp_path, 1))
    assert rest.known() == whole.known()


def test_what_kshims_callbacks_know_is_kept(tmp_path: Path) -> None:
    def others(folder: Path) -> list[Any]:
        folder.mkdir(exist_ok=True)
        return [
            ReduceLROnPlateau("loss", 0.5, patience=1, min_delta=9.0, cooldown=1),
            LearningRateScheduler(lambda epoch, rate: rate * 0.9),
            SwapEMAWeights(swap_on_epoch=True),
            EarlyStopping("loss", patience=2, min_delta=9.0, restore_best_weights=True),
            ModelCheckpoint(folder / "{epoch}.weights.h5", "loss", save_best_only=True,
                            save_weights_only=True),
            CSVLogger(folder / "log.csv"),
        ]  # fmt: skip

    def make() -> Any:
        return drawing(optimizers.Adam(0.01, use_ema=True))

    whole = run(make, arrays, *others(tmp_path / "whole"))
    for frequency, stop in (("epoch", 14), (1, 14)):
        folder = tmp_path / f"rest{frequency}"
        with pytest.raises(Stop):
            run(make, arrays, *others(folder), BackupAndRestore(folder / "b", frequency),
                Stopping(stop))  # fmt: skip
        rest = run(make, arrays, *others(folder), BackupAndRestore(folder / "b", frequency))
        check_the_same(rest, whole)
        assert (folder / "log.csv").read_text() == (tmp_path / "whole" / "log.csv").read_text()
        assert sorted(os.listdir(folder)) == sorted(os.listdir(tmp_path / "whole"))


def test_lines_behind_the_backup_are_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("an earlier\nfile\n")
    for append, before in ((False, ""), (True, "an earlier\nfile\n")):
        with pytest.raises(Stop):
            run(drawing, arrays, CSVLogger(path, append=append), BackupAndRestore(tmp_path / "b"),
                Stopping(9))  # fmt: skip
        with path.open("a") as file:
            file.write("1,lost\n")
        run(drawing, arrays, CSVLogger(path, append=append), BackupAndRestore(tmp_path / "b"))
        lines = path.read_text().removeprefix(before).splitlines()
        numbers = [line.partition(",")[0] for line in lines]
        assert numbers == ([] if before else ["epoch"]) + ["0", "1", "2", "3"]
        path.write_text("an earlier\nfile\n")


def test_resume_goes_on_and_knows_when_the_run_is_over(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "run.backup"
    whole = run(drawing, arrays)
    with pytest.raises(Stop):
        run(drawing, arrays, Stopping(14), resume=path)
    for _ in range(2):  # the second has nothing left to do
        check_the_same(run(drawing, arrays, resume=path), whole)
    longer = run(drawing, arrays, resume=path, epochs=6)
    check_the_same(longer, run(drawing, arrays, epochs=6))
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["tree.json", "numbers.bin"]  # nothing to execute


def test_a_run_that_was_stopped_early_stays_so(tmp_path: Path) -> None:
    path = tmp_path / "run.backup"
    early = lambda: EarlyStopping("loss", patience=0, min_delta=9.0)  # noqa: E731
    whole = run(drawing, arrays, early())
    assert len(whole.epoch) < 4
    for _ in range(2):
        check_the_same(run(drawing, arrays, early(), resume=path), whole)


def test_the_backup_goes_with_the_run_unless_it_is_to_stay(tmp_path: Path) -> None:
    run(drawing, arrays, BackupAndRestore(tmp_path / "a"))
    run(drawing, arrays, BackupAndRestore(tmp_path / "b", delete_checkpoint=False))
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "other").touch()
    run(drawing, arrays, BackupAndRestore(tmp_path / "c"))
    found = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))
    assert found == ["b", f"b/{NAME}", "c", "c/other"]


def stopped(folder: Path, **words: Any) -> Path:
    """Return the backup of a run that was stopped in its third epoch."""
    with pytest.raises(Stop):
        run(drawing, arrays, BackupAndRestore(folder, **words), Stopping(2 * STEPS + 1))
    return folder / NAME


def test_a_damaged_backup_is_told_of_before_training(tmp_path: Path) -> None:
    path = stopped(tmp_path)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(FileError, match=r"training.backup: .* Remove it to train from the"):
        run(drawing, arrays, BackupAndRestore(tmp_path), Stopping(1))


def test_the_backup_before_the_last_takes_a_damaged_ones_place(tmp_path: Path) -> None:
    path = stopped(tmp_path, double_checkpoint=True)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.warns(UserWarning, match="The one before is taken"):
        rest = run(drawing, arrays, BackupAndRestore(tmp_path, double_checkpoint=True))
    check_the_same(rest, run(drawing, arrays))
    assert not tmp_path.exists()


def test_the_good_one_stays_when_a_run_is_stopped_again_at_once(tmp_path: Path) -> None:
    path = stopped(tmp_path, double_checkpoint=True)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.warns(UserWarning, match="The one before is taken"), pytest.raises(Stop):
        run(drawing, arrays, BackupAndRestore(tmp_path, double_checkpoint=True), Stopping(1))
    check_the_same(run(drawing, arrays, BackupAndRestore(tmp_path)), run(drawing, arrays))


class Asked(Callback):
    """Be asked to stop when a hook is reached."""

    def __init__(self, hook: str) -> None:
        super().__init__()
        setattr(self, hook, lambda *told: os.kill(os.getpid(), signal.SIGTERM))


@pytest.mark.parametrize("feed", ["arrays", "sequence", "generator", "loader"])
@pytest.mark.parametrize("hook", ["on_test_begin", "on_test_end", "on_epoch_end"])
@pytest.mark.parametrize("then", ["on_train_begin", "on_epoch_begin", "on_train_batch_begin"])
def test_a_run_asked_to_stop_twice_is_taken_up_to_the_bit(
    feed: str, hook: str, then: str, tmp_path: Path
) -> None:
    def words() -> dict[str, Any]:
        return {"validation_data": (X, Y), **FEEDS[feed]()}

    for stop in (hook, then):
        with pytest.raises(SystemExit):
            run(drawing, words, BackupAndRestore(tmp_path), Asked(stop))
    check_the_same(run(drawing, words, BackupAndRestore(tmp_path)), run(drawing, words))


def test_the_backup_of_something_else_is_told_of(tmp_path: Path) -> None:
    def other() -> Any:
        model = Sequential([L.Dense(7, input_shape=(3,)), L.Dense(2)])
        model.compile("sgd", "mse")
        return model

    stopped(tmp_path)
    with pytest.raises(FileError, match=r"another model: .* must have shape \(5, 3\), got \(7, 3\)"
                       ".*must have .* weights.*optimizer must be Adam, got SGD"):  # fmt: skip
        run(other, arrays, BackupAndRestore(tmp_path))
    with pytest.raises(FileError, match=r"other data: fit: samples must be 22, .*, got 20"):
        run(
            drawing, lambda: {"x": X[:20], "y": Y[:20], "batch_size": 4}, BackupAndRestore(tmp_path)
        )
    with pytest.raises(FileError, match="batch size must be 4"):
        run(drawing, lambda: {"x": X, "y": Y, "batch_size": 5}, BackupAndRestore(tmp_path))


def test_a_generator_that_cannot_be_led_back_is_told_of(tmp_path: Path) -> None:
    def words() -> Any:
        return {"x": generated(), "steps_per_epoch": STEPS}

    class Drawing(Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            np.random.random()

    with pytest.raises(Stop):
        run(drawing, words, Drawing(), BackupAndRestore(tmp_path), Stopping(9))
    with pytest.warns(RuntimeWarning, match="its batches may differ"):
        run(drawing, words, Drawing(), BackupAndRestore(tmp_path))


@pytest.mark.filterwarnings("ignore:fit. the loss")
def test_weights_that_are_lost_do_not_take_the_place_of_good_ones(tmp_path: Path) -> None:
    class Spoiling(Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 2:
                weights = self.model.get_weights()
                self.model.set_weights([weights[0] * np.nan, *weights[1:]])

    with pytest.warns(RuntimeWarning, match="weights must be finite numbers to be kept") as told:
        run(drawing, arrays, Spoiling(), BackupAndRestore(tmp_path))
    assert sum("to be kept" in str(it.message) for it in told) == 1
    rest = run(drawing, arrays, BackupAndRestore(tmp_path))
    check_the_same(rest, run(drawing, arrays))


def test_an_error_leaves_the_last_backup_whole(tmp_path: Path) -> None:
    class Failing(Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if batch == 3 and self.model.optimizer.iterations > STEPS:
                raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        run(drawing, arrays, Failing(), BackupAndRestore(tmp_path))
    check_the_same(run(drawing, arrays, BackupAndRestore(tmp_path)), run(drawing, arrays))


def test_an_error_of_a_generator_leaves_it_whole_too(tmp_path: Path) -> None:
    def words(good: int) -> dict[str, Any]:
        def some() -> Iterator[Any]:
            for number, item in enumerate(generated()):
                if number == good:
                    raise KeyError("mine")
                yield item

        return {"x": some(), "steps_per_epoch": STEPS}

    with pytest.raises(KeyError, match="mine"):
        run(drawing, lambda: words(9), BackupAndRestore(tmp_path))
    rest = run(drawing, FEEDS["generator"], BackupAndRestore(tmp_path))
    check_the_same(rest, run(drawing, FEEDS["generator"]))


ODD: list[Any] = [[], {}, {"epoch": 1}, {"started": None}, {"weights": [], "optimizers": 3}]


@pytest.mark.parametrize("tree", ODD, ids=repr)
def test_a_file_that_holds_something_else_is_told_of(tree: Any, tmp_path: Path) -> None:
    write_tree(str(tmp_path / NAME), "backup of a training run", tree)
    with pytest.raises(FileError, match=r"must be a backup of this run, got .* Remove it"):
        run(drawing, arrays, BackupAndRestore(tmp_path))


def in_child(work: Callable[[], Any]) -> str:
    """Do some work in a process of its own; return what it raised."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            work()
        except BaseException as error:
            os.write(writer, f"{type(error).__name__}: {error}".encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as pipe:
        return pipe.read()


def test_a_full_disk_is_told_of_and_the_old_backup_stays(tmp_path: Path) -> None:
    path = stopped(tmp_path)
    before = path.read_bytes()

    def work(size: int) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        run(drawing, arrays, BackupAndRestore(tmp_path))

    for size in np.linspace(1, len(before) - 500, 7).astype(int):
        assert "OSError: [Errno 27]" in in_child(lambda size=int(size): work(size))  # type: ignore[misc]
        assert path.read_bytes() == before
        assert os.listdir(tmp_path) == [NAME]


FOLDERS: dict[str, Callable[[str], Any]] = {
    "BackupAndRestore": BackupAndRestore,
    "ModelCheckpoint": lambda folder: ModelCheckpoint(os.path.join(folder, "{epoch}", "w.h5")),
    "CSVLogger": lambda folder: CSVLogger(os.path.join(folder, "log.csv")),
    "TensorBoard": TensorBoard,
}


@pytest.mark.parametrize("who", FOLDERS)
def test_a_folder_that_cannot_be_written_is_refused_before_the_first_epoch(
    who: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "closed").mkdir(mode=0o555)
    hearing = Stopping(1)

    def work(folder: str) -> None:
        if not os.getuid():
            os.setuid(65534)  # root may write anywhere
        run(drawing, arrays, FOLDERS[who](folder), hearing)

    os.chmod(tmp_path.parent, 0o755)
    os.chmod(tmp_path, 0o755)
    for folder in ("file", "closed", "closed/deep/er", "/proc/none"):
        told = in_child(lambda folder=folder: work(str(tmp_path / folder)))  # type: ignore[misc]
        assert told.startswith(f"FileError: {who}: "), told
        assert "must be a folder that can be written to" in told


def test_wrong_arguments_are_told_of(tmp_path: Path) -> None:
    for words in (("",), ("a", "batch"), ("a", -1), ("a", False)):
        with pytest.raises(ArgumentError, match=r"Restore: (backup_dir|save_freq) must be"):
            BackupAndRestore(*words)
    with pytest.raises(UnexpectedArgument, match="at most delete_checkpoint, save_before"):
        BackupAndRestore("a", "epoch", True, True, True, True)
    with pytest.raises(ArgumentError, match="resume must be asked for once"):
        run(drawing, arrays, BackupAndRestore(tmp_path), resume=tmp_path)


def test_arguments_stand_in_the_order_of_the_era() -> None:
    old = BackupAndRestore("a", "epoch", False, True)
    assert (old.delete_checkpoint, old.save_before_preemption) == (False, True)
    with in_era("3"):
        new = BackupAndRestore("a", "epoch", True, False)
    assert (new.double_checkpoint, new.delete_checkpoint) == (True, False)
    assert BackupAndRestore("a", False, save_before_preemption=True).save_freq is False
