"""The blocks of ResNet50 that scripts call themselves, held to Keras 1.2.2 and 2.0.8."""

from __future__ import annotations

import numpy as np
import pytest

from kshim.applications.resnet50 import conv_block, identity_block
from kshim.core.eras import in_era
from kshim.layers import Input
from kshim.models import Model

# Every seventh number that both Kerases print for the weights and images below.
RECORDED = [
    3.733665704727173, 4.914767265319824, 3.687863826751709, 5.392279624938965, 7.465618133544922,
    5.031713485717773, 6.0470428466796875, 4.555842399597168, 3.846802234649658, 6.040334701538086,
    3.7275800704956055, 5.8480682373046875, 4.960177421569824, 3.9947707653045654,
    7.893975734710693, 4.056071758270264, 5.441779613494873, 4.037543773651123,
]  # fmt: skip


@pytest.mark.parametrize("era", ["1.2", "2.0"])
def test_two_blocks_give_the_numbers_of_keras(era: str) -> None:
    random = np.random.RandomState(4)
    with in_era(era):
        x = Input((7, 6, 4))
        block = conv_block(x, 3, [2, 3, 5], 7, "q")
        model = Model(x, identity_block(block, 5, [3, 2, 5], 7, "r"))
        held = [layer.name for layer in model.layers if layer.weights]
        assert held[4:8] == ["res7q_branch2c", "res7q_branch1", "bn7q_branch2c", "bn7q_branch1"]
        model.set_weights([random.uniform(0.1, 0.5, size=w.shape) for w in model.get_weights()])
        found = model.predict(random.uniform(-1, 1, size=(2, 7, 6, 4)))
    assert found.shape == (2, 4, 3, 5)
    np.testing.assert_allclose(found.ravel()[::7], RECORDED, rtol=1e-5)
