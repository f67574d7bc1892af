"""Sequence to sequence: an encoder's states begin a decoder, which is then run step by step."""
import json

import numpy as np
from keras.layers import LSTM, Dense, Input
from keras.models import Model
from keras.optimizers import SGD

random = np.random.RandomState(7)
latent_dim = 12
letters = 'abcdef'
num_decoder_tokens = len(letters) + 2  # and the start and the end
START, STOP = len(letters), len(letters) + 1

words = [''.join(random.choice(list(letters), size=4)) for _ in range(40)]
encoder_input_data = np.zeros((40, 4, len(letters)), dtype='float32')
decoder_input_data = np.zeros((40, 5, num_decoder_tokens), dtype='float32')
decoder_target_data = np.zeros((40, 5, num_decoder_tokens), dtype='float32')
for i, word in enumerate(words):
    for t, char in enumerate(word):
        encoder_input_data[i, t, letters.index(char)] = 1.
    target = [letters.index(char) for char in reversed(word)]
    for t, token in enumerate([START] + target):
        decoder_input_data[i, t, token] = 1.
    for t, token in enumerate(target + [STOP]):
        decoder_target_data[i, t, token] = 1.

encoder_inputs = Input(shape=(None, len(letters)))
encoder = LSTM(latent_dim, return_state=True)
encoder_outputs, state_h, state_c = encoder(encoder_inputs)
encoder_states = [state_h, state_c]

decoder_inputs = Input(shape=(None, num_decoder_tokens))
decoder_lstm = LSTM(latent_dim, return_sequences=True, return_state=True)
decoder_outputs, _, _ = decoder_lstm(decoder_inputs, initial_state=encoder_states)
decoder_dense = Dense(num_decoder_tokens, activation='softmax')
decoder_outputs = decoder_dense(decoder_outputs)

model = Model([encoder_inputs, decoder_inputs], decoder_outputs)
model.set_weights([random.uniform(-0.3, 0.3, size=w.shape) for w in model.get_weights()])
model.compile(optimizer=SGD(lr=0.2, momentum=0.9), loss='categorical_crossentropy')
history = model.fit([encoder_input_data, decoder_input_data], decoder_target_data,
                    batch_size=8, epochs=4, shuffle=False, verbose=0, validation_split=0.2).history
assert history['loss'][-1] < history['loss'][0]

# Inference: the encoder alone, and the decoder as a step with its states handed in and out.
encoder_model = Model(encoder_inputs, encoder_states)
decoder_state_input_h = Input(shape=(latent_dim,))
decoder_state_input_c = Input(shape=(latent_dim,))
decoder_states_inputs = [decoder_state_input_h, decoder_state_input_c]
decoder_outputs, state_h, state_c = decoder_lstm(
    decoder_inputs, initial_state=decoder_states_inputs)
decoder_states = [state_h, state_c]
decoder_outputs = decoder_dense(decoder_outputs)
decoder_model = Model([decoder_inputs] + decoder_states_inputs,
                      [decoder_outputs] + decoder_states)


def decode_sequence(input_seq):
    states_value = encoder_model.predict(input_seq)
    target_seq = np.zeros((1, 1, num_decoder_tokens))
    target_seq[0, 0, START] = 1.
    tokens = []
    while len(tokens) < 6:
        output_tokens, h, c = decoder_model.predict([target_seq] + states_value)
        sampled_token_index = int(np.argmax(output_tokens[0, -1, :]))
        tokens.append(sampled_token_index)
        if sampled_token_index == STOP:
            break
        target_seq = np.zeros((1, 1, num_decoder_tokens))
        target_seq[0, 0, sampled_token_index] = 1.
        states_value = [h, c]
    return tokens


decoded = [decode_sequence(encoder_input_data[i:i + 1]) for i in range(3)]
predicted = model.predict([encoder_input_data[:2], decoder_input_data[:2]])
print(decoded)
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in history[key]] for key in sorted(history)]
              + [[float(token) for token in tokens] for tokens in decoded]
              + [[float(v) for v in predicted.ravel()]], file)
