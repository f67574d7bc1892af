import numpy as np

from kshim.backend import keras1 as backend
from kshim.utils import keras1


def test_chances_become_classes() -> None:
    assert keras1.probas_to_classes([[0.1, 0.9], [0.8, 0.2]]).tolist() == [1, 0]
    assert keras1.probas_to_classes([[0.1], [0.8]]).tolist() == [0, 1]
    assert keras1.make_tuple(1, 2) == (1, 2)


def test_losses_of_chances() -> None:
    assert keras1.accuracy([1, 0, 1], [1, 1, 1]) == 2 / 3
    np.testing.assert_allclose(
        keras1.binary_logloss([0.9, 0.2], [1, 0]), -np.log([0.9, 0.8]).mean()
    )
    found = keras1.multiclass_logloss([[0.5, 0.5], [0.1, 0.9]], [0, 1])
    np.testing.assert_allclose(found, -np.log([0.5, 0.9]).mean())


def test_backend_functions_of_keras_1() -> None:
    x = np.ones((1, 2, 2, 1), "float32")
    padded = backend.asymmetric_spatial_2d_padding(x, 1, 0, 2, 0)
    assert tuple(padded.shape) == (1, 3, 4, 1) and float(padded.sum()) == 4
    assert tuple(backend.asymmetric_temporal_padding(x[..., 0], 1, 2).shape) == (1, 5, 2)
    kernel = np.ones((2, 2, 1, 1), "float32")
    wide = np.ones((1, 3, 3, 1), "float32")
    assert backend.atrous_conv2d(wide, kernel, 2).reshape(-1).tolist() == [4]
    back = backend.deconv2d(x, kernel, (1, 3, 3, 1))
    assert back.reshape(-1).tolist() == [1, 2, 1, 2, 4, 2, 1, 2, 1]
    assert backend.lesser([1.0], [2.0]).tolist() == [True]
