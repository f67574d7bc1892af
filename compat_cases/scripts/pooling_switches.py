"""Where a maximum came from: gradients taken inside a Lambda of one of its inputs by the other.

A decoder puts features back where the encoder's pooling found them, in both data formats.
"""
import json

import numpy as np
from keras import backend as K
from keras.layers import Conv2D, Input, Lambda, MaxPooling2D, UpSampling2D, multiply
from keras.models import Model

random = np.random.RandomState(31)
images = random.normal(size=(12, 8, 6, 2))
weights = [random.normal(scale=0.4, size=size) for size in ((3, 3, 2, 3), (3,), (3, 3, 3, 2), (2,))]


def getwhere(x):
    y_prepool, y_postpool = x
    return K.gradients(K.sum(y_postpool), y_prepool)


def autoencoder(shape):
    image = Input(shape=shape)
    before = Conv2D(3, 3, padding='same')(image)
    after = MaxPooling2D(2)(before)
    where = Lambda(getwhere, output_shape=lambda shapes: shapes[0])([before, after])
    back = multiply([UpSampling2D(2)(after), where])
    return Model(image, Conv2D(2, 3, padding='same')(back))


curve = []
for data_format in ('channels_first', 'channels_last'):
    K.set_image_data_format(data_format)
    x = images if data_format == 'channels_last' else images.transpose(0, 3, 1, 2)
    model = autoencoder(x.shape[1:])
    model.set_weights(weights)
    model.compile('adam', 'mse')
    history = model.fit(x, x, batch_size=4, epochs=5, shuffle=False, verbose=0)
    assert history.history['loss'][-1] < history.history['loss'][0]
    curve.append([float(v) for v in history.history['loss']])
    curve.append([float(v) for v in model.predict(x[:2]).ravel()])
    curve.append([float(model.evaluate(x, x, verbose=0))])
print(curve[0])
with open('curve.json', 'w') as file:
    json.dump(curve, file)
