"""Age, income and gender of one picture: three outputs, three losses, three weights."""
import json

import numpy as np
import tensorflow as tf
from tensorflow.keras import layers

random = np.random.RandomState(23)

posts = tf.keras.Input(shape=(8,), dtype='int32', name='posts')
x = layers.Embedding(20, 6)(posts)
x = layers.Conv1D(8, 3, activation='relu')(x)
x = layers.MaxPooling1D(2)(x)
x = layers.Conv1D(8, 2, activation='relu')(x)
x = layers.GlobalMaxPooling1D()(x)
x = layers.Dense(8, activation='relu')(x)
age = layers.Dense(1, name='age')(x)
income = layers.Dense(4, activation='softmax', name='income')(x)
gender = layers.Dense(1, activation='sigmoid', name='gender')(x)
model = tf.keras.Model(posts, [age, income, gender])
model.set_weights([random.uniform(-0.4, 0.4, size=w.shape) for w in model.get_weights()])

model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=0.01),
              loss={'age': 'mse', 'income': 'categorical_crossentropy',
                    'gender': 'binary_crossentropy'},
              loss_weights={'age': 0.25, 'income': 1., 'gender': 10.},
              metrics={'age': 'mae', 'income': 'accuracy', 'gender': ['accuracy']})

words = random.randint(0, 20, size=(40, 8))
targets = {'age': words.mean(axis=1) / 4,
           'income': np.eye(4)[words[:, 0] % 4],
           'gender': (words[:, 1] > 9).astype('float32')}
history = model.fit(words[:30], {key: value[:30] for key, value in targets.items()},
                    epochs=8, batch_size=8, shuffle=False, verbose=0,
                    validation_data=(words[30:], {key: value[30:]
                                                  for key, value in targets.items()})).history
assert sorted(history) == sorted(
    prefix + key for prefix in ('', 'val_') for key in
    ('loss', 'age_loss', 'income_loss', 'gender_loss', 'age_mae', 'income_accuracy',
     'gender_accuracy')), sorted(history)
total = 0.25 * history['age_loss'][0] + history['income_loss'][0] + 10 * history['gender_loss'][0]
assert abs(total - history['loss'][0]) < 1e-4
assert history['loss'][-1] < history['loss'][0]

report = model.evaluate(words[30:], {key: value[30:] for key, value in targets.items()},
                        verbose=0, return_dict=True)
assert abs(report['loss'] - history['val_loss'][-1]) < 1e-5
found = model.predict(words[30:], verbose=0)
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in history[key]] for key in sorted(history)]
              + [[float(v) for v in found[place].ravel()] for place in range(3)], file)
