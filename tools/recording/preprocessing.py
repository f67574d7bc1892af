"""Records what a real Keras's preprocessing gives, for tests/preprocessing.

Run it with the Python that has that Keras (3.6 or later); it imports nothing of kshim:

    cd compat_cases/recorded
    python ../../tools/recording/preprocessing.py keras-2.2.4/preprocessing/arrays.npz
    python ../../tools/recording/preprocessing.py tf.keras-2.15.0/preprocessing/arrays.npz

The tests draw the same inputs from this file and call kshim with the same arguments: a case is
a name, a function of a preprocessing module `P` and the arguments in it.
"""

import json
import random
import sys

import numpy as np

TEXTS = [
    "The cat sat on the mat.",
    "The dog, the dog! It ate my homework; the cat didn't.",
    "A\tnew\nline: a WORD-that occurs twice, twice.",
    "",
]
SEQUENCES = [[1, 2, 3, 4, 5], [6, 7], [], [8]]
WORDS = [0, 3, 1, 4, 1, 5, 9, 2, 6, 0, 5, 3]


def image(channels=3, first=False):
    """Return one image of 7 rows and 5 columns, values 0 to 255."""
    x = np.random.RandomState(3).uniform(0, 255, (7, 5, channels)).astype("float32")
    return x.transpose(2, 0, 1) if first else x


def images(channels=3):
    """Return six images of 7 rows and 6 columns, values 0 to 255."""
    return np.random.RandomState(5).uniform(0, 255, (6, 7, 6, channels)).astype("float32")


PADDINGS = [
    {},
    {"maxlen": 3},
    {"maxlen": 7, "padding": "post"},
    {"maxlen": 3, "truncating": "post", "value": -1},
    {"dtype": "float32", "value": 0.5},
]
SKIPGRAMS = [
    {},
    {"window_size": 1, "negative_samples": 0, "shuffle": False},
    {"negative_samples": 2.5, "categorical": True},
    {"seed": 7, "negative_samples": 0.5},
]
WINDOWS = [
    {"length": 4, "batch_size": 3},
    {"length": 5, "sampling_rate": 2, "stride": 3, "batch_size": 2, "reverse": True},
    {"length": 3, "start_index": 2, "end_index": 12, "batch_size": 4},
    {"length": 3, "shuffle": True, "batch_size": 4},
]
TOKENIZERS = [
    {},
    {"num_words": 4},
    {"num_words": 5, "oov_token": "<unk>"},
    {"lower": False, "filters": "."},
    {"char_level": True},
]
TRANSFORMS = [
    {"theta": 30},
    {"tx": 1.5, "ty": -0.5},
    {"shear": 20},
    {"zx": 0.7, "zy": 1.3},
    {"theta": -50, "tx": 1, "shear": 10, "zx": 1.2, "zy": 0.9},
    {"flip_horizontal": True},
    {"flip_vertical": True, "channel_shift_intensity": 30.0},
    {"brightness": 0.6},
]
GENERATORS = [
    {"rotation_range": 40},
    {"width_shift_range": 0.3, "height_shift_range": 0.2},
    {"width_shift_range": 3, "height_shift_range": [1, 2]},
    {"width_shift_range": 2.0, "fill_mode": "constant", "cval": 9.0},
    {"shear_range": 25, "zoom_range": 0.4, "fill_mode": "constant"},
    {"zoom_range": [0.6, 0.9], "horizontal_flip": True, "vertical_flip": True},
    {"channel_shift_range": 40.0, "rescale": 1.0 / 255},
    {"brightness_range": [0.5, 1.5]},
    {"samplewise_center": True, "samplewise_std_normalization": True},
    {"featurewise_center": True, "featurewise_std_normalization": True, "rotation_range": 10},
]
WHITENED = {"zca_whitening": True, "zca_epsilon": 1e-2}
RANDOM_FUNCTIONS = [
    ("random_rotation", {"rg": 30, "row_axis": 0, "col_axis": 1, "channel_axis": 2}),
    ("random_shift", {"wrg": 0.3, "hrg": 0.2, "row_axis": 0, "col_axis": 1, "channel_axis": 2}),
    ("random_shear", {"intensity": 20, "row_axis": 0, "col_axis": 1, "channel_axis": 2}),
    ("random_zoom", {"zoom_range": (0.6, 1.4), "row_axis": 0, "col_axis": 1, "channel_axis": 2}),
    ("random_channel_shift", {"intensity_range": 40.0, "channel_axis": 2}),
    ("random_brightness", {"brightness_range": (0.5, 1.5)}),
]


def cases(image_module, sequence_module, text_module):
    """Yield (name, array) of every case, from the three preprocessing modules of a Keras."""
    for part in (sequence_cases(sequence_module), text_cases(text_module)):
        for name, value in part:
            yield name, np.asarray(value)
    for name, value in image_cases(image_module):
        yield name, np.asarray(value)


def sequence_cases(module):
    """Yield the cases of keras.preprocessing.sequence."""
    for number, arguments in enumerate(PADDINGS):
        yield f"pad_{number}", module.pad_sequences(SEQUENCES, **arguments)
    table = module.make_sampling_table(10)
    yield "sampling_table", table
    for number, arguments in enumerate(SKIPGRAMS):
        random.seed(11)
        couples, labels = module.skipgrams(WORDS, 10, **arguments)
        yield f"skipgrams_{number}_couples", couples
        yield f"skipgrams_{number}_labels", labels
    random.seed(12)
    sampled = np.linspace(0.2, 1.0, 10)
    couples, labels = module.skipgrams(WORDS, 10, sampling_table=sampled)
    yield "skipgrams_sampled_couples", couples
    yield "skipgrams_sampled_labels", labels
    series = np.arange(40).reshape(20, 2)
    for number, arguments in enumerate(WINDOWS):
        np.random.seed(13)
        windows = module.TimeseriesGenerator(series, np.arange(20) * 10, **arguments)
        yield f"windows_{number}_count", len(windows)
        for place in range(len(windows)):
            data, targets = windows[place]
            yield f"windows_{number}_{place}_data", data
            yield f"windows_{number}_{place}_targets", targets


def text_cases(module):
    """Yield the cases of keras.preprocessing.text; lists of different lengths as JSON."""
    for number, text in enumerate(TEXTS):
        yield f"words_{number}", json.dumps(module.text_to_word_sequence(text))
        yield f"hashed_{number}", json.dumps(module.hashing_trick(text, 20, "md5"))
    for number, arguments in enumerate(TOKENIZERS):
        tokenizer = module.Tokenizer(**arguments)
        tokenizer.fit_on_texts(TEXTS[:2])
        tokenizer.fit_on_texts(TEXTS[2:])
        told = tokenizer.texts_to_sequences(TEXTS + ["an unknown cat"])
        yield f"tokenizer_{number}_index", json.dumps(tokenizer.word_index, sort_keys=True)
        yield f"tokenizer_{number}_sequences", json.dumps(told)
        yield f"tokenizer_{number}_texts", json.dumps(tokenizer.sequences_to_texts(told))
        for mode in ("binary", "count", "freq", "tfidf"):
            yield f"tokenizer_{number}_{mode}", tokenizer.texts_to_matrix(TEXTS, mode)


def image_cases(module):
    """Yield the cases of keras.preprocessing.image."""
    for number, parameters in enumerate(TRANSFORMS):
        for mode in ("nearest", "constant", "reflect", "wrap"):
            generator = module.ImageDataGenerator(fill_mode=mode, cval=7.0)
            yield f"transform_{number}_{mode}", generator.apply_transform(image(), parameters)
    generator = module.ImageDataGenerator(data_format="channels_first")
    yield "transform_first", generator.apply_transform(image(first=True), TRANSFORMS[4])
    for name, arguments in RANDOM_FUNCTIONS:
        np.random.seed(14)
        yield name, getattr(module, name)(image(), **arguments)
    np.random.seed(14)
    yield "random_rotation_first", module.random_rotation(image(first=True), 30)
    for number, arguments in enumerate(GENERATORS):
        generator = module.ImageDataGenerator(**arguments)
        generator.fit(images())
        batches = generator.flow(images(), np.arange(6), batch_size=4, seed=15)
        for place in range(3):
            x, y = next(batches)
            yield f"flow_{number}_{place}_x", x
            yield f"flow_{number}_{place}_y", y
    generator = module.ImageDataGenerator(rotation_range=20, validation_split=0.5)
    np.random.seed(16)
    flow = generator.flow(images(1), batch_size=2, subset="training", shuffle=True)
    yield "getitem_count", len(flow)
    yield "getitem_1", flow[1]
    flow.on_epoch_end()
    yield "getitem_0", flow[0]
    whitening = module.ImageDataGenerator(**WHITENED)
    whitening.fit(images(1), augment=True, rounds=2, seed=17)
    yield "whitened", whitening.standardize(images(1)[0])
    for scale in (True, False):
        yield f"picture_{scale}", np.asarray(module.array_to_img(image(), scale=scale))
    yield "picture_dark", np.asarray(module.array_to_img(image() - 90))
    yield "picture_grey", np.asarray(module.array_to_img(image(1) * 3, scale=False))
    yield "array_grey", module.img_to_array(module.array_to_img(image(1)))


def main(path):
    """Write the cases of the Keras installed here."""
    import keras

    modules = keras.preprocessing
    kept = dict(cases(modules.image, modules.sequence, modules.text))
    kept["keras_version"] = np.asarray(keras.__version__)
    np.savez_compressed(path, **kept)
    print(len(kept), "cases of Keras", keras.__version__)


if __name__ == "__main__":
    main(sys.argv[1])
