"""A siamese network: two inputs through the same layers, a distance, and the contrastive loss."""
import json

import numpy as np
from keras import backend as K
from keras.layers import Dense, Flatten, Input, Lambda
from keras.models import Model
from keras.optimizers import RMSprop

random = np.random.RandomState(19)


def euclidean_distance(vects):
    x, y = vects
    sum_square = K.sum(K.square(x - y), axis=1, keepdims=True)
    return K.sqrt(K.maximum(sum_square, K.epsilon()))


def eucl_dist_output_shape(shapes):
    shape1, shape2 = shapes
    return (shape1[0], 1)


def contrastive_loss(y_true, y_pred):
    """Pull pairs together, push the others apart as far as the margin."""
    margin = 1
    square_pred = K.square(y_pred)
    margin_square = K.square(K.maximum(margin - y_pred, 0))
    return K.mean(y_true * square_pred + (1 - y_true) * margin_square)


def accuracy(y_true, y_pred):
    return K.mean(K.equal(y_true, K.cast(y_pred < 0.5, y_true.dtype)))


def create_base_network(input_shape):
    input = Input(shape=input_shape)
    x = Flatten()(input)
    x = Dense(10, activation='relu')(x)
    x = Dense(6, activation='relu')(x)
    return Model(input, x)


def create_pairs(images, labels):
    pairs, same = [], []
    for place in range(len(images)):
        other = (place * 7 + 3) % len(images)
        pairs.append([images[place], images[other]])
        same.append(float(labels[place] == labels[other]))
    return np.array(pairs), np.array(same)


prototypes = random.uniform(size=(3, 4, 3))
labels = random.randint(0, 3, size=60)
images = prototypes[labels] + random.normal(scale=0.1, size=(60, 4, 3))
tr_pairs, tr_y = create_pairs(images[:45], labels[:45])
te_pairs, te_y = create_pairs(images[45:], labels[45:])

base_network = create_base_network((4, 3))
input_a = Input(shape=(4, 3))
input_b = Input(shape=(4, 3))
# The two branches share weights, because `base_network` is the same.
processed_a = base_network(input_a)
processed_b = base_network(input_b)
distance = Lambda(euclidean_distance, output_shape=eucl_dist_output_shape)(
    [processed_a, processed_b])
model = Model([input_a, input_b], distance)
assert len(model.get_weights()) == 4
model.set_weights([random.uniform(-0.4, 0.4, size=w.shape) for w in model.get_weights()])

model.compile(loss=contrastive_loss, optimizer=RMSprop(lr=0.005), metrics=[accuracy])
history = model.fit([tr_pairs[:, 0], tr_pairs[:, 1]], tr_y, batch_size=9, epochs=8,
                    shuffle=False, verbose=0,
                    validation_data=([te_pairs[:, 0], te_pairs[:, 1]], te_y)).history
assert set(history) == {'loss', 'accuracy', 'val_loss', 'val_accuracy'}, sorted(history)
assert history['loss'][-1] < history['loss'][0]

y_pred = model.predict([te_pairs[:, 0], te_pairs[:, 1]])
print('accuracy on test pairs: %.2f' % np.mean((y_pred.ravel() < 0.5) == te_y))
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in history[key]] for key in sorted(history)]
              + [[float(v) for v in y_pred.ravel()]], file)
