"""A Sequential from a list and the same by `add`; `input_shape`, `input_dim`, `Activation`."""
import numpy as np
from keras.layers import Activation, Dense
from keras.models import Sequential

np.random.seed(3)

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

assert [w.shape for w in listed.get_weights()] == [w.shape for w in added.get_weights()]
added.set_weights(listed.get_weights())

data = np.random.random((1000, 784))
assert np.allclose(listed.predict(data), added.predict(data))

# Two classes.
model = Sequential()
model.add(Dense(32, activation='relu', input_dim=100))
model.add(Dense(1, activation='sigmoid'))
model.compile(optimizer='rmsprop', loss='binary_crossentropy', metrics=['accuracy'])
data = np.random.random((1000, 100))
labels = (data[:, :50].sum(axis=1) > data[:, 50:].sum(axis=1)).astype(int)
history = model.fit(data, labels, epochs=10, batch_size=32, verbose=2)
assert history.history['loss'][-1] < history.history['loss'][0]
print('accuracy', history.history['acc'][-1])
assert history.history['acc'][-1] > 0.75
