"""Distributed: two processes of gloo on the CPU train as one does.

`distributed_script.py`, which says nothing of processes, is run alone and by torchrun; the curves,
weights, evaluations and predictions are those of one process with the same batches.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kshim import layers, models
from kshim.compat.tensorflow.distribution import MirroredStrategy
from kshim.errors import ArgumentError, UnexpectedArgument
from kshim.training import distributed

SCRIPT = str(Path(__file__).parent / "distributed_script.py")
SECONDS = 240.0

# Held to 1e-6: the same losses and metrics; weights to 1e-5, where Adam divides by small numbers.
SAME = (
    "plain", "stopped_early", "weighted_as_keras_2", "added", "of_a_generator",
    "by_single_batches", "resumed", "on_two_devices", "adversaries", "sequences", "shared_out",
    "shared_out_sequences", "shared_out_added", "shared_out_resumed", "shared_out_own_class",
    "forking",
)  # fmt: skip
HALF = ("scaled", "shared_out_in_half")
REFUSED = {
    "stateful": "layers must not be stateful",
    "of_other_data": "the same batches in every",
    "not_by_number": "optimizer must change each number by itself",
    "of_two_models": "must stay in the graph that trains them",
    "exported_in_parts": "weights must lie in one process to be exported",
}
OTHERS = (
    "begun_anew", "normalised", *HALF, *REFUSED, "written_nowhere", "saved_by_the_script",
    "saved_nowhere",
)  # fmt: skip
LOOSE = {"weights": 1e-5, "predicted": 1e-5, "slots": 1e-5, "more": 1e-5, "single": 1e-5}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """Run the script alone, and by torchrun in two processes; return where each wrote."""
    alone, together = tmp_path_factory.mktemp("alone"), tmp_path_factory.mktemp("together")
    names = [*SAME, *OTHERS]
    told = {"env": os.environ | {"OMP_NUM_THREADS": "1"}, "timeout": SECONDS, "check": True}
    subprocess.run([sys.executable, SCRIPT, str(alone), *SAME, *HALF], capture_output=True, **told)
    torchrun = [
        sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone",
        "--redirects=3", f"--log-dir={together}",
    ]  # fmt: skip
    subprocess.run([*torchrun, SCRIPT, str(together), *names], capture_output=True, **told)
    yield alone, together


def found_in(folder: Path, name: str, process: Any = "alone") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{name}-{process}.json").read_text())
    return found


def numbers(value: Any) -> np.ndarray:
    values = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        return np.concatenate([np.ravel(numbers(it)) for it in values])
    return np.array([value], np.float64)


@pytest.mark.parametrize("name", SAME)
@pytest.mark.parametrize("process", [0, 1])
def test_two_processes_learn_as_one(folders: tuple[Path, Path], name: str, process: int) -> None:
    one, two = found_in(folders[0], name), found_in(folders[1], name, process)
    assert one.keys() == two.keys()
    for key in one.keys() - {"loop", "kinds"}:
        tolerance = LOOSE.get(key, 1e-6)
        mine, theirs = numbers(two[key]), numbers(one[key])
        np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance, err_msg=key)


def test_weights_of_chance_are_the_first_processs_in_all(folders: tuple[Path, Path]) -> None:
    first, second = (found_in(folders[1], "begun_anew", process) for process in (0, 1))
    assert first == second


def test_normalisation_is_of_the_share_and_its_moving_statistics_the_mean(
    folders: tuple[Path, Path],
) -> None:
    found = [found_in(folders[1], "normalised", process) for process in (0, 1)]
    shares = np.split(np.array(found[0]["x"]), 2)
    mean = 0.5 * np.mean([share.mean(0) for share in shares], 0)
    variance = 0.5 + 0.5 * np.mean([share.var(0) for share in shares], 0)
    for one in found:
        np.testing.assert_allclose(one["moving"], [mean, variance], rtol=1e-5)


@pytest.mark.parametrize("name", HALF)
def test_half_precision_learns_as_in_one_process(folders: tuple[Path, Path], name: str) -> None:
    one, two = found_in(folders[0], name), found_in(folders[1], name, 0)
    np.testing.assert_allclose(numbers(two), numbers(one), rtol=2e-3, atol=2e-3)


def test_the_first_process_alone_writes_and_shows_progress(folders: tuple[Path, Path]) -> None:
    told = {path.parent.name: path.read_text() for path in folders[1].rglob("stdout.log")}
    assert told["0"].count("saving model to") == 3
    assert "loss:" in told["0"]
    assert "early stopping" in told["0"]
    assert told["1"] == ""
    assert len((folders[1] / "log.csv").read_text().splitlines()) == 4


@pytest.mark.parametrize(("name", "says"), REFUSED.items())
def test_what_several_processes_cannot_do_is_refused_in_each(
    folders: tuple[Path, Path], name: str, says: str
) -> None:
    assert all(says in found_in(folders[1], name, process)["refused"] for process in (0, 1))


def test_weights_shared_out_lie_in_both_processes(folders: tuple[Path, Path]) -> None:
    assert found_in(folders[0], "shared_out")["kinds"] == ["Parameter"]
    assert found_in(folders[1], "shared_out", 1)["kinds"] == ["DTensor"]
    assert len((folders[1] / "shared.csv").read_text().splitlines()) == 4
    assert len(list((folders[1] / "board").rglob("events*"))) == 2  # training and validation


@pytest.mark.parametrize("name", ["written_nowhere", "saved_nowhere"])
def test_a_file_that_the_first_process_cannot_write_is_an_error_in_each(
    folders: tuple[Path, Path], name: str
) -> None:
    first, second = (found_in(folders[1], name, it)["refused"] for it in (0, 1))
    assert "folder" in first
    assert "files must be written by the first process" in second


def test_what_a_script_saves_is_written_once_and_there_for_all(folders: tuple[Path, Path]) -> None:
    first, second = (found_in(folders[1], "saved_by_the_script", it) for it in (0, 1))
    assert first == second
    assert first["own"]


def test_torch_has_nothing_to_say_of_parameters_that_are_not_used(
    folders: tuple[Path, Path],
) -> None:
    told = [path.read_text() for path in folders[1].rglob("stderr.log")]
    assert len(told) == 2
    assert not [it for it in told if "find_unused_parameters" in it]


def test_loops_of_ones_own_are_refused_in_several_processes(folders: tuple[Path, Path]) -> None:
    assert found_in(folders[0], "on_two_devices")["loop"] == "runs"
    assert "Train with `fit`" in found_in(folders[1], "on_two_devices", 1)["loop"]


def test_a_signal_to_one_process_stops_all_after_the_same_batch(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    common = os.environ | {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    runs = [
        subprocess.Popen(
            [sys.executable, SCRIPT, str(tmp_path), "until_told"],
            env=common | {"RANK": str(rank), "LOCAL_RANK": str(rank)}, stderr=subprocess.DEVNULL,
        )
        for rank in range(2)
    ]  # fmt: skip
    try:
        until = time.monotonic() + SECONDS
        while not (tmp_path / "begun-1").exists() and time.monotonic() < until:
            time.sleep(0.05)
        runs[1].send_signal(signal.SIGTERM)
        assert [run.wait(60) for run in runs] == [143, 143]
    finally:
        for run in runs:
            run.kill()
            run.wait()


def test_one_process_has_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for word in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(word, raising=False)
    assert (distributed.world_size(), distributed.rank(), distributed.is_writer()) == (1, 0, True)
    assert MirroredStrategy().num_replicas_in_sync == 1


def test_other_words_for_sharing_weights_out_are_refused_with_the_right_one() -> None:
    model = models.Sequential([layers.Dense(1, input_shape=(2,))])
    with pytest.raises(UnexpectedArgument, match="Say distribute='fsdp'"):
        model.compile("sgd", "mse", fsdp=True)
    with pytest.raises(ArgumentError, match="distribute must be 'fsdp' or None, got 'ddp'"):
        model.compile("sgd", "mse", distribute="ddp")
