"""How Keras's examples are run: what is cut and bridged from outside, and what is held to what."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomllib

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "compat_cases" / "upstream" / "examples.toml"
VERSIONS = {"2.2.4": 42, "2.3.1": 39}  # how many examples each has


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(sys, "path", [str(ROOT / "tools"), *sys.path])
    return lambda name: importlib.import_module(f"upstreaming.{name}")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_example_has_an_outcome_and_what_does_not_run_has_a_reason(
    version: str, tool: Any
) -> None:
    told = tool("settings").outcomes(version)
    assert len(told) == VERSIONS[version]
    assert all(one == "ran" or len(one.split()) >= 3 for one in told.values())
    rows = tomllib.loads(EXAMPLES.read_text())["went"][version]
    named = [*rows["ran"].split(), *rows["fails"], *rows["left_out"]]
    assert len(named) == len(set(named))


def test_limits_of_single_examples_win(tool: Any, tmp_path: Path) -> None:
    settings = tool("settings")
    (tmp_path / "kept.toml").write_text(
        '[[given]]\nexamples = "mnist_*"\nversions = ["2.2.4"]\nrounds = { 100 = 1 }\nseconds = 9\n'
    )
    wide = settings.Given(3, 64, 600)
    given = settings.given_to("mnist_cnn", "2.2.4", wide, tmp_path / "kept.toml")
    assert (given.epochs, given.seconds, given.rounds) == (3, 9, {100: 1})
    assert settings.given_to("mnist_cnn", "2.3.1", wide, tmp_path / "kept.toml") == wide
    assert settings.given_to("imdb_cnn", "2.2.4", wide, tmp_path / "kept.toml") == wide


def test_a_script_runs_cut_from_outside(tool: Any, tmp_path: Path) -> None:
    script = tmp_path / "small.py"
    script.write_text(
        "import sys, numpy as np\n"
        "from keras.models import Sequential\n"
        "from keras.layers import Dense\n"
        "model = Sequential([Dense(1, input_dim=2)])\n"
        "model.compile('sgd', 'mse')\n"
        "history = model.fit(np.ones((500, 2)), np.ones(500), epochs=9, verbose=0)\n"
        "print(len(history.epoch), history.params['samples'], len(range(40)), len(range(41)),\n"
        "      sys.argv[1:])\n"
    )
    given = tool("settings").Given(2, 30, 60, arguments=["--fast"], rounds={40: 3})
    outcome = tool("examples").run(script, "2.2.4", given, tmp_path / "logs")
    assert outcome.ok and outcome.last_line == "2 30 3 41 ['--fast']"
    log = (tmp_path / "logs" / "small.log").read_text()
    assert "bridged: re.split" in log


def test_a_script_that_stops_or_takes_too_long_has_not_run(tool: Any, tmp_path: Path) -> None:
    Given, run = tool("settings").Given, tool("examples").run
    (tmp_path / "stops.py").write_text("raise SystemExit('no data')\n")
    stopped = run(tmp_path / "stops.py", "2.2.4", Given(seconds=60))
    assert not stopped.ok and stopped.last_line == "no data"
    (tmp_path / "sleeps.py").write_text("import time\ntime.sleep(60)\n")
    slept = run(tmp_path / "sleeps.py", "2.2.4", Given(seconds=1))
    assert not slept.ok and slept.last_line == "out of time"


def test_the_last_epochs_may_be_those_that_are_run(tool: Any) -> None:
    cutting, settings = tool("cutting"), tool("settings")
    told = {"epochs": 20, "initial_epoch": 0}
    cutting._cut_epochs(told, "epochs", settings.Given(epochs=2, last_epochs=True))
    assert told == {"epochs": 20, "initial_epoch": 18}
    cutting._cut_epochs(told, "epochs", settings.Given(epochs=1))
    assert told == {"epochs": 19, "initial_epoch": 18}


def test_texts_are_split_as_before_python_3_7(tool: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(re, "split", re.split)
    list(tool("bridging")._bridge_split())
    # As Python 3.6 does.
    assert re.split(r"(\W+)?", "Where is it?") == ["Where", " ", "is", " ", "it", "?", ""]
    assert re.split(r"x*", "axbc") == ["a", "bc"]
    assert re.split(r"\s+", "a b  c") == ["a", "b", "c"]


def test_files_beside_the_script_have_the_format_of_the_real_ones(
    tool: Any, tmp_path: Path
) -> None:
    image = pytest.importorskip("PIL.Image")
    tool("files").put_files(tmp_path)
    pairs = (tmp_path / "fra-eng" / "fra.txt").read_text().splitlines()
    assert len(pairs) == 100 and all(len(line.split("\t")) == 2 for line in pairs)
    vectors = (tmp_path / "glove.6B" / "glove.6B.100d.txt").read_text().splitlines()
    assert {len(np.array(line.split()[1:], float)) for line in vectors} == {100}
    groups = sorted((tmp_path / "20_newsgroup").iterdir())
    assert len(groups) == 3 and all(one.name.isdigit() for one in groups[0].iterdir())
    mask = np.asarray(image.open(tmp_path / "style_mask.png"))
    assert len(np.unique(mask.reshape(-1, 3), axis=0)) == 3
