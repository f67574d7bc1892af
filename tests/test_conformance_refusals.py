"""What real Kerases refuse to make: kshim refuses it too, or is said to take more.

Files and scripts of every era run in one kshim; so it keeps what newer Kerases took away.
"""

from __future__ import annotations

from typing import Any

import pytest
from recorded import Recorded, recorded

from kshim.core.eras import in_era
from kshim.errors import KshimError
from kshim.layers import Input
from kshim.layers.base import LAYERS
from kshim.models import Model, Sequential

pytestmark = pytest.mark.filterwarnings("ignore::kshim.core.arguments.OldWord")

# Refused by the Keras of the eras named, and made by kshim: older things that newer Kerases took
# away, and words and methods that later ones brought.
TAKEN = {
    "softmax_of_images": "1.2",
    "leaky_negative_slope": "1.2 2.2 2.3 2.15",
    "convolution_groups": "2.2 2.3",
    "zero_output_for_mask": "2.2 2.3",
    "normalization_synchronized": "3",  # refused by Keras 3 on torch alone
    "average_pooling_bare": "3",
    "time_first": "3",
    "thresholded": "3",
    "locally_connected": "3",
    "depthwise_groups": "3",
    "cudnn": "2.15 3",
    "reset_of_a_model": "3",
    "classes_of_a_model": "2.15 3",
}


@pytest.mark.parametrize("case", recorded("refusals"), ids=str)
def test_kshim_makes_what_keras_makes_and_what_it_is_said_to_take(case: Recorded) -> None:
    refused = case.spec["refused"] is not None
    taken = case.era in TAKEN.get(case.name, "").split()
    assert refused or not taken, "this Keras makes it, too"
    with in_era(case.era):
        if refused and not taken:
            with pytest.raises((KshimError, AttributeError)):
                _made(case)
        else:
            _made(case)


def _made(case: Recorded) -> Any:
    """Return a model of the layer of a case, or the model's method that is asked for."""
    inputs = Input(tuple(case.spec["inputs"]))
    kind, arguments = LAYERS.find(case.spec["class_name"]), case.spec["arguments"]
    layer = kind.from_config(arguments) if "from_config" in case.spec else kind(**arguments)
    if "attribute" in case.spec:
        return getattr(Sequential([layer]), case.spec["attribute"])
    return Model(inputs, layer(inputs))
