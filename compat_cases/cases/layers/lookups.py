"""Cases of the layers that turn words and numbers into indices: hashes, vocabularies, text.

Keras 3 runs them with TensorFlow alone, so they are asked of Keras 3 on TensorFlow.
"""

ERAS = ("2.15", "3-tensorflow")

WORDS = [["cat", "dog"], ["bird", ""], ["cat", "cow"]]
ONE_WORD = [["cat"], ["bird"], ["cow"]]
NUMBERS = [[12, 1138], [42, 0], [12, -7]]
LINES = [["The cat sat, on the mat!"], ["a DOG & a cat"], ["nothing known here"]]
VOCABULARY = ["dog", "cat", "mouse"]


def row(name, class_name, data, arguments, **more):
    """Return a case on words or whole numbers that stand in it."""
    kind = "string" if isinstance(data[0][0], str) else "int64"
    return dict(
        {
            "name": name,
            "class_name": class_name,
            "inputs": [[len(data), len(data[0])]],
            "arguments": arguments,
            "data": [data],
            "input_dtypes": [kind],
        },
        **more,
    )


def crossing(name, first, second, arguments):
    """Return a case of HashedCrossing on two columns."""
    case = row("hashed_crossing_" + name, "HashedCrossing", first, arguments)
    kinds = ["string" if isinstance(data[0][0], str) else "int64" for data in (first, second)]
    shapes = [[len(data), 1] for data in (first, second)]
    return dict(case, inputs=shapes, data=[first, second], input_dtypes=kinds)


def strings(name, arguments, data=WORDS, **more):
    """Return a case of StringLookup."""
    return row("string_lookup_" + name, "StringLookup", data, arguments, **more)


def integers(name, arguments, data=NUMBERS, **more):
    """Return a case of IntegerLookup."""
    return row("integer_lookup_" + name, "IntegerLookup", data, arguments, **more)


def text(name, arguments, data=LINES, **more):
    """Return a case of TextVectorization."""
    return row("text_vectorization_" + name, "TextVectorization", data, arguments, **more)


LEARNED = {"adapt_data": ["cat", "dog", "cat", "bird", "dog", "cat", "emu"]}
COUNTED = {"adapt_data": [12, 42, 12, 5, 42, 12, 7]}
READ = {"adapt_data": ["the cat sat on the mat", "a dog on a mat", "the dog, the cat."]}

CASES = (
    [
        row("hashing_words", "Hashing", WORDS, {"num_bins": 5}),
        row("hashing_numbers", "Hashing", NUMBERS, {"num_bins": 5}),
        row("hashing_salt", "Hashing", WORDS, {"num_bins": 7, "salt": 133}),
        row("hashing_two_salts", "Hashing", WORDS, {"num_bins": 7, "salt": [133, 137]}),
        row("hashing_salted_numbers", "Hashing", NUMBERS, {"num_bins": 7, "salt": [133, 137]}),
        row("hashing_mask", "Hashing", WORDS, {"num_bins": 4, "mask_value": ""}),
        row("hashing_mask_number", "Hashing", NUMBERS, {"num_bins": 4, "mask_value": 0}),
        row("hashing_one_hot", "Hashing", ONE_WORD, {"num_bins": 4, "output_mode": "one_hot"}),
        row("hashing_multi_hot", "Hashing", WORDS, {"num_bins": 4, "output_mode": "multi_hot"}),
        row("hashing_count", "Hashing", WORDS, {"num_bins": 4, "output_mode": "count"}),
        row(
            "hashing_long_words",
            "Hashing",
            [["a word of seventeen"], ["thirty-three letters in one string, and more than that"]]
            + [["x" * 70], ["naïve café"]],
            {"num_bins": 1000003},
        ),
        crossing("words", ONE_WORD, [["a"], ["b"], ["c"]], {"num_bins": 5}),
        crossing("numbers", [[1], [2], [3]], [[4], [5], [6]], {"num_bins": 9}),
        crossing("mixed", ONE_WORD, [[4], [5], [6]], {"num_bins": 11}),
        crossing("one_hot", ONE_WORD, [[4], [5], [6]], {"num_bins": 5, "output_mode": "one_hot"}),
    ]
    + [
        strings("plain", {"vocabulary": VOCABULARY}),
        strings("mask", {"vocabulary": VOCABULARY, "mask_token": ""}),
        strings("two_unknown", {"vocabulary": VOCABULARY, "num_oov_indices": 2}),
        strings(
            "no_unknown",
            {"vocabulary": VOCABULARY, "num_oov_indices": 0},
            data=[["dog"], ["mouse"]],
        ),
        strings("one_hot", {"vocabulary": VOCABULARY, "output_mode": "one_hot"}, data=ONE_WORD),
        strings("multi_hot", {"vocabulary": VOCABULARY, "output_mode": "multi_hot"}),
        strings("count", {"vocabulary": VOCABULARY, "output_mode": "count"}),
        strings(
            "tf_idf",
            {
                "vocabulary": VOCABULARY,
                "idf_weights": [0.5, 0.75, 0.25],
                "output_mode": "tf_idf",
            },
        ),
        strings(
            "padded",
            {
                "vocabulary": VOCABULARY,
                "output_mode": "count",
                "pad_to_max_tokens": True,
                "max_tokens": 8,
            },
        ),
        strings(
            "invert", {"vocabulary": VOCABULARY, "invert": True}, data=[[1, 2], [3, 0], [2, 2]]
        ),
        strings("learned", {}, **LEARNED),
        strings("learned_some", {"max_tokens": 3}, **LEARNED),
        strings("learned_tf_idf", {"output_mode": "tf_idf"}, **LEARNED),
        strings("other_unknown", {"vocabulary": VOCABULARY, "oov_token": "<?>"}),
    ]
    + [
        integers("plain", {"vocabulary": [12, 1138, 42]}),
        integers("mask", {"vocabulary": [12, 1138, 42], "mask_token": 0}),
        integers("two_unknown", {"vocabulary": [12, 1138, 42], "num_oov_indices": 2}),
        integers(
            "one_hot",
            {"vocabulary": [12, 1138, 42], "output_mode": "one_hot"},
            data=[[12], [42], [5]],
        ),
        integers("multi_hot", {"vocabulary": [12, 1138, 42], "output_mode": "multi_hot"}),
        integers("count", {"vocabulary": [12, 1138, 42], "output_mode": "count"}),
        integers(
            "invert", {"vocabulary": [12, 1138, 42], "invert": True}, data=[[1, 2], [3, 0], [2, 2]]
        ),
        integers("learned", {}, **COUNTED),
        integers("learned_some", {"max_tokens": 3}, **COUNTED),
    ]
    + [
        text("plain", {"vocabulary": ["cat", "the", "dog"]}),
        text("length", {"vocabulary": ["cat", "the", "dog"], "output_sequence_length": 4}),
        text("long", {"vocabulary": ["cat", "the", "dog"], "output_sequence_length": 9}),
        text("multi_hot", {"vocabulary": ["cat", "the", "dog"], "output_mode": "multi_hot"}),
        text("count", {"vocabulary": ["cat", "the", "dog"], "output_mode": "count"}),
        text(
            "tf_idf",
            {
                "vocabulary": ["cat", "the", "dog"],
                "idf_weights": [0.5, 0.75, 0.25],
                "output_mode": "tf_idf",
            },
        ),
        text("as_it_stands", {"vocabulary": ["cat", "The", "DOG"], "standardize": None}),
        text("lower", {"vocabulary": ["cat", "sat,", "dog"], "standardize": "lower"}),
        text(
            "strip",
            {"vocabulary": ["cat", "sat", "DOG"], "standardize": "strip_punctuation"},
        ),
        text("characters", {"vocabulary": ["a", "t", " "], "split": "character"}),
        text("whole", {"vocabulary": ["a dog a cat", "dog"], "split": None}),
        text("pairs", {"vocabulary": ["the cat", "cat", "on the"], "ngrams": 2}),
        text("only_pairs", {"vocabulary": ["the cat", "cat", "on the"], "ngrams": [2]}),
        text("learned", {}, **READ),
        text("learned_some", {"max_tokens": 5}, **READ),
        text("learned_pairs", {"ngrams": 2, "max_tokens": 9}, **READ),
        text("learned_tf_idf", {"output_mode": "tf_idf"}, **READ),
        text("learned_count", {"output_mode": "count", "max_tokens": 6}, **READ),
        text(
            "padded",
            {"max_tokens": 12, "output_mode": "multi_hot", "pad_to_max_tokens": True},
            **READ,
        ),
    ]
)
