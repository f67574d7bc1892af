"""Attention: each query takes the values, weighted by how well their keys fit it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kshim.nn.drawing import dropped, stream_of


class Attention(nn.Module):
    """Weigh values by the scores of queries and keys, which have no weights of their own.

        y = dropout(softmax(scores - 1e9 where not allowed)) value
        scores: q . k * scale (dot), or weight * sum(tanh(scale * (q + k))) (concat)

    Shapes:
        query: (batch, T, size), key: (batch, S, size), value: (batch, S, width)
        query_mask: (batch, T), value_mask: (batch, S), true where a step counts
        y: (batch, T, width), weights: (batch, T, S)

    Args:
        score: dot or concat.
        scale: the shape of the learned scale, () for one number; None for no scale.
        weighs_concat: concat scores have a learned weight.
        dropout: part of the weights zeroed while training.
        seed: where a stream of the module's own begins; None drops by torch's.

    Source: Attention and AdditiveAttention of Keras; arXiv 1508.04025, 1409.0473.
    """

    def __init__(
        self,
        score: str = "dot",
        scale: Sequence[int] | None = None,
        weighs_concat: bool = False,
        dropout: float = 0.0,
        seed: int | None = None,
        **factory: Any,
    ) -> None:
        """Make the weights, of ones."""
        super().__init__()
        self.score, self.dropout = score, dropout
        self.seed, self.stream = seed, stream_of(seed)
        self.scale = None if scale is None else nn.Parameter(torch.ones(tuple(scale), **factory))
        one = nn.Parameter(torch.ones((), **factory)) if weighs_concat else None
        self.concat_score_weight, self.weighs_concat = one, weighs_concat

    def forward(
        self,
        query: Tensor,
        value: Tensor,
        key: Tensor,
        query_mask: Tensor | None = None,
        value_mask: Tensor | None = None,
        causal: bool = False,
        with_scores: bool = False,
    ) -> Any:
        """Return the weighted values, and the weights behind them if asked."""
        allowed = None if value_mask is None else value_mask.unsqueeze(-2)
        if causal:
            allowed = _both(allowed, _band(query.shape[1], key.shape[1], query.device))
        adder = None if allowed is None else _adder(allowed, query.dtype)
        outputs, weights = self._weighed(query, value, key, adder, with_scores)
        if query_mask is not None:
            outputs = outputs * query_mask.unsqueeze(-1).to(outputs.dtype)
        return (outputs, weights) if with_scores else outputs

    def extra_repr(self) -> str:
        """Return the constructor's arguments."""
        scale = None if self.scale is None else tuple(self.scale.shape)
        concat = f"weighs_concat={self.weighs_concat}"
        drops = f"dropout={self.dropout}, seed={self.seed}"
        return f"score={self.score!r}, scale={scale}, {concat}, {drops}"

    def _weighed(
        self, query: Tensor, value: Tensor, key: Tensor, adder: Tensor | None, with_scores: bool
    ) -> tuple[Tensor, Tensor | None]:
        rate = self.dropout if self.training else 0.0
        if self.score == "dot":
            query = query if self.scale is None else query * self.scale
            if adder is None and not with_scores and not (rate and self.stream):
                q, k, v = (each.unsqueeze(1) for each in (query, key, value))  # of one head
                fused = F.scaled_dot_product_attention(q, k, v, dropout_p=rate, scale=1.0)
                return fused.squeeze(1), None
            scores = query @ key.transpose(-2, -1)
        else:
            scores = self._concat_scores(query, key)
        weights = torch.softmax(scores if adder is None else scores + adder, -1)
        weights = dropped(weights, rate, self.stream) if rate else weights
        return weights @ value, weights

    def _concat_scores(self, query: Tensor, key: Tensor) -> Tensor:
        """Return the score of each pair: the sum over its features, through tanh."""
        sums = query.unsqueeze(-2) + key.unsqueeze(-3)
        if self.concat_score_weight is None:
            curved = torch.tanh(sums)
            return (curved if self.scale is None else self.scale * curved).sum(-1)
        scaled = sums if self.scale is None else self.scale * sums
        return self.concat_score_weight * torch.tanh(scaled).sum(-1)


class MultiHeadAttention(nn.Module):
    """Attend with several heads, each on its own linear view of queries, keys and values.

    Shapes:
        query: (batch, *sizes, query_size), key, value: (batch, *sizes, their size)
        query_mask: (batch, T), value_mask, key_mask: (batch, S), true where a step counts
        attention_mask: (batch, ..., T, S), for several axes (batch, ..., *T, *S)
        y: (batch, *sizes, output_size), weights: (batch, ..., heads, *T, *S)

    Args:
        heads: how many, of the queries.
        key_size, value_size: of each head.
        key_heads: how many of keys and values; each serves heads / key_heads queries.
        axes: which axes are attended over, counted from the batch; None: all between the ends.
        window: a query sees keys less than so many steps away alone.
        gated: the heads' outputs are multiplied with a sigmoid of a linear view of the queries.
        cuts: scores that are not allowed are set far below, not moved there; a query that may
            see no key gets zeros where its weights are asked for or dropped, else, as without
            `cuts`, the mean of all values.
        dropout: part of the weights zeroed while training.
        seed: where a stream of the module's own begins; None drops by torch's.

    Source: MultiHeadAttention of tf.keras 2.15, GroupedQueryAttention of Keras 3; arXiv
    1706.03762, 2305.13245.
    """

    def __init__(
        self,
        sizes: tuple[int, int, int],
        heads: int,
        key_size: int,
        value_size: int,
        output_size: int,
        key_heads: int | None = None,
        axes: Sequence[int] | None = None,
        window: int | None = None,
        gated: bool = False,
        cuts: bool = False,
        dropout: float = 0.0,
        bias: bool = True,
        seed: int | None = None,
        **factory: Any,
    ) -> None:
        """Make the linear views; `sizes` are the features of query, key and value."""
        super().__init__()
        self.heads, self.key_heads = heads, key_heads or heads
        self.sizes, self.key_size, self.value_size = sizes, key_size, value_size
        self.output_size, self.gated, self.bias = output_size, gated, bias
        self.axes = None if axes is None else tuple(axes)
        self.window, self.dropout, self.cuts = window, dropout, cuts
        self.seed, self.stream = seed, stream_of(seed)
        options: dict[str, Any] = {"bias": bias, **factory}
        self.query = nn.Linear(sizes[0], heads * key_size, **options)
        self.key = nn.Linear(sizes[1], self.key_heads * key_size, **options)
        self.value = nn.Linear(sizes[2], self.key_heads * value_size, **options)
        self.gate = nn.Linear(sizes[0], heads * value_size, **options) if gated else None
        self.attention_output = nn.Linear(heads * value_size, output_size, **options)

    def forward(
        self,
        query: Tensor,
        value: Tensor,
        key: Tensor,
        query_mask: Tensor | None = None,
        value_mask: Tensor | None = None,
        key_mask: Tensor | None = None,
        attention_mask: Tensor | None = None,
        causal: bool = False,
        with_scores: bool = False,
    ) -> Any:
        """Return the mixed heads, and the weights of each behind them if asked."""
        allowed = _pairs(query_mask, value_mask, key_mask)
        if attention_mask is not None:
            allowed = _both(allowed, attention_mask.to(torch.bool))
        length, keys = query.shape[1], value.shape[1]
        if self.window is not None:
            allowed = _both(allowed, _band(length, keys, query.device, self.window))
        if causal and (allowed is not None or with_scores or self._draws_itself):
            allowed = _both(allowed, _band(length, keys, query.device))
        outputs, weights = self._heads(query, value, key, allowed, with_scores, causal)
        if self.gate is not None:
            outputs = outputs * torch.sigmoid(self.gate(query))
        outputs = self.attention_output(outputs)
        return (outputs, weights) if with_scores else outputs

    def extra_repr(self) -> str:
        """Return heads and axes."""
        return f"heads={self.heads}, key_heads={self.key_heads}, axes={self.axes}"

    @property
    def _draws_itself(self) -> bool:
        """Return whether weights are dropped by the module's own stream, which no kernel knows."""
        return bool(self.training and self.dropout and self.stream is not None)

    def _heads(
        self,
        query: Tensor,
        value: Tensor,
        key: Tensor,
        allowed: Tensor | None,
        with_scores: bool,
        causal: bool,
    ) -> tuple[Tensor, Tensor | None]:
        """Return the outputs of all heads side by side, and their weights if asked."""
        axes = self.axes or tuple(range(1, query.dim() - 1))
        order = _order(axes, query.dim())
        count = len(axes)
        split = [
            (self.query(query), self.heads), (self.key(key), self.key_heads),
            (self.value(value), self.key_heads),
        ]  # fmt: skip
        apart = [view.unflatten(-1, (heads, -1)).permute(order) for view, heads in split]
        long, keys = (view.shape[-1 - count : -1] for view in apart[:2])
        flat = [view.flatten(-1 - count, -2) if count > 1 else view for view in apart]
        if self.key_heads != self.heads:
            flat[1:] = [v.repeat_interleave(self.heads // self.key_heads, -3) for v in flat[1:]]
        views = (flat[0], flat[1], flat[2])
        weights = None
        if allowed is None and not with_scores and not self._draws_itself:
            outputs = self._fused(*views, causal)
        else:
            kept = None if allowed is None else _spread(allowed, flat[0].dim(), count)
            outputs, weights = self._attend(*views, kept, with_scores)
        if count > 1:
            outputs = outputs.unflatten(-2, long)
        if weights is not None and count > 1:
            weights = weights.unflatten(-1, keys).unflatten(-1 - count, long)
        back = [order.index(place) for place in range(len(order))]
        return outputs.permute(back).flatten(-2), weights

    def _fused(self, query: Tensor, key: Tensor, value: Tensor, causal: bool) -> Tensor:
        """Attend on torch's kernel: its gradients fail where a query may see no key at all."""
        rate = self.dropout if self.training else 0.0
        scale = 1 / math.sqrt(self.key_size)
        return F.scaled_dot_product_attention(
            query, key, value, dropout_p=rate, is_causal=causal, scale=scale
        )

    def _attend(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        allowed: Tensor | None,
        with_scores: bool,
    ) -> tuple[Tensor, Tensor]:
        """Attend over the last axis but one."""
        scores = (query / math.sqrt(self.key_size)) @ key.transpose(-2, -1)
        if allowed is not None and self.cuts:
            scores = torch.where(allowed, scores, _far_below(query.dtype))
        elif allowed is not None:
            scores = scores + _adder(allowed, query.dtype)
        weights = torch.softmax(scores, -1)
        if allowed is not None and self.cuts and (with_scores or self.dropout):
            weights = weights * allowed.any(-1, keepdim=True).to(weights.dtype)
        drops = self.training and self.dropout
        kept = dropped(weights, self.dropout, self.stream) if drops else weights
        return kept @ value, weights


def _order(axes: Sequence[int], rank: int) -> list[int]:
    """Return the order (batch, rest, heads, axes, features) of axes of (..., heads, features)."""
    rest = [axis for axis in range(1, rank - 1) if axis not in axes]
    return [0, *rest, rank - 1, *axes, rank]


def _pairs(
    query_mask: Tensor | None, value_mask: Tensor | None, key_mask: Tensor | None
) -> Tensor | None:
    """Return which pairs of steps the masks allow, (batch, T, S)."""
    allowed = None if query_mask is None else query_mask.unsqueeze(-1)
    for mask in (value_mask, key_mask):
        if mask is not None:
            allowed = _both(allowed, mask.unsqueeze(-2))
    return allowed


def _both(one: Tensor | None, other: Tensor) -> Tensor:
    return other if one is None else one & other


def _band(rows: int, columns: int, device: torch.device, window: int | None = None) -> Tensor:
    """Return which keys a query sees, (1, T, S): those up to it, or those within a window."""
    steps = torch.arange(rows, device=device).unsqueeze(1)
    ahead = torch.arange(columns, device=device) - steps
    return (ahead <= 0 if window is None else ahead.abs() < window).unsqueeze(0)


def _spread(allowed: Tensor, rank: int, count: int) -> Tensor:
    """Return a mask of pairs with its axes of time made flat, and one for the heads."""
    if count > 1:
        sizes = allowed.shape
        rows, columns = math.prod(sizes[-2 * count : -count]), math.prod(sizes[-count:])
        allowed = allowed.reshape(*sizes[: -2 * count], rows, columns)
    index = (..., *[None] * (rank - allowed.dim()), slice(None), slice(None))
    return allowed[index]


def _adder(allowed: Tensor, dtype: torch.dtype) -> Tensor:
    """Return what is added to scores: nothing where allowed, else a number that ends them."""
    return (1 - allowed.to(dtype)) * _far_below(dtype)


def _far_below(dtype: torch.dtype) -> float:
    """Return a number whose exponential is zero."""
    return torch.finfo(dtype).min / 2 if dtype is torch.float16 else -1e9
