"""Attention modules: several axes, groups of heads, what no key may be seen by."""

from __future__ import annotations

import pytest
import torch

from kshim.nn.attention import Attention, MultiHeadAttention


def test_several_axes_are_attended_over_as_one() -> None:
    module = MultiHeadAttention((5, 5, 5), heads=2, key_size=3, value_size=4, output_size=6)
    x = torch.randn(2, 3, 4, 5)
    flat = module(x.flatten(1, 2), x.flatten(1, 2), x.flatten(1, 2))
    torch.testing.assert_close(module(x, x, x), flat.unflatten(1, (3, 4)))


def test_one_of_two_axes_is_attended_over_alone() -> None:
    options = {"heads": 2, "key_size": 3, "value_size": 4, "output_size": 6}
    module = MultiHeadAttention((5, 5, 5), **options, axes=(2,))  # type: ignore[arg-type]
    x = torch.randn(2, 3, 4, 5)
    rows = torch.stack([module(row[:, None], row[:, None], row[:, None]) for row in x.unbind(1)], 1)
    torch.testing.assert_close(module(x, x, x), rows[:, :, 0])


def test_a_mask_over_two_axes_is_made_flat() -> None:
    module = MultiHeadAttention((5, 5, 5), heads=2, key_size=3, value_size=4, output_size=6)
    x = torch.randn(2, 3, 4, 5)
    allowed = torch.rand(2, 3, 4, 3, 4) < 0.7
    allowed[..., 0, 0] = True
    flat = x.flatten(1, 2)
    told = module(flat, flat, flat, attention_mask=allowed.reshape(2, 12, 12))
    torch.testing.assert_close(module(x, x, x, attention_mask=allowed), told.unflatten(1, (3, 4)))


@pytest.mark.parametrize("with_scores", [False, True])
def test_queries_without_keys_get_the_mean_or_zeros(with_scores: bool) -> None:
    query, value = torch.randn(1, 2, 3), torch.randn(1, 4, 3)
    none = torch.zeros(1, 4, dtype=torch.bool)
    for cuts in (False, True):
        module = MultiHeadAttention((3, 3, 3), 1, 3, 3, 3, cuts=cuts, bias=False)
        made = module(query, value, value, value_mask=none, with_scores=with_scores)
        outputs = made[0] if with_scores else made
        mean = module.attention_output(module.value(value).mean(1))
        told = torch.zeros_like(mean) if cuts and with_scores else mean
        torch.testing.assert_close(outputs[0, 0], told[0])


def test_half_precision_scores_are_cut_within_its_range() -> None:
    module = Attention()
    query, value = torch.randn(1, 2, 3).half(), torch.randn(1, 4, 3).half()
    mask = torch.tensor([[True, False, True, False]])
    outputs = module(query, value, value, value_mask=mask)
    kept = value[:, ::2]
    torch.testing.assert_close(outputs, module(query, kept, kept), rtol=1e-2, atol=1e-2)
