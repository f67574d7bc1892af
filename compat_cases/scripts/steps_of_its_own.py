"""Three models that train in steps of their own: against a critic, as a code, after a teacher."""
import json

import numpy as np
import tensorflow as tf
from tensorflow.keras import Input, Model, Sequential, layers, losses, metrics, optimizers

random = np.random.RandomState(0)
pictures = random.rand(48, 8, 8, 1).astype('float32')
labels = np.arange(48) % 5
noise = tf.constant(random.rand(3, 16, 4).astype('float32'))
curves = []


def spread(model, seed):
    """Weights that both sides can make."""
    draws = np.random.RandomState(seed)
    model.set_weights([draws.uniform(-.5, .5, size=w.shape) for w in model.get_weights()])
    return model


def told(history):
    for name in sorted(history.history):
        curves.append([float(value) for value in history.history[name]])


class AgainstCritic(Model):
    """A maker of pictures and its critic, whose slope is held near one."""

    def __init__(self):
        super().__init__()
        self.critic = spread(Sequential([
            Input((8, 8, 1)),
            layers.Conv2D(4, 3, strides=2, padding='same'),
            layers.LeakyReLU(0.2),
            layers.Flatten(),
            layers.Dense(1),
        ]), 1)
        self.maker = spread(Sequential([
            Input((4,)),
            layers.Dense(32, use_bias=False),
            layers.BatchNormalization(),
            layers.LeakyReLU(0.2),
            layers.Reshape((4, 4, 2)),
            layers.UpSampling2D(),
            layers.Conv2D(1, 3, padding='same', activation='sigmoid'),
        ]), 2)

    def compile(self, critic_optimizer, maker_optimizer):
        super().compile()
        self.critic_optimizer = critic_optimizer
        self.maker_optimizer = maker_optimizer

    def slope_penalty(self, real, made):
        between = 0.7 * real + 0.3 * made
        with tf.GradientTape() as tape:
            tape.watch(between)
            judged = self.critic(between, training=True)
        slope = tape.gradient(judged, between)
        steepness = tf.sqrt(tf.reduce_sum(slope ** 2, axis=[1, 2, 3]))
        return tf.reduce_mean((steepness - 1.) ** 2)

    def train_step(self, real):
        for start in (noise[0], noise[1]):
            with tf.GradientTape() as tape:
                made = self.maker(start, training=True)
                gap = tf.reduce_mean(self.critic(made)) - tf.reduce_mean(self.critic(real))
                critic_loss = gap + 10. * self.slope_penalty(real, made)
            weights = self.critic.trainable_variables
            self.critic_optimizer.apply_gradients(zip(tape.gradient(critic_loss, weights), weights))
        with tf.GradientTape() as tape:
            maker_loss = -tf.reduce_mean(self.critic(self.maker(noise[2], training=True)))
        weights = self.maker.trainable_variables
        self.maker_optimizer.apply_gradients(zip(tape.gradient(maker_loss, weights), weights))
        return {'critic': critic_loss, 'maker': maker_loss}


fight = AgainstCritic()
fight.compile(optimizers.Adam(2e-3, beta_1=0.5, beta_2=0.9),
              optimizers.Adam(2e-3, beta_1=0.5, beta_2=0.9))
told(fight.fit(tf.data.Dataset.from_tensor_slices(pictures).batch(16), epochs=3, verbose=0))


class Shifted(layers.Layer):
    def call(self, inputs):
        centre, width = inputs
        count, size = tf.shape(centre)[0], tf.shape(centre)[1]
        return centre + tf.exp(width / 2.) * 0.3 * tf.ones(shape=(count, size))


seen = Input((8, 8, 1))
hidden = layers.Flatten()(layers.Conv2D(4, 3, strides=2, padding='same', activation='relu')(seen))
centre, width = layers.Dense(2)(hidden), layers.Dense(2)(hidden)
coder = spread(Model(seen, [centre, width, Shifted()([centre, width])]), 3)
code = Input((2,))
hidden = layers.Reshape((4, 4, 4))(layers.Dense(64, activation='relu')(code))
hidden = layers.Conv2DTranspose(4, 3, strides=2, padding='same', activation='relu')(hidden)
painter = spread(Model(code, layers.Conv2DTranspose(1, 3, padding='same',
                                                    activation='sigmoid')(hidden)), 4)


class Coded(Model):
    """A code of two numbers, and the means of its losses that the model keeps itself."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.coder, self.painter = coder, painter
        self.means = {name: metrics.Mean(name=name) for name in ('whole', 'picture', 'code')}

    @property
    def metrics(self):
        return list(self.means.values())

    def train_step(self, data):
        with tf.GradientTape() as tape:
            centre, width, drawn = self.coder(data)
            painted = self.painter(drawn)
            picture = tf.reduce_mean(
                tf.reduce_sum(losses.binary_crossentropy(data, painted), axis=(1, 2)))
            code = tf.reduce_mean(
                tf.reduce_sum(centre ** 2 + tf.exp(width) - width - 1., axis=1)) / 2.
            whole = picture + code
        weights = self.trainable_weights
        self.optimizer.apply_gradients(zip(tape.gradient(whole, weights), weights))
        for name, value in (('whole', whole), ('picture', picture), ('code', code)):
            self.means[name].update_state(value)
        return {name: mean.result() for name, mean in self.means.items()}


coded = Coded()
assert len(coded.get_weights()) >= 12
coded.compile(optimizer=optimizers.Adam())
told(coded.fit(pictures, epochs=3, batch_size=16, shuffle=False, verbose=0))


class AfterTeacher(Model):
    """A small net that learns what a larger one says, beside the labels."""

    def __init__(self, pupil, teacher):
        super().__init__()
        self.pupil, self.teacher = pupil, teacher

    def compile(self, optimizer, metrics, heat):
        super().compile(optimizer=optimizer, metrics=metrics)
        self.of_labels = losses.SparseCategoricalCrossentropy(from_logits=True)
        self.of_teacher, self.heat = losses.KLDivergence(), heat

    def train_step(self, data):
        x, y = data
        says = tf.nn.softmax(self.teacher(x, training=False) / self.heat, axis=1)
        with tf.GradientTape() as tape:
            answer = self.pupil(x, training=True)
            by_labels = self.of_labels(y, answer)
            by_teacher = self.of_teacher(says, tf.nn.softmax(answer / self.heat, axis=1))
            loss = 0.1 * by_labels + 0.9 * self.heat ** 2 * by_teacher
        weights = self.pupil.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        self.compiled_metrics.update_state(y, answer)
        results = {metric.name: metric.result() for metric in self.metrics}
        results.update({'by_labels': by_labels, 'by_teacher': by_teacher})
        return results

    def test_step(self, data):
        x, y = data
        answer = self.pupil(x, training=False)
        self.compiled_metrics.update_state(y, answer)
        results = {metric.name: metric.result() for metric in self.metrics}
        results['by_labels'] = self.of_labels(y, answer)
        return results


def net(width, seed):
    return spread(Sequential([
        Input((8, 8, 1)),
        layers.Conv2D(width, (3, 3), strides=(2, 2), padding='same'),
        layers.LeakyReLU(0.2),
        layers.MaxPooling2D((2, 2), strides=(1, 1), padding='same'),
        layers.Flatten(),
        layers.Dense(5),
    ]), seed)


taught = AfterTeacher(net(2, 5), net(6, 6))
taught.compile(optimizers.Adam(), [metrics.SparseCategoricalAccuracy()], heat=10.)
told(taught.fit(pictures, labels, epochs=2, batch_size=16, shuffle=False, verbose=0))
curves.append([float(value) for value in taught.evaluate(pictures, labels, verbose=0)])

print(curves)
with open('curve.json', 'w') as file:
    json.dump(curves, file)
