"""Bottleneck features: a base without its top computes once, a small top learns from what it gave.

Then the top is put on the base, all but the last block frozen, and both learn together.
"""
import json

import numpy as np
from keras import applications, optimizers
from keras.layers import Dense, Flatten
from keras.models import Model, Sequential
from keras.preprocessing.image import ImageDataGenerator
from sklearn.datasets import load_sample_images

np.random.seed(29)
random = np.random.RandomState(29)
size = 32

# Crops of two pictures, 32 by 32.
pictures, labels = [], []
for label, picture in enumerate(load_sample_images().images):
    for _ in range(40):
        top = np.random.randint(0, picture.shape[0] - 2 * size)
        left = np.random.randint(0, picture.shape[1] - 2 * size)
        pictures.append(picture[top:top + 2 * size:2, left:left + 2 * size:2])
        labels.append(label)
pictures = np.array(pictures, dtype='float32')
labels = np.array(labels)

base = applications.VGG16(include_top=False, weights=None, input_shape=(size, size, 3))
# As He draws kernels, so that what comes out is neither large nor nothing.
for layer in base.layers:
    if layer.get_weights():
        kernel, bias = layer.get_weights()
        reach = np.sqrt(6. / np.prod(kernel.shape[:3]))
        layer.set_weights([random.uniform(-reach, reach, size=kernel.shape), bias])
datagen = ImageDataGenerator(rescale=1. / 255)
generator = datagen.flow(pictures, batch_size=16, shuffle=False)
bottleneck = base.predict_generator(generator, len(pictures) // 16)
np.save('bottleneck_features.npy', bottleneck)

data = np.load('bottleneck_features.npy')
assert data.shape == (80, 1, 1, 512)
scale = data.std()
np.random.seed(29)  # the generator may have been read ahead
top_model = Sequential()
top_model.add(Flatten(input_shape=data.shape[1:]))
top_model.add(Dense(64, activation='tanh'))
top_model.add(Dense(1, activation='sigmoid'))
top_model.set_weights([random.uniform(-0.1, 0.1, size=w.shape) for w in top_model.get_weights()])
top_model.compile(optimizer=optimizers.SGD(lr=0.0003, momentum=0.9),
                  loss='binary_crossentropy', metrics=['accuracy'])
history = top_model.fit(data / scale, labels, epochs=30, batch_size=16, verbose=2)
assert history.history['loss'][-1] < history.history['loss'][0]
assert top_model.evaluate(data / scale, labels, verbose=0)[1] > 0.65
top_model.save_weights('bottleneck_fc_model.h5')

# The kernel of the top's first layer takes the features as they come.
kernel, bias = top_model.layers[1].get_weights()
top_model.layers[1].set_weights([kernel / scale, bias])
model = Model(inputs=base.input, outputs=top_model(base.output))
for layer in model.layers[:15]:
    layer.trainable = False
assert [layer.name for layer in model.layers if layer.trainable][0] == 'block5_conv1'
model.compile(loss='binary_crossentropy', optimizer=optimizers.SGD(lr=1e-4, momentum=0.9),
              metrics=['accuracy'])
assert len(model.trainable_weights) == 10
loss, accuracy = model.evaluate_generator(
    datagen.flow(pictures, labels, batch_size=16, shuffle=False), steps=5)
alone = top_model.evaluate(data, labels, verbose=0)
assert np.allclose([loss, accuracy], alone, rtol=1e-4, atol=1e-5)
before = model.get_layer('block1_conv1').get_weights()[0]
tuned = model.fit_generator(datagen.flow(pictures, labels, batch_size=16, shuffle=False),
                            steps_per_epoch=5, epochs=1, shuffle=False, verbose=2)
assert np.array_equal(before, model.get_layer('block1_conv1').get_weights()[0])
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in row] for row in (
        [(data / scale)[labels == label].mean() for label in (0, 1)], history.history['loss'],
        [loss, accuracy], tuned.history['loss'])], file)
