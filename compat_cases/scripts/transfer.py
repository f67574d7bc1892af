"""Transfer: a trained base is frozen inside a new model, whose own head alone learns."""
import json

import numpy as np
from keras.layers import Conv2D, Dense, Flatten, Input
from keras.models import Model, Sequential
from keras.optimizers import Adam
from sklearn.datasets import load_digits

np.random.seed(19)
random = np.random.RandomState(19)
digits = load_digits()
x = digits.images.reshape(-1, 8, 8, 1) / 16.
small, large = digits.target < 5, digits.target >= 5

base = Sequential(name='base')
base.add(Conv2D(16, (3, 3), activation='relu', input_shape=(8, 8, 1)))
base.add(Conv2D(16, (3, 3), activation='relu'))
base.add(Flatten())
base.add(Dense(32, activation='relu', name='features'))
base.add(Dense(5, activation='softmax'))
base.set_weights([random.uniform(-0.3, 0.3, size=w.shape) for w in base.get_weights()])
base.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])
base.fit(x[small], digits.target[small], epochs=6, batch_size=32, verbose=2)

learned = [float(v) for v in base.history.history['loss']]
features = Model(inputs=base.input, outputs=base.get_layer('features').output)
features.trainable = False
before = [w.copy() for w in base.get_weights()]

image = Input(shape=(8, 8, 1))
prediction = Dense(5, activation='softmax')(features(image))
model = Model(image, prediction)
model.layers[-1].set_weights([random.uniform(-0.3, 0.3, size=(32, 5)), np.zeros(5)])
model.compile(Adam(lr=0.01), 'sparse_categorical_crossentropy', metrics=['accuracy'])
assert len(model.trainable_weights) == 2
history = model.fit(x[large], digits.target[large] - 5, epochs=20, batch_size=32, verbose=2)
assert history.history['acc'][-1] > 0.75
head = [float(v) for v in history.history['loss']]
assert all(np.array_equal(a, b) for a, b in zip(before, base.get_weights()))

# Then everything is trained a little: unfreezing counts when the model is compiled again.
features.trainable = True
for layer in features.layers:
    layer.trainable = True
model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])
assert len(model.trainable_weights) == 8
history = model.fit(x[large], digits.target[large] - 5, epochs=8, batch_size=32, verbose=2)
assert history.history['acc'][-1] > 0.9
assert not np.array_equal(before[0], base.get_weights()[0])
with open('curve.json', 'w') as file:
    json.dump([learned, head, [float(v) for v in history.history['loss']]], file)
