"""A Sequential from a list and the same by `add`; `input_shape`, `input_dim`, `Activation`."""
import json

import numpy as np
from keras.layers import Activation, Dense
from keras.models import Sequential

np.random.seed(3)
random = np.random.RandomState(3)

listed = Sequential([
    Dense(32, input_shape=(784,)),
    Activation('relu'),
    Dense(10),
    Activation('softmax'),
])

added = Sequential()
added.add(Dense(32, input_dim=784))
added.add(Activation('relu'))
added.add(Dense(10))
added.add(Activation('softmax'))

listed.set_weights([random.uniform(-0.1, 0.1, size=w.shape) for w in listed.get_weights()])
assert [w.shape for w in listed.get_weights()] == [w.shape for w in added.get_weights()]
added.set_weights(listed.get_weights())

data = np.random.random((1000, 784))
assert np.allclose(listed.predict(data), added.predict(data))

# Two classes.
model = Sequential()
model.add(Dense(32, activation='relu', input_dim=100))
model.add(Dense(1, activation='sigmoid'))
model.set_weights([random.uniform(-0.3, 0.3, size=w.shape) for w in model.get_weights()])
model.compile(optimizer='rmsprop', loss='binary_crossentropy', metrics=['accuracy'])
data = np.random.random((1000, 100))
labels = (data[:, :50].sum(axis=1) > data[:, 50:].sum(axis=1)).astype(int)
history = model.fit(data, labels, epochs=10, batch_size=32, verbose=2)
assert history.history['loss'][-1] < history.history['loss'][0]
print('accuracy', history.history['acc'][-1])
assert history.history['acc'][-1] > 0.75
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in listed.predict(np.ones((1, 784)))[0]],
               [float(v) for v in history.history['loss']],
               [float(v) for v in model.predict(data[:20]).ravel()]], file)
