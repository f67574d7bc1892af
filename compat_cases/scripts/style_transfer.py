"""Neural style transfer: a picture is changed by L-BFGS along K.gradients of a loss on features."""
import json

import numpy as np
from keras import backend as K
from keras.layers import Conv2D, Input, MaxPooling2D
from keras.models import Model
from scipy.optimize import fmin_l_bfgs_b

random = np.random.RandomState(13)
img_nrows, img_ncols = 8, 9
content_weight, style_weight, total_variation_weight = 0.05, 1.0, 0.1

base_image = K.variable(random.uniform(size=(1, img_nrows, img_ncols, 3)))
style_reference_image = K.variable(random.uniform(size=(1, img_nrows, img_ncols, 3)))
if K.image_data_format() == 'channels_first':
    combination_image = K.placeholder((1, 3, img_nrows, img_ncols))
else:
    combination_image = K.placeholder((1, img_nrows, img_ncols, 3))
input_tensor = K.concatenate([base_image, style_reference_image, combination_image], axis=0)

# A small stand-in for VGG, its weights drawn.
pictures = Input(tensor=input_tensor)
x = Conv2D(6, (3, 3), activation='relu', padding='same', name='block1_conv1')(pictures)
x = MaxPooling2D((2, 2), name='block1_pool')(x)
x = Conv2D(8, (3, 3), activation='relu', padding='same', name='block2_conv1')(x)
model = Model(pictures, x)
model.set_weights([random.uniform(-0.3, 0.4, size=w.shape) for w in model.get_weights()])
outputs_dict = dict([(layer.name, layer.output) for layer in model.layers])


def gram_matrix(x):
    assert K.ndim(x) == 3
    if K.image_data_format() == 'channels_first':
        features = K.batch_flatten(x)
    else:
        features = K.batch_flatten(K.permute_dimensions(x, (2, 0, 1)))
    return K.dot(features, K.transpose(features))


def style_loss(style, combination):
    S = gram_matrix(style)
    C = gram_matrix(combination)
    channels = 3
    size = img_nrows * img_ncols
    return K.sum(K.square(S - C)) / (4.0 * (channels ** 2) * (size ** 2))


def content_loss(base, combination):
    return K.sum(K.square(combination - base))


def total_variation_loss(x):
    assert K.ndim(x) == 4
    a = K.square(x[:, :img_nrows - 1, :img_ncols - 1, :] - x[:, 1:, :img_ncols - 1, :])
    b = K.square(x[:, :img_nrows - 1, :img_ncols - 1, :] - x[:, :img_nrows - 1, 1:, :])
    return K.sum(K.pow(a + b, 1.25))


loss = K.variable(0.0)
layer_features = outputs_dict['block2_conv1']
loss = loss + content_weight * content_loss(layer_features[0, :, :, :], layer_features[2, :, :, :])
for layer_name in ['block1_conv1', 'block2_conv1']:
    layer_features = outputs_dict[layer_name]
    sl = style_loss(layer_features[1, :, :, :], layer_features[2, :, :, :])
    loss = loss + (style_weight / 2) * sl
loss = loss + total_variation_weight * total_variation_loss(combination_image)

grads = K.gradients(loss, combination_image)
outputs = [loss]
if isinstance(grads, (list, tuple)):
    outputs += grads
else:
    outputs.append(grads)
f_outputs = K.function([combination_image], outputs)


def eval_loss_and_grads(x):
    outs = f_outputs([x.reshape((1, img_nrows, img_ncols, 3))])
    return outs[0], np.array(outs[1:]).flatten().astype('float64')


class Evaluator(object):
    """Give scipy the loss and the gradients apart, computed together."""

    def __init__(self):
        self.loss_value = None
        self.grads_values = None

    def loss(self, x):
        assert self.loss_value is None
        self.loss_value, self.grad_values = eval_loss_and_grads(x)
        return self.loss_value

    def grads(self, x):
        assert self.loss_value is not None
        grad_values = np.copy(self.grad_values)
        self.loss_value = None
        self.grad_values = None
        return grad_values


x = random.uniform(size=(1, img_nrows, img_ncols, 3))
first, gradient = eval_loss_and_grads(x)
curve = [[float(first)], [float(v) for v in gradient]]
# Plain descent, whose path is the same wherever it is computed.
for step in range(4):
    value, gradient = eval_loss_and_grads(x)
    curve[0].append(float(value))
    x = x - 0.02 * gradient.reshape(x.shape)
curve.append([float(v) for v in x.ravel()])

evaluator = Evaluator()
x, min_val, info = fmin_l_bfgs_b(evaluator.loss, x.flatten(), fprime=evaluator.grads, maxfun=5)
print('Current loss value:', min_val)
assert min_val < curve[0][-1] < curve[0][0]
with open('curve.json', 'w') as file:
    json.dump(curve, file)
