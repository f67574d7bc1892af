"""Grad-CAM: which parts of a picture speak for a class, by the gradient at the last feature map."""
import json

import numpy as np
from keras import backend as K
from keras.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from keras.models import Model

random = np.random.RandomState(17)

img_input = Input(shape=(12, 14, 3))
x = Conv2D(4, (3, 3), activation='relu', padding='same', name='block1_conv1')(img_input)
x = MaxPooling2D((2, 2), strides=(2, 2), name='block1_pool')(x)
x = Conv2D(6, (3, 3), activation='relu', name='block5_conv3')(x)
x = MaxPooling2D((2, 2))(x)
x = Flatten(name='flatten')(x)
x = Dense(5, activation='softmax', name='predictions')(x)
model = Model(img_input, x)
model.set_weights([random.uniform(-0.3, 0.35, size=w.shape) for w in model.get_weights()])

pictures = random.uniform(size=(3, 12, 14, 3))
rows = []
for picture in pictures:
    x = np.expand_dims(picture, axis=0)
    preds = model.predict(x)
    class_idx = int(np.argmax(preds[0]))
    class_output = model.output[:, class_idx]
    last_conv_layer = model.get_layer('block5_conv3')

    grads = K.gradients(class_output, last_conv_layer.output)[0]
    pooled_grads = K.mean(grads, axis=(0, 1, 2))
    iterate = K.function([model.input], [pooled_grads, last_conv_layer.output[0]])
    pooled_grads_value, conv_layer_output_value = iterate([x])
    for i in range(6):
        conv_layer_output_value[:, :, i] *= pooled_grads_value[i]

    heatmap = np.mean(conv_layer_output_value, axis=-1)
    heatmap = np.maximum(heatmap, 0)
    assert heatmap.shape == (4, 5)
    rows += [preds.ravel(), [class_idx], pooled_grads_value * 1000, heatmap.ravel() * 1000]

# Saliency: the same by the picture itself, with guided signs.
saliency = K.gradients(K.sum(K.max(model.output, axis=1)), model.input)[0]
saliency = saliency / (K.sqrt(K.mean(K.square(saliency))) + 1e-5)
rows.append(K.function([model.input], [saliency])([pictures[:1]])[0].ravel())
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in row] for row in rows], file)
