"""TensorFlow 2: a training loop under a GradientTape, metrics by hand, and a train_step."""
import json

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

random = np.random.RandomState(53)
x_train = random.normal(size=(48, 6)).astype('float32')
y_train = (np.abs(x_train[:, 0]) + x_train[:, 1] > 0.5).astype('int64') + (x_train[:, 2] > 1)

inputs = keras.Input(shape=(6,), name='digits')
x = layers.Dense(10, activation='relu', kernel_regularizer=keras.regularizers.l2(0.01))(inputs)
x = layers.Dense(8, activation='tanh')(x)
outputs = layers.Dense(3, name='predictions')(x)
model = keras.Model(inputs=inputs, outputs=outputs)
start = [random.uniform(-0.5, 0.5, size=w.shape) for w in model.get_weights()]
model.set_weights(start)

optimizer = keras.optimizers.Adam(learning_rate=0.02)
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
train_acc_metric = keras.metrics.SparseCategoricalAccuracy()
val_acc_metric = keras.metrics.SparseCategoricalAccuracy()
train_dataset = tf.data.Dataset.from_tensor_slices((x_train[:36], y_train[:36])).batch(12)
val_dataset = tf.data.Dataset.from_tensor_slices((x_train[36:], y_train[36:])).batch(12)


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        logits = model(x, training=True)
        loss_value = loss_fn(y, logits)
        loss_value += sum(model.losses)
    grads = tape.gradient(loss_value, model.trainable_weights)
    optimizer.apply_gradients(zip(grads, model.trainable_weights))
    train_acc_metric.update_state(y, logits)
    return loss_value


@tf.function
def test_step(x, y):
    val_acc_metric.update_state(y, model(x, training=False))


curves = [[], [], []]
for epoch in range(4):
    for step, (x_batch_train, y_batch_train) in enumerate(train_dataset):
        curves[0].append(float(train_step(x_batch_train, y_batch_train)))
    curves[1].append(float(train_acc_metric.result()))
    train_acc_metric.reset_states()
    for x_batch_val, y_batch_val in val_dataset:
        test_step(x_batch_val, y_batch_val)
    curves[2].append(float(val_acc_metric.result()))
    val_acc_metric.reset_states()
assert curves[0][-1] < curves[0][0]

# The gradient by an input, and a second one of it.
point = tf.constant(x_train[:2])
with tf.GradientTape() as outer:
    outer.watch(point)
    with tf.GradientTape() as inner:
        inner.watch(point)
        height = tf.reduce_sum(tf.square(model(point)))
    slope = inner.gradient(height, point)
    steepness = tf.reduce_sum(slope * slope)
bend = outer.gradient(steepness, point)
curves += [slope.numpy().ravel(), bend.numpy().ravel()]


class CustomModel(keras.Model):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compiled_loss(y, y_pred, regularization_losses=self.losses)
        gradients = tape.gradient(loss, self.trainable_variables)
        gradients, norm = tf.clip_by_global_norm(gradients, 0.5)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        self.compiled_metrics.update_state(y, y_pred)
        return {m.name: m.result() for m in self.metrics}


custom = CustomModel(inputs, outputs)
custom.set_weights(start)
custom.compile(keras.optimizers.SGD(0.1), loss=loss_fn, metrics=['accuracy'])
history = custom.fit(x_train, y_train, batch_size=12, epochs=3, shuffle=False, verbose=0).history
curves += [history[key] for key in sorted(history)]
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in row] for row in curves], file)
