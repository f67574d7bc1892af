"""An MLP with Dropout and SGD with decay and Nesterov momentum, for ten classes."""
import json

import keras
import numpy as np
from keras.layers import Dense, Dropout
from keras.models import Sequential
from keras.optimizers import SGD

np.random.seed(7)
random = np.random.RandomState(7)

centres = np.random.random((10, 20))
y = np.random.randint(10, size=1000)
x = centres[y] + 0.1 * np.random.randn(1000, 20)
y_test = np.random.randint(10, size=200)
x_test = centres[y_test] + 0.1 * np.random.randn(200, 20)
y_train_matrix = keras.utils.to_categorical(y, num_classes=10)
y_test_matrix = keras.utils.to_categorical(y_test, num_classes=10)

model = Sequential()
model.add(Dense(64, activation='relu', input_dim=20))
model.add(Dropout(0.5))
model.add(Dense(64, activation='relu'))
model.add(Dropout(0.5))
model.add(Dense(10, activation='softmax'))

sgd = SGD(lr=0.01, decay=1e-6, momentum=0.9, nesterov=True)
model.compile(loss='categorical_crossentropy', optimizer=sgd, metrics=['accuracy'])
model.set_weights([random.uniform(-0.3, 0.3, size=w.shape) for w in model.get_weights()])
start = model.predict(x_test[:20])          # before dropout's chance comes in
model.fit(x, y_train_matrix, epochs=20, batch_size=128, verbose=2)
score = model.evaluate(x_test, y_test_matrix, batch_size=128)
print('loss, accuracy:', score)
assert score[1] > 0.9
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in row] for row in start], file)
