"""Optimizers of one's own, as a paper's code had them: get_updates, and nothing else."""
import json

import numpy as np
from keras import backend as K
from keras.constraints import max_norm
from keras.layers import Dense, Input
from keras.models import Model, load_model
from keras.optimizers import SGD, Optimizer

random = np.random.RandomState(5)


class SignMomentum(Optimizer):
    """Go the way of the sign of a running mean, as far as the mean of its size."""

    def __init__(self, lr=0.01, beta=0.9, **kwargs):
        super(SignMomentum, self).__init__(**kwargs)
        with K.name_scope(self.__class__.__name__):
            self.lr = K.variable(lr, name='lr')
            self.beta = K.variable(beta, name='beta')

    def get_updates(self, loss, params):
        grads = self.get_gradients(loss, params)
        shapes = [K.int_shape(p) for p in params]
        means = [K.zeros(shape) for shape in shapes]
        sizes = [K.zeros(shape) for shape in shapes]
        self.weights = means + sizes
        self.updates = []
        for p, g, m, s in zip(params, grads, means, sizes):
            m_t = self.beta * m + (1. - self.beta) * g
            s_t = self.beta * s + (1. - self.beta) * K.abs(g)
            self.updates.append(K.update(m, m_t))
            self.updates.append(K.update(s, s_t))
            new_p = p - self.lr * m_t / (K.sqrt(K.square(s_t)) + K.epsilon())
            if getattr(p, 'constraint', None) is not None:
                new_p = p.constraint(new_p)
            self.updates.append(K.update(p, new_p))
        return self.updates

    def get_config(self):
        config = {'lr': float(K.get_value(self.lr)), 'beta': float(K.get_value(self.beta))}
        base_config = super(SignMomentum, self).get_config()
        return dict(list(base_config.items()) + list(config.items()))


class HalvedSGD(SGD):
    """Take Keras's own step, then go half of the way back."""

    def get_updates(self, loss, params):
        self.updates = []
        for p, g in zip(params, self.get_gradients(loss, params)):
            self.updates.append(K.update_sub(p, 0.5 * self.lr * g))
        return self.updates


x = random.normal(size=(30, 5))
y = np.tanh(x.dot(random.normal(size=(5, 2))))
inputs = Input(shape=(5,))
hidden = Dense(7, activation='tanh', kernel_constraint=max_norm(0.8))(inputs)
model = Model(inputs, Dense(2)(hidden))
start = [random.uniform(-0.5, 0.5, size=w.shape) for w in model.get_weights()]

curves = []
for optimizer in (SignMomentum(lr=0.02, clipnorm=0.5), HalvedSGD(lr=0.3, clipnorm=0.6)):
    model.set_weights(start)
    model.compile(optimizer, loss='mse')
    history = model.fit(x, y, batch_size=6, epochs=5, shuffle=False, verbose=0).history
    curves.append([float(value) for value in history['loss']])
    assert curves[-1][-1] < curves[-1][0]
    # A smaller rate, set from outside, counts from the next step on.
    K.set_value(model.optimizer.lr, 0.001)
    curves.append([float(model.train_on_batch(x, y)) for _ in range(3)])

model.set_weights(start)
model.compile(SignMomentum(lr=0.04, clipnorm=0.5, clipvalue=0.2), loss='mse')
model.fit(x, y, batch_size=6, epochs=1, shuffle=False, verbose=0)
model.save('own.h5', include_optimizer=False)
again = load_model('own.h5', custom_objects={'SignMomentum': SignMomentum})
assert np.allclose(again.predict(x), model.predict(x), atol=1e-6)
config = SignMomentum.from_config(model.optimizer.get_config()).get_config()
assert abs(config['lr'] - 0.04) < 1e-6 and abs(config['beta'] - 0.9) < 1e-6
curves.append([float(v) for v in model.predict(x).ravel()])

# The running means go into the file, and training goes on from them.
model.save('own.h5')
again = load_model('own.h5', custom_objects={'SignMomentum': SignMomentum})
curves.append([float(again.train_on_batch(x, y)) for _ in range(4)])

with open('curve.json', 'w') as file:
    json.dump(curves, file)
