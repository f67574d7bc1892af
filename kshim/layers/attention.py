"""Attention layers: Attention, AdditiveAttention, MultiHeadAttention, GroupQueryAttention.

Source: tf.keras 2.15 layers/attention; GroupQueryAttention, gates and windows from Keras 3.15.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from kshim import constraints, initializers, regularizers
from kshim.core.arguments import arg
from kshim.core.checks import (
    number,
    one_of,
    optional,
    several_whole_numbers,
    sizes,
    true_or_false,
    whole_number,
)
from kshim.core.eras import by_era, rule
from kshim.core.shapes import Shape, is_shape, known_axis, need_rank, product
from kshim.errors import ArgumentError, NotSupported, ShapeError, UnexpectedArgument
from kshim.layers.base import LAYERS
from kshim.layers.einsum import fanned
from kshim.layers.gates import Ordered
from kshim.layers.weights import Weight
from kshim.nn.attention import Attention as AttentionModule
from kshim.nn.attention import MultiHeadAttention as HeadsModule

_BUILT_FROM = ("query_shape", "key_shape", "value_shape")
# Keras 3 sets the scores of what is masked, Keras 2 adds to them.
_CUTS = by_era({"1.2": False, "3": True})

# tf.keras 2.15 tells the queries' shape, whatever the values' width.
_TELLS_QUERIES_SHAPE = by_era({"1.2": True, "3": False})


class Attending(Ordered):
    """Look up values by how queries fit keys; the base of the attention layers.

    Shapes:
        query: (batch, T, size), value: (batch, S, width), key: (batch, S, size), or the values

    A layer gives `[outputs, weights]` when called with `return_attention_scores=True`.
    """

    supports_masking = True

    def output_symbols(self, args: tuple[Any, ...], kwargs: dict[str, Any], shapes: Any) -> Any:
        """Return symbols of the outputs, and of the weights if they are asked for."""
        if kwargs.get("return_attention_scores"):
            return self._trial(args, kwargs)
        return super().output_symbols(args, kwargs, shapes)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask of the queries."""
        return mask[0] if isinstance(mask, list | tuple) else mask


class Scored(Attending):
    """Attend with scores that have no weights, or hardly any."""

    order = ("use_scale", "score_mode", "dropout", "seed")

    dropout: float = arg(number(0, 1), 0.0)
    seed: int | None = arg(optional(whole_number()), None, since="3")

    def call(
        self,
        inputs: list[Tensor],
        mask: Any = None,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """Return the values, weighted for each query, and the weights if asked."""
        query, value, key = _three(inputs)
        masks = list(mask) if isinstance(mask, list | tuple) else [mask, None]
        given = {"query_mask": masks[0], "value_mask": masks[1]}
        kept = {word: one for word, one in given.items() if one is not None}
        made = self.attention(
            query, value, key, causal=use_causal_mask, with_scores=return_attention_scores, **kept
        )
        return [made[0], made[1]] if return_attention_scores else made

    def output_symbols(self, args: tuple[Any, ...], kwargs: dict[str, Any], shapes: Any) -> Any:
        """Return symbols of the outputs, and of the weights if they are asked for."""
        if _TELLS_QUERIES_SHAPE.value(self.era):
            return self._trial(args, kwargs)
        return super().output_symbols(args, kwargs, shapes)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """Return the queries' shape with the values' width; before Keras 3 with their own."""
        _check_list(self.who, input_shape)
        last = 0 if _TELLS_QUERIES_SHAPE.value(self.era) else 1
        return (*input_shape[0][:-1], input_shape[last][-1])


@LAYERS.register()
class Attention(Scored):
    """Weigh values by q . k (Luong), or by the sum of tanh(q + k).

    Called on `[query, value]` or `[query, value, key]`.

    Args:
        use_scale: the scores have a learned scale.
        score_mode: dot, or concat.
        dropout: part of the weights zeroed while training.
        seed: where a stream of the layer's own begins (Keras 3); None drops by torch's.

        >>> Attention()([Input((3, 4)), Input((5, 4))]).shape
        (None, 3, 4)
    """

    use_scale: bool = arg(true_or_false, False)
    score_mode: str = arg(one_of("dot", "concat"), "dot")

    def build(self, input_shape: Any) -> None:
        """Make the scale, and the weight of concat scores."""
        _check_list(self.who, input_shape)
        _check_sizes(self.who, input_shape)
        self.attention = AttentionModule(
            self.score_mode, scale=() if self.use_scale else None,
            weighs_concat=self.score_mode == "concat", dropout=self.dropout,
            seed=self.seed, dtype=self.torch_dtype,
        )  # fmt: skip
        for key in ("scale", "concat_score_weight"):
            tensor = getattr(self.attention, key)
            if tensor is not None:
                setattr(self, key, self.weight(key, tensor, initializer=initializers.Ones()))


@LAYERS.register()
class AdditiveAttention(Scored):
    """Weigh values by sum(scale * tanh(q + k)) (Bahdanau).

    Called on `[query, value]` or `[query, value, key]`.

    Args:
        use_scale: each feature has a learned scale.
        dropout: part of the weights zeroed while training.
        seed: where a stream of the layer's own begins (Keras 3); None drops by torch's.

        >>> AdditiveAttention()([Input((3, 4)), Input((5, 4))]).shape
        (None, 3, 4)
    """

    use_scale: bool = arg(true_or_false, True)

    def build(self, input_shape: Any) -> None:
        """Make the scale."""
        _check_list(self.who, input_shape)
        _check_sizes(self.who, input_shape)
        size = known_axis(self.who, input_shape[0], -1)
        self.attention = AttentionModule(
            "concat", scale=(size,) if self.use_scale else None, dropout=self.dropout,
            seed=self.seed, dtype=self.torch_dtype,
        )  # fmt: skip
        if self.attention.scale is not None:
            first = initializers.GlorotUniform()
            self.scale = self.weight("scale", self.attention.scale, initializer=first)


class Headed(Attending):
    """Attend with several heads, each on its own linear view of queries, keys and values.

    Called on `(query, value, key=value)`.
    """

    input_words: ClassVar[tuple[str, ...]] = ("value", "key")

    dropout: float = arg(number(0, 1), 0.0)
    use_bias: bool = arg(true_or_false, True)
    sliding_window: int | None = arg(optional(whole_number(1)), None, since="3")
    flash_attention: Any = arg(optional(true_or_false), None, saved=False)
    kernel_initializer: Any = arg(initializers.of_weight, "glorot_uniform")
    bias_initializer: Any = arg(initializers.of_weight, "zeros")
    kernel_regularizer: Any = arg(regularizers.get, None)
    bias_regularizer: Any = arg(regularizers.get, None)
    activity_regularizer: Any = arg(regularizers.get, None)
    kernel_constraint: Any = arg(constraints.get, None)
    bias_constraint: Any = arg(constraints.get, None)
    use_gate: bool = arg(true_or_false, False, since="3")
    seed: int | None = arg(optional(whole_number()), None, since="3")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments."""
        super().__init__(*args, **kwargs)
        if self.activity_regularizer is not None:
            raise NotSupported(
                f"{self.who}: activity_regularizer must be None, for Keras would penalise every "
                "linear view inside. Put an ActivityRegularization layer behind this one."
            )

    def __call__(self, query: Any, value: Any = None, key: Any = None, **options: Any) -> Any:
        """Record a node or compute; query, value and key stand in a list as the inputs."""
        if value is None and not isinstance(query, list | tuple):
            raise UnexpectedArgument(f"{self.who}: value must be given, got no value.")
        inputs = [query, value, key] if value is not None else list(query)
        kept = [one for one in inputs if one is not None]
        if len(kept) not in (2, 3):
            raise UnexpectedArgument(
                f"{self.who}: query and value must be given, got {len(kept)} inputs."
            )
        words = [f"{word}_mask" for word in ("query", *self.input_words)]
        masks = [options.pop(word, None) for word in words]
        if any(mask is not None for mask in masks):
            options["mask"] = masks[: len(kept)]
        return super().__call__(kept, **options)

    def takes_beside(self, args: tuple[Any, ...], options: Mapping[str, Any]) -> bool:
        """Return False: each input has a mask of its own, whatever stands beside them."""
        return False

    def call(
        self,
        inputs: list[Tensor],
        mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """Return the mixed heads, and the weights of each if asked."""
        query, value, key = _three(inputs)
        words = [f"{word}_mask" for word in ("query", *self.input_words)]
        masks = list(mask) if isinstance(mask, list | tuple) else [mask]
        given = dict(zip(words, masks, strict=False)) | {"attention_mask": attention_mask}
        kept = {word: one for word, one in given.items() if one is not None}
        made = self.attention(
            query, value, key, causal=use_causal_mask, with_scores=return_attention_scores, **kept
        )
        if not return_attention_scores:
            return self.shaped(made)
        return [self.shaped(made[0]), made[1]]

    def shaped(self, outputs: Any) -> Any:
        """Return outputs in the shape that was asked for."""
        return outputs

    def make_module(self, shapes: Any, output: tuple[int, ...], **options: Any) -> None:
        """Make torch's module, and hold its tensors as Keras's weights."""
        _check_list(self.who, shapes)
        query, value, key = _three(shapes)
        sizes = [known_axis(self.who, one, -1) for one in (query, key, value)]
        self.attention = HeadsModule(
            (sizes[0], sizes[1], sizes[2]), output_size=math.prod(output), bias=self.use_bias,
            dropout=self.dropout, seed=self.seed, window=self.sliding_window, gated=self.use_gate,
            cuts=bool(_CUTS.value(self.era)), dtype=self.torch_dtype, **options,
        )  # fmt: skip

    def hold_view(self, key: str, inward: Shape, outward: Shape) -> None:
        """Hold a linear view, whose kernel has the sizes before it and behind it."""
        linear = getattr(self.attention, key)
        rows = product(inward)
        made = Weight(
            self, f"{key}/kernel", linear, ("weight",),
            to_keras=lambda tensor: tensor.t().reshape((*inward, *outward)),
            to_torch=lambda tensor: (tensor.reshape((rows, -1)).t(),),
        )  # fmt: skip
        inward_axes = [place < len(inward) for place in range(len(inward) + len(outward))]
        first = fanned(self.kernel_initializer, inward_axes, self.era)
        self._hold(made, "kernel", first)
        if linear.bias is not None:
            made = Weight(
                self, f"{key}/bias", linear, ("bias",),
                to_keras=lambda tensor: tensor.reshape(outward),
                to_torch=lambda tensor: (tensor.reshape(-1),),
            )  # fmt: skip
            self._hold(made, "bias", self.bias_initializer)

    def _hold(self, weight: Weight, word: str, initializer: Any) -> None:
        self.hold(weight, initializer)
        weight.regularizer = getattr(self, f"{word}_regularizer")
        weight.constraint = getattr(self, f"{word}_constraint")


@LAYERS.register()
class MultiHeadAttention(Headed):
    """Attend with several heads, each on its own linear view of queries, keys and values.

    Called on `(query, value, key=value)`, with `attention_mask` of shape (batch, T, S),
    `use_causal_mask` and `return_attention_scores`.

    Shapes:
        query: (batch, *sizes, features), y: (batch, *sizes, output_shape)
        query/kernel, key/kernel: (features, num_heads, key_dim), value/kernel: (features,
        num_heads, value_dim), attention_output/kernel: (num_heads, value_dim, *output_shape)

    Args:
        num_heads, key_dim, value_dim: how many heads, the size of each; the values' is the keys'
            unless given.
        output_shape: the last sizes of the output; those of the queries unless given.
        attention_axes: which axes are attended over; all but the first and last unless given.

        >>> MultiHeadAttention(num_heads=2, key_dim=3)(Input((3, 4)), Input((5, 4))).shape
        (None, 3, 4)
    """

    order = (
        "num_heads", "key_dim", "value_dim", "dropout", "use_bias", "output_shape",
        "attention_axes",
    )  # fmt: skip

    num_heads: int = arg(whole_number(1))
    key_dim: int = arg(whole_number(1))
    value_dim: Any = arg(optional(whole_number(1)), None)
    output_shape: Any = arg(optional(sizes(1, unknown=False)), None, attribute="wanted_shape")
    attention_axes: Any = arg(optional(several_whole_numbers), None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments; values are as wide as keys unless said otherwise."""
        super().__init__(*args, **kwargs)
        self.value_dim = self.value_dim or self.key_dim
        self.built_from: dict[str, Any] = {}

    def build(self, input_shape: Any) -> None:
        """Make the linear views."""
        query, value, key = _three(input_shape)
        self.built_from = {
            word: list(one) for word, one in zip(_BUILT_FROM, (query, key, value), strict=True)
        }
        rank = len(query)
        axes = self.attention_axes or tuple(range(1, rank - 1))
        axes = tuple(axis % rank for axis in axes)
        if any(not 0 < axis < rank - 1 for axis in axes):
            wanted = "axes between the batch and the features"
            raise ArgumentError("attention_axes", wanted, self.attention_axes, who=self.who)
        last = self.wanted_shape or (known_axis(self.who, query, -1),)
        width = self.value_dim
        self.make_module(
            input_shape, last, heads=self.num_heads, key_size=self.key_dim, value_size=width,
            axes=axes,
        )  # fmt: skip
        self.hold_view("query", query[-1:], (self.num_heads, self.key_dim))
        self.hold_view("key", key[-1:], (self.num_heads, self.key_dim))
        if self.use_gate:
            self.hold_view("gate", query[-1:], (self.num_heads, width))
        self.hold_view("value", value[-1:], (self.num_heads, width))
        self.hold_view("attention_output", (self.num_heads, width), last)

    def shaped(self, outputs: Any) -> Any:
        """Return outputs whose last axis is as many as were asked for."""
        several = self.wanted_shape is not None and len(self.wanted_shape) > 1
        return torch.unflatten(outputs, -1, self.wanted_shape) if several else outputs

    def compute_output_shape(self, input_shape: Any, *others: Any) -> Shape:
        """Return the queries' shape with the last sizes asked for."""
        query = input_shape if is_shape(input_shape) else input_shape[0]
        return (*query[:-1], *(self.wanted_shape or query[-1:]))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments as JSON values; tf.keras 2.15 adds the shapes it was built from."""
        shapes = dict.fromkeys(_BUILT_FROM) | self.built_from
        return super().get_config() | (shapes if rule("heads_tell_shapes", self.era) else {})

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> MultiHeadAttention:
        """Return what `get_config` described."""
        return cls(**{word: value for word, value in config.items() if word not in _BUILT_FROM})


@LAYERS.register("GroupQueryAttention")
class GroupedQueryAttention(Headed):
    """Attend with several heads, of which groups share their view of keys and values.

    Called on `(query, value, key=value)`, with `attention_mask` of shape (batch, T, S),
    `use_causal_mask` and `return_attention_scores`.

    Shapes:
        query: (batch, T, features), y: (batch, T, features)
        query/kernel: (features, num_query_heads, head_dim), key/kernel, value/kernel: (features,
        num_key_value_heads, head_dim), attention_output/kernel: (num_query_heads, head_dim,
        features)

    Args:
        head_dim: the size of each head.
        num_query_heads, num_key_value_heads: how many; the second must divide the first.

        >>> layer = GroupQueryAttention(head_dim=3, num_query_heads=4, num_key_value_heads=2)
        >>> layer(Input((3, 4)), Input((5, 4))).shape
        (None, 3, 4)

    Source: Keras 3.15 layers/attention/grouped_query_attention.py; arXiv 2305.13245.
    """

    order = ("head_dim", "num_query_heads", "num_key_value_heads", "dropout", "use_bias")

    head_dim: int = arg(whole_number(1))
    num_query_heads: int = arg(whole_number(1))
    num_key_value_heads: int = arg(whole_number(1))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments."""
        super().__init__(*args, **kwargs)
        if self.num_query_heads % self.num_key_value_heads:
            wanted, given = f"a divisor of {self.num_query_heads}", self.num_key_value_heads
            raise ArgumentError("num_key_value_heads", wanted, given, who=self.who)

    def build(self, input_shape: Any) -> None:
        """Make the linear views."""
        query, value, key = _three(input_shape)
        need_rank(self.who, query, 3)
        size, heads, groups = self.head_dim, self.num_query_heads, self.num_key_value_heads
        self.make_module(
            input_shape, query[-1:], heads=heads, key_size=size, value_size=size, key_heads=groups
        )
        self.hold_view("query", query[-1:], (heads, size))
        self.hold_view("key", key[-1:], (groups, size))
        if self.use_gate:
            self.hold_view("gate", query[-1:], (heads, size))
        self.hold_view("value", value[-1:], (groups, size))
        self.hold_view("attention_output", (heads, size), query[-1:])

    def compute_output_shape(self, input_shape: Any, *others: Any) -> Shape:
        """Return the queries' shape."""
        found: Shape = input_shape if is_shape(input_shape) else input_shape[0]
        return found


GroupQueryAttention = GroupedQueryAttention


def _three(inputs: Any) -> tuple[Any, Any, Any]:
    """Return query, value and key, which is the value unless given."""
    query, value, *rest = inputs
    return query, value, rest[0] if rest else value


def _check_list(who: str, shapes: Any) -> None:
    """Refuse all but two or three inputs whose values are as many as their keys."""
    if is_shape(shapes) or len(shapes) not in (2, 3):
        raise ShapeError(
            f"{who}: inputs must be a list [query, value] or [query, value, key], got {shapes}."
        )
    _, value, key = (tuple(shape) for shape in _three(shapes))
    if len(value) < 2 or not _fit(value[:-1], key[:-1]):
        raise ShapeError(
            f"{who}: value and key must have as many steps, got shapes {value} and {key}."
        )


def _check_sizes(who: str, shapes: Any) -> None:
    """Refuse queries that are not compared to keys of their own size."""
    query, _, key = (tuple(shape) for shape in _three(shapes))
    if len(query) != len(key) or not _fit(query[-1:], key[-1:]):
        raise ShapeError(
            f"{who}: query and key must have as many axes and features, "
            f"got shapes {query} and {key}."
        )


def _fit(one: Shape, other: Shape) -> bool:
    pairs = zip(one, other, strict=False)
    return len(one) == len(other) and all(a == b or None in (a, b) for a, b in pairs)
