"""U-Net for masks, with the dice coefficient as metric and as loss, saved and loaded with them."""
import json

import numpy as np
from keras import backend as K
from keras.callbacks import ModelCheckpoint
from keras.layers import Conv2D, Conv2DTranspose, Dropout, Input, MaxPooling2D, concatenate
from keras.models import Model, load_model
from keras.optimizers import SGD

K.set_image_data_format('channels_last')
random = np.random.RandomState(37)
img_rows, img_cols, smooth = 16, 12, 1.


def dice_coef(y_true, y_pred):
    y_true_f = K.flatten(y_true)
    y_pred_f = K.flatten(y_pred)
    intersection = K.sum(y_true_f * y_pred_f)
    return (2. * intersection + smooth) / (K.sum(y_true_f) + K.sum(y_pred_f) + smooth)


def dice_coef_loss(y_true, y_pred):
    return -dice_coef(y_true, y_pred)


def get_unet():
    inputs = Input((img_rows, img_cols, 1))
    conv1 = Conv2D(4, (3, 3), activation='relu', padding='same')(inputs)
    conv1 = Conv2D(4, (3, 3), activation='relu', padding='same')(conv1)
    pool1 = MaxPooling2D(pool_size=(2, 2))(conv1)

    conv2 = Conv2D(6, (3, 3), activation='relu', padding='same')(pool1)
    conv2 = Dropout(0.0)(conv2)
    pool2 = MaxPooling2D(pool_size=(2, 2))(conv2)

    conv3 = Conv2D(8, (3, 3), activation='relu', padding='same')(pool2)

    up4 = concatenate([Conv2DTranspose(6, (2, 2), strides=(2, 2), padding='same')(conv3), conv2],
                      axis=3)
    conv4 = Conv2D(6, (3, 3), activation='relu', padding='same')(up4)

    up5 = concatenate([Conv2DTranspose(4, (2, 2), strides=(2, 2), padding='same')(conv4), conv1],
                      axis=3)
    conv5 = Conv2D(4, (3, 3), activation='relu', padding='same')(up5)
    conv6 = Conv2D(1, (1, 1), activation='sigmoid')(conv5)

    model = Model(inputs=[inputs], outputs=[conv6])
    model.compile(optimizer=SGD(lr=0.05, momentum=0.9), loss=dice_coef_loss, metrics=[dice_coef])
    return model


imgs_train = random.uniform(size=(10, img_rows, img_cols, 1))
imgs_mask_train = (imgs_train > 0.55).astype('float32')
mean, std = np.mean(imgs_train), np.std(imgs_train)
imgs_train = (imgs_train - mean) / std

model = get_unet()
model.set_weights([random.uniform(-0.25, 0.3, size=w.shape) for w in model.get_weights()])
model_checkpoint = ModelCheckpoint('weights.h5', monitor='val_loss', save_best_only=True)
history = model.fit(imgs_train, imgs_mask_train, batch_size=2, epochs=3, verbose=0, shuffle=False,
                    validation_split=0.2, callbacks=[model_checkpoint]).history
assert history['dice_coef'][-1] > history['dice_coef'][0]

again = load_model('weights.h5', custom_objects={'dice_coef': dice_coef,
                                                 'dice_coef_loss': dice_coef_loss})
best = again.evaluate(imgs_train[8:], imgs_mask_train[8:], verbose=0)
assert abs(best[0] - min(history['val_loss'])) < 1e-5
masks = model.predict(imgs_train[:1], verbose=0)
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in history[key]] for key in sorted(history)]
              + [[float(v) for v in best], [float(v) for v in masks.ravel()]], file)
