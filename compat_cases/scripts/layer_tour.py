"""Convolutions of every rank, recurrent layers, embeddings, masks, Lambda, initial states."""
import json

import numpy as np
from keras import backend as K
from keras.layers import (GRU, LSTM, RNN, Bidirectional, Conv1D, Conv2D, Conv3D, Dense, Embedding,
                          Flatten, Input, Lambda, Masking, SimpleRNNCell, TimeDistributed)
from keras.models import Model, Sequential

np.random.seed(17)
random = np.random.RandomState(17)


curve = []


def train(model, x, y, loss='mse'):
    model.set_weights([random.uniform(-0.3, 0.3, size=w.shape) for w in model.get_weights()])
    model.compile(optimizer='rmsprop', loss=loss)
    before = model.evaluate(x, y, verbose=0)
    model.fit(x, y, epochs=4, batch_size=16, verbose=0)
    after = model.evaluate(x, y, verbose=0)
    print('%-24s %8.4f -> %8.4f' % (model.name, before, after))
    assert after < before
    # Dropout's chance is no recorded number.
    chancy = any(isinstance(layer, Bidirectional) for layer in model.layers)
    curve.append([float(before)] if chancy else [float(before), float(after)])


n = 48
y = np.random.rand(n, 1)

train(Sequential([Conv1D(8, 3, activation='relu', input_shape=(12, 5)), Flatten(), Dense(1)]),
      np.random.rand(n, 12, 5), y)
train(Sequential([Conv1D(8, 3, padding='causal', dilation_rate=2, input_shape=(12, 5)),
                  Flatten(), Dense(1)]),
      np.random.rand(n, 12, 5), y)
train(Sequential([Conv2D(4, (3, 2), strides=2, padding='same', input_shape=(9, 7, 2)),
                  Flatten(), Dense(1)]),
      np.random.rand(n, 9, 7, 2), y)
train(Sequential([Conv2D(4, (3, 2), data_format='channels_first', input_shape=(2, 9, 7)),
                  Flatten(), Dense(1)]),
      np.random.rand(n, 2, 9, 7), y)
train(Sequential([Conv3D(4, 2, input_shape=(5, 4, 6, 2)), Flatten(), Dense(1)]),
      np.random.rand(n, 5, 4, 6, 2), y)
train(Sequential([LSTM(6, return_sequences=True, input_shape=(7, 3)), LSTM(4), Dense(1)]),
      np.random.rand(n, 7, 3), y)
train(Sequential([Bidirectional(GRU(6, dropout=0.1, recurrent_dropout=0.1), input_shape=(7, 3)),
                  Dense(1)]),
      np.random.rand(n, 7, 3), y)
train(Sequential([TimeDistributed(Dense(4), input_shape=(7, 3)), GRU(4), Dense(1)]),
      np.random.rand(n, 7, 3), y)
train(Sequential([Embedding(30, 6, mask_zero=True, input_length=9), LSTM(5), Dense(1)]),
      np.random.randint(0, 30, (n, 9)), y)
train(Sequential([Lambda(lambda t: K.square(t) - 1, input_shape=(6,)), Dense(1)]),
      np.random.rand(n, 6), y)

# Masked steps change nothing, whatever they hold behind the mask.
masked = Sequential([Masking(mask_value=0., input_shape=(None, 3)), LSTM(4)])
masked.set_weights([random.uniform(-0.3, 0.3, size=w.shape) for w in masked.get_weights()])
short = np.random.rand(2, 5, 3)
padded = np.concatenate([short, np.zeros((2, 4, 3))], axis=1)
assert np.allclose(masked.predict(short), masked.predict(padded), atol=1e-6)

# An RNN over a cell, starting from a state that is an input of the model.
sequence = Input((None, 3))
state = Input((4,))
out = RNN(SimpleRNNCell(4))(sequence, initial_state=state)
model = Model([sequence, state], out)
x, zeros, ones = np.random.rand(2, 6, 3), np.zeros((2, 4)), np.ones((2, 4))
assert not np.allclose(model.predict([x, zeros]), model.predict([x, ones]))
model.set_weights([random.uniform(-0.3, 0.3, size=w.shape) for w in model.get_weights()])
cell_weights = model.get_weights()
h = ones
for t in range(6):
    h = np.tanh(x[:, t] @ cell_weights[0] + h @ cell_weights[1] + cell_weights[2])
assert np.allclose(model.predict([x, ones]), h, atol=1e-5)
print('masks and states hold')
curve += [[float(v) for v in masked.predict(padded).ravel()],
          [float(v) for v in model.predict([x, ones]).ravel()]]
with open('curve.json', 'w') as file:
    json.dump(curve, file)
