import importlib
import weakref
from typing import Any

import numpy as np

from kshim import backend as K
from kshim.compat import finder
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


def test_names_of_scopes_and_orders_of_steps_change_nothing() -> None:
    K.manual_variable_initialization(True)
    with K.name_scope("block") as name:
        assert name == "block"
    finder.install()
    try:
        served = importlib.import_module("keras.backend")
        with served.control_dependencies([]):
            assert served.eager(np.abs) is np.abs
            assert served.symbolic(np.abs) is np.abs
    finally:
        finder.uninstall()


def test_numbers_of_names_start_again() -> None:
    K.clear_session()
    assert [K.get_uid("dense"), K.get_uid("dense"), K.get_uid("other")] == [1, 2, 1]
    K.reset_uids()
    assert K.get_uid("dense") == 1


def test_a_session_that_is_set_is_the_one_that_is_got() -> None:
    kept = K.get_session()
    try:
        K.set_session("another")
        assert K.get_session() == "another"
    finally:
        K.set_session(kept)


def test_the_phase_of_a_block_ends_with_it() -> None:
    x = np.ones((2, 3), "float32")
    with K.learning_phase_scope(1):
        assert K.learning_phase() == 1
        assert K.eval(K.in_train_phase(x, 2 * x)).sum() == 6
    assert K.eval(K.in_train_phase(x, 2 * x)).sum() == 12
