"""A functional model with two inputs and two outputs: a headline read by an LSTM, and side data."""
import json

import keras
import numpy as np
from keras.layers import LSTM, Dense, Embedding, Input
from keras.models import Model

np.random.seed(5)
random = np.random.RandomState(5)

main_input = Input(shape=(20,), dtype='int32', name='main_input')
x = Embedding(output_dim=16, input_dim=200, input_length=20)(main_input)
lstm_out = LSTM(8)(x)
auxiliary_output = Dense(1, activation='sigmoid', name='aux_output')(lstm_out)

auxiliary_input = Input(shape=(5,), name='aux_input')
x = keras.layers.concatenate([lstm_out, auxiliary_input])
x = Dense(16, activation='relu')(x)
x = Dense(16, activation='relu')(x)
main_output = Dense(1, activation='sigmoid', name='main_output')(x)

model = Model(inputs=[main_input, auxiliary_input], outputs=[main_output, auxiliary_output])
model.set_weights([random.uniform(-0.3, 0.3, size=w.shape) for w in model.get_weights()])
model.compile(optimizer='rmsprop',
              loss={'main_output': 'binary_crossentropy', 'aux_output': 'binary_crossentropy'},
              loss_weights={'main_output': 1., 'aux_output': 0.2})
model.summary()

headlines = np.random.randint(1, 200, size=(320, 20))
side = np.random.randn(320, 5)
labels = (side.sum(axis=1) > 0).astype(int)

history = model.fit({'main_input': headlines, 'aux_input': side},
                    {'main_output': labels, 'aux_output': labels},
                    epochs=12, batch_size=32, verbose=2)
losses = history.history
assert set(losses) == {'loss', 'main_output_loss', 'aux_output_loss'}, sorted(losses)
total = losses['main_output_loss'][-1] + 0.2 * losses['aux_output_loss'][-1]
assert abs(total - losses['loss'][-1]) < 1e-5
assert losses['main_output_loss'][-1] < losses['main_output_loss'][0]

first, second = model.predict([headlines, side])
assert first.shape == second.shape == (320, 1)
print('main accuracy', ((first[:, 0] > 0.5) == labels).mean())
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in losses[key]] for key in sorted(losses)]
              + [[float(v) for v in first[:20, 0]], [float(v) for v in second[:20, 0]]], file)
