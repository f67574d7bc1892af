"""Good files, changed at random: each is read or refused in words (tools/fuzz.py asks for more)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile.mutations import (
    Mutation,
    Reader,
    byte_mutations,
    changed_config,
    config_mutations,
    good_configs,
    good_files,
    way_of,
)

FEW = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = Reader()
    yield reader
    reader.close()


def test_good_files_are_taken(reader: Reader) -> None:
    for name, content in good_files().items():
        assert reader.outcome(way_of(name), content) == ""


@FEW
@given(name=st.sampled_from(sorted(good_files())), changes=byte_mutations())
def test_changed_bytes_are_read_or_refused(
    reader: Reader, name: str, changes: list[Mutation]
) -> None:
    content = good_files()[name]
    for change in changes:
        content = change.of(content)
    assert reader.outcome(way_of(name), content) == ""


@FEW
@given(name=st.sampled_from(sorted(good_configs())), changes=config_mutations())
def test_changed_configs_are_read_or_refused(reader: Reader, name: str, changes: Any) -> None:
    text = json.dumps(changed_config(good_configs()[name], changes))
    assert reader.outcome("json", text.encode()) == ""
