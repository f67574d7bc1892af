"""Whole models in the words of Keras 1, recorded as ``models.py`` says, by each of its backends.

``backends`` names those that can run a case: Theano pads strided same-padded convolutions in its
own way, and lacks batched products here.
"""

ERAS = ("1.2",)
TENSORFLOW = ["tensorflow"]


def sequential(keras, *stack, **more):
    """Return a Sequential of some layers."""
    return keras.models.Sequential(list(stack), **more)


def mlp(keras):
    """Return a Sequential of dense layers."""
    layers = keras.layers
    return sequential(
        keras,
        layers.Dense(5, activation="relu", input_dim=4),
        layers.Dropout(0.5),
        layers.Dense(3, init="he_normal"),
        layers.Activation("softmax"),
    )


def classifier(keras, optimizer):
    """Return a small compiled classifier."""
    model = sequential(
        keras,
        keras.layers.Dense(5, activation="tanh", input_dim=4, name="hidden"),
        keras.layers.Dense(3, activation="softmax", name="classes"),
    )
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def trained_adam(keras):
    """Return a classifier compiled by the optimizer's name."""
    return classifier(keras, "adam")


def trained_sgd(keras):
    """Return a classifier compiled with an SGD of its own numbers."""
    return classifier(keras, keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True))


def trained_rmsprop(keras):
    """Return a classifier compiled with an RMSprop of its own learning rate."""
    return classifier(keras, keras.optimizers.RMSprop(0.01))


def trained_outputs(keras):
    """Return a compiled model of two named outputs with a loss and a weight for each."""
    layers = keras.layers
    inputs = layers.Input(shape=(4,), name="features")
    shared = layers.Dense(5, activation="tanh", W_regularizer="l2")(inputs)
    price = layers.Dense(1, name="price")(shared)
    kind = layers.Dense(3, activation="softmax", name="kind")(shared)
    model = keras.models.Model(input=inputs, output=[price, kind])
    model.compile(
        optimizer="rmsprop",
        loss={"price": "mse", "kind": "categorical_crossentropy"},
        loss_weights={"price": 0.5, "kind": 2.0},
        metrics={"kind": "accuracy", "price": "mae"},
    )
    return model


def cnn_tf(keras):
    """Return a CNN with its channels last."""
    layers = keras.layers
    last = {"dim_ordering": "tf"}
    return sequential(
        keras,
        layers.Convolution2D(4, 3, 3, border_mode="same", input_shape=(8, 6, 3), **last),
        layers.BatchNormalization(axis=-1),
        layers.Activation("relu"),
        layers.MaxPooling2D((2, 2), **last),
        layers.Convolution2D(5, 2, 3, subsample=(2, 1), bias=False, **last),
        layers.LeakyReLU(0.2),
        layers.Flatten(),
        layers.Dense(3, activation="softmax"),
    )


def cnn_th(keras):
    """Return a CNN with its channels first."""
    layers = keras.layers
    first = {"dim_ordering": "th"}
    return sequential(
        keras,
        layers.ZeroPadding2D((1, 2), input_shape=(3, 7, 6), **first),
        layers.Convolution2D(4, 3, 2, activation="relu", **first),
        layers.BatchNormalization(axis=1),
        layers.AveragePooling2D((2, 2), strides=(1, 2), **first),
        layers.UpSampling2D((1, 2), **first),
        layers.Convolution2D(5, 2, 3, **first),
        layers.SpatialDropout2D(0.3, **first),
        layers.Flatten(),
        layers.Dense(3),
    )


def cnn_strided(keras):
    """Return a CNN of same-padded convolutions and pools with strides."""
    layers = keras.layers
    return sequential(
        keras,
        layers.Convolution2D(4, 3, 3, border_mode="same", subsample=(2, 2), input_shape=(8, 7, 3)),
        layers.AveragePooling2D((2, 2), border_mode="same"),
        layers.MaxPooling2D((2, 2), border_mode="same"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(2, activation="sigmoid"),
    )


def convolutions(keras):
    """Return a CNN of the rarer convolutions."""
    layers = keras.layers
    last = {"dim_ordering": "tf"}
    return sequential(
        keras,
        layers.AtrousConvolution2D(4, 2, 2, atrous_rate=(2, 2), input_shape=(9, 8, 3), **last),
        layers.LocallyConnected2D(3, 2, 3, activation="tanh", **last),
        layers.Cropping2D(((1, 0), (0, 1)), **last),
        layers.Deconvolution2D(2, 3, 2, output_shape=(None, 7, 4, 2), **last),
        layers.GlobalMaxPooling2D(**last),
        layers.Dense(2),
    )


def deconvolution(keras):
    """Return a transposed convolution with strides, its channels first."""
    layers = keras.layers
    first = {"dim_ordering": "th"}
    return sequential(
        keras,
        layers.Deconvolution2D(
            2, 3, 2, output_shape=(None, 2, 9, 6), subsample=(2, 2), input_shape=(3, 4, 3), **first
        ),
        layers.Flatten(),
        layers.Dense(2),
    )


def separable(keras):
    """Return a CNN with a separable convolution."""
    layers = keras.layers
    return sequential(
        keras,
        layers.SeparableConvolution2D(4, 3, 2, depth_multiplier=2, input_shape=(6, 5, 3)),
        layers.Flatten(),
        layers.Dense(2),
    )


def conv_1d(keras):
    """Return a model of convolutions over a sequence."""
    layers = keras.layers
    return sequential(
        keras,
        layers.Convolution1D(4, 3, border_mode="same", activation="relu", input_shape=(9, 3)),
        layers.AtrousConvolution1D(5, 2, atrous_rate=2),
        layers.MaxPooling1D(2),
        layers.UpSampling1D(2),
        layers.GlobalMaxPooling1D(),
        layers.Dense(2),
    )


def local_1d(keras):
    """Return a model of a convolution over a sequence with a kernel for each step."""
    layers = keras.layers
    return sequential(
        keras,
        layers.LocallyConnected1D(4, 2, activation="tanh", input_shape=(6, 3)),
        layers.AveragePooling1D(2),
        layers.Flatten(),
        layers.Dense(2),
    )


def conv_3d(keras):
    """Return a model of a convolution over volumes."""
    layers = keras.layers
    return sequential(
        keras,
        layers.Convolution3D(3, 2, 2, 3, activation="relu", input_shape=(4, 5, 6, 2)),
        layers.MaxPooling3D((2, 2, 2)),
        layers.Flatten(),
        layers.Dense(2),
    )


def normalization(keras):
    """Return a model of normalizations of every mode."""
    layers = keras.layers
    return sequential(
        keras,
        layers.Dense(5, input_dim=4),
        layers.BatchNormalization(mode=0, epsilon=1e-2),
        layers.Dense(6),
        layers.BatchNormalization(mode=1),
        layers.Dense(3),
        layers.BatchNormalization(mode=2, momentum=0.9),
        layers.Dense(2),
    )


def recurrent(keras, consume_less):
    """Return a stack of recurrent layers that compute in one way."""
    layers = keras.layers
    return sequential(
        keras,
        layers.LSTM(5, return_sequences=True, consume_less=consume_less, input_shape=(6, 3)),
        layers.GRU(4, return_sequences=True, consume_less=consume_less, go_backwards=True),
        layers.SimpleRNN(3, consume_less=consume_less),
        layers.Dense(2),
    )


def recurrent_cpu(keras):
    """Return recurrent layers that put their input products first."""
    return recurrent(keras, "cpu")


def recurrent_mem(keras):
    """Return recurrent layers that keep each gate apart."""
    return recurrent(keras, "mem")


def recurrent_gpu(keras):
    """Return recurrent layers that keep their gates in one matrix."""
    return recurrent(keras, "gpu")


def text(keras):
    """Return an embedding with a mask under an LSTM of sigmoid gates."""
    layers = keras.layers
    return sequential(
        keras,
        layers.Embedding(9, 4, mask_zero=True, input_length=6),
        layers.LSTM(5, inner_activation="sigmoid", dropout_W=0.2, dropout_U=0.3),
        layers.Dense(1, activation="sigmoid"),
    )


def bidirectional(keras):
    """Return recurrent layers of both directions, joined in two ways."""
    layers = keras.layers
    return sequential(
        keras,
        layers.Embedding(9, 4, mask_zero=True, input_length=6),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
        layers.Bidirectional(layers.GRU(2, consume_less="gpu"), merge_mode="sum"),
        layers.Dense(1),
    )


def stateful(keras):
    """Return an LSTM that keeps its state, with a fixed batch."""
    layers = keras.layers
    return sequential(
        keras,
        layers.LSTM(4, stateful=True, return_sequences=True, batch_input_shape=(2, 5, 3)),
        layers.LSTM(3, stateful=True, consume_less="gpu"),
        layers.Dense(2),
    )


def masked_rnn(keras):
    """Return a simple RNN over masked steps, its state repeated and read again."""
    layers = keras.layers
    return sequential(
        keras,
        layers.Masking(0.0, input_shape=(5, 3)),
        layers.SimpleRNN(4),
        layers.RepeatVector(3),
        layers.GRU(4, return_sequences=True),
        layers.TimeDistributed(layers.Dense(2)),
    )


def time_distributed(keras):
    """Return a model that sees each frame with a small CNN, then reads the frames in turn."""
    layers = keras.layers
    look = layers.Convolution2D(3, 2, 2, activation="relu", dim_ordering="tf")
    return sequential(
        keras,
        layers.TimeDistributed(look, input_shape=(4, 6, 5, 2)),
        layers.TimeDistributed(layers.MaxPooling2D((2, 2), dim_ordering="tf")),
        layers.TimeDistributed(layers.Flatten()),
        layers.TimeDistributedDense(4, activation="tanh"),
        layers.LSTM(4),
        layers.Dense(2),
    )


def conv_lstm(keras):
    """Return a recurrent layer over images."""
    layers = keras.layers
    return sequential(
        keras,
        layers.ConvLSTM2D(3, 3, 1, border_mode="same", dim_ordering="tf", input_shape=(3, 5, 4, 2)),
        layers.Flatten(),
        layers.Dense(2),
    )


def merged_branches(keras):
    """Return a Sequential that begins with the merge of two others."""
    layers = keras.layers
    left = sequential(keras, layers.Dense(3, input_dim=4), layers.Dense(5, activation="tanh"))
    right = sequential(keras, layers.Dense(2, input_dim=3))
    joined = layers.Merge([left, right], mode="concat", concat_axis=1)
    return sequential(keras, joined, layers.Dense(6, activation="relu"), layers.Dense(1))


def summed_branches(keras):
    """Return a Sequential that begins with the sum of two others, one of them normalized."""
    layers = keras.layers
    left = sequential(keras, layers.Dense(3, input_dim=4), layers.BatchNormalization())
    right = sequential(keras, layers.Dense(3, input_dim=2))
    joined = layers.Merge([left, right], mode="sum")
    return sequential(keras, joined, layers.Dense(1))


def merging(keras):
    """Return a functional model that merges in the ways that need no batched product."""
    layers = keras.layers
    left, right = layers.Input(shape=(3,)), layers.Input(shape=(3,))
    both = [layers.Dense(3)(left), layers.Dense(3)(right)]
    merged = [layers.merge(both, mode=mode) for mode in ("sum", "mul", "ave", "max")]
    return keras.models.Model(
        input=[left, right], output=layers.merge(merged, mode="concat", concat_axis=-1)
    )


def products(keras):
    """Return a functional model that merges by product and by cosine."""
    layers = keras.layers
    left, right = layers.Input(shape=(3,)), layers.Input(shape=(3,))
    both = [layers.Dense(4)(left), layers.Dense(4)(right)]
    near = layers.Reshape((1,))(layers.merge(both, mode="cos", dot_axes=1))
    product = layers.merge(both, mode="dot", dot_axes=1)
    joined = layers.merge([near, product], mode="concat")
    return keras.models.Model(input=[left, right], output=joined)


def two_inputs(keras):
    """Return a functional model of words and numbers."""
    layers = keras.layers
    words = layers.Input(shape=(5,), dtype="int32", name="words")
    numbers = layers.Input(shape=(3,), name="numbers")
    read = layers.LSTM(4)(layers.Embedding(9, 4)(words))
    joined = layers.merge([read, numbers], mode="concat")
    hidden = layers.Dense(6, activation="relu")(joined)
    out = layers.Dense(1, activation="sigmoid")(hidden)
    return keras.models.Model(input=[words, numbers], output=out)


def residual(keras):
    """Return a CNN with a residual branch."""
    layers = keras.layers
    same = {"border_mode": "same", "dim_ordering": "tf"}
    image = layers.Input(shape=(6, 8, 3))
    entrance = layers.Convolution2D(4, 3, 3, activation="relu", **same)(image)
    branch = layers.Convolution2D(4, 3, 3, **same)(entrance)
    branch = layers.BatchNormalization()(branch)
    branch = layers.Activation("relu")(branch)
    branch = layers.Convolution2D(4, 1, 3, **same)(branch)
    joined = layers.merge([entrance, branch], mode="sum")
    pooled = layers.GlobalAveragePooling2D(dim_ordering="tf")(joined)
    out = layers.Dense(3, activation="softmax")(pooled)
    return keras.models.Model(input=image, output=out)


def shared_layer(keras):
    """Return a model that calls the same layer on two inputs."""
    layers = keras.layers
    left, right = layers.Input(shape=(4,)), layers.Input(shape=(4,))
    read = layers.Dense(5, activation="tanh", name="shared")
    joined = layers.merge([read(left), read(right)], mode="concat")
    return keras.models.Model(input=[left, right], output=layers.Dense(2)(joined))


def nested(keras):
    """Return a model that holds another twice over, partly frozen, with normalization."""
    layers = keras.layers
    inner = sequential(
        keras,
        layers.Dense(4, input_shape=(3,), trainable=False),
        layers.BatchNormalization(),
        layers.Dense(2, activation="tanh"),
        name="inner",
    )
    left, right = layers.Input(shape=(3,)), layers.Input(shape=(3,))
    joined = layers.merge([inner(left), inner(right)], mode="mul")
    return keras.models.Model(input=[left, right], output=layers.Dense(1)(joined))


def nested_sequential(keras):
    """Return a Sequential that begins with a functional base."""
    layers = keras.layers
    image = layers.Input(shape=(6, 5, 2))
    look = layers.Convolution2D(4, 3, 3, dim_ordering="tf")
    base = keras.models.Model(
        input=image, output=layers.GlobalMaxPooling2D(dim_ordering="tf")(look(image)), name="base"
    )
    return sequential(keras, base, layers.Dense(3, activation="relu"), layers.Dense(1))


def frozen(keras):
    """Return a Sequential with frozen layers before learning ones."""
    layers = keras.layers
    return sequential(
        keras,
        layers.Dense(4, input_dim=3, trainable=False),
        layers.BatchNormalization(trainable=False),
        layers.Dense(2),
    )


def multi_output(keras):
    """Return a functional model of three outputs, one of them a hidden layer's."""
    layers = keras.layers
    inputs = layers.Input(shape=(4,), name="features")
    hidden = layers.Dense(5, activation="relu", name="hidden")(inputs)
    price = layers.Dense(1, name="price")(hidden)
    kind = layers.Dense(3, activation="softmax", name="kind")(hidden)
    return keras.models.Model(input=inputs, output=[price, kind, hidden])


def keras1_layers(keras):
    """Return a model of layers that only Keras 1 has."""
    layers = keras.layers
    return sequential(
        keras,
        layers.MaxoutDense(5, nb_feature=3, input_dim=4),
        layers.Highway(activation="tanh"),
        layers.Dense(3),
        layers.Highway(transform_bias=-1),
    )


def activations(keras):
    """Return a model of activations that are layers, those with weights too."""
    layers = keras.layers
    return sequential(
        keras,
        layers.Dense(5, input_dim=4),
        layers.ParametricSoftplus(),
        layers.Dense(4),
        layers.PReLU(),
        layers.ELU(0.5),
        layers.ThresholdedReLU(0.3),
        layers.LeakyReLU(0.1),
        layers.Dense(2, activation="softplus"),
    )


def srelu(keras):
    """Return a model of SReLU; on Theano slopes below nought make it another function."""
    layers = keras.layers
    return sequential(keras, layers.Dense(5, input_dim=4), layers.SReLU(), layers.Dense(2))


def shapes(keras):
    """Return a model that reshapes, permutes and flattens between its weights."""
    layers = keras.layers
    return sequential(
        keras,
        layers.Dense(12, activation="softsign", input_shape=(4,)),
        layers.Reshape((3, 4)),
        layers.Permute((2, 1)),
        layers.ZeroPadding1D(1),
        layers.Cropping1D((1, 0)),
        layers.TimeDistributed(layers.Dense(2)),
        layers.Flatten(),
        layers.Dense(3, activation="hard_sigmoid"),
    )


def keyed(keras):
    """Return a model with regularizers, constraints and initializers of every spelling."""
    layers = keras.layers
    return sequential(
        keras,
        layers.Dense(
            4,
            input_shape=(3,),
            init="glorot_normal",
            W_regularizer=keras.regularizers.l1l2(0.01, 0.02),
            b_regularizer=keras.regularizers.l2(0.03),
            W_constraint=keras.constraints.maxnorm(2),
            b_constraint="nonneg",
        ),
        layers.ActivityRegularization(0.1, 0.2),
        layers.GaussianNoise(0.1),
        layers.GaussianDropout(0.2),
        layers.Dense(2, init="zero", activity_regularizer=keras.regularizers.activity_l2(0.1)),
    )


def row(build, inputs, **more):
    """Return one model's row, named after its function."""
    return dict(more, name=build.__name__, build=build, inputs=inputs)


TRAINED = {"train": 3, "targets": [[6, 3]]}
STEPS = [[2, 6, 3]]

CASES = [
    row(mlp, [[2, 4]], weights=True),
    row(trained_adam, [[6, 4]], weights=True, **TRAINED),
    row(trained_sgd, [[6, 4]], **TRAINED),
    row(trained_rmsprop, [[6, 4]], **TRAINED),
    row(trained_outputs, [[6, 4]], train=3, targets=[[6, 1], [6, 3]]),
    row(cnn_tf, [[2, 8, 6, 3]], weights=True),
    row(cnn_th, [[2, 3, 7, 6]], weights=True),
    row(cnn_strided, [[2, 8, 7, 3]], backends=TENSORFLOW),
    row(convolutions, [[2, 9, 8, 3]], backends=TENSORFLOW),
    row(deconvolution, [[2, 3, 4, 3]]),
    row(separable, [[2, 6, 5, 3]], backends=TENSORFLOW),
    row(conv_1d, [[2, 9, 3]], weights=True),
    row(local_1d, [[2, 6, 3]], backends=TENSORFLOW),
    row(conv_3d, [[2, 4, 5, 6, 2]]),
    row(normalization, [[3, 4]]),
    row(recurrent_cpu, STEPS, weights=True),
    row(recurrent_mem, STEPS),
    row(recurrent_gpu, STEPS),
    row(text, [[3, 6]], kinds=[9], weights=True),
    row(bidirectional, [[3, 6]], kinds=[9], weights=True),
    row(stateful, [[2, 5, 3]]),
    row(masked_rnn, [[2, 5, 3]], masked_steps=[[3, 4], [0]]),
    row(time_distributed, [[2, 4, 6, 5, 2]], weights=True),
    row(conv_lstm, [[2, 3, 5, 4, 2]]),
    row(merged_branches, [[2, 4], [2, 3]], weights=True),
    row(summed_branches, [[2, 4], [2, 2]]),
    row(merging, [[2, 3], [2, 3]]),
    row(products, [[2, 3], [2, 3]], backends=TENSORFLOW),
    row(two_inputs, [[3, 5], [3, 3]], kinds=[9, "float"]),
    row(residual, [[2, 6, 8, 3]]),
    row(shared_layer, [[2, 4], [2, 4]]),
    row(nested, [[2, 3], [2, 3]], weights=True),
    row(nested_sequential, [[2, 6, 5, 2]]),
    row(frozen, [[2, 3]]),
    row(multi_output, [[2, 4]]),
    row(keras1_layers, [[2, 4]]),
    row(activations, [[2, 4]]),
    row(srelu, [[2, 4]], backends=TENSORFLOW),
    row(shapes, [[2, 4]]),
    row(keyed, [[2, 3]]),
]
