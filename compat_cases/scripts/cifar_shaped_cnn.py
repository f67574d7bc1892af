"""A CNN on pictures of CIFAR's shape, with a schedule, early stopping and checkpoints."""
import glob
import json
import os
import tempfile

import numpy as np
from keras.callbacks import EarlyStopping, LearningRateScheduler, ModelCheckpoint
from keras.layers import Activation, Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from keras.models import Sequential
from keras.optimizers import RMSprop
from keras.utils import np_utils

np.random.seed(11)
random = np.random.RandomState(11)

nb_classes = 4
y = np.random.randint(nb_classes, size=256)
x = np.random.rand(256, 32, 32, 3) * 0.5
for picture, label in zip(x, y):        # each class is bright in a corner of its own
    row, column = 16 * (label // 2), 16 * (label % 2)
    picture[row:row + 16, column:column + 16, label % 3] += 0.5
y_binary = np_utils.to_categorical(y, nb_classes)

model = Sequential()
model.add(Conv2D(8, (3, 3), padding='same', input_shape=x.shape[1:]))
model.add(Activation('relu'))
model.add(Conv2D(8, (3, 3), strides=(2, 2), padding='same'))
model.add(Activation('relu'))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Dropout(0.25))
model.add(Flatten())
model.add(Dense(32))
model.add(Activation('relu'))
model.add(Dropout(0.5))
model.add(Dense(nb_classes))
model.add(Activation('softmax'))

model.compile(loss='categorical_crossentropy', optimizer=RMSprop(lr=0.003, decay=1e-6),
              metrics=['accuracy'])


model.set_weights([random.uniform(-0.1, 0.1, size=w.shape) for w in model.get_weights()])
start = model.predict(x[:12])               # before dropout's chance comes in


def schedule(epoch, lr):
    return lr if epoch < 4 else lr * 0.9


folder = tempfile.mkdtemp()
pattern = os.path.join(folder, 'weights.{epoch:02d}-{val_loss:.2f}.hdf5')
history = model.fit(x, y_binary, batch_size=32, epochs=15, validation_split=0.25, shuffle=True,
                    verbose=2,
                    callbacks=[EarlyStopping(monitor='val_loss', patience=4),
                               LearningRateScheduler(schedule, verbose=1),
                               ModelCheckpoint(pattern, save_best_only=True)])
files = sorted(glob.glob(os.path.join(folder, 'weights.*.hdf5')))
print([os.path.basename(name) for name in files])
assert files
assert history.history['lr'][0] > history.history['lr'][-1]
print('best validation accuracy', max(history.history['val_acc']))
assert max(history.history['val_acc']) > 0.9

model.load_weights(files[-1])
print(model.evaluate(x, y_binary, verbose=0))
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in row] for row in start]
              + [[float(v) for v in history.history['lr'][:5]]], file)
