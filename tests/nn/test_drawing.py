"""Draws of a module's own stream: a seed gives the same numbers, of the right share and size."""

from __future__ import annotations

import pytest
import torch

from kshim.nn.drawing import keeping, normal, stream_of


def test_no_seed_is_the_stream_of_torch() -> None:
    assert stream_of(None) is None
    torch.manual_seed(3)
    first = normal(torch.zeros(4), None)
    torch.manual_seed(3)
    torch.testing.assert_close(first, torch.randn(4))


@pytest.mark.parametrize("seed", [None, 3])
def test_what_is_kept_has_its_share_and_scale(seed: int | None) -> None:
    kept = keeping(torch.zeros(100, 1000), 0.2, stream_of(seed))
    assert sorted(kept.unique().tolist()) == pytest.approx([0, 1.25])
    assert float((kept == 0).float().mean()) == pytest.approx(0.2, abs=0.006)


@pytest.mark.parametrize("seed", [None, 3])
def test_nothing_is_kept_at_a_rate_of_one(seed: int | None) -> None:
    assert keeping(torch.ones(4), 1.0, stream_of(seed)).tolist() == [0.0] * 4


def test_a_seed_gives_the_same_in_the_type_asked_for() -> None:
    like = torch.zeros(2, 3, dtype=torch.float64)
    first, again = normal(like, stream_of(3)), normal(like, stream_of(3))
    assert first.dtype == torch.float64 and torch.equal(first, again)
