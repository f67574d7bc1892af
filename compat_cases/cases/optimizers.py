"""Optimizers: what ten batches (or ``steps``) do to a tiny regression model.

The model is Dense(3, tanh) on 4 inputs, then Dense(2), mean squared error; ``layer`` gives the
first Dense more arguments. Arguments stand in the words of the eras of their row: ``lr`` became
``learning_rate`` in Keras 2.3; ``decay`` left with tf.keras 2.11, but for the legacy optimizers.
"""

OLD = ("2.2",)
MIDDLE = ("2.3",)
NEW = ("2.15",)
ALL = OLD + MIDDLE + NEW
ERAS = ALL


def row(name, class_name, arguments, eras=ALL, **more):
    """Return one case."""
    return dict(
        more,
        name=f"{class_name.lower().replace('.', '_')}_{name}",
        class_name=class_name,
        arguments=arguments,
        eras=eras,
    )


def rated(name, class_name, rate, eras=ALL, **arguments):
    """Return a case for the eras that say ``lr`` and one for those that say ``learning_rate``."""
    older = [era for era in eras if era in OLD]
    newer = [era for era in eras if era not in OLD]
    cases = []
    if older:
        cases.append(row(name, class_name, dict(arguments, lr=rate), older))
    if newer:
        cases.append(row(name, class_name, dict(arguments, learning_rate=rate), newer))
    return cases


def older(name, class_name, **arguments):
    """Return twenty batches with an optimizer of tf.keras before 2.11."""
    return row(name, "legacy." + class_name, arguments, NEW, steps=20)


CLASSES = ("SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam")

CASES = (
    [row("defaults", class_name, {}) for class_name in CLASSES]
    + [case for class_name in CLASSES for case in rated("rate", class_name, 0.05)]
    + [
        case
        for class_name in CLASSES[:-1]
        for case in rated("decay", class_name, 0.05, OLD + MIDDLE, decay=0.3)
    ]
    + [
        case
        for class_name in ("SGD", "RMSprop", "Adam")
        for name, arguments in [
            ("clipnorm", {"clipnorm": 0.5}),
            ("clipvalue", {"clipvalue": 0.1}),
        ]
        for case in rated(name, class_name, 0.05, **arguments)
    ]
    + rated("clip_both", "SGD", 0.05, OLD + MIDDLE, clipnorm=0.5, clipvalue=0.1)
    + rated("momentum", "SGD", 0.05, momentum=0.9)
    + rated("nesterov", "SGD", 0.05, momentum=0.9, nesterov=True)
    + rated("nesterov_decay", "SGD", 0.05, OLD + MIDDLE, momentum=0.9, nesterov=True, decay=0.3)
    + rated("rho_epsilon", "RMSprop", 0.05, rho=0.7, epsilon=0.01)
    + rated("epsilon", "Adagrad", 0.05, epsilon=0.1)
    + rated("rho_epsilon", "Adadelta", 0.5, rho=0.7, epsilon=0.01)
    + rated("betas_epsilon", "Adam", 0.05, beta_1=0.7, beta_2=0.8, epsilon=0.01)
    + rated("amsgrad", "Adam", 0.05, amsgrad=True)
    + rated("amsgrad_betas", "Adam", 0.05, amsgrad=True, beta_1=0.5, beta_2=0.6)
    + rated("betas_epsilon", "Adamax", 0.05, beta_1=0.7, beta_2=0.8, epsilon=0.01)
    + rated("betas_epsilon", "Nadam", 0.05, beta_1=0.7, beta_2=0.8, epsilon=0.01)
    + rated("schedule_decay", "Nadam", 0.05, OLD + MIDDLE, schedule_decay=0.1)
    + [
        row("non_neg", "SGD", {}, layer={"kernel_constraint": "non_neg"}),
        row("max_norm", "Adam", {}, layer={"kernel_constraint": "max_norm"}),
        row("l2", "SGD", {}, layer={"kernel_regularizer": "l2", "bias_regularizer": "l1"}),
        row("l1_l2", "Adam", {}, layer={"kernel_regularizer": "l1_l2"}),
        row("activity_l1", "SGD", {}, layer={"activity_regularizer": "l1"}),
    ]
    + [
        row(name, class_name, arguments, NEW)
        for name, class_name, arguments in [
            ("global_clipnorm", "SGD", {"global_clipnorm": 0.5}),
            ("weight_decay", "SGD", {"learning_rate": 0.05, "weight_decay": 0.1}),
            (
                "ema",
                "SGD",
                {
                    "learning_rate": 0.05,
                    "use_ema": True,
                    "ema_momentum": 0.5,
                    "ema_overwrite_frequency": 4,
                },
            ),
            ("centered", "RMSprop", {"learning_rate": 0.05, "centered": True}),
            ("momentum", "RMSprop", {"learning_rate": 0.05, "momentum": 0.9}),
            ("accumulator", "Adagrad", {"learning_rate": 0.05, "initial_accumulator_value": 1.0}),
            ("weight_decay", "Adam", {"learning_rate": 0.05, "weight_decay": 0.1}),
            ("defaults", "AdamW", {}),
            ("defaults", "Lion", {}),
            ("defaults", "Ftrl", {}),
            ("defaults", "Adafactor", {}),
        ]
    ]
    + [older("defaults", class_name) for class_name in (*CLASSES, "Ftrl")]
    + [older("rate", class_name, learning_rate=0.05) for class_name in (*CLASSES, "Ftrl")]
    + [older("decay", class_name, learning_rate=0.05, decay=0.3) for class_name in CLASSES]
    + [
        older(name, class_name, learning_rate=0.05, **arguments)
        for name, class_name, arguments in [
            ("momentum", "SGD", {"momentum": 0.9}),
            ("nesterov", "SGD", {"momentum": 0.9, "nesterov": True}),
            ("clipnorm", "SGD", {"clipnorm": 0.5}),
            ("clipvalue", "SGD", {"clipvalue": 0.1}),
            ("clip_both", "SGD", {"clipnorm": 0.5, "clipvalue": 0.1}),
            ("global_clipnorm", "SGD", {"global_clipnorm": 0.5}),
            ("rho_epsilon", "RMSprop", {"rho": 0.7, "epsilon": 0.01}),
            ("momentum", "RMSprop", {"momentum": 0.9}),
            ("centered", "RMSprop", {"centered": True}),
            ("momentum_centered", "RMSprop", {"momentum": 0.9, "centered": True}),
            ("epsilon", "Adagrad", {"epsilon": 0.1}),
            ("accumulator", "Adagrad", {"initial_accumulator_value": 1.0}),
            ("rho_epsilon", "Adadelta", {"rho": 0.7, "epsilon": 0.01}),
            ("betas_epsilon", "Adam", {"beta_1": 0.7, "beta_2": 0.8, "epsilon": 0.01}),
            ("amsgrad", "Adam", {"amsgrad": True}),
            ("betas_epsilon", "Adamax", {"beta_1": 0.7, "beta_2": 0.8, "epsilon": 0.01}),
            ("betas_epsilon", "Nadam", {"beta_1": 0.7, "beta_2": 0.8, "epsilon": 0.01}),
            ("schedule_decay", "Nadam", {"schedule_decay": 0.1}),
            ("penalties", "Ftrl", {"l1_regularization_strength": 0.1, "beta": 0.2}),
        ]
    ]
)
