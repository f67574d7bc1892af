"""Text, a letter at a time: an LSTM that keeps its state over the windows of one long text."""
import json

import numpy as np
from keras.layers import LSTM, Dense, TimeDistributed
from keras.models import Sequential
from keras.optimizers import RMSprop

random = np.random.RandomState(7)
text = ('the cat sat on the mat and the rat sat on the cat ' * 4)
chars = sorted(set(text))
char_indices = dict((c, i) for i, c in enumerate(chars))
maxlen = 10

letters = np.eye(len(chars))[[char_indices[c] for c in text]]
windows = (len(text) - 1) // maxlen
X = letters[:windows * maxlen].reshape(windows, maxlen, len(chars))
y = letters[1:windows * maxlen + 1].reshape(windows, maxlen, len(chars))

model = Sequential()
model.add(LSTM(12, batch_input_shape=(1, maxlen, len(chars)), return_sequences=True,
               stateful=True))
model.add(TimeDistributed(Dense(len(chars), activation='softmax')))
model.set_weights([random.uniform(-0.4, 0.4, size=w.shape) for w in model.get_weights()])
model.compile(loss='categorical_crossentropy', optimizer=RMSprop(lr=0.01), metrics=['accuracy'])

curve = []
for iteration in range(4):
    history = model.fit(X, y, batch_size=1, nb_epoch=1, shuffle=False, verbose=0)
    model.reset_states()
    curve.append([history.history['loss'][0], history.history['acc'][0]])
    print('iteration %d: loss %.4f' % (iteration, curve[-1][0]))
assert curve[-1][0] < curve[0][0]

# The state of one window is the beginning of the next.
first = model.predict(X[:1], batch_size=1)
again = model.predict(X[:1], batch_size=1)
model.reset_states()
anew = model.predict(X[:1], batch_size=1)
assert np.abs(first - again).max() > 1e-4
assert np.abs(first - anew).max() < 1e-6

model.reset_states()
sentence = 't'
for _ in range(maxlen - 1):
    window = np.zeros((1, maxlen, len(chars)))
    for place, char in enumerate(sentence):
        window[0, place, char_indices[char]] = 1.
    model.reset_states()
    preds = model.predict(window, batch_size=1)[0, len(sentence) - 1]
    sentence += chars[int(np.argmax(preds))]
print('generated:', repr(sentence))

curve.append([float(value) for value in anew[0, -1]])
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in row] for row in curve], file)
