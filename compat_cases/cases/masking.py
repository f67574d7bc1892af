"""Masks through whole models, into losses and metrics.

A model is `first` (a Masking, or an Embedding with mask_zero), then `layers` one behind the other;
a list among them is several layers side by side, each on what came before, whose outputs the next
takes together. Its loss is the mean squared error, its optimizer SGD(0.1). A Keras that does not
build the model says so (`refused`).
"""

ERAS = ("2.2", "2.3", "2.15", "3")
LATER = ("2.15", "3")
# Keras 3 cannot spread a sample's weight over masked steps, nor a mask of steps over a Softmax.
BEFORE_3 = ("2.2", "2.3", "2.15")

MASKING = {"class_name": "Masking", "arguments": {}}
WORDS = {
    "class_name": "Embedding",
    "arguments": {"input_dim": 6, "output_dim": 3, "mask_zero": True},
}


def one(class_name, **arguments):
    """Return a layer."""
    return {"class_name": class_name, "arguments": arguments}


def row(name, *layers, first=MASKING, eras=ERAS, **more):
    """Return one case."""
    return dict(name=name, first=first, layers=list(layers), eras=list(eras), **more)


SEQUENCES = {"units": 3, "return_sequences": True}
DENSE, LSTM = one("Dense", units=2), one("LSTM", **SEQUENCES)
LINEAR = one("Activation", activation="linear")
TWO = [one("Dense", units=2), one("Dense", units=2)]
# Two masks that differ, and one beside no mask at all.
APART = [one("Masking"), one("Masking", mask_value=2.0)]
ONE_SIDED = [one("Masking"), one("Activation", activation="tanh")]
METERED = {"metrics": ["mae"], "weighted_metrics": ["mse"]}

CASES = [
    row("dense", DENSE),
    row("dense_metrics", DENSE, **METERED),
    row("dense_weights", DENSE, weights="samples", eras=BEFORE_3, **METERED),
    row("dense_steps_weighted", DENSE, weights="steps", **METERED),
    row("dense_accuracy", one("Dense", units=2, activation="softmax"), metrics=["accuracy"]),
    row("dense_other_value", DENSE, first=one("Masking", mask_value=-1.0)),
    row("lstm", LSTM, DENSE, **METERED),
    row("lstm_weights", LSTM, DENSE, weights="steps", **METERED),
    row("lstm_last", one("LSTM", units=3), DENSE, **METERED),
    row("lstm_backwards", one("LSTM", go_backwards=True, **SEQUENCES), DENSE),
    row("lstm_twice", LSTM, LSTM),
    row("lstm_unrolled", one("LSTM", unroll=True, **SEQUENCES)),
    row("gru", one("GRU", **SEQUENCES), DENSE),
    row("gru_before", one("GRU", reset_after=False, **SEQUENCES)),
    row("gru_last", one("GRU", units=3)),
    row("simple_rnn", one("SimpleRNN", **SEQUENCES)),
    row("cell", one("RNN", cell=one("LSTMCell", units=3), return_sequences=True)),
    row("cells", one("RNN", cell=[one("GRUCell", units=3), one("LSTMCell", units=2)]), eras=LATER),
    row("bidirectional", one("Bidirectional", layer=LSTM), DENSE, **METERED),
    row("bidirectional_sum", one("Bidirectional", layer=LSTM, merge_mode="sum")),
    row("bidirectional_last", one("Bidirectional", layer=one("LSTM", units=3))),
    row("every_step", one("TimeDistributed", layer=one("Dense", units=2)), **METERED),
    row("every_step_twice", LSTM, one("TimeDistributed", layer=one("Dense", units=2))),
    row("dropout", one("Dropout", rate=0.0), DENSE),
    row("spatial_dropout", one("SpatialDropout1D", rate=0.0), DENSE),
    row("noise", one("GaussianNoise", stddev=0.0), DENSE),
    row("activation", one("Activation", activation="tanh")),
    row("leaky", one("LeakyReLU"), DENSE),
    row("elu", one("ELU"), DENSE),
    row("prelu", one("PReLU"), DENSE),
    row("softmax", one("Softmax"), eras=BEFORE_3),
    row("batch_normalization", one("BatchNormalization")),
    row("layer_normalization", one("LayerNormalization"), eras=LATER),
    row("penalty", one("ActivityRegularization", l2=0.1), DENSE),
    row("add", TWO, one("Add"), **METERED),
    row("subtract", TWO, one("Subtract")),
    row("multiply", TWO, one("Multiply")),
    row("average", TWO, one("Average")),
    row("maximum", TWO, one("Maximum")),
    row("concatenate", TWO, one("Concatenate"), **METERED),
    row("concatenate_steps", TWO, one("Concatenate", axis=1)),
    *(
        row(f"{kind.lower()}_of_{word}", branches, one(kind), first=LINEAR, other_value=2.0)
        for kind in (
            "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate",
        )
        for word, branches in (("two_masks", APART), ("one_mask", ONE_SIDED))
    ),
    row("concatenate_steps_of_two_masks", APART, one("Concatenate", axis=1), first=LINEAR,
        other_value=2.0),
    row("concatenate_steps_of_one_mask", ONE_SIDED, one("Concatenate", axis=1), first=LINEAR,
        other_value=2.0),
    row("dot", TWO, one("Dot", axes=2)),
    row("dot_steps", TWO, one("Dot", axes=1)),
    row("add_last", [one("LSTM", units=2), one("GRU", units=2)], one("Add")),
    row("repeat", one("LSTM", units=3), one("RepeatVector", n=4), DENSE),
    row("flatten", one("Flatten"), DENSE),
    row("flatten_behind", LSTM, one("Flatten"), DENSE),
    row("reshape", one("Reshape", target_shape=[2, 6])),
    row("permute", one("Permute", dims=[2, 1])),
    row("convolution", one("Conv1D", filters=2, kernel_size=2)),
    row("max_pooling", one("MaxPooling1D")),
    row("global_max", one("GlobalMaxPooling1D"), DENSE),
    row("global_average", one("GlobalAveragePooling1D"), DENSE),
    row("padding", one("ZeroPadding1D")),
    row("cropping", one("Cropping1D")),
    row("up_sampling", one("UpSampling1D")),
    row("masking_again", DENSE, one("Masking"), DENSE),
    row("attention", TWO, one("Attention"), eras=LATER),
    row("additive_attention", TWO, one("AdditiveAttention"), eras=LATER),
    row("words", DENSE, first=WORDS, **METERED),
    row("words_lstm", LSTM, DENSE, first=WORDS, **METERED),
    row("words_last", one("LSTM", units=3), first=WORDS),
    row("words_bidirectional", one("Bidirectional", layer=one("GRU", units=3)), first=WORDS),
    row("words_every_step", one("TimeDistributed", layer=one("Dense", units=2)), first=WORDS),
    row("words_mean", one("GlobalAveragePooling1D"), DENSE, first=WORDS),
    row("words_flatten", one("Flatten"), DENSE, first=WORDS),
    row("words_convolution", one("Conv1D", filters=2, kernel_size=2), first=WORDS),
]  # fmt: skip
