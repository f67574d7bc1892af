"""A variational autoencoder whose loss is added to the model, none given to compile."""
import json

import numpy as np
from keras import backend as K
from keras.layers import Dense, Input, Lambda
from keras.losses import binary_crossentropy
from keras.models import Model
from keras.optimizers import RMSprop

random = np.random.RandomState(3)
original_dim, intermediate_dim, latent_dim = 12, 8, 2


def sampling(args):
    """Move the drawn noise to the mean and the spread that the encoder found."""
    z_mean, z_log_var, epsilon = args
    return z_mean + K.exp(0.5 * z_log_var) * epsilon


inputs = Input(shape=(original_dim,), name='encoder_input')
epsilon = Input(shape=(latent_dim,), name='noise')
x = Dense(intermediate_dim, activation='relu')(inputs)
z_mean = Dense(latent_dim, name='z_mean')(x)
z_log_var = Dense(latent_dim, name='z_log_var')(x)
z = Lambda(sampling, output_shape=(latent_dim,), name='z')([z_mean, z_log_var, epsilon])
encoder = Model([inputs, epsilon], [z_mean, z_log_var, z], name='encoder')

latent_inputs = Input(shape=(latent_dim,), name='z_sampling')
x = Dense(intermediate_dim, activation='relu')(latent_inputs)
decoder = Model(latent_inputs, Dense(original_dim, activation='sigmoid')(x), name='decoder')

outputs = decoder(encoder([inputs, epsilon])[2])
vae = Model([inputs, epsilon], outputs, name='vae_mlp')
vae.set_weights([random.uniform(-0.6, 0.6, size=w.shape) for w in vae.get_weights()])

reconstruction_loss = original_dim * binary_crossentropy(inputs, outputs)
kl_loss = 1 + z_log_var - K.square(z_mean) - K.exp(z_log_var)
kl_loss = K.sum(kl_loss, axis=-1)
kl_loss *= -0.5
vae.add_loss(K.mean(reconstruction_loss + kl_loss))
vae.compile(optimizer=RMSprop(learning_rate=0.005))

patterns = np.array([[1, 0, 0, 1] * 3, [0, 1, 1, 0] * 3, [1, 1, 0, 0] * 3])
x_train = patterns[random.randint(0, 3, size=48)] * random.uniform(0.8, 1, size=(48, original_dim))
x_test = patterns * 0.9
history = vae.fit([x_train, random.normal(size=(48, latent_dim))],
                  epochs=12, batch_size=16, shuffle=False, verbose=0,
                  validation_data=([x_test, random.normal(size=(3, latent_dim))], None))
print(history.history['loss'])
assert history.history['loss'][-1] < history.history['loss'][0]

means, _, _ = encoder.predict([x_test, np.zeros((3, latent_dim))])
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in history.history[key]] for key in ('loss', 'val_loss')]
              + [[float(v) for v in row] for row in means], file)
