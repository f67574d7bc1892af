"""Layers of one's own: one that learns, one that keeps a running sum in a weight it updates."""
import json

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class SimpleDense(layers.Layer):
    def __init__(self, units=32, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units),
                                 initializer='random_normal', trainable=True, name='w')
        self.b = self.add_weight(shape=(self.units,), initializer='random_normal',
                                 trainable=True, name='b')

    def call(self, inputs):
        return tf.matmul(inputs, self.w) + self.b

    def get_config(self):
        config = super().get_config()
        config.update({'units': self.units})
        return config


class ComputeSum(layers.Layer):
    def __init__(self, input_dim):
        super().__init__()
        self.total = self.add_weight(name='total', shape=(input_dim,), initializer='zeros',
                                     trainable=False)

    def call(self, inputs):
        self.total.assign_add(tf.reduce_sum(inputs, axis=0))
        return self.total


my_sum = ComputeSum(2)
x = tf.ones((2, 2))
assert np.allclose(my_sum(x).numpy(), [2., 2.])
assert np.allclose(my_sum(x).numpy(), [4., 4.])
assert len(my_sum.weights) == 1 and len(my_sum.non_trainable_weights) == 1
assert my_sum.trainable_weights == []

linear = SimpleDense(4)
y = linear(tf.ones((2, 2)))
assert tuple(y.shape) == (2, 4)
assert len(linear.trainable_weights) == 2
w, b = linear.get_weights()
assert np.allclose(y.numpy(), np.ones((2, 2)) @ w + b, atol=1e-6)

inputs = keras.Input(shape=(8,))
hidden = keras.layers.Activation('relu')(SimpleDense(16, name='own')(inputs))
outputs = SimpleDense(1)(hidden)
model = keras.Model(inputs, outputs)
model.summary()
model.compile(optimizer=keras.optimizers.Adam(0.01), loss='mse')
np.random.seed(0)
random = np.random.RandomState(0)
model.set_weights([random.uniform(-0.3, 0.3, size=w.shape) for w in model.get_weights()])
data = np.random.randn(256, 8).astype('float32')
target = data.sum(axis=1, keepdims=True)
history = model.fit(data, target, epochs=15, batch_size=32, shuffle=False, verbose=2)
assert history.history['loss'][-1] < 0.2 * history.history['loss'][0]

again = keras.Model.from_config(model.get_config(), custom_objects={'SimpleDense': SimpleDense})
again.set_weights(model.get_weights())
assert np.allclose(again.predict(data), model.predict(data))
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in history.history['loss']],
               [float(v) for v in model.predict(data[:20]).ravel()]], file)
