"""Penalties on weights (`l1_l2`) and an initializer by name (`he_uniform`)."""
import json

import numpy as np
from keras import regularizers
from keras.layers import Dense
from keras.models import Sequential
from keras.regularizers import l1_l2

np.random.seed(13)
random = np.random.RandomState(13)
x = np.random.randn(200, 10)
y = x[:, :1] * 2 - x[:, 1:2]

model = Sequential([
    Dense(16, activation='relu', kernel_initializer='he_uniform',
          kernel_regularizer=l1_l2(l1=1e-3, l2=1e-2),
          bias_regularizer=regularizers.l2(1e-3), input_shape=(10,)),
    Dense(1, activity_regularizer=regularizers.l1(1e-4)),
])
kernel, bias = model.layers[0].get_weights()
assert np.abs(kernel).max() <= np.sqrt(6. / 10)       # he_uniform: limit sqrt(6 / fan_in)
assert np.abs(kernel).max() > 0.9 * np.sqrt(6. / 10)

kernel = random.uniform(-0.7, 0.7, size=kernel.shape)
model.set_weights([kernel, bias, random.uniform(-0.5, 0.5, size=(16, 1)), np.zeros(1)])
model.compile('adam', 'mse')
reported = model.evaluate(x, y, verbose=0)
prediction = model.predict(x)
data_loss = np.mean((prediction - y) ** 2)
penalty = 1e-3 * np.abs(kernel).sum() + 1e-2 * (kernel ** 2).sum() + 1e-3 * (bias ** 2).sum()
print('reported', reported, 'data', data_loss, 'weights', penalty)
assert reported > data_loss + penalty                 # and the activity penalty on top

history = model.fit(x, y, epochs=30, batch_size=20, verbose=0)
assert history.history['loss'][-1] < 0.5 * history.history['loss'][0]
assert np.abs(model.layers[0].get_weights()[0]).sum() < np.abs(kernel).sum()
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in history.history['loss']], [float(reported)],
               [float(v) for v in model.predict(x[:20]).ravel()]], file)
