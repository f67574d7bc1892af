"""What happens around `build`: a layer whose weights were made has them, whoever asked for them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from kshim.core.eras import in_era
from kshim.layers.device import on_default_device


def finished(build: Callable[..., Any]) -> Callable[..., Any]:
    """Return a `build` that leaves the layer built, as every Keras's does.

    A script may call `layer.build(shape)` itself; the first call must not make the weights again.
    """

    @functools.wraps(build)
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.__dict__.get("_is_building") or not self.build_makes_weights:
            return build(self, *args, **kwargs)
        self.__dict__["_is_building"] = True
        try:
            with on_default_device(), in_era(self.era):
                made = build(self, *args, **kwargs)
        finally:
            self.__dict__["_is_building"] = False
        self.finish_build()
        return made

    return run
