"""Fine-tuning in two phases: pictures in folders, a frozen MobileNet, a head; then its last layers."""
import os

import numpy as np
from keras.applications.mobilenet import MobileNet, preprocess_input
from keras.layers import Dense, Dropout, GlobalAveragePooling2D
from keras.models import Model, load_model
from keras.optimizers import Adam
from keras.preprocessing.image import ImageDataGenerator, array_to_img
from sklearn.datasets import load_sample_image

np.random.seed(28)
img_width, img_height, batch_size = 48, 48, 16

# Two folders of pictures, cut out of the two that scikit-learn brings along.
for kind in ('china', 'flower'):
    picture = load_sample_image(kind + '.jpg')
    for part, count in (('train', 48), ('validation', 16)):
        folder = os.path.join('pictures', part, kind)
        os.makedirs(folder)
        for i in range(count):
            top = np.random.randint(0, picture.shape[0] - 96)
            left = np.random.randint(0, picture.shape[1] - 96)
            crop = picture[top:top + 96:2, left:left + 96:2]
            array_to_img(crop).save(os.path.join(folder, '%s_%02d.png' % (kind, i)))

train_datagen = ImageDataGenerator(preprocessing_function=preprocess_input, horizontal_flip=True)
test_datagen = ImageDataGenerator(preprocessing_function=preprocess_input)
train_generator = train_datagen.flow_from_directory(
    'pictures/train', target_size=(img_height, img_width), batch_size=batch_size,
    class_mode='categorical', seed=5)
validation_generator = test_datagen.flow_from_directory(
    'pictures/validation', target_size=(img_height, img_width), batch_size=batch_size,
    class_mode='categorical', shuffle=False)
assert train_generator.class_indices == {'china': 0, 'flower': 1}

base_model = MobileNet(input_shape=(img_height, img_width, 3), alpha=0.25, include_top=False,
                       weights=None)
x = GlobalAveragePooling2D()(base_model.output)
x = Dense(32, activation='relu')(x)
x = Dropout(0.2)(x)
predictions = Dense(2, activation='softmax')(x)
model = Model(inputs=base_model.input, outputs=predictions)

# First the head alone.
for layer in base_model.layers:
    layer.trainable = False
model.compile(optimizer='rmsprop', loss='categorical_crossentropy', metrics=['accuracy'])
assert len(model.trainable_weights) == 4
before = {layer.name: layer.get_weights() for layer in base_model.layers}
history = model.fit_generator(train_generator, steps_per_epoch=96 // batch_size, epochs=6,
                              validation_data=validation_generator,
                              validation_steps=32 // batch_size, verbose=2)
for layer in base_model.layers:
    assert all(np.array_equal(a, b) for a, b in zip(before[layer.name], layer.get_weights()))

# Then the layers from the fifth pair of convolutions on.
names = [layer.name for layer in model.layers]
start = names.index('conv_dw_5')
for layer in model.layers[:start]:
    layer.trainable = False
for layer in model.layers[start:]:
    layer.trainable = True
model.compile(optimizer=Adam(lr=0.002), loss='categorical_crossentropy', metrics=['accuracy'])
history = model.fit_generator(train_generator, steps_per_epoch=96 // batch_size, epochs=8,
                              validation_data=validation_generator,
                              validation_steps=32 // batch_size, verbose=2)
assert history.history['loss'][-1] < history.history['loss'][0]
assert history.history['acc'][-1] > 0.65
kernels = {name: base_model.get_layer(name).get_weights()[0] for name in before
           if name.startswith('conv_pw') and not name.endswith(('bn', 'relu'))}
changed = [name for name in kernels if not np.array_equal(kernels[name], before[name][0])]
assert sorted(changed) == sorted('conv_pw_%d' % i for i in range(5, 14))

# What was learned is kept, and read again.
loss, accuracy = model.evaluate_generator(validation_generator, steps=2)
model.save('fine_tuned.h5')
validation_generator.reset()
again = load_model('fine_tuned.h5').evaluate_generator(validation_generator, steps=2)
assert np.allclose([loss, accuracy], again, rtol=1e-5), (loss, accuracy, again)
