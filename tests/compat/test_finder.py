"""The import hook serves the old trees, lazily, and says what kshim lacks."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest

from kshim import datasets
from kshim.compat import finder, table
from kshim.compat.table import served
from kshim.core.eras import in_era
from kshim.utils.files import get_file


@pytest.fixture(autouse=True)
def hook() -> Iterator[None]:
    with in_era("2.2"):
        finder.install()
        yield
        finder.uninstall()


@pytest.fixture
def small_tree(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """Serve the modules of a made-up package, so that the rules stand without kshim's names."""
    (tmp_path / "stand_in.py").write_text(
        "import math\nfrom math import sqrt\n"
        "ANSWER = 42\nNOTHING = None\n_private = 1\n"
        "class Dense: pass\ndef merge(): return 'function'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    rows = {
        "keras": served(),
        "keras.layers": served("stand_in", leaked={"np": "numpy"}, fraction="fractions:Fraction"),
        "keras.layers.merge": served("stand_in"),
        "keras.layers.gone": served("stand_in_that_is_not_there"),
    }
    monkeypatch.setattr(finder, "MODULES", rows)
    monkeypatch.setattr(finder, "STARS", {})
    yield
    sys.modules.pop("stand_in", None)


def test_the_version_is_that_of_the_era() -> None:
    import keras
    import tensorflow

    versions = {}
    for era in ("1.2", "2.2", "2.3", "2.15"):
        with in_era(era):
            versions[era] = (keras.__version__, tensorflow.__version__)
    assert versions == {
        "1.2": ("1.2.2", "1.1.0"),
        "2.2": ("2.2.4", "1.14.0"),
        "2.3": ("2.3.1", "1.15.5"),
        "2.15": ("2.15.0", "2.15.1"),
    }


def test_a_served_module_is_a_module_with_the_name_it_was_asked_for(small_tree) -> None:
    layers = importlib.import_module("keras.layers")
    assert isinstance(layers, ModuleType)
    assert layers.__name__ == "keras.layers"
    assert sys.modules["keras"].layers is layers


def test_nothing_behind_a_module_is_imported_before_a_name_is_asked_for(small_tree) -> None:
    layers = importlib.import_module("keras.layers")
    assert "stand_in" not in sys.modules
    assert layers.Dense is sys.modules["stand_in"].Dense


def test_a_star_import_brings_public_names_and_what_keras_leaks(small_tree) -> None:
    scope: dict[str, object] = {}
    exec("from keras.layers import *", scope)
    assert set(scope) - {"__builtins__"} == {
        "ANSWER",
        "NOTHING",
        "Dense",
        "merge",
        "np",
        "fraction",
    }
    assert scope["NOTHING"] is None


def test_a_module_does_not_hide_the_function_of_its_name(small_tree) -> None:
    importlib.import_module("keras.layers.merge")
    assert importlib.import_module("keras.layers").merge() == "function"


def test_a_missing_name_is_an_import_error_with_the_nearest_name(small_tree) -> None:
    with pytest.raises(
        ImportError, match=r"kshim lacks keras\.layers\.dense\. Did you mean 'Dense'"
    ):
        __import__("keras.layers", fromlist=["dense"])


def test_a_missing_attribute_is_an_attribute_error(small_tree) -> None:
    layers = importlib.import_module("keras.layers")
    assert not hasattr(layers, "Dence")
    with pytest.raises(AttributeError, match=r"kshim lacks keras\.layers\.Dence"):
        _ = layers.Dence


@pytest.mark.parametrize("path", ["keras.layers.merj", "keras.layers.gone", "keras.nothing.at.all"])
def test_a_missing_module_is_a_module_not_found_error(path: str, small_tree) -> None:
    with pytest.raises(ModuleNotFoundError, match="kshim lacks keras"):
        importlib.import_module(path)


def test_uninstall_forgets_the_served_modules_and_puts_the_real_one_back() -> None:
    finder.uninstall()
    real = sys.modules["keras"] = ModuleType("keras")
    finder.install("2.2")
    served_one = importlib.import_module("keras")
    finder.uninstall()
    assert served_one is not real
    assert sys.modules.pop("keras") is real
    assert not [one for one in sys.modules if one.startswith(("keras.", "tensorflow"))]


def test_installing_twice_leaves_one_finder_at_the_front() -> None:
    finder.install()
    found = [isinstance(one, finder.KerasFinder) for one in sys.meta_path]
    assert found[0] and sum(found) == 1


def test_other_imports_are_left_alone() -> None:
    assert finder.KerasFinder().find_spec("keras_contrib") is None


def test_every_parent_of_a_served_module_is_served() -> None:
    parents = {path.rpartition(".")[0] for path in table.MODULES} - {""}
    assert parents <= {*table.MODULES}


def test_older_optimizers_have_modules_of_their_own() -> None:
    from kshim.optimizers import Adam, legacy

    with in_era("2.15"):
        served_here = importlib.import_module("tensorflow.keras.optimizers")
        older = importlib.import_module("tensorflow.keras.optimizers.legacy")
        oldest = importlib.import_module("keras.optimizer_v2")
        assert (served_here.Adam, older.Adam, oldest.Adam) == (Adam, legacy.Adam, legacy.Adam)


def test_tensorboard_does_not_take_what_is_served_for_a_tensorflow(tmp_path) -> None:
    script = (
        "from kshim.compat import finder\n"
        "finder.install('2.2')\n"
        "import tensorflow\n"
        "from torch.utils.tensorboard import SummaryWriter\n"
        f"writer = SummaryWriter({str(tmp_path)!r})\n"
        "writer.add_scalar('x', 1.0)\n"
        "writer.close()\n"
        "from tensorboard.compat import tf\n"
        "print(tf.__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "tensorboard.compat.tensorflow_stub"
    assert [one.name for one in tmp_path.iterdir() if "tfevents" in one.name]


def test_what_a_script_puts_in_the_place_of_a_name_is_used_and_can_be_put_back(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keras.datasets import boston_housing

    file = tmp_path / "mine.npz"
    np.savez(file, x=np.arange(20.0).reshape(10, 2), y=np.arange(10.0))
    with monkeypatch.context() as patch:
        patch.setattr(boston_housing, "get_file", lambda *given, **named: str(file))
        (x, y), _ = boston_housing.load_data()
        assert (x.shape, y.shape) == ((8, 2), (8,))
    assert boston_housing.get_file is get_file
    assert vars(datasets.boston_housing)["get_file"] is get_file
