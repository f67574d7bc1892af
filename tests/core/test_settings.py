"""Settings: floatx, epsilon, data format and phase, and the file they start from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from kshim.core import settings
from kshim.core.eras import in_era
from kshim.core.scoped import Scoped
from kshim.errors import ArgumentError


@pytest.fixture(autouse=True)
def _own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(settings, "_settings", settings._Settings())
    monkeypatch.setattr(settings, "_phase", Scoped("test", None))
    yield


def test_settings_are_kerases_until_somebody_sets_them() -> None:
    found = (settings.floatx(), settings.epsilon(), settings.image_data_format())
    assert found == ("float32", 1e-7, "channels_last")
    settings.set_floatx("float64")
    settings.set_epsilon(1e-3)
    settings.set_image_data_format("th")
    assert settings.floatx() == "float64"
    assert settings.epsilon() == 1e-3
    assert (settings.image_data_format(), settings.image_dim_ordering()) == ("channels_first", "th")


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ArgumentError, match="floatx must be one of float16"):
        settings.set_floatx("float3")
    with pytest.raises(ArgumentError, match="image_data_format must be one of"):
        settings.set_image_data_format("channels_middle")


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [
        ({"floatx": "float64", "epsilon": 1e-5}, ("float64", 1e-5, "channels_last")),
        ({"image_dim_ordering": "th"}, ("float32", 1e-7, "channels_first")),
        ({"floatx": "int3", "epsilon": "small"}, ("float32", 1e-7, "channels_last")),
        ([1], ("float32", 1e-7, "channels_last")),
    ],
)
def test_settings_start_from_keras_json(
    stored: object, wanted: tuple[str, float, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "keras.json").write_text(json.dumps(stored))
    found = settings._from_file()
    assert (found.floatx, found.epsilon, found.image_data_format) == wanted


def test_a_missing_or_broken_file_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert settings._from_file() == settings._Settings()
    (tmp_path / "keras.json").write_text("{")
    assert settings._from_file() == settings._Settings()


def test_the_phase_is_set_for_all_threads_and_overridden_in_a_block() -> None:
    settings.set_learning_phase(1)
    found: list[bool | None] = []
    thread = Thread(target=lambda: found.append(settings.learning_phase()))
    thread.start()
    thread.join()
    assert found == [True]
    with settings.in_phase(False):
        assert settings.learning_phase() is False
    assert settings.learning_phase() is True


@pytest.mark.parametrize(("era", "trains"), [("2.2", False), ("2.15", True)])
def test_a_phase_set_by_hand_rules_training_up_to_keras_2_3(era: str, trains: bool) -> None:
    settings.set_learning_phase(0)
    with in_era(era):
        assert settings.phase_for(training=True) is trains
