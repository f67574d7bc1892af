"""Capsules with dynamic routing, the margin loss, and the length of a vector as a probability."""
import json

import numpy as np
from keras import activations, utils
from keras import backend as K
from keras.layers import Conv2D, Input, Lambda, Layer, Reshape
from keras.models import Model

random = np.random.RandomState(47)


def squash(x, axis=-1):
    s_squared_norm = K.sum(K.square(x), axis, keepdims=True) + K.epsilon()
    scale = K.sqrt(s_squared_norm) / (0.5 + s_squared_norm)
    return scale * x


def softmax(x, axis=-1):
    # softmax along any axis, from before Keras had it
    ex = K.exp(x - K.max(x, axis=axis, keepdims=True))
    return ex / K.sum(ex, axis=axis, keepdims=True)


def margin_loss(y_true, y_pred):
    lamb, margin = 0.5, 0.1
    return K.sum((y_true * K.square(K.relu(1 - margin - y_pred)) + lamb * (
        1 - y_true) * K.square(K.relu(y_pred - margin))), axis=-1)


class Capsule(Layer):
    """Route vectors below to vectors above by how well they agree."""

    def __init__(self, num_capsule, dim_capsule, routings=3, share_weights=True,
                 activation='squash', **kwargs):
        super(Capsule, self).__init__(**kwargs)
        self.num_capsule = num_capsule
        self.dim_capsule = dim_capsule
        self.routings = routings
        self.share_weights = share_weights
        if activation == 'squash':
            self.activation = squash
        else:
            self.activation = activations.get(activation)

    def build(self, input_shape):
        input_dim_capsule = input_shape[-1]
        if self.share_weights:
            self.kernel = self.add_weight(
                name='capsule_kernel',
                shape=(1, input_dim_capsule, self.num_capsule * self.dim_capsule),
                initializer='glorot_uniform', trainable=True)
        else:
            input_num_capsule = input_shape[-2]
            self.kernel = self.add_weight(
                name='capsule_kernel',
                shape=(input_num_capsule, input_dim_capsule,
                       self.num_capsule * self.dim_capsule),
                initializer='glorot_uniform', trainable=True)

    def call(self, inputs):
        if self.share_weights:
            hat_inputs = K.conv1d(inputs, self.kernel)
        else:
            hat_inputs = K.local_conv1d(inputs, self.kernel, [1], [1])
        batch_size = K.shape(inputs)[0]
        input_num_capsule = K.shape(inputs)[1]
        hat_inputs = K.reshape(hat_inputs, (batch_size, input_num_capsule, self.num_capsule,
                                            self.dim_capsule))
        hat_inputs = K.permute_dimensions(hat_inputs, (0, 2, 1, 3))
        b = K.zeros_like(hat_inputs[:, :, :, 0])
        for i in range(self.routings):
            c = softmax(b, 1)
            o = self.activation(K.batch_dot(c, hat_inputs, [2, 2]))
            if i < self.routings - 1:
                b = K.batch_dot(o, hat_inputs, [2, 3])
                if K.backend() == 'theano':
                    o = K.sum(o, axis=1)
        return o

    def compute_output_shape(self, input_shape):
        return (None, self.num_capsule, self.dim_capsule)


num_classes = 3
labels = random.randint(0, num_classes, size=18)
x_train = random.uniform(size=(18, 7, 7, 2)) + 0.3 * labels[:, None, None, None]
y_train = utils.to_categorical(labels, num_classes)

input_image = Input(shape=(None, None, 2))
x = Conv2D(6, (3, 3), activation='relu')(input_image)
x = Conv2D(8, (3, 3), activation='relu')(x)
x = Reshape((-1, 8))(x)
capsule = Capsule(num_classes, 4, 3, True)(x)
output = Lambda(lambda z: K.sqrt(K.sum(K.square(z), 2)))(capsule)
model = Model(inputs=[input_image], outputs=[output])
model.set_weights([random.uniform(-0.3, 0.3, size=w.shape) for w in model.get_weights()])

# we use a margin loss
model.compile(loss=margin_loss, optimizer='sgd', metrics=['accuracy'])
history = model.fit(x_train, y_train, batch_size=6, epochs=4, shuffle=False, verbose=0).history
assert history['loss'][-1] < history['loss'][0]

# Capsules that do not share, over as many vectors as there are.
vectors = Input(shape=(5, 4))
own = Model(vectors, Capsule(2, 3, 2, False)(vectors))
own.set_weights([random.uniform(-0.5, 0.5, size=w.shape) for w in own.get_weights()])
routed = own.predict(random.normal(size=(2, 5, 4)))
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in row] for row in
               (history['loss'], model.predict(x_train[:5]).ravel(), routed.ravel())], file)
