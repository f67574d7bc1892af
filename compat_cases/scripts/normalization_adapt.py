"""A Normalization layer that learns mean and variance from the data before training."""
import json

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_diabetes
from tensorflow.keras import layers

tf.random.set_seed(1)
features, target = load_diabetes(return_X_y=True, scaled=False)
target = target / target.std()

normalizer = layers.Normalization(axis=-1)
normalizer.adapt(np.array(features))
mean = np.array(normalizer.mean).reshape(-1)
assert np.allclose(mean, features.mean(axis=0), rtol=1e-4)
first = np.array(features[:1])
print('first row, normalized:', np.array(normalizer(first)).round(2))

model = tf.keras.Sequential([
    normalizer,
    layers.Dense(16, activation='relu'),
    layers.Dense(1),
])
model.build((None, features.shape[1]))
random = np.random.RandomState(31)
for layer in model.layers[1:]:
    layer.set_weights([random.uniform(-0.4, 0.4, size=w.shape) for w in layer.get_weights()])
model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=0.01), loss='mean_absolute_error')
history = model.fit(features, target, epochs=40, verbose=0, validation_split=0.2,
                    shuffle=False)
print('validation error', history.history['val_loss'][0], '->', history.history['val_loss'][-1])
assert history.history['val_loss'][-1] < 0.8
normalized = normalizer(features).numpy()
assert np.allclose(normalized.mean(axis=0), 0, atol=1e-3)
assert np.allclose(normalized.std(axis=0), 1, atol=1e-3)
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in row] for row in (
        mean, normalized[0], history.history['loss'], history.history['val_loss'])], file)
