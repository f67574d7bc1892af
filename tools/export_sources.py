"""Write the PyTorch source of three models into compat_cases/exported/, each with its weights.

    python tools/export_sources.py [FOLDER]

The weights are drawn from a seed, so that the same files come out everywhere.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kshim import layers as L  # noqa: E402
from kshim.core.eras import in_era  # noqa: E402
from kshim.export import to_source  # noqa: E402
from kshim.models.model import Model  # noqa: E402

FOLDER = ROOT / "compat_cases" / "exported"


def small_cnn() -> Any:
    """Return a CNN for digits, in the words of tf.keras 2.15."""
    with in_era("2.15"):
        image = L.Input((16, 16, 1), name="image")
        seen = L.Conv2D(8, 3, activation="relu", padding="same", name="strokes")(image)
        seen = L.MaxPooling2D(name="pool")(seen)
        seen = L.Conv2D(16, 3, activation="relu", name="shapes")(seen)
        seen = L.MaxPooling2D(name="pool_again")(seen)
        flat = L.Dropout(0.25, name="dropout")(L.Flatten(name="flat")(seen))
        return Model(image, L.Dense(10, activation="softmax", name="digit")(flat), name="small_cnn")


def attentive_gru() -> Any:
    """Return a bidirectional GRU with attention over its steps, in the words of Keras 2.2."""
    with in_era("2.2"):
        words = L.Input((None,), name="words")
        embedded = L.Embedding(40, 8, name="embedding")(words)
        reader = L.Bidirectional(L.GRU(6, return_sequences=True), name="reader")
        steps = reader(embedded)
        score = L.Dense(1, activation="tanh", use_bias=False, name="score")(steps)
        weights = L.Softmax(axis=1, name="attention")(score)
        context = L.Flatten(name="context")(L.Dot(axes=1, name="weighted")([weights, steps]))
        label = L.Dense(3, activation="softmax", name="label")(context)
        return Model(words, label, name="attentive_gru")


def residual_net() -> Any:
    """Return blocks of a ResNet: two that keep the image, one that halves it, two that keep it."""

    def block(inputs: Any, filters: int, stride: int, name: str) -> Any:
        def convolved(images: Any, size: int, step: int, word: str) -> Any:
            conv = L.Conv2D(
                filters, size, strides=step, padding="same", use_bias=False, name=f"{name}_{word}"
            )
            return L.BatchNormalization(name=f"{name}_{word}_norm")(conv(images))

        left = L.Activation("relu", name=f"{name}_relu")(convolved(inputs, 3, stride, "first"))
        left = convolved(left, 3, 1, "second")
        right = inputs if stride == 1 else convolved(inputs, 1, stride, "skip")
        return L.Activation("relu", name=f"{name}_out")(L.Add(name=f"{name}_sum")([left, right]))

    with in_era("2.15"):
        image = L.Input((16, 16, 3), name="image")
        seen = L.Conv2D(8, 3, padding="same", activation="relu", name="stem")(image)
        for number in (1, 2):
            seen = block(seen, 8, 1, f"wide{number}")
        seen = block(seen, 16, 2, "halving")
        for number in (1, 2):
            seen = block(seen, 16, 1, f"deep{number}")
        mean = L.GlobalAveragePooling2D(name="mean")(seen)
        return Model(
            image, L.Dense(5, activation="softmax", name="label")(mean), name="residual_net"
        )


MODELS: dict[str, Callable[[], Any]] = {
    make.__name__: make for make in (small_cnn, attentive_gru, residual_net)
}


def made(name: str) -> Any:
    """Return a model with weights drawn from a seed, none of them where training starts."""
    model = MODELS[name]()
    source = np.random.default_rng(7)
    drawn = []
    for weight in model.get_weights():
        scale = (3 / np.prod(weight.shape[:-1])) ** 0.5 if weight.ndim > 1 else 0.2
        numbers = source.uniform(-scale, scale, weight.shape)
        # A vector may be a variance or a scale.
        drawn.append(numbers if weight.ndim > 1 else numbers + 0.5)
    model.set_weights(drawn)
    return model


def main() -> None:
    """Write every model."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name in MODELS:
        print(to_source(made(name), folder / f"{name}.py").parent / f"{name}.py")


if __name__ == "__main__":
    main()
