"""Attention over the steps of a bidirectional LSTM, as a layer of one's own that minds the mask."""
import json

import numpy as np
from keras import backend as K
from keras import constraints, initializers, regularizers
from keras.engine.topology import Layer
from keras.layers import LSTM, Bidirectional, Dense, Embedding, Input
from keras.models import Model, load_model

random = np.random.RandomState(43)


def dot_product(x, kernel):
    return K.squeeze(K.dot(x, K.expand_dims(kernel)), axis=-1)


class AttentionWithContext(Layer):
    """Weigh steps by how their hidden form agrees with a context that is learned."""

    def __init__(self, W_regularizer=None, W_constraint=None, bias=True, return_attention=False,
                 **kwargs):
        self.supports_masking = True
        self.init = initializers.get('glorot_uniform')
        self.W_regularizer = regularizers.get(W_regularizer)
        self.W_constraint = constraints.get(W_constraint)
        self.bias = bias
        self.return_attention = return_attention
        super(AttentionWithContext, self).__init__(**kwargs)

    def build(self, input_shape):
        assert len(input_shape) == 3
        self.W = self.add_weight((input_shape[-1], input_shape[-1]), initializer=self.init,
                                 name='{}_W'.format(self.name), regularizer=self.W_regularizer,
                                 constraint=self.W_constraint)
        if self.bias:
            self.b = self.add_weight((input_shape[-1],), initializer='zero',
                                     name='{}_b'.format(self.name))
        self.u = self.add_weight((input_shape[-1],), initializer=self.init,
                                 name='{}_u'.format(self.name))
        super(AttentionWithContext, self).build(input_shape)

    def compute_mask(self, input, input_mask=None):
        # do not pass the mask to the next layers
        return None

    def call(self, x, mask=None):
        uit = K.dot(x, self.W)
        if self.bias:
            uit += self.b
        uit = K.tanh(uit)
        ait = dot_product(uit, self.u)
        a = K.exp(ait)
        # apply mask after the exp. will be re-normalized next
        if mask is not None:
            a *= K.cast(mask, K.floatx())
        a /= K.cast(K.sum(a, axis=1, keepdims=True) + K.epsilon(), K.floatx())
        weighted_input = x * K.expand_dims(a)
        result = K.sum(weighted_input, axis=1)
        if self.return_attention:
            return [result, a]
        return result

    def compute_output_shape(self, input_shape):
        if self.return_attention:
            return [(input_shape[0], input_shape[-1]), (input_shape[0], input_shape[1])]
        return input_shape[0], input_shape[-1]

    def get_config(self):
        config = {'bias': self.bias, 'return_attention': self.return_attention}
        return dict(list(super(AttentionWithContext, self).get_config().items())
                    + list(config.items()))


x_train = random.randint(1, 12, size=(24, 7))
for row, length in zip(x_train, random.randint(2, 8, size=24)):
    row[length:] = 0
y_train = (x_train == 3).any(axis=1).astype('float32')

sentence = Input(shape=(7,), dtype='int32')
x = Embedding(12, 6, mask_zero=True)(sentence)
x = Bidirectional(LSTM(4, return_sequences=True))(x)
x, weights = AttentionWithContext(return_attention=True, name='attention',
                                  W_constraint=constraints.max_norm(0.7))(x)
model = Model(sentence, Dense(1, activation='sigmoid')(x))
model.set_weights([random.uniform(-0.4, 0.4, size=w.shape) for w in model.get_weights()])
model.compile('rmsprop', 'binary_crossentropy', metrics=['accuracy'])
history = model.fit(x_train, y_train, batch_size=6, epochs=4, shuffle=False, verbose=0).history
assert history['loss'][-1] < history['loss'][0]

look = Model(sentence, weights)
seen = look.predict(x_train[:4])
assert np.allclose(seen.sum(axis=1), 1., atol=1e-5)
assert (seen[x_train[:4] == 0] == 0).all()
model.save('attention.h5')
again = load_model('attention.h5', custom_objects={'AttentionWithContext': AttentionWithContext})
assert np.allclose(again.predict(x_train), model.predict(x_train), atol=1e-6)
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in history['loss']], [float(v) for v in seen.ravel()],
               [float(v) for v in model.predict(x_train).ravel()]], file)
