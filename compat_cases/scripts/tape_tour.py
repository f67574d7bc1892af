"""What loops of one's own ask of a tape, of losses that layers add, and of an optimizer."""
import json

import numpy as np
import tensorflow as tf
from tensorflow.keras import Input, Model, layers, losses, metrics, models, optimizers

random = np.random.RandomState(2)
x_train = random.rand(40, 6).astype('float32')
y_train = np.arange(40) % 3
batches = tf.data.Dataset.from_tensor_slices((x_train, y_train)).batch(8)
curves = []


def keep(*values):
    curves.append([float(one) for value in values for one in np.ravel(np.asarray(value))])


class Frugal(layers.Layer):
    def call(self, inputs):
        self.add_loss(0.01 * tf.reduce_sum(inputs))
        return inputs


source = Input((6,))
model = Model(source, layers.Dense(3)(Frugal()(layers.Dense(7, activation='relu')(source))))
start = [random.uniform(-.5, .5, size=w.shape) for w in model.get_weights()]
model.set_weights(start)
loss_of = losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = optimizers.SGD(0.1)
accuracy = metrics.SparseCategoricalAccuracy()


@tf.function
def step(x, y):
    with tf.GradientTape() as tape:
        answer = model(x, training=True)
        loss = loss_of(y, answer) + sum(model.losses)
    weights = model.trainable_weights
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
    accuracy.update_state(y, answer)
    return loss


for epoch in range(2):
    keep([step(x, y) for x, y in batches], accuracy.result())
    accuracy.reset_state()

# Gradients of several kinds.
v, other = tf.Variable([1., 2., 3.]), tf.Variable(2.)
with tf.GradientTape(persistent=True) as tape:
    square = v * v
    fourth = square * square
    mixed = v * tf.reduce_sum(v)
    pair = [v * 2., v * 3.]
keep(tape.gradient(fourth, v), tape.gradient(square, v), tape.jacobian(mixed, v))
keep(tape.gradient(pair, {'v': v}, output_gradients=[tf.constant([1., 2., 3.]),
                                                     tf.constant([0., 1., 0.])])['v'])
assert tape.gradient(square, other) is None
keep(tape.gradient(square, other, unconnected_gradients=tf.UnconnectedGradients.ZERO))
point = tf.constant([[1., 2.], [3., 4.]])
with tf.GradientTape(persistent=True) as outer:
    outer.watch(point)
    with tf.GradientTape() as inner:
        inner.watch(point)
        cube = point ** 3
    slope = inner.gradient(cube, point)
    swapped = tf.stack([point[:, 1] ** 2, point[:, 0] * point[:, 1]], axis=1)
keep(slope, outer.gradient(slope, point), outer.batch_jacobian(swapped, point))
with tf.GradientTape(watch_accessed_variables=False) as tape:
    tape.watch(v)
    product = tf.reduce_sum(v) * other
found = tape.gradient(product, [v, other])
assert found[1] is None
keep(found[0])

# Gradients of two batches in one update, clipped.
twin = models.clone_model(model)
twin.set_weights(start)
optimizer = optimizers.Adam(0.01)
held = [tf.Variable(tf.zeros_like(w), trainable=False) for w in twin.trainable_variables]
for number, (x, y) in enumerate(batches):
    with tf.GradientTape() as tape:
        loss = loss_of(y, twin(x, training=True))
    for total, gradient in zip(held, tape.gradient(loss, twin.trainable_variables)):
        total.assign_add(gradient)
    if number % 2:
        clipped, norm = tf.clip_by_global_norm([total / 2. for total in held], 0.1)
        optimizer.apply_gradients(zip(clipped, twin.trainable_variables))
        for total in held:
            total.assign(tf.zeros_like(total))
        keep(norm)
keep(*twin.get_weights())

# minimize, of both kinds of optimizers, and what a schedule shows.
b = tf.Variable(5.)
optimizer = optimizers.legacy.SGD(0.1, momentum=0.9, decay=0.01)
for _ in range(4):
    optimizer.minimize(lambda: (b - 1.) ** 2, var_list=[b])
keep(b, optimizer.iterations)
optimizer = optimizers.Adam(optimizers.schedules.CosineDecay(0.1, 10))
rates = [float(optimizer.learning_rate)]
for _ in range(4):
    optimizer.minimize(lambda: (b - 1.) ** 2, [b])
    rates.append(float(optimizer.learning_rate))
keep(b, rates, optimizer.lr.numpy(), optimizer.iterations)

print(curves)
with open('curve.json', 'w') as file:
    json.dump(curves, file)
