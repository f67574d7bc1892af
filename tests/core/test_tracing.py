"""Tracing: what is refused while layers are lowered, and who collects added losses."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kshim.core.tracing import (
    CannotTrace,
    active_tracing,
    collected_losses,
    collecting_losses,
    know_rank,
    refuse_to_trace,
    tracing_with,
)


def test_code_that_cannot_be_traced_is_refused_only_while_tracing() -> None:
    tracing: Any = object()
    refuse_to_trace("it draws")
    with tracing_with(tracing):
        assert active_tracing() is tracing
        with pytest.raises(CannotTrace, match="it draws"):
            refuse_to_trace("it draws")
    assert active_tracing() is None


def test_a_stand_in_learns_its_rank_only_while_tracing() -> None:
    value = SimpleNamespace()
    assert know_rank(value, 3) is value
    assert not hasattr(value, "rank")
    with tracing_with(object()):  # type: ignore[arg-type]
        assert know_rank(value, 3).rank == 3


def test_the_innermost_block_collects_the_losses() -> None:
    assert collected_losses() is None
    with collecting_losses() as outer, collecting_losses() as inner:
        assert collected_losses() is inner is not outer
    assert collected_losses() is None
