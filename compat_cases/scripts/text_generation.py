"""Text generation, letter by letter, as the first example did it."""
import json

import numpy as np
from keras.layers import LSTM, Activation, Dense
from keras.models import Sequential
from keras.optimizers import RMSprop

text = ('the quick brown fox jumps over the lazy dog. ' * 6).lower()
chars = sorted(list(set(text)))
char_indices = dict((c, i) for i, c in enumerate(chars))
indices_char = dict((i, c) for i, c in enumerate(chars))

# cut the text in semi-redundant sequences of maxlen characters
maxlen, step = 8, 3
sentences = []
next_chars = []
for i in range(0, len(text) - maxlen, step):
    sentences.append(text[i: i + maxlen])
    next_chars.append(text[i + maxlen])

X = np.zeros((len(sentences), maxlen, len(chars)), dtype=bool)
y = np.zeros((len(sentences), len(chars)), dtype=bool)
for i, sentence in enumerate(sentences):
    for t, char in enumerate(sentence):
        X[i, t, char_indices[char]] = 1
    y[i, char_indices[next_chars[i]]] = 1

model = Sequential()
model.add(LSTM(16, input_shape=(maxlen, len(chars))))
model.add(Dense(len(chars)))
model.add(Activation('softmax'))
random = np.random.RandomState(23)
model.set_weights([random.uniform(-0.2, 0.2, size=w.shape) for w in model.get_weights()])
model.compile(loss='categorical_crossentropy', optimizer=RMSprop(lr=0.01))


def sample(preds, temperature=1.0):
    # helper function to sample an index from a probability array
    preds = np.asarray(preds).astype('float64')
    preds = np.log(preds) / temperature
    exp_preds = np.exp(preds)
    preds = exp_preds / np.sum(exp_preds)
    probas = random.multinomial(1, preds, 1)
    return np.argmax(probas)


losses, generated = [], ''
for iteration in range(1, 4):
    hist = model.fit(X, y, batch_size=22, epochs=1, shuffle=False, verbose=0)
    losses.append(float(hist.history['loss'][0]))
    sentence = text[3: 3 + maxlen]
    for i in range(10):
        x = np.zeros((1, maxlen, len(chars)))
        for t, char in enumerate(sentence):
            x[0, t, char_indices[char]] = 1.
        preds = model.predict(x, verbose=0)[0]
        next_char = indices_char[sample(preds, 0.5)]
        generated += next_char
        sentence = sentence[1:] + next_char
print(generated)
assert losses[-1] < losses[0]
with open('curve.json', 'w') as file:
    json.dump([losses, [float(char_indices[char]) for char in generated],
               [float(v) for v in preds]], file)
