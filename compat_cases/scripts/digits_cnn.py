"""Handwritten digits with a small CNN, as such scripts were written for Keras 2.2.

Real input: the 1,797 scanned digits that come with scikit-learn.
"""
from __future__ import print_function

import json
import os
import tempfile

import numpy as np
from keras import backend as K
from keras.callbacks import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from keras.layers.normalization import BatchNormalization
from keras.models import Sequential, load_model
from keras.utils import np_utils
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

np.random.seed(1337)

batch_size = 32
nb_classes = 10
epochs = 25

digits = load_digits()
images = digits.images.astype('float32') / 16
if K.image_data_format() == 'channels_first':
    images = images.reshape(-1, 1, 8, 8)
    input_shape = (1, 8, 8)
else:
    images = images.reshape(-1, 8, 8, 1)
    input_shape = (8, 8, 1)

x_train, x_test, y_train, y_test = train_test_split(
    images, digits.target, test_size=0.2, random_state=0, stratify=digits.target)
print('x_train shape:', x_train.shape)
print(x_train.shape[0], 'train samples')
print(x_test.shape[0], 'test samples')

y_train = np_utils.to_categorical(y_train, nb_classes)
y_test = np_utils.to_categorical(y_test, nb_classes)

model = Sequential()
model.add(Conv2D(32, kernel_size=(3, 3), padding='same', activation='relu',
                 input_shape=input_shape))
model.add(BatchNormalization())
model.add(Conv2D(32, (3, 3), activation='relu'))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(128, activation='relu'))
model.add(Dropout(0.5))
model.add(Dense(nb_classes, activation='softmax'))
model.summary()

# From weights of its own, so that outputs are the same wherever it runs.
random = np.random.RandomState(3)
model.set_weights([random.uniform(0.01, 0.1, size=w.shape) if w.ndim == 1
                   else random.uniform(-0.1, 0.1, size=w.shape) for w in model.get_weights()])
start = model.predict(x_test[:12])          # before dropout's chance comes in

model.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy'])

folder = tempfile.mkdtemp()
best = os.path.join(folder, 'best.h5')
history = model.fit(x_train, y_train,
                    batch_size=batch_size,
                    epochs=epochs,
                    verbose=1,
                    validation_data=(x_test, y_test),
                    callbacks=[EarlyStopping(monitor='val_loss', patience=8),
                               ReduceLROnPlateau(monitor='val_loss', factor=0.5, patience=3),
                               ModelCheckpoint(best, monitor='val_acc', save_best_only=True)])

print('Best validation accuracy:', max(history.history['val_acc']))
score = model.evaluate(x_test, y_test, verbose=0)
print('Test loss:', score[0])
print('Test accuracy:', score[1])

path = os.path.join(folder, 'digits.h5')
model.save(path)
again = load_model(path)
before = model.predict(x_test)
after = again.predict(x_test)
print('Predictions of the loaded model are identical:', np.array_equal(before, after))
assert np.array_equal(before, after)
assert max(history.history['val_acc']) >= 0.97, 'validation accuracy is below 97%'

# Here the script leaves Keras: the same model as ONNX, checked in onnxruntime.
if hasattr(model, 'export'):
    import onnxruntime
    onnx_path = os.path.join(folder, 'digits.onnx')
    model.export(onnx_path)
    session = onnxruntime.InferenceSession(onnx_path)
    name = session.get_inputs()[0].name
    found = session.run(None, {name: x_test})[0]
    print('Largest difference in onnxruntime: %.3g' % np.abs(found - before).max())
    assert np.allclose(found, before, atol=1e-5)
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in row] for row in start], file)
