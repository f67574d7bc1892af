"""What every test starts from: one thread, fresh names, the default era, fixed seeds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from kshim.core.eras import in_era
from kshim.core.names import forget_names

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    forget_names()
    np.random.seed(0)
    torch.manual_seed(0)
    with in_era("2.15"):
        yield


# What is not right yet: the end of a test's name, and why. Strict: a row that passes must go.
NOT_YET: dict[str, str] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect the failures that are known, each for its reason."""
    for item in items:
        for ending, reason in NOT_YET.items():
            if item.nodeid.endswith(ending):
                item.add_marker(pytest.mark.xfail(strict=True, reason=reason))
