"""The benchmark's networks in Keras's words, which kshim, tf.keras and Keras 3 all understand.

Each function takes a Keras (its `layers` and `models`) and returns a model that is not compiled.
`tools/benching/twins.py` holds the same networks as one writes them in torch.
"""

from __future__ import annotations

from typing import Any

WORDS = 5000


def mlp(keras: Any) -> Any:
    """Return two wide Dense layers."""
    layers = keras.layers
    return keras.models.Sequential([
        layers.Input((784,)), layers.Dense(512, activation="relu"),
        layers.Dense(512, activation="relu"), layers.Dense(10),
    ])  # fmt: skip


def tiny(keras: Any) -> Any:
    """Return a network so small that only the overhead counts."""
    layers = keras.layers
    return keras.models.Sequential([
        layers.Input((8,)), layers.Dense(16, activation="relu"), layers.Dense(1),
    ])  # fmt: skip


def cnn(keras: Any) -> Any:
    """Return the CNN of the CIFAR example's size."""
    layers = keras.layers
    return keras.models.Sequential([
        layers.Input((32, 32, 3)),
        layers.Conv2D(32, 3, activation="relu", padding="same"),
        layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(), layers.Dropout(0.25),
        layers.Conv2D(64, 3, activation="relu", padding="same"),
        layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(), layers.Dropout(0.25),
        layers.Flatten(), layers.Dense(512, activation="relu"), layers.Dropout(0.5),
        layers.Dense(10),
    ])  # fmt: skip


def resnet50(keras: Any) -> Any:
    """Return ResNet-50 for pictures of 96 by 96."""
    layers = keras.layers

    def normed(x: Any, width: int, size: int, step: int = 1, active: bool = True) -> Any:
        x = layers.Conv2D(width, size, strides=step, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        return layers.Activation("relu")(x) if active else x

    start = layers.Input((96, 96, 3))
    x = layers.MaxPooling2D(3, strides=2, padding="same")(normed(start, 64, 7, 2))
    for width, count, first_step in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for place in range(count):
            step = 1 if place else first_step
            short = x if place else normed(x, 4 * width, 1, step, active=False)
            y = normed(normed(normed(x, width, 1, step), width, 3), 4 * width, 1, active=False)
            x = layers.Activation("relu")(layers.Add()([short, y]))
    return keras.models.Model(start, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))


def _recurrent(keras: Any, layer: Any) -> Any:
    layers = keras.layers
    return keras.models.Sequential([layers.Input((80, 32)), layer, layers.Dense(10)])


def lstm(keras: Any) -> Any:
    """Return an LSTM of 128 units over 80 steps."""
    return _recurrent(keras, keras.layers.LSTM(128))


def lstm_hard(keras: Any) -> Any:
    """Return the same with the gates of Keras 1 and 2."""
    return _recurrent(keras, keras.layers.LSTM(128, recurrent_activation="hard_sigmoid"))


def gru_before(keras: Any) -> Any:
    """Return a GRU that resets before it multiplies, as Keras 1 and 2 do."""
    return _recurrent(keras, keras.layers.GRU(128, reset_after=False))


def bigru(keras: Any) -> Any:
    """Return a GRU in both directions."""
    return _recurrent(keras, keras.layers.Bidirectional(keras.layers.GRU(64)))


def lstm_masked(keras: Any) -> Any:
    """Return an LSTM over words, padded in front with zeros that are masked."""
    layers = keras.layers
    return keras.models.Sequential([
        layers.Input((80,)), layers.Embedding(WORDS, 32, mask_zero=True), layers.LSTM(128),
        layers.Dense(1),
    ])  # fmt: skip


def conv1d(keras: Any) -> Any:
    """Return convolutions over words."""
    layers = keras.layers
    return keras.models.Sequential([
        layers.Input((200,)), layers.Embedding(WORDS, 64),
        layers.Conv1D(128, 5, activation="relu"), layers.MaxPooling1D(2),
        layers.Conv1D(128, 5, activation="relu"), layers.GlobalMaxPooling1D(),
        layers.Dense(64, activation="relu"), layers.Dense(1),
    ])  # fmt: skip


def transformer(keras: Any) -> Any:
    """Return two encoder blocks over words."""
    layers = keras.layers
    start = layers.Input((64,))
    x = layers.Embedding(WORDS, 64)(start)
    for _ in range(2):
        y = layers.Dropout(0.1)(layers.MultiHeadAttention(4, 16, dropout=0.1)(x, x))
        x = layers.LayerNormalization(epsilon=1e-5)(layers.Add()([x, y]))
        y = layers.Dense(64)(layers.Dropout(0.1)(layers.Dense(256, activation="relu")(x)))
        x = layers.LayerNormalization(epsilon=1e-5)(layers.Add()([x, layers.Dropout(0.1)(y)]))
    return keras.models.Model(start, layers.Dense(1)(layers.GlobalAveragePooling1D()(x)))


def unet(keras: Any) -> Any:
    """Return a U-Net of three levels over pictures of 64 by 64."""
    layers = keras.layers

    def twice(x: Any, width: int) -> Any:
        for _ in range(2):
            x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        return x

    start = x = layers.Input((64, 64, 3))
    kept = []
    for width in (16, 32, 64):
        kept.append(twice(x, width))
        x = layers.MaxPooling2D()(kept[-1])
    x = twice(x, 128)
    for width in (64, 32, 16):
        x = layers.Conv2DTranspose(width, 2, strides=2)(x)
        x = twice(layers.Concatenate()([x, kept.pop()]), width)
    return keras.models.Model(start, layers.Conv2D(1, 1)(x))


def generator(keras: Any) -> Any:
    """Return what makes pictures of 28 by 28 from noise."""
    layers = keras.layers
    return keras.models.Sequential([
        layers.Input((64,)), layers.Dense(7 * 7 * 64), layers.Reshape((7, 7, 64)),
        layers.BatchNormalization(), layers.LeakyReLU(0.2),
        layers.Conv2DTranspose(32, 4, strides=2, padding="same"),
        layers.BatchNormalization(), layers.LeakyReLU(0.2),
        layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh"),
    ])  # fmt: skip


def discriminator(keras: Any) -> Any:
    """Return what tells made pictures from real ones."""
    layers = keras.layers
    return keras.models.Sequential([
        layers.Input((28, 28, 1)), layers.Conv2D(32, 4, strides=2, padding="same"),
        layers.LeakyReLU(0.2), layers.Conv2D(64, 4, strides=2, padding="same"),
        layers.LeakyReLU(0.2), layers.Flatten(), layers.Dense(1),
    ])  # fmt: skip


def deep(keras: Any, count: int) -> Any:
    """Return a functional chain of so many Dense layers, called once."""
    layers = keras.layers
    start = x = layers.Input((8,))
    for _ in range(count):
        x = layers.Dense(8, activation="relu")(x)
    return keras.models.Model(start, x)
