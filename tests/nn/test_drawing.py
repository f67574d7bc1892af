"""Draws of a module's own stream: a seed gives the same numbers, of the right share and size."""

from __future__ import annotations

import pytest
import torch

from kshim.nn.drawing import keeping, normal, shares, stream_of, weights_of_two


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


@pytest.mark.parametrize("alpha", [0.05, 0.2, 1.0, 3.0])
def test_shares_follow_the_dirichlet_distribution(alpha: float) -> None:
    drawn = shares(torch.full((20_000, 3), alpha), stream_of(1))
    torch.testing.assert_close(drawn.sum(1), torch.ones(20_000))
    torch.testing.assert_close(drawn.mean(0), torch.full((3,), 1 / 3), atol=0.01, rtol=0.0)
    told = (1 / 3) * (2 / 3) / (3 * alpha + 1)
    torch.testing.assert_close(drawn.var(0), torch.full((3,), told), atol=0.005, rtol=0.0)


def test_weights_of_hardly_any_alpha_are_all_or_nothing() -> None:
    drawn = weights_of_two(1e-6, 4000, stream_of(1))
    assert bool(((drawn < 1e-3) | (drawn > 1 - 1e-3)).all())
    assert abs(float(drawn.mean()) - 0.5) < 0.03
