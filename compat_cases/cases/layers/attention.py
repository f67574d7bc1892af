"""Cases of the attention layers."""

ERAS = ("2.15", "3")

QUERY, VALUE, KEY = [2, 3, 4], [2, 5, 4], [2, 5, 4]
SOME = {"masked_steps": [[0], [1, 2]]}


def row(name, class_name, inputs, arguments=None, **more):
    """Return one case."""
    return dict(more, name=name, class_name=class_name, inputs=inputs, arguments=arguments or {})


def heads(name, inputs, arguments=None, **more):
    """Return a case of MultiHeadAttention; its inputs are arguments of their own."""
    given = dict({"num_heads": 2, "key_dim": 3}, **(arguments or {}))
    told = dict({"separate": True}, **more)
    return row("multi_head_attention_" + name, "MultiHeadAttention", inputs, given, **told)


def groups(name, inputs, arguments=None, **more):
    """Return a case of GroupQueryAttention; its inputs are arguments of their own."""
    given = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}
    given = dict(given, **(arguments or {}))
    told = dict({"separate": True, "eras": ["3"]}, **more)
    return row("group_query_attention_" + name, "GroupQueryAttention", inputs, given, **told)


CAUSAL = {"call": {"use_causal_mask": True}}
SCORES = {"call": {"return_attention_scores": True}}
TRUTH = {"kinds": ["float", "float", "truth"], "keywords": {"attention_mask": 2}}

CASES = (
    [
        row(f"{word}_{name}", class_name, inputs, arguments, **more)
        for word, class_name in [
            ("attention", "Attention"),
            ("additive_attention", "AdditiveAttention"),
        ]
        for name, inputs, arguments, more in [
            ("plain", [QUERY, VALUE], {}, {}),
            ("key", [QUERY, VALUE, KEY], {}, {}),
            ("key_other_width", [QUERY, [2, 5, 6], KEY], {}, {}),
            ("value_masked", [QUERY, VALUE], {}, dict(SOME, masked_inputs=[1])),
            ("query_masked", [QUERY, VALUE], {}, dict(SOME, masked_inputs=[0])),
            ("both_masked", [QUERY, VALUE], {}, dict(SOME, masked_inputs=[0, 1])),
            ("causal", [VALUE, VALUE], {}, CAUSAL),
            ("causal_masked", [VALUE, VALUE], {}, dict(CAUSAL, **dict(SOME, masked_inputs=[1]))),
            ("scores", [QUERY, VALUE], {}, SCORES),
            ("dropout_at_rest", [QUERY, VALUE], {"dropout": 0.3}, {}),
            ("double", [QUERY, VALUE], {}, {"floatx": "float64"}),
        ]
        if (word, name) != ("additive_attention", "key_other_width")  # one width there
    ]
    + [
        row("attention_scaled", "Attention", [QUERY, VALUE], {"use_scale": True}),
        row("attention_concat", "Attention", [QUERY, VALUE], {"score_mode": "concat"}),
        row(
            "attention_concat_scaled",
            "Attention",
            [QUERY, VALUE],
            {"score_mode": "concat", "use_scale": True},
        ),
        row(
            "additive_attention_no_scale",
            "AdditiveAttention",
            [QUERY, VALUE],
            {"use_scale": False},
        ),
    ]
    + [
        heads("cross", [QUERY, VALUE]),
        heads("same", [VALUE, VALUE]),
        heads("key", [QUERY, VALUE, KEY]),
        heads("other_widths", [QUERY, [2, 5, 6], [2, 5, 7]]),
        heads("value_dim", [QUERY, VALUE], {"value_dim": 5}),
        heads("no_bias", [QUERY, VALUE], {"use_bias": False}),
        heads("output_shape", [QUERY, VALUE], {"output_shape": 6}),
        heads("output_shape_two", [QUERY, VALUE], {"output_shape": [6, 2]}),
        heads("one_head", [QUERY, VALUE], {"num_heads": 1}),
        heads("dropout_at_rest", [QUERY, VALUE], {"dropout": 0.3}),
        heads("axes", [[2, 3, 5, 4], [2, 3, 5, 4]], {"attention_axes": [2]}),
        heads("two_axes", [[2, 2, 3, 4], [2, 3, 2, 4]], {"attention_axes": [1, 2]}),
        heads("mask", [QUERY, VALUE, [2, 3, 5]], **TRUTH),
        heads("query_masked", [QUERY, VALUE], **dict(SOME, masked_inputs=[0])),
        heads("value_masked", [QUERY, VALUE], **dict(SOME, masked_inputs=[1])),
        heads("both_masked", [QUERY, VALUE], **dict(SOME, masked_inputs=[0, 1])),
        heads("causal", [VALUE, VALUE], **CAUSAL),
        heads("causal_masked", [VALUE, VALUE], **dict(CAUSAL, **dict(SOME, masked_inputs=[1]))),
        heads("scores", [QUERY, VALUE], **SCORES),
        heads("double", [QUERY, VALUE], floatx="float64"),
    ]
    + [
        groups("cross", [QUERY, VALUE]),
        groups("same", [VALUE, VALUE]),
        groups("key", [QUERY, VALUE, KEY]),
        groups("no_bias", [QUERY, VALUE], {"use_bias": False}),
        groups("one_group", [QUERY, VALUE], {"num_key_value_heads": 1}),
        groups("all_groups", [QUERY, VALUE], {"num_key_value_heads": 4}),
        groups("mask", [QUERY, VALUE, [2, 3, 5]], **TRUTH),
        groups("causal", [VALUE, VALUE], **CAUSAL),
        groups("scores", [QUERY, VALUE], **SCORES),
        groups("value_masked", [QUERY, VALUE], **dict(SOME, masked_inputs=[1])),
    ]
)
