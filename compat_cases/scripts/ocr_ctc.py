"""Reading lines of letters: convolution, two GRUs, and CTC as a Lambda whose loss is its output."""
import json

import numpy as np
from keras import backend as K
from keras.layers import GRU, Activation, Conv2D, Dense, Input, Lambda, MaxPooling2D, Reshape
from keras.layers.merge import add, concatenate
from keras.models import Model
from keras.optimizers import SGD

random = np.random.RandomState(31)
img_w, img_h, absolute_max_string_len, num_classes = 16, 8, 3, 6


def ctc_lambda_func(args):
    y_pred, labels, input_length, label_length = args
    # the 2 is critical here since the first couple outputs of the RNN tend to be garbage:
    y_pred = y_pred[:, 2:, :]
    return K.ctc_batch_cost(labels, y_pred, input_length, label_length)


input_data = Input(name='the_input', shape=(img_w, img_h, 1), dtype='float32')
inner = Conv2D(4, (3, 3), padding='same', activation='relu', name='conv1')(input_data)
inner = MaxPooling2D(pool_size=(2, 2), name='max1')(inner)
inner = Reshape(target_shape=(img_w // 2, img_h // 2 * 4), name='reshape')(inner)
inner = Dense(6, activation='relu', name='dense1')(inner)
gru_1 = GRU(5, return_sequences=True, name='gru1')(inner)
gru_1b = GRU(5, return_sequences=True, go_backwards=True, name='gru1_b')(inner)
gru1_merged = add([gru_1, gru_1b])
gru_2 = GRU(5, return_sequences=True, name='gru2')(gru1_merged)
gru_2b = GRU(5, return_sequences=True, go_backwards=True, name='gru2_b')(gru1_merged)
inner = Dense(num_classes, name='dense2')(concatenate([gru_2, gru_2b]))
y_pred = Activation('softmax', name='softmax')(inner)

labels = Input(name='the_labels', shape=[absolute_max_string_len], dtype='float32')
input_length = Input(name='input_length', shape=[1], dtype='int64')
label_length = Input(name='label_length', shape=[1], dtype='int64')
# Keras doesn't currently support loss funcs with extra parameters
# so CTC loss is implemented in a lambda layer
loss_out = Lambda(ctc_lambda_func, output_shape=(1,), name='ctc')(
    [y_pred, labels, input_length, label_length])
model = Model(inputs=[input_data, labels, input_length, label_length], outputs=loss_out)
model.set_weights([random.uniform(-0.3, 0.3, size=w.shape) for w in model.get_weights()])
sgd = SGD(lr=0.02, decay=0, momentum=0.9, nesterov=True, clipnorm=5)
# the loss calc occurs elsewhere, so use a dummy lambda func for the loss
model.compile(loss={'ctc': lambda y_true, y_pred: y_pred}, optimizer=sgd)

size = 12
inputs = {'the_input': random.uniform(size=(size, img_w, img_h, 1)),
          'the_labels': random.randint(0, num_classes - 1, size=(size, absolute_max_string_len)),
          'input_length': np.full((size, 1), img_w // 2 - 2),
          'label_length': random.randint(1, absolute_max_string_len + 1, size=(size, 1))}
outputs = {'ctc': np.zeros([size])}
history = model.fit(inputs, outputs, batch_size=4, epochs=4, shuffle=False, verbose=0).history
assert history['loss'][-1] < history['loss'][0]

# Another function of the same graph tests what the net reads.
test_func = K.function([input_data], [y_pred])
out = test_func([inputs['the_input'][:3]])[0]
decoded, scores = K.ctc_decode(K.variable(out[:, 2:]), np.full((3,), img_w // 2 - 2))
read = K.get_value(decoded[0])
print(read)
with open('curve.json', 'w') as file:
    json.dump([[float(v) for v in row] for row in
               (history['loss'], out.ravel(), read.ravel(), K.get_value(scores).ravel())], file)
