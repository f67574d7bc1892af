"""What the rows of ``curves.py`` name: networks, data, and how a row is trained.

The same functions run in the real Keras and in kshim: all that they need of Keras is given to
them. Runs on Python 3.6 and newer, with numpy alone.
"""

import zlib

import numpy as np

SAMPLES, STATEFUL_SAMPLES, UNSEEN, BATCH, EPOCHS = 14, 15, 5, 3, 4
FEATURES, STEPS, WORDS = 4, 5, 7

# What Keras 1 calls the arguments of layers, and the constraints.
KERAS_1 = {
    "kernel_regularizer": "W_regularizer",
    "bias_regularizer": "b_regularizer",
    "kernel_constraint": "W_constraint",
    "l1_l2": "l1l2",
    "max_norm": "maxnorm",
    "non_neg": "nonneg",
    "unit_norm": "unitnorm",
}


def train(keras, era, row, set_weights):
    """Train the network of a row; return the model and what it told.

    ``set_weights`` is called with the model once it is built. Told are the values of every batch
    (``batches``) and of every epoch (``epochs``), each with their names, and ``metrics_names``.
    """
    model = NETWORKS[row["network"]](keras, era, row)
    set_weights(model)
    compile_model(keras, era, row, model)
    x, y, more = fed(row)
    listener = listener_class(keras)()
    words = {"nb_epoch": EPOCHS} if era == "1.2" else {"epochs": EPOCHS}
    history = model.fit(
        x, y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[listener], **words, **more
    )
    told = {"batches": listener.told, "epochs": history.history}
    return model, dict(told, metrics_names=list(model.metrics_names))


def listener_class(keras):
    """Return the class of a callback that keeps what it hears of each batch."""

    class Listener(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.told = []

        def on_batch_end(self, batch, logs=None):
            heard = {key: float(logs[key]) for key in logs if key not in ("batch", "size")}
            self.told.append(heard)

    return Listener


def compile_model(keras, era, row, model):
    """Compile a model as its row says."""
    words = {}
    for key in ("metrics", "weighted_metrics"):
        if key in row:
            words[key] = make(keras, era, "metrics", row[key])
    for key in ("loss_weights", "sample_weight_mode"):
        if key in row:
            words[key] = row[key]
    if row["loss"] is not None:
        words["loss"] = make(keras, era, "losses", row["loss"])
    elif era in ("1.2", "2.2", "2.3"):
        words["loss"] = None
    model.compile(optimizer=make(keras, era, "optimizers", row["optimizer"]), **words)


def make(keras, era, home, value):
    """Return a value with all objects in it made, ``home`` being the module they come from."""
    if isinstance(value, (list, tuple)):
        return [make(keras, era, home, one) for one in value]
    if not isinstance(value, dict):
        return value
    if "class_name" not in value:
        return {key: make(keras, era, home, value[key]) for key in value}
    arguments = {
        rate_word(era) if key == "rate" else key: make(keras, era, home, given)
        for key, given in value["arguments"].items()
    }
    owner = getattr(keras, home)
    if value.get("home"):
        owner = getattr(owner, value["home"])
    if "." in value["class_name"]:
        owner = getattr(keras, value["class_name"].split(".")[0])
    return getattr(owner, value["class_name"].split(".")[-1])(**arguments)


def rate_word(era):
    """Return an era's word for the learning rate."""
    return "lr" if era in ("1.2", "2.2") else "learning_rate"


def dense(keras, era, row):
    """Return a network of two dense layers."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Dense(
                3,
                activation="tanh",
                input_shape=(FEATURES,),
                name="first",
                trainable=row.get("frozen") != "first",
                **options(era, row),
            ),
            last(keras, row),
        ]
    )


def last(keras, row):
    """Return the last layer of a network, as wide as the targets."""
    end = {"unit": "linear"}.get(row.get("end"), row.get("end", "linear"))
    return keras.layers.Dense(
        width(row), activation=end, name="last", trainable=row.get("frozen") != "last"
    )


def width(row):
    """Return how many numbers an output of a row has."""
    return {"column": 1, "numbers": 2, "steps": 2, "none": 2, "counts": 2, "far": 2}.get(
        row["data"], 2 if row["data"] in ("binary", "binary_far", "signs") else 3
    )


def normalized(keras, era, row):
    """Return a network with a normalization in its middle."""
    layers = keras.layers
    middle = layers.BatchNormalization(
        name="middle",
        trainable=row.get("frozen") != "normalization",
        **dict({"momentum": 0.9}, **options(era, row)),
    )
    first = layers.Dense(3, input_shape=(FEATURES,), name="first", **no_bias(era))
    return keras.models.Sequential([first, middle, layers.Activation("tanh"), last(keras, row)])


def no_bias(era):
    """Return the word for a layer without a bias: before a normalization it learns noise alone."""
    return {"bias": False} if era == "1.2" else {"use_bias": False}


def convolution(keras, era, row):
    """Return a network with a convolution, a normalization and pooling."""
    layers = keras.layers
    if era == "1.2":
        first = layers.Convolution2D(3, 2, 2, input_shape=(6, 5, 2), name="first", bias=False)
    else:
        first = layers.Conv2D(3, (2, 2), input_shape=(6, 5, 2), name="first", use_bias=False)
    middle = layers.BatchNormalization(momentum=0.9, name="middle")
    rest = [layers.Activation("relu"), layers.MaxPooling2D((2, 2)), layers.Flatten()]
    return keras.models.Sequential([first, middle, *rest, last(keras, row)])


def words(keras, era, row):
    """Return a network that reads words, some of them masked."""
    layers = keras.layers
    first = layers.Embedding(WORDS, 3, mask_zero=True, input_length=STEPS, name="first")
    if era == "3":
        first = layers.Embedding(WORDS, 3, mask_zero=True, name="first")
        return keras.models.Sequential(
            [layers.Input(shape=(STEPS,)), first, layers.LSTM(3, name="middle"), last(keras, row)]
        )
    return keras.models.Sequential([first, layers.LSTM(3, name="middle"), last(keras, row)])


def gru(keras, era, row):
    """Return a network with a GRU."""
    middle = keras.layers.GRU(3, input_shape=(STEPS, FEATURES), name="middle")
    return keras.models.Sequential([middle, last(keras, row)])


def stateful(keras, era, row):
    """Return a network that keeps its state from batch to batch."""
    layers = keras.layers
    shape = (BATCH, STEPS, FEATURES)
    if era == "3":
        middle = layers.LSTM(3, stateful=True, name="middle")
        return keras.models.Sequential([layers.Input(batch_shape=shape), middle, last(keras, row)])
    middle = layers.LSTM(3, stateful=True, batch_input_shape=shape, name="middle")
    return keras.models.Sequential([middle, last(keras, row)])


def steps(keras, era, row):
    """Return a network with an output at each step."""
    layers = keras.layers
    middle = layers.SimpleRNN(
        3, return_sequences=True, input_shape=(STEPS, FEATURES), name="middle"
    )
    return keras.models.Sequential([middle, layers.TimeDistributed(last(keras, row))])


def masked(keras, era, row):
    """Return a network with an output at each step and a mask."""
    layers = keras.layers
    first = layers.Masking(input_shape=(STEPS, FEATURES))
    middle = layers.SimpleRNN(3, return_sequences=True, name="middle")
    return keras.models.Sequential([first, middle, layers.TimeDistributed(last(keras, row))])


def outputs(keras, era, row):
    """Return a network of two outputs."""
    layers = keras.layers
    inputs = layers.Input(shape=(FEATURES,))
    hidden = layers.Dense(3, activation="tanh", name="first")(inputs)
    near = layers.Dense(2, name="near")(hidden)
    far = layers.Dense(1, activation="sigmoid", name="far")(hidden)
    return model_of(keras, era, inputs, [near, far])


def shared(keras, era, row):
    """Return a network that looks at two inputs with the same layer."""
    layers = keras.layers
    left, right = (layers.Input(shape=(FEATURES,)) for _ in range(2))
    look = layers.Dense(3, activation="tanh", name="first")
    seen = [look(left), look(right)]
    if era == "1.2":
        joined = layers.merge(seen, mode="mul")
    else:
        joined = layers.multiply(seen)
    return model_of(keras, era, [left, right], last(keras, row)(joined))


def added_loss(keras, era, row):
    """Return a network with a loss of its own beside the compiled one, or alone."""
    layers, K = keras.layers, keras.backend
    inputs = layers.Input(shape=(FEATURES,))
    hidden = layers.Dense(3, activation="tanh", name="first")(inputs)
    made = last(keras, row)(hidden)
    model = model_of(keras, era, inputs, made)
    model.add_loss(0.3 * K.mean(K.square(hidden - 0.5)))
    model.add_loss(K.mean(K.abs(made - 1.0)))
    return model


def added_metric(keras, era, row):
    """Return a network with metrics of its own."""
    layers, K = keras.layers, keras.backend
    inputs = layers.Input(shape=(FEATURES,))
    hidden = layers.Dense(3, activation="tanh", name="first")(inputs)
    made = last(keras, row)(hidden)
    model = model_of(keras, era, inputs, made)
    words = {} if era == "2.3" else {"aggregation": "mean"}
    model.add_metric(K.mean(K.square(hidden)), name="spread", **words)
    model.add_metric(K.sum(made), name="reach", **words)
    return model


def layer_loss(keras, era, row):
    """Return a network in which a layer adds a loss in its call."""

    class Pulled(keras.layers.Layer):
        def call(self, inputs):
            self.add_loss(0.1 * mean_square(keras, inputs))
            return inputs * 1.0

        def compute_output_shape(self, input_shape):
            return input_shape

    return through(keras, era, row, Pulled())


def layer_metric(keras, era, row):
    """Return a network in which a layer measures in its call."""

    class Measured(keras.layers.Layer):
        def call(self, inputs):
            words = {} if era == "2.3" else {"aggregation": "mean"}
            self.add_metric(mean_square(keras, inputs), name="spread", **words)
            return inputs * 1.0

        def compute_output_shape(self, input_shape):
            return input_shape

    return through(keras, era, row, Measured(name="measured"))


def through(keras, era, row, layer):
    """Return the dense network with a layer in its middle."""
    first = keras.layers.Dense(3, activation="tanh", input_shape=(FEATURES,), name="first")
    return keras.models.Sequential([first, layer, last(keras, row)])


def mean_square(keras, tensor):
    """Return the mean of the squares; Keras 3's backend has no such words."""
    if hasattr(keras, "ops"):
        return keras.ops.mean(keras.ops.square(tensor))
    return keras.backend.mean(keras.backend.square(tensor))


def model_of(keras, era, inputs, outputs):
    """Return a functional model."""
    if era == "1.2":
        return keras.models.Model(input=inputs, output=outputs)
    return keras.models.Model(inputs, outputs)


def options(era, row):
    """Return the arguments that a row gives to a layer, in the words of the era."""
    given = row.get("layer", {})
    if era != "1.2":
        return given
    return {KERAS_1.get(key, key): KERAS_1.get(given[key], given[key]) for key in given}


NETWORKS = {
    function.__name__: function
    for function in (
        dense, normalized, convolution, words, gru, stateful, steps, masked, outputs, shared,
        added_loss, added_metric, layer_loss, layer_metric,
    )
}  # fmt: skip


def fed(row):
    """Return the inputs, the targets and the further arguments of ``fit``."""
    samples = STATEFUL_SAMPLES if row["network"] == "stateful" else SAMPLES
    more = {}
    if "weights" in row:
        more["sample_weight"] = weights_of(row, samples, "weights")
    if "class_weight" in row:
        more["class_weight"] = {int(key): value for key, value in row["class_weight"].items()}
    if "validation" in row:
        unseen = [drawn_inputs(row, UNSEEN, "unseen"), drawn_targets(row, UNSEEN, "unseen")]
        if row["validation"] == "weighted":
            unseen.append(weights_of(row, UNSEEN, "unseen"))
        more["validation_data"] = tuple(unseen)
    return drawn_inputs(row, samples, "seen"), drawn_targets(row, samples, "seen"), more


def stream(*said):
    """Return the random stream that belongs to these words."""
    return np.random.RandomState(zlib.crc32("/".join(str(word) for word in said).encode()))


def drawn_inputs(row, samples, part):
    """Return the inputs of a network."""
    network = row["network"]
    random = stream("curves", "inputs", network, part)
    if network == "words":
        return random.randint(0, WORDS, size=(samples, STEPS)).astype(np.float32)
    shape = {"convolution": (6, 5, 2)}.get(network, (FEATURES,))
    if network in ("gru", "stateful", "steps", "masked"):
        shape = (STEPS, FEATURES)
    values = random.normal(size=(2, samples) + shape).astype(np.float32)
    if network == "masked":
        values[:, np.arange(samples) % 3 == 1, 3:] = 0.0
        values[:, np.arange(samples) % 4 == 2, :1] = 0.0
    return list(values) if network == "shared" else values[0]


def drawn_targets(row, samples, part):
    """Return the targets of a kind of data."""
    return TARGETS[row["data"]](stream("curves", row["data"], part), samples)


def weights_of(row, samples, part):
    """Return the weight of each sample, or of each step; of each output where there are two."""
    random = stream("curves", row["weights"], part)
    size = (samples, STEPS) if row["weights"] == "steps" else (samples,)
    weights = random.uniform(0.5, 2.0, size=size).astype(np.float32)
    if row["weights"] == "zeros":
        weights[::3] = 0.0
    return [weights, weights[::-1].copy()] if row["network"] == "outputs" else weights


def one_hot(random, samples):
    """Return rows of noughts with a single one."""
    return np.eye(3, dtype=np.float32)[random.randint(0, 3, size=samples)]


def shared_out(random, samples):
    """Return shares of three kinds."""
    values = random.uniform(0.1, 1.0, size=(samples, 3))
    return (values / values.sum(-1, keepdims=True)).astype(np.float32)


TARGETS = {
    "numbers": lambda random, n: random.normal(size=(n, 2)).astype(np.float32),
    "far": lambda random, n: (random.normal(size=(n, 2)) * 3).astype(np.float32),
    "counts": lambda random, n: random.randint(1, 5, size=(n, 2)).astype(np.float32),
    "signs": lambda random, n: (random.randint(0, 2, size=(n, 2)) * 2 - 1).astype(np.float32),
    "binary": lambda random, n: random.randint(0, 2, size=(n, 2)).astype(np.float32),
    "binary_far": lambda random, n: random.randint(0, 2, size=(n, 2)).astype(np.float32),
    "column": lambda random, n: random.randint(0, 2, size=(n, 1)).astype(np.float32),
    "shares": one_hot,
    "shares_far": one_hot,
    "distributions": shared_out,
    "classes": lambda random, n: random.randint(0, 3, size=(n, 1)).astype(np.float32),
    "classes_far": lambda random, n: random.randint(0, 3, size=(n, 1)).astype(np.float32),
    "flat_classes": lambda random, n: random.randint(0, 3, size=n).astype(np.float32),
    "steps": lambda random, n: random.normal(size=(n, STEPS, 2)).astype(np.float32),
    "labels": lambda random, n: np.stack(
        [random.randint(1, 3, size=n), random.randint(0, 3, size=n)], 1
    ).astype(np.float32),
    "two": lambda random, n: [
        random.normal(size=(n, 2)).astype(np.float32),
        random.randint(0, 2, size=(n, 1)).astype(np.float32),
    ],
    "none": lambda random, n: None,
}
