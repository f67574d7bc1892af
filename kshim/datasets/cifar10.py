"""CIFAR-10: small colour pictures of 10 kinds of things."""

from __future__ import annotations

from kshim.core.eras import by_era
from kshim.datasets.cifar import Split, folder_of, read_split

SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"

# The labels of the test images had another type than the rest.
_TEST_LABELS = by_era({"1.2": "int64", "2.15": "uint8"})


def load_data() -> tuple[Split, Split]:
    """Return ((x_train, y_train), (x_test, y_test)), values from 0 to 255.

    Shapes:
        x: (50000 and 10000, 32, 32, 3), channels first where Keras is set so; y: (images, 1)

    Source: Keras 2.2.4 and tf.keras 2.15 datasets/cifar10.py.
    """
    folder = folder_of("cifar-10-batches-py", "cifar-10-python.tar.gz", SHA256)
    train = [folder / f"data_batch_{number}" for number in range(1, 6)]
    test = read_split([folder / "test_batch"], "labels", _TEST_LABELS.value())
    return read_split(train, "labels", "uint8"), test
