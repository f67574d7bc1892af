"""A small residual network (version 1), with its schedule and its callbacks."""
import json

import keras
import numpy as np
from keras.callbacks import LearningRateScheduler, ReduceLROnPlateau
from keras.layers import (Activation, AveragePooling2D, BatchNormalization, Conv2D, Dense, Flatten,
                          Input)
from keras.models import Model
from keras.optimizers import SGD
from keras.regularizers import l2

random = np.random.RandomState(41)
num_classes = 4


def lr_schedule(epoch):
    lr = 2e-2
    if epoch > 2:
        lr *= 0.5e-1
    elif epoch > 0:
        lr *= 5e-1
    return lr


def resnet_layer(inputs, num_filters=4, kernel_size=3, strides=1, activation='relu',
                 batch_normalization=True, conv_first=True):
    conv = Conv2D(num_filters, kernel_size=kernel_size, strides=strides, padding='same',
                  kernel_initializer='he_normal', kernel_regularizer=l2(1e-4))
    x = inputs
    if conv_first:
        x = conv(x)
        if batch_normalization:
            x = BatchNormalization()(x)
        if activation is not None:
            x = Activation(activation)(x)
    else:
        if batch_normalization:
            x = BatchNormalization()(x)
        if activation is not None:
            x = Activation(activation)(x)
        x = conv(x)
    return x


def resnet_v1(input_shape, depth, num_classes=10):
    if (depth - 2) % 6 != 0:
        raise ValueError('depth should be 6n+2 (eg 20, 32, 44 in [a])')
    num_filters = 4
    num_res_blocks = int((depth - 2) / 6)
    inputs = Input(shape=input_shape)
    x = resnet_layer(inputs=inputs)
    for stack in range(2):
        for res_block in range(num_res_blocks):
            strides = 1
            if stack > 0 and res_block == 0:
                strides = 2  # downsample
            y = resnet_layer(inputs=x, num_filters=num_filters, strides=strides)
            y = resnet_layer(inputs=y, num_filters=num_filters, activation=None)
            if stack > 0 and res_block == 0:
                # linear projection residual shortcut connection to match changed dims
                x = resnet_layer(inputs=x, num_filters=num_filters, kernel_size=1,
                                 strides=strides, activation=None, batch_normalization=False)
            x = keras.layers.add([x, y])
            x = Activation('relu')(x)
        num_filters *= 2
    x = AveragePooling2D(pool_size=4)(x)
    y = Flatten()(x)
    outputs = Dense(num_classes, activation='softmax', kernel_initializer='he_normal')(y)
    return Model(inputs=inputs, outputs=outputs)


x_train = random.uniform(size=(24, 8, 8, 3)).astype('float32')
labels = random.randint(0, num_classes, size=(24, 1))
x_train += 0.2 * labels[:, :, np.newaxis, np.newaxis]
x_train -= np.mean(x_train, axis=0)
y_train = keras.utils.to_categorical(labels, num_classes)

model = resnet_v1(input_shape=x_train.shape[1:], depth=8, num_classes=num_classes)
model.set_weights([random.uniform(0.5, 1.0, size=w.shape) if w.ndim == 1
                   else random.uniform(-0.3, 0.3, size=w.shape) for w in model.get_weights()])
model.compile(loss='categorical_crossentropy', optimizer=SGD(lr=lr_schedule(0)),
              metrics=['accuracy'])
lr_scheduler = LearningRateScheduler(lr_schedule)
lr_reducer = ReduceLROnPlateau(factor=np.sqrt(0.1), cooldown=0, patience=5, min_lr=0.5e-6)
history = model.fit(x_train, y_train, batch_size=8, epochs=4, shuffle=False, verbose=0,
                    validation_data=(x_train[:8], y_train[:8]),
                    callbacks=[lr_reducer, lr_scheduler]).history
scores = model.evaluate(x_train, y_train, verbose=0)
print('Test loss:', scores[0])
print('Test accuracy:', scores[1])
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in history[key]] for key in sorted(history)]
              + [[float(v) for v in scores],
                 [float(v) for v in model.predict(x_train[:4]).ravel()]], file)
