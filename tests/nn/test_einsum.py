"""EinsumDense: torch's einsum with a weight and a bias."""

from __future__ import annotations

import torch

from kshim.nn.einsum import EinsumDense


def test_the_sums_are_einsums() -> None:
    module = EinsumDense("...x,xy->...y", (4, 5), (5,))
    for tensor in module.parameters():
        torch.nn.init.normal_(tensor)
    x = torch.randn(2, 3, 4)
    torch.testing.assert_close(module(x), x @ module.weight + module.bias)
    assert str(module) == "EinsumDense('...x,xy->...y')"
