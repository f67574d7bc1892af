"""Models as estimators of scikit-learn, for its pipelines, searches and cross-validation.

scikit-learn itself is asked for only when it asks first.

Source: Keras 2.2.4, 2.3.1 wrappers/scikit_learn.py.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kshim.errors import ArgumentError, StateError
from kshim.models.sequential import Sequential
from kshim.utils.arrays import to_categorical
from kshim.utils.lookups import has_arg

_ACCURACIES = ("acc", "accuracy")
_METHODS = ("fit", "predict", "predict_classes", "evaluate")


class BaseWrapper:
    """Build a model when it is fitted, and hand on its arguments to where they belong.

    Args:
        build_fn: a function, or an object that is called, which returns a compiled model. A
            subclass may define `__call__` instead and leave it out.
        sk_params: arguments of `build_fn`, and of the model's `fit`, `predict`, `evaluate`.
    """

    def __init__(self, build_fn: Any = None, **sk_params: Any) -> None:
        """Check that somebody takes each argument."""
        self.build_fn = build_fn
        self.sk_params = sk_params
        self.model: Any = None
        self.check_params(sk_params)

    def check_params(self, params: dict[str, Any]) -> None:
        """Refuse arguments that neither the model's methods nor the builder takes.

        Raises:
            ArgumentError: naming the argument.
        """
        takers = [getattr(Sequential, name) for name in _METHODS] + [self._builder]
        for name in params:
            if name != "nb_epoch" and not any(has_arg(taker, name) for taker in takers):
                raise ArgumentError(
                    name, "an argument of build_fn, fit, predict or evaluate", params[name],
                    who=type(self).__name__,
                )  # fmt: skip

    def get_params(self, deep: bool = True, **options: Any) -> dict[str, Any]:
        """Return the arguments the wrapper was made with."""
        return {**self.sk_params, "build_fn": self.build_fn}

    def set_params(self, **params: Any) -> BaseWrapper:
        """Change some of the arguments; they count from the next `fit` on."""
        self.check_params({name: one for name, one in params.items() if name != "build_fn"})
        self.build_fn = params.pop("build_fn", self.build_fn)
        self.sk_params.update(params)
        return self

    def fit(self, x: Any, y: Any, **kwargs: Any) -> Any:
        """Build a new model and train it; return its History."""
        self.model = self._builder(**self.filter_sk_params(self._builder))
        targets = np.asarray(y)
        if self._loss_name() == "categorical_crossentropy" and targets.ndim != 2:
            targets = to_categorical(targets)
        return self.model.fit(x, targets, **self.filter_sk_params(Sequential.fit, kwargs))

    def filter_sk_params(
        self, fn: Callable[..., Any], override: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return those arguments that a function takes, with some overridden."""
        taken = {name: one for name, one in self.sk_params.items() if has_arg(fn, name)}
        return taken | (override or {})

    @property
    def _builder(self) -> Callable[..., Any]:
        """Return what makes the model."""
        if self.build_fn is None:
            return self.__call__  # type: ignore[operator,no-any-return]
        if inspect.isfunction(self.build_fn) or inspect.ismethod(self.build_fn):
            return self.build_fn  # type: ignore[no-any-return]
        return self.build_fn.__call__  # type: ignore[no-any-return]

    def _loss_name(self) -> str:
        loss = self.model.loss
        return str(getattr(loss, "__name__", None) or getattr(loss, "name", None) or loss)

    def _built(self) -> Any:
        if self.model is None:
            raise StateError(f"{type(self).__name__}: must be fitted first, got no fit call.")
        return self.model

    def __sklearn_is_fitted__(self) -> bool:
        """Tell scikit-learn whether there is a trained model."""
        return self.model is not None

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn what kind of estimator this is."""
        from sklearn.utils import ClassifierTags, RegressorTags, Tags, TargetTags

        kind = getattr(self, "_estimator_type", None)
        return Tags(
            estimator_type=kind,
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags() if kind == "classifier" else None,
            regressor_tags=RegressorTags() if kind == "regressor" else None,
        )


class KerasClassifier(BaseWrapper):
    """Classify with a model: labels may be numbers, texts or one-hot rows."""

    _estimator_type = "classifier"
    classes_: NDArray[Any]
    n_classes_: int

    def fit(self, x: Any, y: Any, sample_weight: Any = None, **kwargs: Any) -> Any:
        """Build a new model and train it on samples and their classes; return its History.

        Raises:
            ArgumentError: for labels of more than two axes.
        """
        labels = np.asarray(y)
        if labels.ndim == 2 and labels.shape[1] > 1:
            self.classes_ = np.arange(labels.shape[1])
        elif labels.ndim == 1 or (labels.ndim == 2 and labels.shape[1] == 1):
            self.classes_, labels = np.unique(labels), labels.reshape(-1)
            labels = np.searchsorted(self.classes_, labels)
        else:
            raise ArgumentError("y", "of one or two axes", labels.shape, who=type(self).__name__)
        self.n_classes_ = len(self.classes_)
        if sample_weight is not None:
            kwargs["sample_weight"] = sample_weight
        return super().fit(x, labels, **kwargs)

    def predict(self, x: Any, **kwargs: Any) -> NDArray[Any]:
        """Return the likeliest class of each sample."""
        options = self.filter_sk_params(Sequential.predict_classes, kwargs)
        chosen = np.asarray(self._built().predict_classes(x, **options))
        found: NDArray[Any] = self.classes_[chosen.reshape(len(chosen))]
        return found

    def predict_proba(self, x: Any, **kwargs: Any) -> NDArray[Any]:
        """Return the chance of each class; a model with one output gives those of both classes."""
        options = self.filter_sk_params(Sequential.predict_proba, kwargs)
        chances = np.asarray(self._built().predict_proba(x, **options))
        return np.hstack([1 - chances, chances]) if chances.shape[1] == 1 else chances

    def score(self, x: Any, y: Any, **kwargs: Any) -> float:
        """Return the accuracy on samples and their classes.

        Raises:
            StateError: when the model was compiled without it.
        """
        labels = np.searchsorted(self.classes_, y)
        if self._loss_name() == "categorical_crossentropy" and labels.ndim != 2:
            labels = to_categorical(labels)
        options = self.filter_sk_params(Sequential.evaluate, kwargs)
        found = _listed(self._built().evaluate(x, labels, **options))
        for name, value in zip(self.model.metrics_names, found):
            if name in _ACCURACIES:
                return float(value)
        raise StateError(
            f"{type(self).__name__}: the model must compute an accuracy, got "
            f"{self.model.metrics_names}. Compile it with metrics=['accuracy']."
        )


class KerasRegressor(BaseWrapper):
    """Predict numbers with a model."""

    _estimator_type = "regressor"

    def predict(self, x: Any, **kwargs: Any) -> NDArray[Any]:
        """Return the model's outputs, one column without its axis."""
        options = self.filter_sk_params(Sequential.predict, kwargs)
        found = np.array(self._built().predict(x, **options))
        return np.squeeze(found, axis=-1) if found.shape[-1:] == (1,) else found

    def score(self, x: Any, y: Any, **kwargs: Any) -> float:
        """Return minus the loss on samples and their targets: the greater, the better."""
        options = self.filter_sk_params(Sequential.evaluate, kwargs)
        return -float(_listed(self._built().evaluate(x, y, **options))[0])


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
