from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import kshim
from kshim.errors import ArgumentError, StateError
from kshim.layers import Dense
from kshim.models import Sequential
from kshim.wrappers.scikit_learn import KerasClassifier, KerasRegressor

DRAW = np.random.RandomState(0)
X = DRAW.randn(40, 3).astype("float32")
LABELS = np.array(["no", "yes"])[(X[:, 0] > 0).astype(int)]


def classifier(units: int = 4, loss: str = "categorical_crossentropy") -> Any:
    model = Sequential([Dense(units, activation="relu", input_dim=3)])
    model.add(Dense(2, activation="softmax"))
    model.compile("adam", loss, metrics=["accuracy"])
    return model


def regressor() -> Any:
    model = Sequential([Dense(1, input_dim=3)])
    model.compile("sgd", "mse")
    return model


def test_classes_may_be_texts_and_come_back_as_texts() -> None:
    with kshim.era("2.2"):
        wrapped = KerasClassifier(classifier, units=5, epochs=30, verbose=0)
        wrapped.fit(X, LABELS)
        assert set(wrapped.predict(X)) <= {"no", "yes"}
        assert wrapped.model.layers[0].units == 5
        right = float(np.mean(wrapped.predict(X) == LABELS))
        assert wrapped.score(X, LABELS, verbose=0) == pytest.approx(right)
        np.testing.assert_allclose(wrapped.predict_proba(X).sum(1), np.ones(40), rtol=1e-5)


def test_one_output_gives_the_chances_of_both_classes() -> None:
    def binary() -> Any:
        model = Sequential([Dense(1, activation="sigmoid", input_dim=3)])
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
        return model

    with kshim.era("2.2"):
        wrapped = KerasClassifier(binary, epochs=1, verbose=0)
        wrapped.fit(X, LABELS)
        chances = wrapped.predict_proba(X)
        np.testing.assert_allclose(chances[:, 1:], wrapped.model.predict(X))
        assert chances.shape == (40, 2)


def test_a_grid_search_in_a_pipeline_tries_every_choice() -> None:
    with kshim.era("2.2"):
        steps = [("scale", StandardScaler()), ("net", KerasClassifier(classifier, verbose=0))]
        search = GridSearchCV(
            Pipeline(steps), {"net__units": [2, 4], "net__epochs": [1, 30]}, cv=2, n_jobs=1
        )
        search.fit(X, LABELS)
        assert search.best_params_["net__epochs"] == 30
        assert len(search.cv_results_["params"]) == 4


def test_a_regressor_scores_minus_its_loss() -> None:
    with kshim.era("2.2"):
        y = X @ np.array([1.0, -2.0, 3.0], "float32")
        wrapped = KerasRegressor(build_fn=regressor, epochs=50, verbose=0)
        wrapped.fit(X, y)
        found = wrapped.predict(X)
        assert found.shape == (40,)
        assert wrapped.score(X, y, verbose=0) == pytest.approx(-np.mean((found - y) ** 2), rel=1e-4)
        assert wrapped.predict(X[:0]).shape == (0,)
        assert cross_val_score(wrapped, X, y, cv=2).shape == (2,)


def test_an_argument_that_nobody_takes_is_refused_by_name() -> None:
    with pytest.raises(ArgumentError, match="unitz must be an argument of build_fn"):
        KerasClassifier(classifier, unitz=3)
    with pytest.raises(StateError, match="must be fitted first"):
        KerasRegressor(regressor).predict(X)
