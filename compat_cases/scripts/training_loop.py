"""A training loop of one's own: K.function with the updates of an optimizer, targets of one's own."""
import json

import numpy as np
from keras import backend as K
from keras.layers import BatchNormalization, Dense, Input
from keras.models import Model
from keras.optimizers import SGD, RMSprop

random = np.random.RandomState(3)
x_train = random.normal(size=(40, 6))
y_train = np.stack([x_train[:, 0] * x_train[:, 1], x_train.sum(axis=1)], axis=1)


def build():
    inputs = Input(shape=(6,))
    hidden = Dense(8, activation='tanh')(inputs)
    hidden = BatchNormalization(momentum=0.8)(hidden)
    return Model(inputs, Dense(2)(hidden))


def loop(model, opt, updates_of, steps=6):
    y_true = K.placeholder(shape=(None, 2))
    loss = K.mean(K.square(model.output - y_true))
    updates = updates_of(opt, model, loss)
    train = K.function([model.input, y_true, K.learning_phase()], [loss],
                       updates=model.updates + updates)
    test = K.function([model.input, y_true, K.learning_phase()], [loss])
    seen = []
    for step in range(steps):
        rows = slice(10 * (step % 4), 10 * (step % 4) + 10)
        seen.append(train([x_train[rows], y_train[rows], 1])[0])
    seen.append(test([x_train, y_train, 0])[0])
    return [float(value) for value in seen]


model = build()
start = [random.uniform(0.1, 0.6, size=w.shape) for w in model.get_weights()]
curves = []

model.set_weights(start)
curves.append(loop(model, SGD(lr=0.05, momentum=0.9, nesterov=True),
                   lambda opt, model, loss: opt.get_updates(model.trainable_weights, [], loss)))
assert curves[-1][-3] < curves[-1][0]

model = build()
model.set_weights(start)
curves.append(loop(model, RMSprop(lr=0.01, clipnorm=1.),
                   lambda opt, model, loss: opt.get_updates(loss=loss,
                                                            params=model.trainable_weights)))

# Targets that are there already: nothing is fed for them.
model.set_weights(start)
model.compile(SGD(lr=0.05, clipvalue=0.2), loss='mae', target_tensors=[K.variable(y_train)])
curves.append([float(model.train_on_batch(x_train, None)) for _ in range(4)])

# Targets of a shape of one's own, fed through a placeholder.
target = K.placeholder(shape=(None, 2))
model.set_weights(start)
model.compile(SGD(lr=0.05), loss='mse', target_tensors=[target])
assert model.targets[0] is target
history = model.fit(x_train, y_train, batch_size=8, epochs=3, shuffle=False, verbose=0).history
curves.append([float(value) for value in history['loss']])

print(curves)
with open('curve.json', 'w') as file:
    json.dump(curves, file)
