"""A GAN on points of a circle: the discriminator is compiled, then frozen inside the whole."""
import json

import numpy as np
from keras.layers import Dense, Input, LeakyReLU
from keras.models import Model, Sequential
from keras.optimizers import RMSprop

random = np.random.RandomState(11)


def fixed(model):
    """Give a model first weights that do not depend on the Keras."""
    model.set_weights([random.uniform(-0.5, 0.5, size=w.shape) for w in model.get_weights()])


generator = Sequential(name='generator')
generator.add(Dense(8, input_dim=4))
generator.add(LeakyReLU(alpha=0.2))
generator.add(Dense(2))
fixed(generator)

discriminator = Sequential(name='discriminator')
discriminator.add(Dense(8, input_dim=2))
discriminator.add(LeakyReLU(alpha=0.2))
discriminator.add(Dense(1, activation='sigmoid'))
fixed(discriminator)
discriminator.compile(optimizer=RMSprop(lr=0.005), loss='binary_crossentropy',
                      metrics=['accuracy'])

# For the combined model only the generator is trained.
discriminator.trainable = False
noise = Input(shape=(4,))
validity = discriminator(generator(noise))
gan = Model(noise, validity)
gan.compile(optimizer=RMSprop(lr=0.01, clipvalue=1.0), loss='binary_crossentropy')
assert len(gan.trainable_weights) == 4

half = 8
real_label, fake_label = np.ones((half, 1)), np.zeros((half, 1))
curve = []
for step in range(40):
    angles = random.uniform(0, 2 * np.pi, size=half)
    real = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    made = generator.predict(random.normal(size=(half, 4)))

    d_loss_real = discriminator.train_on_batch(real, real_label)
    d_loss_fake = discriminator.train_on_batch(made, fake_label)
    before = discriminator.get_weights()
    g_loss = gan.train_on_batch(random.normal(size=(2 * half, 4)), np.ones((2 * half, 1)))
    assert all(np.array_equal(a, b) for a, b in zip(before, discriminator.get_weights()))

    curve.append([float(value) for value in (*d_loss_real, *d_loss_fake, g_loss)])
    if step % 10 == 0:
        print('%d [D real %.4f fake %.4f] [G %.4f]' % (step, curve[-1][0], curve[-1][2], g_loss))

with open('curve.json', 'w') as file:
    json.dump(curve, file)
