"""What compile was told: losses and metrics sorted by output, names, what is trainable then."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kshim import layers as L
from kshim import losses, metrics
from kshim.core.eras import in_era
from kshim.errors import ArgumentError, StateError, UnexpectedArgument, UnknownName
from kshim.models.model import Model
from kshim.models.sequential import Sequential


def two_outputs() -> Model:
    entrance = L.Input((4,))
    hidden = L.Dense(3)(entrance)
    price = L.Dense(1, name="price")(hidden)
    return Model(entrance, [price, L.Dense(3, activation="softmax", name="kind")(hidden)])


def plain(**words: Any) -> Sequential:
    model = Sequential([L.Dense(3, input_shape=(4,))])
    model.compile("sgd", words.pop("loss", "mse"), **words)
    return model


BOTH = ["mse", "categorical_crossentropy"]


@pytest.mark.parametrize(
    ("era", "given", "names"),
    [
        ("2.2", ["accuracy"], ["acc"]),
        ("2.2", ["acc", "mae"], ["acc", "mean_absolute_error"]),
        ("2.3", ["accuracy", "mae"], ["accuracy", "mae"]),
        ("2.15", ["acc", "mse"], ["acc", "mse"]),
        ("2.15", "accuracy", ["accuracy"]),
        ("2.15", [metrics.MeanSquaredError(name="own")], ["own"]),
        ("2.15", [losses.mean_absolute_error], ["mean_absolute_error"]),
    ],
)
def test_metrics_are_named_as_the_era_names_them(era: str, given: Any, names: list[str]) -> None:
    with in_era(era):
        assert plain(metrics=given).metrics_names == ["loss", *names]


@pytest.mark.parametrize(
    ("era", "given", "names"),
    [
        ("2.2", ["accuracy"], ["price_acc", "kind_acc"]),
        ("2.2", {"kind": ["accuracy", "mae"]}, ["kind_acc", "kind_mean_absolute_error"]),
        ("2.3", {"kind": "accuracy"}, ["kind_accuracy"]),
        ("2.15", [["mae"], ["accuracy"]], ["price_mae", "kind_accuracy"]),
        ("2.15", None, []),
    ],
)
def test_metrics_of_several_outputs_begin_with_the_output(
    era: str, given: Any, names: list[str]
) -> None:
    with in_era(era):
        model = two_outputs()
        model.compile("sgd", BOTH, metrics=given)
        assert model.metrics_names == ["loss", "price_loss", "kind_loss", *names]


@pytest.mark.parametrize("loss", [BOTH, dict(zip(["price", "kind"], BOTH, strict=True))])
def test_losses_go_in_order_or_by_name_and_weigh(loss: Any) -> None:
    model = two_outputs()
    model.compile("sgd", loss, loss_weights={"price": 2.0, "kind": 0.5})
    x = np.ones((2, 4))
    total, price, kind = model.evaluate(x, [np.ones(2), np.eye(3)[:2]], verbose=0)
    made = model.predict(x)
    np.testing.assert_allclose(price, np.mean((made[0] - 1) ** 2), rtol=1e-5)
    np.testing.assert_allclose(kind, -np.log(made[1][[0, 1], [0, 1]]).mean(), rtol=1e-5)
    np.testing.assert_allclose(total, 2 * price + 0.5 * kind, rtol=1e-5)


def test_an_output_without_a_loss_is_not_trained_on() -> None:
    model = two_outputs()
    model.compile("sgd", {"price": "mse"})
    before = model.get_layer("kind").get_weights()
    model.fit(np.ones((2, 4)), {"price": np.ones(2)}, verbose=0)
    np.testing.assert_array_equal(before[0], model.get_layer("kind").get_weights()[0])
    assert model.metrics_names == ["loss", "price_loss"]


@pytest.mark.parametrize(
    ("words", "error", "told"),
    [
        ({"optimizer": "rmspropy"}, UnknownName, "optimizer must be the name of a known"),
        ({"optimizer": "rmspropy"}, UnknownName, "got 'rmspropy'. Did you mean 'rmsprop'?"),
        ({"loss": "mxe"}, UnknownName, "Did you mean 'mse'?"),
        ({"metrics": ["acuracy"]}, UnknownName, "Did you mean 'accuracy'?"),
        ({"loss": ["mse"]}, ArgumentError, "loss must be one for each of 2 outputs"),
        ({"loss": {"prise": "mse"}}, ArgumentError, "got 'prise'. Did you mean 'price'?"),
        ({"los": "mse"}, UnexpectedArgument, "got 'los'. Did you mean 'loss'?"),
    ],
)
def test_a_mistake_is_told_before_there_is_data(words: Any, error: Any, told: str) -> None:
    with pytest.raises(error) as caught:
        model = two_outputs()
        model.compile(**{"optimizer": "sgd", "loss": BOTH, **words})
        _ = model.metrics_names
    assert told in str(caught.value)


@pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_a_model_must_be_compiled_first(call: str) -> None:
    model = two_outputs()
    with pytest.raises(StateError, match=rf"^{call}: the model must be compiled first.*compile\("):
        getattr(model, call)(np.ones((2, 4)), [np.ones(2), np.ones((2, 3))])


@pytest.mark.parametrize("era", ["2.2", "2.15"])
def test_freezing_counts_when_compile_is_called(era: str) -> None:
    """A GAN: the discriminator is frozen in the combined model and learns on its own."""
    x, yes = np.random.normal(size=(6, 4)).astype("float32"), np.ones(6)
    with in_era(era):
        judge = Sequential([L.Dense(3, input_shape=(2,)), L.Dense(1, activation="sigmoid")])
        judge.compile("sgd", "binary_crossentropy")
        judge.trainable = False
        maker = Sequential([L.Dense(2, input_shape=(4,))])
        noise = L.Input((4,))
        both = Model(noise, judge(maker(noise)))
        both.compile("sgd", "binary_crossentropy")
        for _ in range(2):
            kept, made = judge.get_weights(), maker.get_weights()
            both.train_on_batch(x, yes)
            assert all((a == b).all() for a, b in zip(kept, judge.get_weights(), strict=True))
            assert (made[0] != maker.get_weights()[0]).any()
            made = maker.get_weights()
            judge.train_on_batch(x[:, :2], yes)
            assert (kept[0] != judge.get_weights()[0]).any()
            assert (made[0] == maker.get_weights()[0]).all()


def test_freezing_after_compile_waits_for_the_next_compile() -> None:
    model, x = plain(), np.ones((2, 4))
    model.layers[0].trainable = False
    before = model.get_weights()[0]
    model.train_on_batch(x, np.ones((2, 3)))
    after = model.get_weights()[0]
    assert (before != after).any()
    model.compile("sgd", "mse")
    model.train_on_batch(x, np.ones((2, 3)))
    np.testing.assert_array_equal(after, model.get_weights()[0])
