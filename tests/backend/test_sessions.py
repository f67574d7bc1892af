import weakref
from typing import Any

import numpy as np

from kshim import backend as K
from kshim.layers import Dense
from kshim.models import Sequential


def test_after_clear_session_nothing_holds_the_models_made_before() -> None:
    x = np.zeros((4, 3), "float32")
    held: list[weakref.ref[Any]] = []
    for _ in range(5):
        K.clear_session()
        model = Sequential([Dense(2, input_dim=3), Dense(1)])
        model.compile("adam", "mse")
        model.train_on_batch(x, x[:, :1])
        model.predict(x)
        held.append(weakref.ref(model))
        del model
    K.clear_session()
    assert [one() for one in held] == [None] * 5
    assert Sequential([Dense(1, input_dim=3)]).layers[0].name == "dense"
