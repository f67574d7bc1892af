"""The crossentropies that read logits."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from kshim.losses import classes, crossentropy, regression
from kshim.losses.logits import logits_form

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.1, 0.2, -3.0]])
ONE_HOT = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])


@pytest.mark.parametrize(
    "loss",
    [
        crossentropy.categorical_crossentropy,
        classes.CategoricalCrossentropy(label_smoothing=0.1),
        classes.LossFunctionWrapper(crossentropy.categorical_crossentropy, label_smoothing=0.1),
    ],
)
def test_the_form_gives_of_logits_what_the_loss_gives_of_their_softmax(loss: object) -> None:
    form = logits_form(loss, "softmax")
    np.testing.assert_allclose(
        form(ONE_HOT, LOGITS), loss(ONE_HOT, torch.softmax(LOGITS, -1)), rtol=1e-5
    )


def test_a_loss_object_itself_stays_as_it_was() -> None:
    loss = classes.BinaryCrossentropy(reduction="sum")
    form = logits_form(loss, "sigmoid")
    assert (loss.from_logits, form.from_logits, form.reduction) == (False, True, "sum")


@pytest.mark.parametrize(
    ("loss", "activation"),
    [
        (regression.mse, None),
        (crossentropy.binary_crossentropy, "softmax"),
        (crossentropy.categorical_crossentropy, "sigmoid"),
        (classes.BinaryCrossentropy(from_logits=True), "sigmoid"),
        (lambda y_true, y_pred: y_pred, "softmax"),
    ],
)
def test_other_losses_have_no_such_form(loss: object, activation: str | None) -> None:
    assert logits_form(loss, activation) is None
