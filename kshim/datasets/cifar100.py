"""CIFAR-100: small colour pictures of 100 kinds of things, in 20 groups."""

from __future__ import annotations

from kshim.datasets.cifar import Split, folder_of, read_split
from kshim.errors import ArgumentError

SHA256 = "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"


def load_data(label_mode: str = "fine") -> tuple[Split, Split]:
    """Return ((x_train, y_train), (x_test, y_test)), values from 0 to 255.

    Shapes:
        x: (50000 and 10000, 32, 32, 3), channels first where Keras is set so; y: (images, 1)

    Args:
        label_mode: "fine" for 100 labels, "coarse" for 20.

    Source: Keras 2.2.4 and tf.keras 2.15 datasets/cifar100.py.
    """
    if label_mode not in ("fine", "coarse"):
        raise ArgumentError(
            "label_mode", "'fine' or 'coarse'", label_mode, who="cifar100.load_data"
        )
    folder = folder_of("cifar-100-python", "cifar-100-python.tar.gz", SHA256)
    labels = f"{label_mode}_labels"
    return read_split([folder / "train"], labels), read_split([folder / "test"], labels)
