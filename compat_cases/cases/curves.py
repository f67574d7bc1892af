"""Learning curves: twenty steps of training, every batch and every epoch told.

A row says which of the networks of ``curves_networks.py`` learns which kind of data, with which
optimizer, loss, metrics and weights. ``rate`` among an optimizer's arguments is its learning rate,
under the word of the era; ``{"class_name", "arguments"}`` is made of the module that the place
asks for. 14 samples (15 for stateful layers) in batches of 3, four epochs, no shuffling.
"""

EVERY = ("1.2", "2.2", "2.3", "2.15", "3")
OLD = EVERY[:3]
BEFORE_3 = EVERY[:4]
SECOND = EVERY[1:]  # what Keras 2.0 and later have
LATER = EVERY[2:]  # what Keras 2.3 and later have: classes of losses and metrics
NEW = EVERY[3:]
THIRD = EVERY[4:]
ERAS = EVERY

SGD = {"class_name": "SGD", "arguments": {"rate": 0.1}}


def row(name, eras=EVERY, **more):
    """Return one case: a dense network that learns numbers unless it says otherwise."""
    usual = {"network": "dense", "data": "numbers", "optimizer": SGD, "loss": "mse"}
    return dict(usual, name=name, eras=eras, **more)


def made(class_name, **arguments):
    """Return what says how an object is made."""
    return {"class_name": class_name, "arguments": arguments}


def optimized(name, class_name, eras=EVERY, **arguments):
    """Return the row of an optimizer."""
    word = class_name.split(".")[-1].lower()
    return row(f"{word}_{name}", eras, optimizer=made(class_name, **arguments), metrics=["mae"])


RATES = {
    "SGD": 0.2, "RMSprop": 0.02, "Adagrad": 0.2, "Adadelta": 0.8, "Adam": 0.05, "Adamax": 0.05,
    "Nadam": 0.05,
}  # fmt: skip

OPTIMIZERS = (
    [optimized("defaults", name) for name in RATES]
    + [optimized("rate", name, rate=rate) for name, rate in RATES.items()]
    + [
        optimized("decay", name, OLD, rate=rate, decay=0.3)
        for name, rate in RATES.items()
        if name != "Nadam"
    ]
    + [
        optimized(f"{word}", name, rate=RATES[name], **{word: limit})
        for name in ("SGD", "RMSprop", "Adam")
        for word, limit in (("clipnorm", 0.3), ("clipvalue", 0.1))
    ]
    + [
        optimized("clip_both", "SGD", OLD, rate=0.2, clipnorm=0.3, clipvalue=0.1),
        optimized("global_clipnorm", "SGD", NEW, rate=0.2, global_clipnorm=0.3),
        optimized("global_clipnorm", "Adam", NEW, rate=0.05, global_clipnorm=0.3),
        optimized("momentum", "SGD", rate=0.05, momentum=0.9),
        optimized("nesterov", "SGD", rate=0.05, momentum=0.9, nesterov=True),
        optimized("momentum_decay", "SGD", OLD, rate=0.1, momentum=0.9, decay=0.2),
        optimized("nesterov_decay", "SGD", OLD, rate=0.1, momentum=0.9, nesterov=True, decay=0.2),
        optimized("nesterov_clipnorm", "SGD", rate=0.05, momentum=0.9, nesterov=True, clipnorm=0.5),
        optimized("rho_epsilon", "RMSprop", rate=0.02, rho=0.7, epsilon=0.01),
        optimized("centered", "RMSprop", NEW, rate=0.02, centered=True),
        optimized("momentum", "RMSprop", NEW, rate=0.01, momentum=0.8),
        optimized("centered_momentum", "RMSprop", NEW, rate=0.01, centered=True, momentum=0.8),
        optimized("epsilon", "Adagrad", rate=0.2, epsilon=0.1),
        optimized("accumulator", "Adagrad", NEW, rate=0.2, initial_accumulator_value=1.0),
        optimized("rho_epsilon", "Adadelta", rate=0.8, rho=0.7, epsilon=0.01),
        optimized("betas_epsilon", "Adam", rate=0.05, beta_1=0.7, beta_2=0.8, epsilon=0.01),
        optimized("amsgrad", "Adam", SECOND, rate=0.05, amsgrad=True, beta_2=0.6),
        optimized("amsgrad_decay", "Adam", ("2.2", "2.3"), rate=0.05, amsgrad=True, decay=0.3),
        optimized("betas_epsilon", "Adamax", rate=0.05, beta_1=0.7, beta_2=0.8, epsilon=0.01),
        optimized("betas_epsilon", "Nadam", rate=0.05, beta_1=0.7, beta_2=0.8, epsilon=0.01),
        optimized("schedule_decay", "Nadam", OLD, rate=0.05, schedule_decay=0.1),
    ]
    + [
        optimized("weight_decay", name, NEW, rate=rate, weight_decay=0.1)
        for name, rate in (*RATES.items(), ("Ftrl", 0.1), ("Lion", 0.01), ("Adafactor", 0.1))
    ]
    + [
        optimized(name, class_name, NEW, rate=RATES[class_name], use_ema=True, **more)
        for class_name in ("SGD", "Adam")
        for name, more in (
            ("ema", {"ema_momentum": 0.7}),
            ("ema_overwritten", {"ema_momentum": 0.7, "ema_overwrite_frequency": 4}),
        )
    ]
    + [
        optimized("defaults", "AdamW", NEW),
        optimized("rate", "AdamW", NEW, rate=0.05, weight_decay=0.02),
        optimized("amsgrad", "AdamW", NEW, rate=0.05, amsgrad=True),
        optimized("defaults", "Lion", NEW),
        optimized("betas", "Lion", NEW, rate=0.01, beta_1=0.7, beta_2=0.8),
        optimized("defaults", "Ftrl", NEW),
        optimized("rate", "Ftrl", NEW, rate=0.2),
        optimized(
            "penalties",
            "Ftrl",
            NEW,
            rate=0.2,
            l1_regularization_strength=0.01,
            l2_regularization_strength=0.02,
            l2_shrinkage_regularization_strength=0.03,
            beta=0.1,
            learning_rate_power=-0.7,
        ),
        optimized("defaults", "Adafactor", NEW),
        optimized("rate", "Adafactor", NEW, rate=0.1),
        optimized("options", "Adafactor", NEW, rate=0.1, relative_step=False, clip_threshold=0.5),
        optimized("betas", "Adafactor", NEW, rate=0.3, beta_2_decay=-0.5, epsilon_2=0.1),
        optimized("clipnorm", "Adafactor", NEW, rate=0.3, clipnorm=0.3),
        optimized("defaults", "Lamb", THIRD),
        optimized("rate", "Lamb", THIRD, rate=0.05, beta_1=0.7, beta_2=0.8, epsilon=0.01),
        optimized("weight_decay", "Lamb", THIRD, rate=0.05, weight_decay=0.1),
        optimized("defaults", "Muon", THIRD),
        optimized("rate", "Muon", THIRD, rate=0.05, weight_decay=0.1),
        optimized("plain", "Muon", THIRD, rate=0.05, nesterov=False, rms_rate=None, ns_steps=3),
        optimized("excluded", "Muon", THIRD, rate=0.05, exclude_layers=["last"], adam_lr_ratio=0.5),
        optimized("defaults", "ScheduleFreeAdamW", THIRD),
        optimized("warmup", "ScheduleFreeAdamW", THIRD, rate=0.05, warmup_steps=6, beta_1=0.8),
        optimized("accumulates", "SGD", THIRD, rate=0.2, gradient_accumulation_steps=3),
        optimized("accumulates", "Adam", THIRD, rate=0.05, gradient_accumulation_steps=2),
        optimized("scaled", "Adam", THIRD, rate=0.05, loss_scale_factor=64.0),
    ]
    + [
        optimized(
            f"dynamic_{growth}",
            home + "LossScaleOptimizer",
            eras,
            inner_optimizer=made("Adam", rate=0.05),
            initial_scale=8.0,
            dynamic_growth_steps=growth,
        )
        for home, eras in (("mixed_precision.", ("2.15",)), ("", THIRD))
        for growth in (3, 2000)
    ]
)

SCHEDULES = [
    row(
        f"schedule_{name}",
        NEW,
        optimizer=made(optimizer, rate=dict(made(class_name, **arguments), home="schedules")),
    )
    for name, optimizer, class_name, arguments in [
        (
            "exponential",
            "SGD",
            "ExponentialDecay",
            {"initial_learning_rate": 0.3, "decay_steps": 4, "decay_rate": 0.5},
        ),
        (
            "staircase",
            "Adam",
            "ExponentialDecay",
            {"initial_learning_rate": 0.1, "decay_steps": 4, "decay_rate": 0.5, "staircase": True},
        ),
        (
            "inverse_time",
            "SGD",
            "InverseTimeDecay",
            {"initial_learning_rate": 0.3, "decay_steps": 4, "decay_rate": 0.5},
        ),
        (
            "piecewise",
            "SGD",
            "PiecewiseConstantDecay",
            {"boundaries": [3, 9], "values": [0.3, 0.1, 0.02]},
        ),
        (
            "polynomial",
            "SGD",
            "PolynomialDecay",
            {"initial_learning_rate": 0.3, "decay_steps": 7, "power": 2.0},
        ),
        (
            "polynomial_cycle",
            "RMSprop",
            "PolynomialDecay",
            {"initial_learning_rate": 0.03, "decay_steps": 7, "cycle": True},
        ),
        ("cosine", "SGD", "CosineDecay", {"initial_learning_rate": 0.3, "decay_steps": 12}),
        (
            "cosine_warmup",
            "SGD",
            "CosineDecay",
            {
                "initial_learning_rate": 0.01,
                "decay_steps": 12,
                "alpha": 0.1,
                "warmup_target": 0.3,
                "warmup_steps": 5,
            },
        ),
        (
            "cosine_restarts",
            "SGD",
            "CosineDecayRestarts",
            {"initial_learning_rate": 0.3, "first_decay_steps": 5, "t_mul": 1.5, "m_mul": 0.8},
        ),
    ]
]


def lost(name, loss, data, end="linear", eras=EVERY, **more):
    """Return the row of a loss, whose network ends in an activation."""
    optimizer = made("SGD", rate=more.pop("rate", 0.1))
    return row(
        f"loss_{name}",
        eras,
        loss=loss,
        data=data,
        end=end,
        **dict({"optimizer": optimizer}, **more),
    )


def lost_by_class(name, class_name, data, end="linear", eras=LATER, **more):
    """Return the row of a class of losses; its arguments stand in ``given``."""
    loss = made(class_name, **more.pop("given", {}))
    return lost(f"class_{name}", loss, data, end, eras, **more)


LOSSES = [
    lost("mae", "mae", "numbers"),
    lost("mape", "mape", "counts", "softplus", rate=0.002),
    lost("msle", "msle", "counts", "softplus"),
    lost("hinge", "hinge", "signs", "tanh"),
    lost("squared_hinge", "squared_hinge", "signs", "tanh"),
    lost("hinge_labels", "hinge", "binary", "tanh"),
    lost("categorical_hinge", "categorical_hinge", "shares", "softmax", SECOND),
    lost("kld", "kullback_leibler_divergence", "distributions", "softmax", OLD),
    lost("kl_divergence", "kl_divergence", "distributions", "softmax", NEW),
    lost("poisson", "poisson", "counts", "softplus"),
    lost("cosine_proximity", "cosine_proximity", "numbers", "linear", OLD),
    lost("cosine_similarity", "cosine_similarity", "numbers", "linear", NEW),
    lost("logcosh", "logcosh", "numbers", "linear", ("2.2", "2.3", "2.15")),
    lost("log_cosh", "log_cosh", "numbers", "linear", NEW),
    lost("huber", "huber", "far", "linear", NEW),
    lost("huber_loss", "huber_loss", "far", "linear", ("2.3", "2.15")),
    lost("binary", "binary_crossentropy", "binary", "sigmoid", metrics=["accuracy"]),
    lost("binary_column", "binary_crossentropy", "column", "sigmoid", metrics=["accuracy", "mse"]),
    lost("binary_far", "binary_crossentropy", "binary_far", "sigmoid"),
    lost("categorical", "categorical_crossentropy", "shares", "softmax", metrics=["accuracy"]),
    lost("categorical_acc", "categorical_crossentropy", "shares", "softmax", metrics=["acc"]),
    lost("categorical_far", "categorical_crossentropy", "shares_far", "softmax"),
    lost(
        "categorical_top_k",
        "categorical_crossentropy",
        "shares",
        "softmax",
        BEFORE_3,  # whose torch finds no five of three
        metrics=["top_k_categorical_accuracy", "categorical_accuracy", "mse"],
    ),
    lost("sparse", "sparse_categorical_crossentropy", "classes", "softmax", metrics=["accuracy"]),
    lost("sparse_far", "sparse_categorical_crossentropy", "classes_far", "softmax"),
    lost(
        "sparse_words",
        "sparse_categorical_crossentropy",
        "classes",
        "softmax",
        SECOND,
        metrics=["sparse_categorical_accuracy"],
    ),
    lost_by_class("binary", "BinaryCrossentropy", "binary", "sigmoid", metrics=["acc"]),
    lost_by_class("binary_logits", "BinaryCrossentropy", "binary", given={"from_logits": True}),
    lost_by_class(
        "binary_smooth", "BinaryCrossentropy", "binary", "sigmoid", given={"label_smoothing": 0.2}
    ),
    lost_by_class("categorical", "CategoricalCrossentropy", "shares", "softmax"),
    lost_by_class(
        "categorical_smooth_logits",
        "CategoricalCrossentropy",
        "shares",
        given={"from_logits": True, "label_smoothing": 0.2},
    ),
    lost_by_class(
        "categorical_smooth",
        "CategoricalCrossentropy",
        "shares",
        "softmax",
        given={"label_smoothing": 0.2},
    ),
    lost_by_class(
        "sparse_logits",
        "SparseCategoricalCrossentropy",
        "classes",
        given={"from_logits": True},
        metrics=["accuracy"],
    ),
    lost_by_class(
        "sparse_ignoring",
        "SparseCategoricalCrossentropy",
        "classes",
        "softmax",
        NEW,
        given={"ignore_class": 1},
    ),
    lost_by_class("huber", "Huber", "far", given={"delta": 0.5}),
    lost_by_class("log_cosh", "LogCosh", "numbers"),
    lost_by_class("cosine", "CosineSimilarity", "numbers", eras=NEW),
    lost_by_class("cosine_axis", "CosineSimilarity", "numbers", eras=NEW, given={"axis": 0}),
    lost_by_class("poisson", "Poisson", "counts", "softplus"),
    lost_by_class("kld", "KLDivergence", "distributions", "softmax"),
    lost_by_class("hinge", "Hinge", "binary", "tanh"),
    lost_by_class("squared_hinge", "SquaredHinge", "signs", "tanh"),
    lost_by_class("categorical_hinge", "CategoricalHinge", "shares", "softmax"),
    lost_by_class("mse_sum", "MeanSquaredError", "numbers", given={"reduction": "sum"}),
    lost_by_class("mape", "MeanAbsolutePercentageError", "counts", "softplus", rate=0.002),
    lost_by_class("msle", "MeanSquaredLogarithmicError", "counts", "softplus"),
    lost_by_class("mae", "MeanAbsoluteError", "numbers", weights="zeros"),
    lost_by_class("focal", "BinaryFocalCrossentropy", "binary", "sigmoid", NEW),
    lost_by_class(
        "focal_balanced",
        "BinaryFocalCrossentropy",
        "binary",
        eras=NEW,
        given={"from_logits": True, "apply_class_balancing": True, "gamma": 3.0},
    ),
    lost_by_class("categorical_focal", "CategoricalFocalCrossentropy", "shares", "softmax", NEW),
    lost_by_class("dice", "Dice", "binary", "sigmoid", THIRD),
    lost_by_class("dice_axis", "Dice", "binary", "sigmoid", THIRD, given={"axis": 1}),
    lost_by_class(
        "tversky", "Tversky", "binary", "sigmoid", THIRD, given={"alpha": 0.3, "beta": 0.8}
    ),
    lost_by_class(
        "generalized",
        "CategoricalGeneralizedCrossEntropy",
        "flat_classes",
        "softmax",
        THIRD,
        given={"q": 0.6},
    ),
    lost_by_class("ctc", "CTC", "labels", eras=THIRD, network="steps"),
    lost_by_class("circle", "Circle", "flat_classes", "unit", THIRD, given={"gamma": 4.0}),
]

WEIGHTED = [
    row("weighted_samples", weights="samples", metrics=["mae"], validation=True),
    row("weighted_zeros", weights="zeros", metrics=["mae"]),
    row("weighted_metrics", SECOND, weights="samples", metrics=["mae"], weighted_metrics=["mae"]),
    row(
        "weighted_validation",
        SECOND,
        weights="samples",
        validation="weighted",
        weighted_metrics=["mae", "mse"],
    ),
    row(
        "weighted_accuracy",
        SECOND,
        loss="categorical_crossentropy",
        data="shares",
        end="softmax",
        weights="zeros",
        weighted_metrics=["accuracy"],
        metrics=["accuracy"],
    ),
    lost(
        "class_weight",
        "categorical_crossentropy",
        "shares",
        "softmax",
        class_weight={"0": 2.0, "1": 0.5, "2": 1.5},
        metrics=["accuracy"],
    ),
    lost(
        "class_weight_sparse",
        "sparse_categorical_crossentropy",
        "classes",
        "softmax",
        class_weight={"0": 2.0, "1": 0.5, "2": 1.5},
    ),
    lost(
        "class_weight_binary",
        "binary_crossentropy",
        "column",
        "sigmoid",
        class_weight={"0": 2.0, "1": 0.5},
        metrics=["accuracy"],
    ),
    row("steps", network="steps", data="steps", metrics=["mae"]),
    row("masked", network="masked", data="steps", metrics=["mae"]),
    # Keras 3 does not broadcast weights of samples over steps where there is a mask.
    row(
        "masked_weighted",
        BEFORE_3,
        network="masked",
        data="steps",
        weights="samples",
        metrics=["mae"],
    ),
    row("masked_validated", network="masked", data="steps", validation=True, metrics=["mae"]),
    row(
        "temporal",
        network="steps",
        data="steps",
        weights="steps",
        metrics=["mae"],
        sample_weight_mode="temporal",
        eras=(*OLD, "2.15"),
    ),
    row("steps_weighted", NEW, network="steps", data="steps", weights="steps", metrics=["mae"]),
    row(
        "temporal_masked",
        network="masked",
        data="steps",
        weights="steps",
        sample_weight_mode="temporal",
        eras=OLD,
    ),
    row(
        "temporal_weighted_metrics",
        ("2.2", "2.3"),
        network="steps",
        data="steps",
        weights="steps",
        sample_weight_mode="temporal",
        weighted_metrics=["mae"],
    ),
]

PENALIZED = [
    row("l2", layer={"kernel_regularizer": "l2", "bias_regularizer": "l1"}, validation=True),
    row(
        "l1_l2", BEFORE_3, layer={"kernel_regularizer": "l1_l2"}, optimizer=made("Adam", rate=0.05)
    ),
    row("activity", layer={"activity_regularizer": "l2"}, validation=True),
    row("non_neg", layer={"kernel_constraint": "non_neg"}),
    row("max_norm", layer={"kernel_constraint": "max_norm"}, optimizer=made("Adam", rate=0.3)),
    row("unit_norm", layer={"kernel_constraint": "unit_norm"}, metrics=["mse"]),
]

BUILT = [
    row("normalized", network="normalized", validation=True, metrics=["mae"]),
    row("normalized_adam", network="normalized", optimizer=made("Adam", rate=0.05)),
    row("normalized_fast", network="normalized", layer={"momentum": 0.6}, validation=True),
    row("normalized_frozen", network="normalized", frozen="normalization", validation=True),
    row(
        "normalized_momentum", network="normalized", optimizer=made("SGD", rate=0.05, momentum=0.9)
    ),
    row("frozen_first", network="dense", frozen="first", optimizer=made("Adam", rate=0.05)),
    row("frozen_last", network="dense", frozen="last", layer={"kernel_regularizer": "l2"}),
    row(
        "convolution",
        network="convolution",
        data="shares",
        end="softmax",
        loss="categorical_crossentropy",
        optimizer=made("SGD", rate=0.05, momentum=0.9),
        metrics=["accuracy"],
        validation=True,
    ),
    row(
        "words",
        network="words",
        data="column",
        end="sigmoid",
        loss="binary_crossentropy",
        optimizer=made("Adam", rate=0.05),
        metrics=["accuracy"],
    ),
    row(
        "words_rmsprop",
        network="words",
        data="column",
        end="sigmoid",
        loss="binary_crossentropy",
        optimizer=made("RMSprop", rate=0.02),
    ),
    row("gru_clipped", network="gru", optimizer=made("SGD", rate=0.2, clipnorm=0.2)),
    row("gru_nadam", network="gru", optimizer=made("Nadam", rate=0.05)),
    # Keras 3 on torch writes over states that its gradients need.
    row("stateful", BEFORE_3, network="stateful", optimizer=made("SGD", rate=0.2)),
    row("stateful_adagrad", BEFORE_3, network="stateful", optimizer=made("Adagrad", rate=0.2)),
    row(
        "outputs",
        BEFORE_3,
        network="outputs",
        data="two",
        loss=["mse", "binary_crossentropy"],
        metrics=["mae"],
        validation=True,
    ),
    row(
        "outputs_metrics_in_lists",
        LATER,
        network="outputs",
        data="two",
        loss=["mse", "binary_crossentropy"],
        metrics=[["mae", "mse"], ["accuracy"]],
        validation=True,
    ),
    row(
        "outputs_weighed",
        network="outputs",
        data="two",
        loss={"near": "mse", "far": "binary_crossentropy"},
        loss_weights={"near": 0.3, "far": 2.0},
        metrics={"near": ["mae"], "far": ["accuracy"]},
        optimizer=made("Adam", rate=0.05),
    ),
    row(
        "outputs_weights_in_a_list",
        network="outputs",
        data="two",
        loss=["mae", "mse"],
        loss_weights=[1.0, 0.2],
        weights="samples",
        metrics={"far": ["accuracy", "mse"]},
    ),
    row(
        "outputs_one_loss",
        BEFORE_3,
        network="outputs",
        data="two",
        loss="mse",
        loss_weights=[0.5, 1.5],
    ),
    row("shared", network="shared", data="column", end="sigmoid", loss="binary_crossentropy"),
    row("shared_momentum", network="shared", optimizer=made("SGD", rate=0.05, momentum=0.8)),
    row("added_loss", ("2.2", "2.3", "2.15"), network="added_loss", metrics=["mae"]),
    row("added_loss_alone", ("2.2", "2.3", "2.15"), network="added_loss", loss=None, data="none"),
    row("layer_loss", SECOND, network="layer_loss", metrics=["mae"], validation=True),
    row("added_metric", ("2.3", "2.15"), network="added_metric", metrics=["mae"], validation=True),
    row("layer_metric", ("2.3", "2.15"), network="layer_metric", metrics=["mae"], validation=True),
    row("validated", validation=True, metrics=["mae", "mse"]),
    row("adam_validated", validation=True, optimizer=made("Adam", rate=0.05), metrics=["mae"]),
    row("default_optimizer", optimizer="rmsprop", metrics=["mae"]),
    row(
        "streamed",
        LATER,
        loss="binary_crossentropy",
        data="binary",
        end="sigmoid",
        validation=True,
        metrics=[made("Precision"), made("Recall"), made("AUC"), made("BinaryAccuracy")],
    ),
    row(
        "streamed_weighted",
        LATER,
        loss="categorical_crossentropy",
        data="shares",
        end="softmax",
        weights="samples",
        metrics=[made("CategoricalAccuracy", name="plain")],
        weighted_metrics=[made("CategoricalAccuracy"), made("TopKCategoricalAccuracy", k=2)],
    ),
    row(
        "batchwise",
        ("1.2",),
        loss="binary_crossentropy",
        data="binary",
        end="sigmoid",
        validation=True,
        metrics=["precision", "recall", "fbeta_score", "fmeasure", "matthews_correlation"],
    ),
]

CASES = OPTIMIZERS + SCHEDULES + LOSSES + WEIGHTED + PENALIZED + BUILT
