"""A convolutional autoencoder that takes noise away, and its encoder and decoder apart (Keras 1)."""
import json

import numpy as np
from keras.layers import Convolution2D, Dense, Input, MaxPooling2D, UpSampling2D
from keras.models import Model
from keras.optimizers import SGD

random = np.random.RandomState(29)
x_train = (random.uniform(size=(24, 8, 8, 1)) > 0.6).astype('float32')
x_train_noisy = np.clip(x_train + 0.3 * random.normal(size=x_train.shape), 0., 1.)

input_img = Input(shape=(8, 8, 1))
x = Convolution2D(6, 3, 3, activation='relu', border_mode='same', dim_ordering='tf')(input_img)
x = MaxPooling2D((2, 2), border_mode='same', dim_ordering='tf')(x)
x = Convolution2D(4, 3, 3, activation='relu', border_mode='same', dim_ordering='tf')(x)
encoded = MaxPooling2D((2, 2), border_mode='same', dim_ordering='tf')(x)

x = Convolution2D(4, 3, 3, activation='relu', border_mode='same', dim_ordering='tf')(encoded)
x = UpSampling2D((2, 2), dim_ordering='tf')(x)
x = Convolution2D(6, 3, 3, activation='relu', border_mode='same', dim_ordering='tf')(x)
x = UpSampling2D((2, 2), dim_ordering='tf')(x)
decoded = Convolution2D(1, 3, 3, activation='sigmoid', border_mode='same', dim_ordering='tf')(x)

autoencoder = Model(input_img, decoded)
autoencoder.set_weights([random.uniform(-0.3, 0.35, size=w.shape)
                         for w in autoencoder.get_weights()])
autoencoder.compile(optimizer=SGD(lr=0.2, momentum=0.9), loss='binary_crossentropy')
history = autoencoder.fit(x_train_noisy, x_train, nb_epoch=4, batch_size=6, shuffle=False,
                          verbose=0, validation_data=(x_train_noisy[:6], x_train[:6])).history
assert history['loss'][-1] < history['loss'][0]
encoder = Model(input=input_img, output=encoded)
codes = encoder.predict(x_train_noisy[:2])
assert codes.shape == (2, 2, 2, 4)

# The plain one: a Dense layer each, the decoder found again by the last layer.
encoding_dim = 5
plain_input = Input(shape=(64,))
encoded = Dense(encoding_dim, activation='relu', activity_regularizer=None)(plain_input)
decoded = Dense(64, activation='sigmoid')(encoded)
plain = Model(input=plain_input, output=decoded)
plain.set_weights([random.uniform(-0.3, 0.3, size=w.shape) for w in plain.get_weights()])
encoded_input = Input(shape=(encoding_dim,))
decoder = Model(input=encoded_input, output=plain.layers[-1](encoded_input))
plain.compile(optimizer='adagrad', loss='binary_crossentropy')
flat = x_train.reshape((len(x_train), np.prod(x_train.shape[1:])))
losses = plain.fit(flat, flat, nb_epoch=3, batch_size=8, shuffle=False, verbose=0).history['loss']
codes_of_plain = Model(input=plain_input, output=encoded).predict(flat[:2])
assert np.allclose(decoder.predict(codes_of_plain), plain.predict(flat[:2]), atol=1e-6)

with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in row] for row in
               (history['loss'], history['val_loss'], codes.ravel(), losses,
                codes_of_plain.ravel())], file)
