"""Whole models of rarer layers, layouts and objects, as in ``models.py``."""

ERAS = ("2.0", "2.2", "2.3", "2.15", "3")
SINCE_2_2, NEW = ERAS[1:], ERAS[3:]


def stateful(keras):
    """Return an LSTM and a GRU that keep their states, with a fixed batch."""
    layers = keras.layers
    inputs = layers.Input(batch_shape=(2, 5, 3))
    steps = layers.LSTM(4, stateful=True, return_sequences=True)(inputs)
    return keras.models.Model(inputs, layers.Dense(2)(layers.GRU(3, stateful=True)(steps)))


def frozen(keras):
    """Return a Sequential with frozen layers before and between learning ones."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Dense(4, input_shape=(3,), trainable=False),
            layers.BatchNormalization(trainable=False),
            layers.Dense(2),
            layers.BatchNormalization(),
        ]
    )


def conv_lstm(keras):
    """Return recurrent layers over images, in one direction and in both."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.ConvLSTM2D(
                2, (3, 1), padding="same", return_sequences=True, input_shape=(3, 5, 4, 2)
            ),
            layers.Bidirectional(layers.ConvLSTM2D(2, 2)),
            layers.GlobalMaxPooling2D(),
        ]
    )


def depthwise(keras):
    """Return a CNN of separable and transposed convolutions."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.SeparableConv2D(4, 3, depth_multiplier=2, input_shape=(7, 6, 3)),
            layers.Conv2DTranspose(3, 3, strides=2, padding="same"),
            layers.UpSampling2D(2),
            layers.Cropping2D(((1, 0), (2, 1))),
            layers.GlobalAveragePooling2D(),
        ]
    )


def local(keras):
    """Return a CNN with kernels of their own at each place."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.LocallyConnected2D(3, (2, 3), activation="tanh", input_shape=(4, 5, 2)),
            layers.Reshape((9, 3)),
            layers.LocallyConnected1D(2, 3, strides=2),
            layers.Flatten(),
        ]
    )


def bilinear(keras):
    """Return a CNN that enlarges between its cells."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Conv2D(2, 2, input_shape=(4, 5, 2)),
            layers.UpSampling2D((2, 3), interpolation="bilinear"),
            layers.Conv2D(2, 2),
        ]
    )


def activations(keras):
    """Return a model of activations that are layers, and of noise that rests."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Dense(5, input_shape=(4,)),
            layers.LeakyReLU(0.1),
            layers.GaussianNoise(0.2),
            layers.Dense(5, activation="softsign"),
            layers.ELU(0.5),
            layers.GaussianDropout(0.1),
            layers.PReLU(),
            layers.ActivityRegularization(l2=0.1),
            layers.Dense(3, activation="hard_sigmoid"),
        ]
    )


def thresholds(keras):
    """Return a model of rectifiers with thresholds."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Dense(5, input_shape=(4,)),
            layers.ThresholdedReLU(0.3),
            layers.Dense(5),
            layers.ReLU(max_value=2.0, negative_slope=0.1, threshold=0.2),
        ]
    )


def reset_after(keras):
    """Return GRUs whose reset gate stands behind and before the product."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.GRU(3, reset_after=True, return_sequences=True, input_shape=(5, 2)),
            layers.Bidirectional(layers.GRU(2, reset_after=False)),
            layers.Dense(2),
        ]
    )


def backwards(keras):
    """Return recurrent layers that go backwards, unrolled, with gates of other activations."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.LSTM(3, unroll=True, return_sequences=True, input_shape=(5, 2)),
            layers.LSTM(2, go_backwards=True, return_sequences=True, activation="softsign"),
            layers.GRU(3, activation="relu", recurrent_activation="sigmoid"),
            layers.RepeatVector(2),
            layers.SimpleRNN(2, use_bias=False),
        ]
    )


def shared_model(keras):
    """Return a model that holds a model in a model, one of them called twice, all frozen."""
    layers = keras.layers
    innermost = keras.models.Sequential(
        [layers.Dense(3, input_shape=(2,)), layers.BatchNormalization()], name="innermost"
    )
    inside = layers.Input(shape=(2,))
    read = layers.concatenate([innermost(inside), layers.Dense(2)(inside)])
    middle = keras.models.Model(inside, layers.Dense(4)(read), name="middle")
    middle.trainable = False
    left, right = layers.Input(shape=(2,)), layers.Input(shape=(2,))
    joined = layers.average([middle(left), middle(right)])
    return keras.models.Model([left, right], layers.Dense(1)(joined))


def distributed_model(keras):
    """Return a model that sees each frame with a model of its own."""
    layers = keras.layers
    look = keras.models.Sequential(
        [layers.Conv1D(3, 2, input_shape=(5, 2)), layers.GlobalMaxPooling1D()], name="look"
    )
    return keras.models.Sequential(
        [layers.TimeDistributed(look, input_shape=(4, 5, 2)), layers.LSTM(3), layers.Dense(2)]
    )


def split_names(keras):
    """Return a model whose lists of names are too long for one attribute of HDF5."""
    layers = keras.layers
    inner = keras.models.Sequential(name="inner")
    inner.add(layers.Dense(2, input_shape=(2,), name="first"))
    for place in range(12):
        inner.add(layers.Dense(1 + place % 2, name=f"inner_{place:02}_" + "n" * 2800))
    model = keras.models.Sequential([inner])
    for place in range(24):
        model.add(layers.Activation("tanh", name=f"outer_{place:02}_" + "o" * 2800))
    model.add(layers.Dense(2, name="last"))
    return model


def own_objects(keras):
    """Return a layer and an activation of the user's own, by name."""

    class Scale(keras.layers.Layer):
        """Multiply by a factor that is learned, and one that is given."""

        def __init__(self, by=1.0, **kwargs):
            super().__init__(**kwargs)
            self.by = by

        def build(self, input_shape):
            self.factor = self.add_weight(
                name="factor", shape=(input_shape[-1],), initializer="ones", trainable=True
            )
            super().build(input_shape)

        def call(self, inputs):
            return inputs * self.factor * self.by

        def compute_output_shape(self, input_shape):
            return input_shape

        def get_config(self):
            return dict(super().get_config(), by=self.by)

    def doubled(x):
        return x * 2.0

    return {"Scale": Scale, "doubled": doubled}


def custom(keras):
    """Return a model of a layer and an activation of the user's own."""
    own, layers = own_objects(keras), keras.layers
    return keras.models.Sequential(
        [
            layers.Dense(3, activation=own["doubled"], input_shape=(4,)),
            own["Scale"](by=0.5, name="scale"),
            layers.Dense(2),
        ]
    )


def lambdas(keras):
    """Return a model whose functions are bytecode in the file."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            layers.Dense(3, input_shape=(4,)),
            layers.Lambda(lambda x: x * 3.0 - 1.0, name="tripled"),
            layers.Dense(2),
        ]
    )


def functions_of_lambdas(keras):
    """Return the function of each Lambda by the layer's name."""
    return {"tripled": lambda x: x * 3.0 - 1.0}


def gpu_recurrent(keras, lstm, gru):
    """Return an LSTM in both directions and a GRU, of the classes that make them."""
    layers = keras.layers
    inputs = layers.Input(shape=(5, 2), name="steps")
    steps = layers.Bidirectional(lstm(3, return_sequences=True), name="both")(inputs)
    read = gru(4, name="gru")(lstm(3, return_sequences=True, name="lstm")(steps))
    return keras.models.Model(inputs, layers.Dense(2, name="out")(read))


def cudnn(keras):
    """Return a model of layers that need a GPU."""
    return gpu_recurrent(keras, keras.layers.CuDNNLSTM, keras.layers.CuDNNGRU)


def plain_cudnn(keras):
    """Return a model of the layers that compute the same on any device."""

    def lstm(units, **more):
        return keras.layers.LSTM(units, recurrent_activation="sigmoid", **more)

    def gru(units, **more):
        return keras.layers.GRU(units, recurrent_activation="sigmoid", reset_after=True, **more)

    return gpu_recurrent(keras, lstm, gru)


def attending(keras):
    """Return a model of attention in two ways, with layers and groups normalized."""
    layers = keras.layers
    steps = layers.Input(shape=(4, 6))
    read = layers.MultiHeadAttention(num_heads=2, key_dim=3)(steps, steps)
    joined = layers.LayerNormalization()(layers.add([steps, read]))
    grouped = layers.GroupNormalization(groups=3)(joined)
    seen = layers.Attention(use_scale=True)([grouped, joined])
    added = layers.AdditiveAttention()([seen, joined])
    return keras.models.Model(steps, layers.GlobalAveragePooling1D()(added))


def scaled(keras):
    """Return a CNN that scales, sorts and encodes what it is given."""
    layers = keras.layers
    return keras.models.Sequential(
        [
            keras.Input(shape=(6, 5, 2)),
            layers.Rescaling(0.5, offset=-1.0),
            layers.CenterCrop(4, 4),
            layers.Conv2D(2, 2, kernel_regularizer="l2"),
            layers.UnitNormalization(),
            layers.GlobalMaxPooling2D(keepdims=True),
            layers.SpatialDropout2D(0.5),
            layers.Flatten(),
        ]
    )


def row(build, inputs, **more):
    """Return one model's row, named after its function."""
    return dict(more, name=build.__name__, build=build, inputs=inputs)


CASES = [
    row(stateful, [[2, 5, 3]]),
    row(frozen, [[2, 3]], weights=True),
    row(conv_lstm, [[2, 3, 5, 4, 2]]),
    row(depthwise, [[2, 7, 6, 3]]),
    row(local, [[2, 4, 5, 2]], eras=ERAS[:4]),
    row(bilinear, [[2, 4, 5, 2]], eras=SINCE_2_2),
    row(activations, [[2, 4]]),
    row(thresholds, [[2, 4]], eras=ERAS[1:4]),
    row(reset_after, [[2, 5, 2]], eras=SINCE_2_2, weights=True),
    row(backwards, [[2, 5, 2]]),
    row(shared_model, [[2, 2], [2, 2]], weights=True),
    row(distributed_model, [[2, 4, 5, 2]]),
    row(split_names, [[2, 2]], eras=SINCE_2_2, quiet=True),
    row(custom, [[2, 4]], custom=own_objects, reverse=False),
    row(lambdas, [[2, 4]], custom=functions_of_lambdas, reverse=False),
    row(cudnn, [[2, 5, 2]], eras=["2.2", "2.3"], twin=plain_cudnn, reverse=False),
    row(attending, [[2, 4, 6]], eras=NEW, weights=True),
    row(scaled, [[2, 6, 5, 2]], eras=NEW),
]
