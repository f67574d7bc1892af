"""PReLU with a slope for each element, against numpy."""

from __future__ import annotations

import numpy as np
import torch

from kshim.nn.activation import ElementPReLU


def test_each_element_has_its_own_slope() -> None:
    module = ElementPReLU((3, 1, 4))
    slopes = np.random.default_rng(0).random((3, 1, 4)).astype("float32")
    module.weight.data.copy_(torch.as_tensor(slopes))
    inputs = torch.randn(2, 3, 5, 4)
    told = np.where(inputs > 0, inputs, inputs.numpy() * slopes)
    np.testing.assert_allclose(module(inputs).detach().numpy(), told, rtol=1e-6)


def test_slopes_start_at_zero() -> None:
    torch.testing.assert_close(ElementPReLU((4,))(torch.full((2, 4), -1.0)), torch.zeros(2, 4))
