"""VGG16 fine-tuned in two phases, its first 15 layers frozen; then Grad-CAM of what it learned."""
import numpy as np
from keras import backend as K
from keras.applications.vgg16 import VGG16, preprocess_input
from keras.layers import Dense, GlobalAveragePooling2D
from keras.models import Model
from keras.optimizers import SGD
from keras.preprocessing.image import array_to_img, img_to_array, load_img
from sklearn.datasets import load_digits

random = np.random.RandomState(43)
size = 64

# Noughts and ones, as pictures of three colours.
digits = load_digits(n_class=2)
pictures = [np.kron(16. * image, np.ones((8, 8)))[..., np.newaxis] * [1, .8, .6]
            for image in digits.images[:12]]
labels = digits.target[:12]
x_train = preprocess_input(np.array(pictures))
y_train = np.eye(2)[labels]

base_model = VGG16(weights=None, include_top=False, input_shape=(size, size, 3))
base_model.set_weights([
    random.normal(0, np.sqrt(2. / np.prod(w.shape[:-1])), size=w.shape) if w.ndim > 1
    else np.zeros(w.shape) for w in base_model.get_weights()])
kernel, bias = base_model.layers[1].get_weights()
base_model.layers[1].set_weights([kernel / 64, bias])  # pixels are large
x = GlobalAveragePooling2D()(base_model.output)
x = Dense(16, activation='relu', name='fc')(x)
predictions = Dense(2, activation='softmax', name='predictions')(x)
model = Model(inputs=base_model.input, outputs=predictions)
for name in ('fc', 'predictions'):
    kernel, bias = model.get_layer(name).get_weights()
    model.get_layer(name).set_weights([random.uniform(-0.1, 0.1, size=kernel.shape), bias])

# First the head alone.
for layer in base_model.layers:
    layer.trainable = False
model.compile(loss='categorical_crossentropy', optimizer=SGD(lr=0.001, momentum=0.9))
assert len(model.trainable_weights) == 4
head = model.fit(x_train, y_train, batch_size=6, epochs=3, shuffle=False, verbose=0)

# Then the last block too, slowly.
for layer in base_model.layers[:15]:
    layer.trainable = False
for layer in base_model.layers[15:]:
    layer.trainable = True
model.compile(loss='categorical_crossentropy', optimizer=SGD(lr=1e-4, momentum=0.9))
assert len(model.trainable_weights) == 10
before = {layer.name: layer.get_weights() for layer in base_model.layers if layer.weights}
block = model.fit(x_train, y_train, batch_size=6, epochs=3, shuffle=False, verbose=0)
changed = [name for name in sorted(before) if not all(
    np.array_equal(a, b) for a, b in zip(before[name], base_model.get_layer(name).get_weights()))]
assert changed == ['block5_conv1', 'block5_conv2', 'block5_conv3'], changed
assert block.history['loss'][-1] < head.history['loss'][0]

# What of a picture speaks for its class: the features of the last convolution, by their gradients.
for i in (0, 1):
    x = x_train[i:i + 1]
    preds = model.predict(x)
    output = model.output[:, np.argmax(preds[0])]
    last_conv_layer = model.get_layer('block5_conv3')
    grads = K.gradients(output, last_conv_layer.output)[0]
    pooled_grads = K.mean(grads, axis=(0, 1, 2))
    iterate = K.function([model.input], [pooled_grads, last_conv_layer.output[0]])
    pooled_grads_value, conv_layer_output_value = iterate([x])
    for channel in range(512):
        conv_layer_output_value[:, :, channel] *= pooled_grads_value[channel]
    heatmap = np.maximum(np.mean(conv_layer_output_value, axis=-1), 0)
    assert heatmap.shape == (4, 4) and heatmap.max() > 0
    heatmap /= heatmap.max()

    # The heat laid over the picture, and kept.
    heat = np.kron(heatmap, np.ones((16, 16)))[..., np.newaxis] * [255, 0, 0]
    array_to_img(0.4 * heat + 0.6 * pictures[i], scale=False).save('cam_%d.png' % i)
    assert img_to_array(load_img('cam_%d.png' % i)).shape == (size, size, 3)
